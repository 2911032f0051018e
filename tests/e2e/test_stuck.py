"""A job that does not stop does not keep the bot: it ends in time, and the next start deals with the job."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from tests.e2e.process import BotProcess, rows

STUBBORN = """
import asyncio, contextlib, time
from jobs.engine.payload import Payload
from jobs.engine.registry import job_type

class Nothing(Payload):
    "Do not stop."

@job_type("stubborn", title="Stubborn", payload=Nothing, timeout=None)
async def stubborn(ctx, payload):
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)

@job_type("blocking", title="Blocking", payload=Nothing, timeout=None)
def blocking(ctx, payload):
    time.sleep(3600)

@job_type("late", title="Late", payload=Nothing, timeout=0.2)
async def late(ctx, payload):
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
"""
SHORT = {"JOB_MODULES": "stubborn_types", "CANCEL_GRACE": "0.2", "SHUTDOWN_GRACE": "0.2", "MAX_CONCURRENT_JOBS": "1"}


async def started(sandbox: Sandbox, folder: Path, type_: str, count: int) -> BotProcess:
    """The bot, with so many jobs of the type asked for, the first of which runs."""
    folder.mkdir()
    (folder / "stubborn_types.py").write_text(STUBBORN)
    bot = await BotProcess.start(sandbox, folder, **SHORT)
    await sandbox.bot_ready()
    for number in range(count):
        (folder / "bot.log").rename(folder / f"before{number}.log")
        command = await BotProcess.start(sandbox, folder, "jobs", "enqueue", type_, "{}", **SHORT)
        assert await command.ended() == 0, command.said()
    async with asyncio.timeout(20):
        while not rows(folder, "SELECT 1 FROM job WHERE state = 'active'"):
            await asyncio.sleep(0.02)
    return bot


@pytest.mark.parametrize("type_", ["stubborn", "blocking"])
async def test_a_stop_does_not_wait_for_a_job_that_does_not_obey(sandbox: Sandbox, tmp_path: Path, type_: str) -> None:
    bot = await started(sandbox, tmp_path / "bot", type_, 1)
    async with asyncio.timeout(20):
        assert await bot.terminate() == 70
    assert rows(tmp_path / "bot", "SELECT type, state FROM job") == [(type_, "active")]


async def test_more_jobs_that_do_not_obey_than_places_end_the_process(sandbox: Sandbox, tmp_path: Path) -> None:
    bot = await started(sandbox, tmp_path / "bot", "late", 2)
    async with asyncio.timeout(20):
        assert await bot.ended() == 70
    assert rows(tmp_path / "bot", "SELECT state, stuck FROM job") == [("active", 1)] * 2
