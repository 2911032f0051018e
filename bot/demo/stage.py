"""Where the demonstration plays: a folder of its own, the stand-in with its server, and the bot beside it.

Invariant: nothing outside of the folder is touched, and the operator's own settings are not read.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.app import App
from bot.demo.clock import DEMO_DAY, ShiftedClock
from bot.demo.recording import record
from bot.sandbox import Guild, Sandbox, World, build_world
from bot.sandbox.buckets import Preset
from bot.settings import Settings
from jobs.activity.sqlite import MIGRATIONS as ACTIVITY_MIGRATIONS
from jobs.activity.sqlite import SqliteActivityStore
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteDatabase

FOLDER = Path("data/demo")
SEEN_DAYS = 20
"""How long the bot "was there" already; what is older has to be read from history."""
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Stage:
    """What a demonstration acts with."""

    sandbox: Sandbox
    app: App
    guild: Guild
    clock: ShiftedClock


@asynccontextmanager
async def raised_stage(seed: int, folder: Path = FOLDER, *, buckets: Preset = "real") -> AsyncIterator[Stage]:
    """The server and the bot, ready for commands; both are stopped at the end. What lies in `folder` goes."""
    clock = ShiftedClock(DEMO_DAY)
    # Of the day itself, not of the present millisecond: ids are made of it, and a seed repeats to the digit.
    world = build_world(seed=seed, now=int(DEMO_DAY.timestamp() * 1000))
    guild = next(iter(world.guilds.values()))
    sandbox = Sandbox(world, clock=clock, buckets=buckets)
    await sandbox.start()
    try:
        shutil.rmtree(folder, ignore_errors=True)
        settings = _settings(sandbox, folder)
        await _record(settings.database_path, world, guild, clock.now())
        app = App(settings, clock=clock, guild_ready_timeout=0.1)
        async with _running(app):
            await sandbox.bot_ready()
            yield Stage(sandbox, app, guild, clock)
    finally:
        await sandbox.stop()


@asynccontextmanager
async def _running(app: App) -> AsyncIterator[None]:
    try:
        await app.start()
        serving = asyncio.create_task(app.serve(), name="demo-gateway")
        yield
    finally:
        await app.stop()
    await serving


def _settings(sandbox: Sandbox, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        discord_token=SecretStr(sandbox.token),
        discord_api_base=sandbox.api_base,
        discord_gateway_url=sandbox.gateway_url,
        database_path=folder / "errand.db",
        artifacts_path=folder / "artifacts",
    )


async def _record(path: Path, world: World, guild: Guild, now: int) -> None:
    database = SqliteDatabase(path, migrations=(*ENGINE_MIGRATIONS, *ACTIVITY_MIGRATIONS))
    await database.open()
    try:
        await record(SqliteActivityStore(database), world, guild, now - SEEN_DAYS * DAY_MS, now)
    finally:
        await database.close()
