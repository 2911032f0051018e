"""Starts that cannot work: one line with the mend, an exit code, no trace."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.sandbox import Sandbox
from bot.setup_check import PERMISSIONS
from tests.e2e.conftest import running, settings_for
from tests.e2e.process import BotProcess


def only_line(bot: BotProcess) -> str:
    said = bot.said()
    assert "Traceback" not in said
    lines = [line for line in said.splitlines() if " INFO " not in line]
    assert len(lines) == 1, said
    return lines[0]


async def test_without_a_token_it_says_where_to_put_one(tmp_path: Path) -> None:
    bot = await BotProcess.start(None, tmp_path)
    assert await bot.ended() == 78
    assert "DISCORD_TOKEN" in only_line(bot)


async def test_a_token_that_is_refused_ends_it_and_is_not_repeated(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = "MTIzNDU2Nzg5MDEyMzQ1Njc4.wrong.but-long-enough-to-look-like-one"
    bot = await BotProcess.start(sandbox, tmp_path, DISCORD_TOKEN=wrong)
    assert await bot.ended() == 78
    assert "DISCORD_TOKEN" in only_line(bot)
    assert wrong not in bot.said()


async def test_an_intent_that_is_switched_off_is_named_with_its_place(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.set_intents(0)
    bot = await BotProcess.start(sandbox, tmp_path)
    assert await bot.ended() == 78
    assert "Server Members intent" in only_line(bot)


async def test_a_wrong_setting_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = await BotProcess.start(sandbox, tmp_path, MAX_CONCURRENT_JOBS="many")
    assert await bot.ended() == 78
    assert "MAX_CONCURRENT_JOBS" in only_line(bot)


async def test_a_second_process_on_the_same_file_ends_with_a_sentence(sandbox: Sandbox, tmp_path: Path) -> None:
    first = await BotProcess.start(sandbox, tmp_path / "one")
    await sandbox.bot_ready()
    database = str(tmp_path / "one" / "errand.db")
    second = await BotProcess.start(sandbox, tmp_path / "two", DATABASE_PATH=database)
    assert await second.ended() == 75
    assert str(first.process.pid) in only_line(second)
    assert await first.terminate() == 0


async def test_a_damaged_database_is_refused_with_its_name(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "errand.db").write_bytes(b"this is no database" * 100)
    bot = await BotProcess.start(sandbox, tmp_path)
    assert await bot.ended() == 69
    assert "errand.db" in only_line(bot)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_exit_code_zero(sandbox: Sandbox, tmp_path: Path, number: signal.Signals) -> None:
    bot = await BotProcess.start(sandbox, tmp_path)
    await sandbox.bot_ready()
    bot.process.send_signal(number)
    assert await bot.ended() == 0
    assert "Traceback" not in bot.said()


async def test_a_second_signal_ends_it_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = await BotProcess.start(sandbox, tmp_path, SHUTDOWN_GRACE="3600")
    await sandbox.bot_ready()
    hanging = sandbox.faults.add(method="GET", route="/guilds/{guild_id}/members", status="hang")
    guild = next(iter(sandbox.world.guilds.values()))
    await sandbox.slash("async-job", {"type": "member-activity-analysis"}, user=guild.owner_id)
    await sandbox.until(lambda: hanging.hits)
    bot.process.send_signal(signal.SIGTERM)
    await bot.says("SIGTERM")
    bot.process.send_signal(signal.SIGTERM)
    assert await bot.ended() == 130


async def test_a_network_that_is_down_at_the_start_is_waited_out(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults.add(method="GET", route="/users/@me", status="reset", times=1)
    bot = await BotProcess.start(sandbox, tmp_path)
    await sandbox.bot_ready()
    assert await bot.terminate() == 0
    assert "Traceback" not in bot.said()


async def test_a_place_that_cannot_be_written_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for more in ({}, {"SECRET_KEY": "k" * 40}):
        bot = await BotProcess.start(
            sandbox, tmp_path / f"bot{len(more)}", DATABASE_PATH=str(tmp_path / "file" / "x.db"), **more
        )
        assert await bot.ended() in (69, 78)
        assert str(tmp_path / "file") in only_line(bot)


async def test_a_folder_for_files_that_cannot_be_written_is_named_before_a_job_needs_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    bot = await BotProcess.start(sandbox, tmp_path / "bot", ARTIFACTS_PATH=str(tmp_path / "file" / "artifacts"))
    assert await bot.ended() == 69
    assert str(tmp_path / "file" / "artifacts") in only_line(bot)


async def test_a_gateway_that_is_down_at_the_first_connect_is_tried_again(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """discord.py itself dies of this; see `ErrandClient.stay_connected`."""
    real, tries = DiscordWebSocket.from_client, 0

    async def flaky(*args: Any, **more: Any) -> DiscordWebSocket:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ConnectionRefusedError("down")
        return await real(*args, **more)

    monkeypatch.setattr(DiscordWebSocket, "from_client", flaky)
    async with running(settings_for(sandbox, tmp_path)):
        await sandbox.bot_ready()
    assert tries == 2


async def test_a_job_type_that_is_there_twice_is_said_in_a_line(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = await BotProcess.start(sandbox, tmp_path, JOB_MODULES="examples.send_sms,examples.send_sms")
    assert await bot.ended() == 78
    assert bot.said().splitlines()[-1] == "The job type 'send-sms' is registered already; choose another name."
    assert "Traceback" not in bot.said()


async def test_check_finds_everything_in_order(sandbox: Sandbox, tmp_path: Path) -> None:
    check = await BotProcess.start(sandbox, tmp_path, "check")
    assert await check.ended() == 0
    assert "mend" not in check.said()
    invitation = URL(check.said().rpartition("invitation: ")[2].split()[0])
    assert invitation.query["client_id"] == str(sandbox.world.application_id)
    assert int(invitation.query["permissions"]) == PERMISSIONS.value, "as in the server's own check"


async def test_check_names_what_to_mend(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.set_intents(0)
    check = await BotProcess.start(sandbox, tmp_path, "check")
    assert await check.ended() == 78
    assert "mend  Discord refuses the Server Members intent" in check.said()


async def test_check_looks_at_the_modules_of_the_operator(sandbox: Sandbox, tmp_path: Path) -> None:
    for modules, code, said in (
        ("examples.send_sms", 0, "ok    job modules examples.send_sms"),
        ("examples.none", 78, "mend  The job module examples.none cannot be used"),
        ("examples.send_sms,examples.send_sms", 78, "mend  The job type 'send-sms' is registered already"),
    ):
        check = await BotProcess.start(sandbox, tmp_path / modules, "check", JOB_MODULES=modules)
        assert await check.ended() == code
        assert said in check.said()


async def test_jobs_are_seen_and_steered_beside_the_running_bot(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "bot"
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.bot_ready()
    guild = next(iter(sandbox.world.guilds.values()))
    payload = f'{{"guild_id": "{guild.id}", "start_date": "2026-01-01", "end_date": "2026-01-02"}}'

    async def jobs(*words: str) -> tuple[int, str]:
        (folder / "bot.log").rename(folder / "before.log")
        command = await BotProcess.start(sandbox, folder, "jobs", *words)
        code = await command.ended()
        return code, command.said().strip()

    code, said = await jobs("enqueue", "member-activity-analysis", payload)
    assert code == 0, said
    job_id = said.split()[1]
    assert job_id in (await jobs("list"))[1]
    assert f'"id": "{job_id}"' in (await jobs("show", job_id))[1]
    code, said = await jobs("cancel", "nobody")
    assert code == 1
    assert "nobody" in said
    code, said = await jobs("enqueue", "member-activity-analysis")
    assert code == 1
    assert "guild_id" in said
    code, said = await jobs("enqueue", "nothing", "{}")
    assert code == 1
    assert "nothing" in said
    code, said = await jobs("enqueue", "nothing", "{")
    assert code == 78
    assert await bot.terminate() == 0
