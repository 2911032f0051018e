"""The demonstration as people start it, and that a seed repeats."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from bot.demo.clock import DEMO_DAY
from bot.demo.show import Show
from bot.demo.stage import DAY_MS, SEEN_DAYS, raised_stage
from bot.demo.typed import TypedCommand
from bot.sandbox import build_world
from jobs.services import Interval
from tests.e2e.process import environment
from tests.stand_in import kept_addresses

HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def _addresses() -> Iterator[None]:
    with kept_addresses():
        yield


async def demo_with(option: str, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        option,
        cwd=folder,
        env=environment(None, folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_page_ends_when_it_is_told_to_and_leaves_no_complaint(tmp_path: Path, number: signal.Signals) -> None:
    process = await demo_with("--page", tmp_path)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert b" in a browser " in await process.stdout.readline()
        process.send_signal(number)
        _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_once_ends_by_itself_and_says_where_the_files_lie(tmp_path: Path) -> None:
    process = await demo_with("--once", tmp_path)
    async with asyncio.timeout(90):
        out, err = await process.communicate()
    said = out.decode()
    assert process.returncode == 0, err.decode()
    assert err == b""
    assert "Completed · Member Analysis" in said
    named = [line.strip() for line in said.splitlines() if line.strip().startswith("data/demo/artifacts/")]
    assert [Path(name).name for name in named] == [
        "chart.png",
        "inactive.csv",
        "members.csv",
        "members.xlsx",
        "report.html",
    ]
    assert all((tmp_path / name).stat().st_size > 0 for name in named)
    assert "Try next:" in said


async def test_a_command_that_opens_a_form_or_gets_no_answer_says_so(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=200)
    async with raised_stage(4, tmp_path, buckets="fast") as stage:
        show = Show(stage, console)
        asks = TypedCommand("async-job", {"type": "member-activity-analysis", "details": "true"})
        assert await show.play(asks) is None
        stage.sandbox.faults.add(
            method="POST", route="/interactions/{interaction_id}/{token}/callback", status=404, code=10062, times=2
        )
        assert await show.play(TypedCommand("help", {})) is None
        for line in ("/x [/red]", "/job status id:[/blue]", "[/bold]"):
            await show.take(line)
    assert isinstance(console.file, io.StringIO)
    said = console.file.getvalue()
    assert "This opens a form (Channels, " in said
    assert stage.sandbox.origin in said
    assert "The application did not respond" in said
    assert "There is no command /x [/red]." in said, "what is typed is no markup"
    assert "id:[/blue]" in said


async def analysed(folder: Path, seed: int) -> bytes:
    async with raised_stage(seed, folder, buckets="fast") as stage:
        sent = await stage.sandbox.slash(
            "async-job", {"type": "member-activity-analysis", "start": "5d"}, user=stage.guild.owner_id
        )
        await sent.answered()
        await stage.sandbox.until(lambda: sent.message is not None and sent.message.attachments)
        (job_id,) = await stage.app.artifacts.jobs()
        return stage.app.artifacts.path(job_id, "members.csv").read_bytes()


async def test_what_the_bot_was_there_to_see_is_not_read_again(tmp_path: Path) -> None:
    async with raised_stage(4, tmp_path, buckets="fast") as stage:
        now, activity = stage.clock.now(), stage.app.client.desk.activity
        whole = Interval(now - 60 * DAY_MS, now)
        place = stage.guild.default_channel.id
        (unknown, *since) = (await activity.missing(stage.guild.id, {place: whole}))[place]
        assert unknown.since == whole.since
        assert 0 <= unknown.until - (now - SEEN_DAYS * DAY_MS) <= HOUR_MS
        assert sum(gap.until - gap.since for gap in since) < HOUR_MS, "the quarter of an hour that is not over"


async def test_ids_are_those_of_the_day_whatever_millisecond_it_starts_in(tmp_path: Path) -> None:
    world = build_world(seed=4, now=int(DEMO_DAY.timestamp() * 1000))
    async with raised_stage(4, tmp_path, buckets="fast") as stage:
        assert stage.sandbox.world.guilds.keys() == world.guilds.keys()
        assert stage.sandbox.world.users.keys() == world.users.keys()


async def test_the_same_seed_repeats_to_the_byte_and_another_does_not(tmp_path: Path) -> None:
    first = await analysed(tmp_path / "a", 4)
    assert first == await analysed(tmp_path / "b", 4)
    assert first != await analysed(tmp_path / "c", 5)
