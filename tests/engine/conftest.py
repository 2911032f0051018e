"""A real queue on a real file, with clean-up; the file outlives a queue, so that a test can restart it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.cache import ResultCache
from jobs.engine.clock import Clock, SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.events import EventType
from jobs.engine.hooks import Hooks
from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry

# How long one example takes is told by the machine's load, not by the code.
settings.register_profile("engine", deadline=None)
settings.load_profile("engine")
FINAL_EVENTS = (EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.JOB_CANCELLED)


class Number(Payload):
    """A payload of one whole number."""

    number: int = 0


Handle = Callable[[JobContext[Any], Number], Awaitable[Any]]


class Bench:
    """Makes queues on one file and waits for their events."""

    def __init__(self, path: Path, stack: AsyncExitStack) -> None:
        self.path = path
        self._stack = stack

    def backend(self, clock: Clock, config: QueueConfig) -> SqliteBackend:
        return SqliteBackend(SqliteDatabase(self.path, migrations=ENGINE_MIGRATIONS), clock=clock, config=config)

    async def queue(
        self,
        handle: Handle,
        *,
        clock: Clock | None = None,
        config: QueueConfig | None = None,
        run: bool = True,
        cache: ResultCache | None = None,
        queue_hooks: Hooks | None = None,
        **policy: Any,
    ) -> JobQueue:
        """A started queue with one type `work`."""
        registry = Registry()
        registry.register("work", handle, payload=Number, **policy)
        clock, config = clock or SystemClock(), config or QueueConfig(cancel_grace_s=1.0)
        queue = JobQueue(
            self.backend(clock, config),
            registry,
            clock=clock,
            config=config,
            random=lambda: 0.5,
            cache=cache,
            hooks=queue_hooks,
        )
        await queue.start(run=run)
        self._stack.push_async_callback(queue.stop, 0.0)
        return queue

    async def ended(self, queue: JobQueue, job: Job) -> Job:
        """The job once it has reached a final state."""
        done = asyncio.Event()
        off = queue.on(FINAL_EVENTS, lambda event: done.set() if event.job and event.job.id == job.id else None)
        try:
            async with asyncio.timeout(10):
                while not (found := await queue.get(job.id)) or not found.state.is_final:
                    await done.wait()
        finally:
            off()
        return found


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        yield Bench(tmp_path / "errand.db", stack)
