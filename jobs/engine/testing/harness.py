"""A real queue for tests: an in-memory store and a clock that jumps to what is due.

Nothing is simulated but time. `drain` runs everything there is to run, retries and delayed jobs included, in
moments.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

from jobs.engine.backend import JobQuery
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.config import QueueConfig
from jobs.engine.database import Migration
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.registry import NOTHING, Given, JobType, Registry
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock

QUIET_S = 0.02
"""Real seconds without an event after which time jumps to whoever sleeps next."""
EVERYTHING = 100_000


class Harness:
    """`async with Harness([my_type], services=...) as harness:`; the queue is started, and stopped at the end."""

    def __init__(
        self,
        types: Iterable[JobType],
        *,
        services: object = None,
        config: QueueConfig | None = None,
        clock: FakeClock | None = None,
        migrations: Sequence[Migration] = (),
    ) -> None:
        self.clock = clock or FakeClock()
        # Rare ticks, so that time jumps far: what is due has a timer of its own.
        config = replace(config or QueueConfig(max_queue_size=0), poll_interval_s=3600.0, sweep_interval_s=86_400.0)
        self.database = SqliteDatabase(":memory:", migrations=(*ENGINE_MIGRATIONS, *migrations))
        backend = SqliteBackend(self.database, clock=self.clock, config=config)
        self.queue = JobQueue(backend, Registry(types), services=services, clock=self.clock, config=config)

    async def __aenter__(self) -> Harness:
        await self.queue.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stopping = asyncio.create_task(self.queue.stop(0.0))
        while not stopping.done():
            await self.clock.advance(1.0)
        await stopping

    async def run(self, type_: str, payload: Given = NOTHING, **options: Any) -> Job:
        """Enqueue one job, run all there is to run, and return that job as it stands then."""
        job = await self.queue.enqueue(type_, payload, **options)
        await self.drain()
        found = await self.queue.get(job.id)
        assert found is not None, f"{job.id} was deleted"
        return found

    async def enqueued(self, type_: str | None = None) -> Sequence[Job]:
        """All jobs of the store, or those of one type, in the order in which they were enqueued."""
        page = await self.queue.find(JobQuery(types=(type_,) if type_ else (), limit=EVERYTHING))
        return list(reversed(page.jobs))

    async def drain(self, *, limit_s: float = 31 * 86_400.0) -> None:
        """Run until nothing runs, waits or is delayed; time jumps to whoever sleeps next.

        A handler's own blocking work must not be slower than its time-out measured in such jumps. Raises
        `TimeoutError` after `limit_s` seconds of the clock, naming what is left.
        """
        end = self.clock.monotonic() + limit_s
        news = asyncio.Event()
        off = self.queue.on(None, lambda event: news.set())
        try:
            while left := await self._unfinished():
                news.clear()
                try:
                    await asyncio.wait_for(news.wait(), QUIET_S)
                except TimeoutError:
                    await self._jump(end, left)
        finally:
            off()

    async def _unfinished(self) -> Sequence[Job]:
        states = (State.ACTIVE, State.WAITING, State.DELAYED)
        return (await self.queue.find(JobQuery(states=states, limit=10))).jobs

    async def _jump(self, end: float, left: Sequence[Job]) -> None:
        if self.clock.monotonic() >= end:
            names = ", ".join(f"{job.type} {job.id} ({job.state})" for job in left)
            raise TimeoutError(f"not done after the time given: {names}")
        await self.clock.advance(min(self.clock.next_in or 1.0, end - self.clock.monotonic()))
