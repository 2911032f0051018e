"""A process with a mixed load that a test kills: `python -m tests.engine.sqlite.load DATABASE DIARY`.

Every run writes its start and its end into the diary before and after its work, by one unbuffered append each, so
the diary knows what really happened whatever the database says.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import JobError
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Payload, Registry
from jobs.engine.retry import Backoff

ITEMS = 40


class Work(Payload):
    """A number that decides what the job is like."""

    number: int


def queue_on(path: Path, diary: Path) -> JobQueue:
    """The queue with its three types; `diary` takes a line for each start, item and end."""
    handle = os.open(diary, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(*words: object) -> None:
        os.write(handle, (" ".join(map(str, words)) + "\n").encode())

    async def quick(ctx: JobContext[Any], payload: Work) -> int:
        write("start", ctx.job_id)
        await asyncio.sleep(0.001 * (payload.number % 7))
        write("end", ctx.job_id)
        return payload.number

    async def steps(ctx: JobContext[Any], payload: Work) -> list[int]:
        write("start", ctx.job_id)
        async with ctx.stage("Steps", total=ITEMS) as stage:
            for item in range(ITEMS):
                done = await ctx.load("done")
                if isinstance(done, int) and item < done:
                    continue
                write("item", ctx.job_id, item)
                await asyncio.sleep(0.002)
                await ctx.checkpoint("done", item + 1)
                await stage.reach(item + 1)
        write("end", ctx.job_id)
        return list(range(ITEMS))

    async def stumbling(ctx: JobContext[Any], payload: Work) -> int:
        write("start", ctx.job_id)
        await asyncio.sleep(0.003)
        if ctx.attempt < 2:
            raise JobError("not yet")
        write("end", ctx.job_id)
        return sum(int(str(result)) for result in (await ctx.parents()).values())

    registry = Registry()
    policy: dict[str, Any] = {"backoff": Backoff("fixed", base_s=0.01, jitter=0.0)}
    for name, handler in (("quick", quick), ("steps", steps), ("stumbling", stumbling)):
        registry.register(name, handler, payload=Work, **policy)
    clock, config = SystemClock(), QueueConfig(concurrency=8, max_queue_size=0, max_crashes=50)
    database = SqliteDatabase(path, migrations=ENGINE_MIGRATIONS)
    return JobQueue(SqliteBackend(database, clock=clock, config=config), registry, clock=clock, config=config)


async def main(path: Path, diary: Path) -> None:
    queue = queue_on(path, diary)
    await queue.start()
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
