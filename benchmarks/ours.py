"""This engine: a job without work, its result stored, on a file at `synchronous=FULL`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.events import EventType
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.request import EnqueueRequest

if TYPE_CHECKING:
    from jobs.engine.payload import Payload

BULK, PRODUCERS = 500, 50


class Done:
    """Counts finished jobs and knows when there are enough."""

    def __init__(self) -> None:
        self.left = 0
        self.all = asyncio.Event()

    def expect(self, count: int) -> None:
        self.left = count
        self.all.clear()

    def one(self) -> None:
        self.left -= 1
        if self.left <= 0:
            self.all.set()


@asynccontextmanager
async def queue_on(
    path: Path, slots: int, *, run: bool, handler: Any = None, bare: bool = False
) -> AsyncIterator[tuple[JobQueue, Done]]:
    """A queue on `path`; `Done` hears of each job that completed. A `bare` job takes nothing, others a number."""
    done = Done()

    async def nothing(ctx: JobContext[None], payload: Any) -> int:
        return 0 if payload is None else int(payload.number)

    registry = Registry()
    registry.register("number", handler or nothing, payload=None if bare else _number())
    clock, config = SystemClock(), QueueConfig(concurrency=slots, max_queue_size=0)
    backend = SqliteBackend(SqliteDatabase(path, migrations=ENGINE_MIGRATIONS), clock=clock, config=config)
    queue = JobQueue(backend, registry, clock=clock, config=config)
    await queue.start(run=run)
    queue.on(EventType.JOB_COMPLETED, lambda event: done.one())
    try:
        yield queue, done
    finally:
        await queue.stop(0)


def _number() -> type[Payload]:
    # Imported here, because a process whose jobs take nothing does without pydantic.
    from jobs.engine.payload import Payload

    class Number(Payload):
        """A whole number."""

        number: int

    return Number


def requests(count: int, *, bare: bool = False, **more: Any) -> list[EnqueueRequest]:
    return [EnqueueRequest("number", {} if bare else {"number": number}, **more) for number in range(count)]


async def fill(queue: JobQueue, count: int, bulk: int = BULK, **more: Any) -> None:
    for start in range(0, count, bulk):
        await queue.enqueue_many(requests(min(bulk, count - start), **more))


async def enqueue_one_by_one(path: Path, count: int) -> float:
    """Jobs a second, each awaited."""
    async with queue_on(path, 10, run=False) as (queue, _):
        begun = time.perf_counter()
        for number in range(count):
            await queue.enqueue("number", {"number": number})
        return count / (time.perf_counter() - begun)


async def enqueue_by_many(path: Path, count: int) -> float:
    """Jobs a second of fifty producers at once."""

    async def produce(queue: JobQueue) -> None:
        for number in range(count // PRODUCERS):
            await queue.enqueue("number", {"number": number})

    async with queue_on(path, 10, run=False) as (queue, _):
        begun = time.perf_counter()
        await asyncio.gather(*(produce(queue) for _ in range(PRODUCERS)))
        return count / (time.perf_counter() - begun)


async def enqueue_in_bulk(path: Path, count: int) -> float:
    """Jobs a second, by five hundreds."""
    async with queue_on(path, 10, run=False) as (queue, _):
        begun = time.perf_counter()
        await fill(queue, count)
        return count / (time.perf_counter() - begun)


async def drain(
    path: Path,
    count: int,
    slots: int,
    *,
    behind: int = 0,
    delayed: bool = False,
    bulk: int = BULK,
    bare: bool = False,
) -> float:
    """Jobs a second until `count` have completed, with `behind` more that wait (in a later lane) or are delayed."""
    async with queue_on(path, slots, run=False, bare=bare) as (queue, done):
        if behind:
            more: dict[str, Any] = {"delay": 86_400.0} if delayed else {"priority": "low"}
            await fill(queue, behind, **more)
        await fill(queue, count, bulk, bare=bare)
        done.expect(count)
        begun = time.perf_counter()
        await queue.run()
        await done.all.wait()
        return count / (time.perf_counter() - begun)


async def latency(path: Path, count: int) -> list[float]:
    """Milliseconds from the call of `enqueue` to the handler's first line, on an idle queue."""
    started: asyncio.Queue[float] = asyncio.Queue()

    async def stamp(ctx: JobContext[None], payload: Any) -> None:
        started.put_nowait(time.perf_counter())

    waits = []
    async with queue_on(path, 10, run=True, handler=stamp) as (queue, done):
        for number in range(count):
            done.expect(1)
            begun = time.perf_counter()
            await queue.enqueue("number", {"number": number})
            waits.append((await started.get() - begun) * 1000)
            await done.all.wait()
    return sorted(waits)
