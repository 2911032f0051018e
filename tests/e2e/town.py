"""Two guilds with one bot, and jobs that stand until they are told to go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import App
from bot.sandbox import Guild, Sandbox
from jobs.engine.errors import JobError
from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext
from jobs.engine.states import State
from tests.e2e.conftest import Play, settings_for


class Stand(Payload):
    """Stands until it is told to go."""

    guild_id: int = 0


@dataclass
class Town:
    """Two guilds; jobs of the first can be made to go on."""

    play: Play
    other: Guild
    go: asyncio.Event
    began: asyncio.Event

    @property
    def app(self) -> App:
        return self.play.app

    async def job(self, guild: Guild, type_: str = "stand", **more: object) -> Job:
        return await self.app.queue.enqueue(type_, {}, lane=str(guild.id), owner=str(guild.owner_id), **more)

    async def until(self, job: Job, state: State) -> Job:
        async def there() -> bool:
            found = await self.app.queue.get(job.id)
            return found is not None and found.state is state

        await until(there)
        found = await self.app.queue.get(job.id)
        assert found is not None
        return found


async def until(true: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(20):
        while not await true():
            await asyncio.sleep(0.01)


async def nap(ctx: object, payload: object) -> None:
    """Over at once."""


async def trip(ctx: JobContext[object], payload: Stand) -> None:
    """Fails."""
    await ctx.log("tripped over *something*")
    raise JobError("I tripped.", retryable=False)


@asynccontextmanager
async def opened(sandbox: Sandbox, guild: Guild, other: Guild, folder: Path, **settings: object) -> AsyncIterator[Town]:
    go, began = asyncio.Event(), asyncio.Event()

    async def stand(ctx: JobContext[object], payload: Stand) -> str:
        began.set()
        async with ctx.stage("Standing", total=10_000) as stage:
            async for _ in stage.each(range(10_000), key=int):
                if go.is_set():
                    break
                await asyncio.sleep(0.01)
        return "went"

    async def linger(ctx: JobContext[object], payload: Stand) -> None:
        """Takes its time to stop."""
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await go.wait()

    app = App(settings_for(sandbox, folder, owner_ids=str(guild.owner_id), **settings), guild_ready_timeout=0.1)
    app.queue.registry.register("stand", stand, payload=Stand, title="Standing", timeout_s=None)
    app.queue.registry.register("linger", linger, payload=Stand, title="Lingering", timeout_s=None)
    app.queue.registry.register("nap", nap, payload=Stand, title="Nap")
    app.queue.registry.register("trip", trip, payload=Stand, title="Trip", undo="nap", max_attempts=1)
    serving: asyncio.Task[None] | None = None
    try:
        await app.start()
        serving = asyncio.create_task(app.serve())
        await sandbox.bot_ready()
        await app.client.wait_until_ready()
        yield Town(Play(sandbox, app, guild), other, go, began)
    finally:
        go.set()
        await app.stop()
        if serving is not None:
            await serving
