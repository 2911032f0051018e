"""The bot as a process of its own, the way an operator runs it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent


def environment(sandbox: Sandbox | None, folder: Path, **more: str) -> dict[str, str]:
    """Nothing of this machine's own settings, and the four of the outside contract."""
    known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    given = {"DATABASE_PATH": str(folder / "errand.db"), "ARTIFACTS_PATH": str(folder / "artifacts")}
    if sandbox is not None:
        given |= {
            "DISCORD_TOKEN": sandbox.token,
            "DISCORD_API_BASE": sandbox.api_base,
            "DISCORD_GATEWAY_URL": sandbox.gateway_url,
        }
    return {**known, **given, "PYTHONPATH": str(ROOT), "PROGRESS_UPDATE_INTERVAL": "1", **more}


STARTED: list[BotProcess] = []
"""All of this test, so that none outlives it."""


async def end_all() -> None:
    """Kill what a failed test left running."""
    while STARTED:
        bot = STARTED.pop()
        if bot.process.returncode is None:
            await bot.kill()


@dataclass
class BotProcess:
    """One running `python -m bot run`."""

    process: asyncio.subprocess.Process
    log: Path

    @classmethod
    async def start(cls, sandbox: Sandbox | None, folder: Path, *command: str, **more: str) -> BotProcess:
        folder.mkdir(exist_ok=True)
        log = folder / "bot.log"
        with log.open("ab") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                *(command or ("run",)),
                cwd=folder,
                env=environment(sandbox, folder, **more),
                stdout=file,
                stderr=file,
            )
        bot = cls(process, log)
        STARTED.append(bot)
        return bot

    async def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        await self.process.wait()

    async def terminate(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        async with asyncio.timeout(60):
            return await self.process.wait()

    async def says(self, words: str) -> None:
        """Return once its log holds `words`."""
        async with asyncio.timeout(30):
            while words not in self.said():
                await asyncio.sleep(0.02)

    def said(self) -> str:
        return self.log.read_text()


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of the process's database."""
    with closing(sqlite3.connect(f"file:{folder / 'errand.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()
