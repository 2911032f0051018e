"""The real bot on the stand-in, both on one clock that a test moves: hours pass in seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from bot.app import App
from bot.sandbox import Guild, Message, Sandbox, SandboxInteraction
from bot.sandbox.world import TEXT, Channel
from jobs.engine.errors import BackendUnavailable
from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext
from jobs.engine.testing.clock import FakeClock
from tests.e2e.conftest import job_id_of, settings_for, text_of
from tests.stand_in import serving

STEPS, STEP_S = 180, 60.0
"""Three hours in steps."""
HANGS_AFTER = 200
"""Looks, a millisecond apart, after which a request is not waited for."""


class Walk(Payload):
    """A walk of three hours."""

    guild_id: int = 0
    reverts: bool = False


class Hours:
    """One bot after the other on the same files."""

    def __init__(self, sandbox: Sandbox, clock: FakeClock, folder: Path) -> None:
        self.sandbox = sandbox
        self.clock = clock
        self.guild: Guild = next(iter(sandbox.world.guilds.values()))
        self.app: App
        self._folder = folder
        self._stack = AsyncExitStack()

    async def open(self) -> None:
        """Start a bot."""
        settings = settings_for(self.sandbox, self._folder, shutdown_grace=0, job_processing_interval=60)
        self.app = App(settings, clock=self.clock, guild_ready_timeout=0.1)
        registry = self.app.queue.registry
        registry.register(
            "long-walk", self._walk, payload=Walk, title="Long Walk", timeout_s=None, stall_timeout_s=None,
            undo="walk-back",
        )  # fmt: skip
        registry.register("walk-back", self._back, payload=WalkBack, title="Walk Back", listed=False)
        registry.register("bell", self._ring)
        await self.app.start()
        serving_ = asyncio.create_task(self.app.serve())
        self._stack.push_async_callback(self._end, serving_)
        await self.sandbox.bot_ready()

    async def close(self) -> None:
        """End the bot as a deploy does."""
        await self._stack.aclose()

    async def _end(self, serving_: asyncio.Task[None]) -> None:
        stopping = asyncio.create_task(self.app.stop())
        await self.until(stopping.done, step=0.5)
        await stopping
        await serving_

    async def _walk(self, ctx: JobContext[Any], payload: Walk) -> int:
        async with ctx.stage("Walking", total=STEPS, unit="steps") as stage:
            async for _ in stage.each(range(STEPS), key=int):
                await self.clock.sleep(STEP_S)
        return STEPS

    async def _ring(self, ctx: JobContext[Any], payload: None) -> None:
        """Takes nothing and does nothing."""

    async def _back(self, ctx: JobContext[Any], payload: WalkBack) -> str:
        return f"back from {payload.job_id}"

    async def start(
        self, *, user: int | None = None, channel: Channel | None = None, **options: Any
    ) -> tuple[SandboxInteraction, str]:
        """Type the command; the interaction, and the job's id once its card is there."""
        place = channel.id if channel else None
        wanted = {"type": "long-walk", **options}
        sent = await self.sandbox.slash("async-job", wanted, user=user or self.guild.owner_id, channel=place)
        await sent.answered()
        await self.until(lambda: sent.message is not None and sent.message.embeds, step=0.5)
        assert sent.message is not None
        return sent, job_id_of(sent.message)

    def open_channel(self, name: str, kind: int = TEXT, parent: Channel | None = None) -> Channel:
        """A new channel of the guild, or a thread in one."""
        channel = Channel(
            self.sandbox.world.snowflake(),
            self.guild.id,
            name,
            kind,
            position=50,
            parent_id=parent.id if parent else None,
        )
        self.guild.channels[channel.id] = channel
        return channel

    async def until(self, true: Callable[[], object], *, step: float = 30.0) -> None:
        """Let time pass until `true()`, with turns in between for the network and the database."""
        async with asyncio.timeout(60):
            while not true():
                await self.clock.advance(step)
                await self._caught_up()

    async def _caught_up(self) -> None:
        """Until network and database have answered, or hang: else a slow machine's hours run away from its bot."""
        last = None
        for _ in range(HANGS_AFTER):
            await asyncio.sleep(0.001)
            with suppress(BackendUnavailable):
                await self.app.database.write(lambda connection: None)
            before, last = last, self.sandbox.requests[-1]
            if before is last and last.status:
                break

    async def passed(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        await self.until(lambda: self.clock.monotonic() >= end)

    async def ended(self, job_id: str, *, step: float = 30.0) -> Job:
        """The job once it has ended and its card says so."""
        found: list[Job] = []

        async def look() -> None:
            while not found:
                job = await self.app.queue.get(job_id)
                assert job is not None
                if job.state.is_final:
                    await self.app.reporter.settled(job_id)
                    found.append(job)
                await asyncio.sleep(0.01)

        looking = asyncio.create_task(look())
        await self.until(looking.done, step=step)
        await looking
        return found[0]

    def cards(self, job_id: str) -> list[Message]:
        """Every message that shows this job, oldest first."""
        world = self.sandbox.world
        everywhere = [m for c in (*self.guild.channels.values(), *world.dms.values()) for m in c.messages]
        everywhere += [m for token in world.interactions for m in world.sent_by_token(token) if m.ephemeral]
        return sorted((m for m in everywhere if f"`{job_id}`" in text_of(m)), key=lambda m: m.id)


class WalkBack(Payload):
    """Takes a walk back."""

    guild_id: int
    job_id: str


@asynccontextmanager
async def opened_hours(folder: Path) -> AsyncIterator[Hours]:
    """A bot on the stand-in, both on one fake clock."""
    clock = FakeClock()
    async with serving(5, members=30, channels=4, days=2, messages=50, clock=clock) as sandbox:
        hours = Hours(sandbox, clock, folder)
        await hours.open()
        try:
            yield hours
        finally:
            await hours.close()
