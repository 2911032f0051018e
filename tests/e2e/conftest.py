from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import App
from bot.sandbox import Guild, Message, Sandbox, SandboxInteraction
from bot.settings import Settings
from jobs.engine.clock import Clock
from jobs.engine.model import Job
from tests.e2e.process import end_all
from tests.stand_in import kept_addresses, serving


@pytest.fixture(autouse=True)
def processes(shared_processes: None) -> None:
    """Analyses count and draw in another process, which the tests of this room share."""


@dataclass
class Play:
    """The real bot in this process, on the stand-in."""

    sandbox: Sandbox
    app: App
    guild: Guild

    async def start_analysis(self, start: str = "7d", *, user: int | None = None) -> tuple[SandboxInteraction, str]:
        """Type the command; the interaction and the job's id once the first card is there."""
        sent = await self.sandbox.slash(
            "async-job", {"type": "member-activity-analysis", "start": start}, user=user or self.guild.owner_id
        )
        await sent.answered()
        message = await sent.said()
        return sent, job_id_of(message)

    async def ended(self, job_id: str) -> Job:
        """The job once it has ended and its message says so."""
        async with asyncio.timeout(60):
            while True:
                job = await self.app.queue.get(job_id)
                assert job is not None
                if job.state.is_final:
                    await self.app.reporter.settled(job_id)
                    return job
                await asyncio.sleep(0.02)


def job_id_of(message: Message) -> str:
    """The id in a card's last line."""
    return text_of(message).rsplit("`", 2)[1]


def text_of(message: Message) -> str:
    """Everything a card says."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [f"{field['name']} {field['value']}" for field in embed.get("fields", [])]
    return "\n".join(parts)


def settings_for(sandbox: Sandbox, folder: Path, **more: object) -> Settings:
    return Settings(
        _env_file=None,
        discord_token=SecretStr(sandbox.token),
        discord_api_base=sandbox.api_base,
        discord_gateway_url=sandbox.gateway_url,
        database_path=folder / "errand.db",
        artifacts_path=folder / "artifacts",
        **{"progress_update_interval": 1, **more},  # type: ignore[arg-type]
    )


@asynccontextmanager
async def running(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[App]:
    """A started bot; stopped, with its connection, at the end."""
    app = App(settings, clock=clock, guild_ready_timeout=0.1)
    serving: asyncio.Task[None] | None = None
    try:
        await app.start()
        serving = asyncio.create_task(app.serve())
        yield app
    finally:
        await app.stop()
        if serving is not None:
            await serving


@asynccontextmanager
async def playing(sandbox: Sandbox, guild: Guild, settings: Settings) -> AsyncIterator[Play]:
    """A started bot that has seen its guild."""
    async with running(settings) as app:
        await sandbox.bot_ready()
        yield Play(sandbox, app, guild)


@pytest.fixture(autouse=True)
def _discord_addresses() -> Iterator[None]:
    with kept_addresses():
        yield


@pytest.fixture(autouse=True)
async def _no_process_is_left() -> AsyncIterator[None]:
    yield
    await end_all()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serving(5, members=60, channels=6, days=20, messages=2500) as sandbox:
        yield sandbox


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    return next(iter(sandbox.world.guilds.values()))


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing(sandbox, guild, settings_for(sandbox, tmp_path)) as play:
        yield play
