"""A process with a mixed load that a test kills: `python -m tests.engine.sqlite.load DATABASE DIARY`.

Every run writes its start and its end into the diary before and after its work, by one unbuffered append each, so
the diary knows what really happened whatever the database says. On SIGTERM it stops, and says what it left behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import JobError
from jobs.engine.events import Event, EventType
from jobs.engine.outbox import Outbox
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.request import EnqueueRequest
from jobs.engine.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = 40
ENDS = (EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.JOB_CANCELLED)
CLOCK = SystemClock()


class Work(Payload):
    """A number that decides what the job is like."""

    number: int = 0


class Diary:
    """See the module."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, word: str, *more: object) -> None:
        os.write(self._handle, (" ".join(map(str, (word, os.getpid(), *more))) + "\n").encode())

    @contextmanager
    def run(self, *contexts: JobContext[Any]) -> Iterator[None]:
        for ctx in contexts:
            self.write("start", ctx.job_id)
        try:
            yield
        finally:
            for ctx in contexts:
                self.write("end", ctx.job_id)


def registry_of(diary: Diary) -> Registry:
    async def quick(ctx: JobContext[Any], payload: Work) -> int:
        with diary.run(ctx):
            await asyncio.sleep(0.001 * (payload.number % 7))
            return payload.number

    def plain(ctx: JobContext[Any], payload: Work) -> int:
        with diary.run(ctx):
            return payload.number

    async def together(contexts: Sequence[JobContext[Any]], payloads: Sequence[Work]) -> list[int]:
        with diary.run(*contexts):
            await asyncio.sleep(0.002)
            return [payload.number for payload in payloads]

    async def steps(ctx: JobContext[Any], payload: Work) -> list[int]:
        with diary.run(ctx):
            async with ctx.stage("Steps", total=ITEMS) as stage:
                for item in range(ITEMS):
                    done = await ctx.load("done")
                    if isinstance(done, int) and item < done:
                        continue
                    diary.write("item", ctx.job_id, item)
                    await asyncio.sleep(0.002)
                    await ctx.checkpoint("done", item + 1)
                    await stage.reach(item + 1)
            return list(range(ITEMS))

    async def stumbling(ctx: JobContext[Any], payload: Work) -> int:
        with diary.run(ctx):
            await asyncio.sleep(0.003)
            if ctx.attempt < 2:
                raise JobError("not yet")
            return sum(int(str(result)) for result in (await ctx.parents()).values())

    async def late(ctx: JobContext[Any], payload: Work) -> None:
        with diary.run(ctx):
            await asyncio.sleep(3600)

    registry = Registry()
    policy: dict[str, Any] = {"payload": Work, "backoff": Backoff("fixed", base_s=0.01, jitter=0.0)}
    for handler in (quick, plain, steps, stumbling):
        registry.register(handler.__name__, handler, **policy)
    registry.register("together", together, batch_size=4, **policy)
    registry.register("late", late, timeout_s=0.02, max_attempts=2, **policy)
    registry.register("delivery", quick, internal=True, **policy)
    return registry


def owe(event: Event) -> Sequence[EnqueueRequest]:
    assert event.job is not None
    return (
        []
        if event.job.type == "delivery"
        else [EnqueueRequest("delivery", labels=(event.job.id, event.type), payload={})]
    )


def queue_on(path: Path, diary: Path) -> JobQueue:
    # The grace is short, like the lives: what is timed out would else be killed each time before it has ended.
    config = QueueConfig(concurrency=8, max_queue_size=0, max_crashes=100, cancel_grace_s=0.02)
    backend = SqliteBackend(SqliteDatabase(path, migrations=ENGINE_MIGRATIONS), clock=CLOCK, config=config)
    return JobQueue(backend, registry_of(Diary(diary)), clock=CLOCK, config=config)


async def main(path: Path, diary: Path) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    before = _open_files()
    queue = queue_on(path, diary)
    await queue.start()
    outbox = Outbox(queue, CLOCK, "webhooks", ENDS, owe)
    await outbox.start()
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    await stop.wait()
    await outbox.stop()
    left = await queue.stop(0.0)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    threads = {thread.name for thread in threading.enumerate() if thread.name.startswith("errand")}
    print(left, len(tasks), len(threads), _open_files() - before - 1, flush=True)  # noqa: T201 - as above


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
