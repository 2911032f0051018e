"""Lives of a process that uses every write of the engine: `python -m tests.engine.sqlite.crash_load`.

Reads one JSON line a life (`database`, `diary`, `at`, `hit`), forks a child for it and answers with how it ended. A life
repeats the same script on the same file, so that one which was killed is finished by the next. The diary stands for
the world outside: it knows what really happened, whatever the database says.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jobs.engine.backend import JobQuery
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.database import Migration
from jobs.engine.errors import JobError, JobExists
from jobs.engine.events import Event, EventType
from jobs.engine.outbox import Outbox
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.request import EnqueueRequest
from jobs.engine.retry import Backoff
from jobs.engine.states import State
from jobs.engine.testing.crash import CrashPoints
from jobs.engine.transaction import Transaction

EFFECTS = 3
ENDS = (EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.JOB_CANCELLED)
OWN = Migration("own", 1, "CREATE TABLE own (job TEXT PRIMARY KEY)")
CLOCK = SystemClock()


class Work(Payload):
    number: int = 0


class Diary:
    """Lines that are written by one unbuffered append each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, *words: object) -> None:
        os.write(self._handle, (" ".join(map(str, words)) + "\n").encode())

    def has(self, *words: object) -> bool:
        return " ".join(map(str, words)) in self._path.read_text().splitlines()


def registry_of(diary: Diary) -> Registry:
    async def quick(ctx: JobContext[Any], payload: Work) -> int:
        diary.write("start", ctx.job_id)
        return payload.number

    async def effects(ctx: JobContext[Any], payload: Work) -> int:
        diary.write("start", ctx.job_id)
        for key in await ctx.journal.open_intents():
            if not diary.has("effect", ctx.job_id, key):
                diary.write("effect", ctx.job_id, key)
            await ctx.journal.write(results={key: "done"})
        async with ctx.stage("Effects", total=EFFECTS) as stage:
            async for number in stage.each(range(EFFECTS), key=int):
                await ctx.log(f"effect {number}")
                if diary.has("effect", ctx.job_id, number):
                    continue
                await ctx.journal.write(intents={str(number): "write"})
                diary.write("effect", ctx.job_id, number)
                await ctx.journal.write(results={str(number): "done"})
        await ctx.checkpoint("told", True)
        return EFFECTS

    async def stumbling(ctx: JobContext[Any], payload: Work) -> str:
        diary.write("start", ctx.job_id)
        if ctx.attempt < 2:
            raise JobError("not yet")
        return "at last"

    async def wrong(ctx: JobContext[Any], payload: Work) -> str:
        diary.write("start", ctx.job_id)
        if payload.number == 0:
            raise JobError("no such number", retryable=False)
        return "right"

    async def together(contexts: Sequence[JobContext[Any]], payloads: Sequence[Work]) -> list[int]:
        for context in contexts:
            diary.write("start", context.job_id)
        return [payload.number for payload in payloads]

    async def stubborn(ctx: JobContext[Any], payload: Work) -> None:
        diary.write("start", ctx.job_id)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(0.3)

    registry = Registry()
    policy: dict[str, Any] = {"payload": Work, "backoff": Backoff("fixed", base_s=0.01, jitter=0.0)}
    for handler in (quick, effects, stumbling, wrong, stubborn):
        registry.register(handler.__name__, handler, **policy)
    registry.register("together", together, batch_size=4, **policy)
    registry.register("delivery", quick, internal=True, **policy)
    return registry


def owe(event: Event) -> Sequence[EnqueueRequest]:
    assert event.job is not None
    return [] if event.job.type == "delivery" else [EnqueueRequest("delivery", {}, labels=(event.job.id, event.type))]


def script() -> list[EnqueueRequest]:
    requests = [EnqueueRequest("quick", {"number": n}, job_id=f"quick{n}", lane=f"lane{n % 2}") for n in range(4)]
    requests += [EnqueueRequest("together", {"number": n}, job_id=f"together{n}") for n in range(3)]
    requests += [EnqueueRequest("effects", {}, job_id=f"effects{n}") for n in range(2)]
    requests += [EnqueueRequest("stumbling", {}, job_id="stumbling"), EnqueueRequest("wrong", {}, job_id="wrong")]
    requests += [
        EnqueueRequest("quick", {"number": 5}, job_id="child", depends_on=["stumbling"]),
        EnqueueRequest("quick", {}, job_id="delayed", delay=0.05),
        EnqueueRequest("quick", {}, job_id="expired", delay=3600, expires=0.05),
        EnqueueRequest("quick", {}, job_id="held", delay=3600),
        EnqueueRequest("stubborn", {}, job_id="stubborn", timeout=0.05, max_attempts=1),
    ]
    return requests


async def live(path: Path, diary: Diary, points: CrashPoints) -> None:
    database = SqliteDatabase(path, migrations=(*ENGINE_MIGRATIONS, OWN), probe=points)
    config = QueueConfig(concurrency=8, cancel_grace_s=0.1, completed_retention_s=3600, sweep_interval_s=3600)
    queue = JobQueue(
        SqliteBackend(database, clock=CLOCK, config=config), registry_of(diary), clock=CLOCK, config=config
    )
    await queue.start()
    outbox = Outbox(queue, CLOCK, "webhooks", ENDS, owe)
    await outbox.start()
    await _ask(queue, diary)
    await _steer(queue, diary)
    await _everything_ended(queue)
    await queue.records.put("note", "done", True)
    await queue.records.delete("note", "done")
    await queue.clean_up(3600)
    await outbox.stop()
    await queue.stop()


async def _ask(queue: JobQueue, diary: Diary) -> None:
    requests = script()
    for part in (requests[:6], requests[6:]):
        with contextlib.suppress(JobExists):
            await queue.enqueue_many(part)
        diary.write("acknowledged", *(request.job_id for request in part))

    def body(tx: Transaction) -> None:
        tx.connection.execute("INSERT INTO own VALUES ('own')")
        tx.enqueue("quick", {"number": 9}, job_id="own")

    with contextlib.suppress(JobExists, sqlite3.IntegrityError):
        await queue.transact(body)
    diary.write("acknowledged", "own")


async def _steer(queue: JobQueue, diary: Diary) -> None:
    if await queue.state("held") is State.DELAYED:
        await queue.hold("held", "wait")
        await queue.unhold("held")
    await queue.cancel("held", "not needed")
    diary.write("cancelled", "held")
    while await queue.state("wrong") not in (State.FAILED, State.COMPLETED):
        await asyncio.sleep(0.005)
    if await queue.state("wrong") is State.FAILED:
        await queue.retry("wrong", payload={"number": 1})


async def _everything_ended(queue: JobQueue) -> None:
    wanted = {(request.job_id, end) for request in script() for end in [True]} | {("own", True)}
    async with asyncio.timeout(20):
        while True:
            page = await queue.find(JobQuery(limit=200), internal=True)
            told = {(job.labels[0], True) for job in page.jobs if job.type == "delivery"}
            if wanted <= told and all(job.state.is_final for job in page.jobs):
                return
            await asyncio.sleep(0.01)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            points = CrashPoints(order["at"], order["hit"])
            asyncio.run(live(Path(order["database"]), Diary(Path(order["diary"])), points))
            Path(order["diary"]).with_suffix(".hits").write_text(json.dumps(points.hits))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main()
