"""`kill -9` while a member is erased: what was confirmed is done in the end, whatever had been done by then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.privacy.erasure import NAME
from bot.sandbox import Guild, Sandbox
from tests.e2e.conftest import job_id_of
from tests.e2e.forms import part_of
from tests.e2e.own_data import talker
from tests.e2e.process import BotProcess, rows
from tests.e2e.test_kills import done


async def once(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.002)


async def test_an_erasure_that_is_killed_again_and_again_is_done_in_the_end(
    sandbox: Sandbox, guild: Guild, tmp_path: Path
) -> None:
    folder, person = tmp_path / "bot", talker(guild)
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.bot_ready()
    sent = await sandbox.slash("async-job", {"type": "member-activity-analysis", "start": "20d"}, user=guild.owner_id)
    await sent.answered()
    job_id = job_id_of(await sent.said())
    await sandbox.until(lambda: done(sandbox), 60)
    table = folder / "artifacts" / job_id / "members.csv"
    assert str(person) in table.read_text(encoding="utf-8-sig")
    question = await sandbox.slash("privacy erase", {}, user=person)
    await question.answered()
    message = await question.said()
    asked = f"SELECT state FROM job WHERE type = '{NAME}'"
    moments: tuple[Callable[[], bool], ...] = (
        lambda: bool(rows(folder, asked)),
        lambda: bool(rows(folder, f"SELECT 1 FROM checkpoint JOIN job ON job.id = job WHERE type = '{NAME}'")),
        lambda: str(person) not in table.read_text(encoding="utf-8-sig"),
    )
    await sandbox.interactions.press(message, part_of(message, "Erase it")["custom_id"], person)
    for moment in moments:
        await once(moment)
        await bot.kill()
        bot = await BotProcess.start(sandbox, folder)
    await once(lambda: rows(folder, asked) == [("completed",)])
    assert await bot.terminate() == 0
    assert rows(folder, f"SELECT count(*) FROM activity_crawled WHERE member = {person}") == [(0,)]
    assert rows(folder, f"SELECT count(*) FROM job WHERE instr(result, '{person}')") == [(0,)]
    assert str(person) not in table.read_text(encoding="utf-8-sig")
    assert sorted(path.name for path in table.parent.iterdir() if path.suffix == ".unfinished") == []
