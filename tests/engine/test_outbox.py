"""What events owe is stored once, whoever ends the job and wherever the process stops."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from jobs.engine.backend import JobQuery
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import BackendUnavailable, JobError
from jobs.engine.events import Event, EventType
from jobs.engine.model import Job
from jobs.engine.outbox import Outbox
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.request import EnqueueRequest

ENDS = (EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.JOB_CANCELLED)
CLOCK = SystemClock()


class Work(Payload):
    fail: bool = False


class Delivery(Payload):
    job: str
    event: str


async def work(ctx: JobContext[Any], payload: Work) -> None:
    if payload.fail:
        raise JobError("no", retryable=False)


async def deliver(ctx: JobContext[Any], payload: Delivery) -> None: ...


def owe(event: Event) -> Sequence[EnqueueRequest]:
    if event.job is None or event.job.type != "work":
        return []
    return [EnqueueRequest("delivery", {"job": event.job.id, "event": event.type}, lane=to) for to in ("a", "b")]


def queue_on(path: Path) -> JobQueue:
    registry = Registry()
    registry.register("work", work, payload=Work)
    registry.register("delivery", deliver, payload=Delivery, internal=True)
    database = SqliteDatabase(path, migrations=ENGINE_MIGRATIONS)
    config = QueueConfig(max_queue_size=0)
    return JobQueue(SqliteBackend(database, clock=CLOCK, config=config), registry, clock=CLOCK, config=config)


async def deliveries(queue: JobQueue) -> Counter[tuple[str, str, str]]:
    page = await queue.find(JobQuery(types=("delivery",), limit=1000))
    return Counter((str(job.payload["job"]), str(job.payload["event"]), job.lane) for job in page.jobs)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.01)


async def all_there(queue: JobQueue, count: int) -> bool:
    return len(await deliveries(queue)) >= count


async def mixed_ends(queue: JobQueue) -> set[tuple[str, str, str]]:
    """Jobs that end in every way, run or not; what they owe."""
    done = await queue.enqueue("work", {})
    failed = await queue.enqueue("work", {"fail": True})
    child = await queue.enqueue("work", {}, depends_on=[failed.id])
    cancelled = await queue.enqueue("work", {}, delay=3600)
    expired = await queue.enqueue("work", {}, delay=3600, expires=0.05)
    await queue.cancel(cancelled.id, "not needed")

    def two(job: Job, event: EventType) -> set[tuple[str, str, str]]:
        return {(job.id, event, to) for to in ("a", "b")}

    gone = EventType.JOB_CANCELLED
    return (
        two(done, EventType.JOB_COMPLETED)
        | two(failed, EventType.JOB_FAILED)
        | two(child, gone)
        | two(cancelled, gone)
        | two(expired, gone)
    )


async def test_every_end_owes_its_jobs_run_or_not(tmp_path: Path) -> None:
    queue = queue_on(tmp_path / "errand.db")
    await queue.start()
    outbox = Outbox(queue, CLOCK, "webhooks", ENDS, owe)
    await outbox.start()
    wanted = await mixed_ends(queue)
    await until(partial(all_there, queue, len(wanted)))
    await outbox.stop()
    assert await deliveries(queue) == dict.fromkeys(wanted, 1)
    await queue.stop()


async def test_an_outbox_that_is_stopped_anywhere_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    wanted: set[tuple[str, str, str]] = set()
    found: Counter[tuple[str, str, str]] = Counter()
    for life in range(4):
        queue = queue_on(tmp_path / "errand.db")
        await queue.start()
        outbox = Outbox(queue, CLOCK, "webhooks", ENDS, owe)
        await outbox.start()
        for _ in range(10):
            wanted |= await mixed_ends(queue)
        if life < 3:
            await asyncio.sleep(0.02 * life)
        else:
            await until(partial(all_there, queue, len(wanted)))
        await outbox.stop()
        found = await deliveries(queue)
        assert set(found.values()) <= {1}
        await queue.stop(0)
    assert set(found) == wanted


async def test_a_store_that_does_not_take_it_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.engine.outbox.TRY_AGAIN_S", 0.01)
    queue = queue_on(tmp_path / "errand.db")
    await queue.start(run=False)
    enqueue_many, refusals = queue.enqueue_many, [BackendUnavailable("The disk is full.")] * 3

    async def refuse(requests: Sequence[EnqueueRequest]) -> list[Job]:
        if refusals and requests[0].type == "delivery":
            raise refusals.pop()
        return await enqueue_many(requests)

    monkeypatch.setattr(queue, "enqueue_many", refuse)
    outbox = Outbox(queue, CLOCK, "webhooks", [EventType.JOB_ENQUEUED], owe)
    await outbox.start()
    await queue.enqueue("work", {})
    await until(partial(all_there, queue, 2))
    assert not refusals
    await outbox.stop()
    await queue.stop()


async def test_one_that_was_away_too_long_begins_at_the_oldest_that_is_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    queue = queue_on(tmp_path / "errand.db")
    await queue.start(run=False)
    await queue.enqueue_many([EnqueueRequest("work", {}) for _ in range(5)])
    await queue.records.put("outbox", "webhooks", "1")
    backend: Any = queue._backend
    await backend._database.write(lambda c: c.execute("DELETE FROM event WHERE cursor < 4").rowcount)
    outbox = Outbox(queue, CLOCK, "webhooks", [EventType.JOB_ENQUEUED], owe)
    await outbox.start()
    await until(partial(all_there, queue, 4))
    assert "away too long" in caplog.text
    await outbox.stop()
    await queue.stop()


async def test_the_place_moves_on_past_what_owes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.engine.outbox.KEEP_EVERY", 3)
    queue = queue_on(tmp_path / "errand.db")
    await queue.start(run=False)
    outbox = Outbox(queue, CLOCK, "webhooks", ENDS, owe)
    await outbox.start()
    assert await outbox.place() is None
    await queue.enqueue_many([EnqueueRequest("work", {}) for _ in range(7)])

    async def moved() -> bool:
        return await outbox.place() == "6"

    await until(moved)
    await outbox.stop()
    await queue.stop()


async def test_an_end_that_owes_what_is_there_already_is_dealt_with_all_the_same(tmp_path: Path) -> None:
    """One digest for many ends: where its job waits already, nothing is stored beside it, and the place moves on."""

    def digest(event: Event) -> Sequence[EnqueueRequest]:
        return [EnqueueRequest("delivery", {"job": "many", "event": "ended"}, key="digest", delay=3600)]

    queue = queue_on(tmp_path / "errand.db")
    await queue.start()
    told: list[str | None] = []
    queue.on(EventType.JOB_CANCELLED, lambda event: told.append(event.cursor))
    outbox = Outbox(queue, CLOCK, "digest", [EventType.JOB_CANCELLED], digest)
    await outbox.start()
    for _ in range(3):
        job = await queue.enqueue("work", {}, delay=3600)
        await queue.cancel(job.id, "not needed")

    async def is_at_the_last() -> bool:
        return len(told) == 3 and await outbox.place() == told[-1]

    await until(is_at_the_last)
    await outbox.stop()
    assert sum((await deliveries(queue)).values()) == 1
    await queue.stop()
