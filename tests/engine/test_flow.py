"""Rates, pauses and the caller's own transaction."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from typing import Any

import pytest

from jobs.engine.backend import JobQuery
from jobs.engine.config import QueueConfig, RateLimit
from jobs.engine.errors import (
    EngineError,
    InvalidOption,
    InvalidPayload,
    JobExists,
    QueueFull,
    UnknownDependency,
    UnknownJobType,
)
from jobs.engine.events import EventType
from jobs.engine.registry import JobContext
from jobs.engine.request import EnqueueRequest
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from jobs.engine.transaction import Transaction
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]


async def nothing(ctx: Ctx, payload: Number) -> None:
    """A handler without work."""


def many(count: int) -> list[EnqueueRequest]:
    return [EnqueueRequest("work", {"number": n}) for n in range(count)]


async def completed(queue: Any, count: int) -> None:
    async with asyncio.timeout(20):
        while (await queue.statistics()).states[State.COMPLETED] < count:
            await asyncio.sleep(0.01)


async def starts(queue: Any) -> list[int]:
    page = await queue.find(JobQuery(limit=1000))
    return sorted(job.started_at for job in page.jobs if job.started_at is not None)


def worst(instants: list[int], window_ms: int) -> int:
    """The most starts in any window."""
    return max(sum(since <= at < since + window_ms for at in instants) for since in instants)


async def test_a_rate_holds_in_every_window_and_does_not_stall(bench: Bench) -> None:
    queue = await bench.queue(nothing, rate=RateLimit(5, 1.0), run=False)
    await queue.enqueue_many(many(20))
    begun = time.monotonic()
    await queue.run()
    await completed(queue, 20)
    assert time.monotonic() - begun < 3.9
    assert worst(await starts(queue), 1000) <= 5


async def test_ten_jobs_at_two_at_once_do_not_stall(bench: Bench) -> None:
    running = peak = 0

    async def work(ctx: Ctx, payload: Number) -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0.4)
        running -= 1

    queue = await bench.queue(work, concurrency=2, run=False)
    await queue.enqueue_many(many(10))
    begun = time.monotonic()
    await queue.run()
    await completed(queue, 10)
    assert time.monotonic() - begun < 2.6
    assert peak == 2


async def test_the_one_job_of_a_lane_starts_next_to_a_thousand_of_another(bench: Bench) -> None:
    steps = asyncio.Queue[None]()
    started: list[str] = []

    async def work(ctx: Ctx, payload: Number) -> None:
        started.append(ctx.lane)
        await steps.get()

    queue = await bench.queue(work, config=QueueConfig(concurrency=1, max_queue_size=0))
    await queue.enqueue_many([EnqueueRequest("work", {}, lane="crowd") for _ in range(1000)])
    async with asyncio.timeout(20):
        for count in range(1, 21):
            while len(started) < count:
                await asyncio.sleep(0.002)
            if count < 20:
                steps.put_nowait(None)
        alone = await queue.enqueue("work", {}, lane="alone")
        assert await queue.place(alone.id) == 1
        steps.put_nowait(None)
        while len(started) < 21:
            await asyncio.sleep(0.002)
    assert started == ["crowd"] * 20 + ["alone"]


async def test_a_rate_is_exact_over_a_restart(bench: Bench) -> None:
    clock = FakeClock()
    queue = await bench.queue(nothing, rate=RateLimit(3, 3600.0), clock=clock)
    await queue.enqueue_many(many(5))
    await completed(queue, 3)
    await queue.stop(0)
    queue = await bench.queue(nothing, rate=RateLimit(3, 3600.0), clock=clock)
    await queue.enqueue("work", {})
    await clock.advance(60)
    assert (await queue.statistics()).states[State.COMPLETED] == 3
    await clock.advance(3600)
    await completed(queue, 6)


async def test_a_clock_that_was_set_back_does_not_stop_a_type_for_long(bench: Bench) -> None:
    clock = FakeClock()
    queue = await bench.queue(nothing, rate=RateLimit(1, 10.0), clock=clock)
    await queue.enqueue("work", {})
    await completed(queue, 1)
    clock.move_wall(-3_600_000)
    await queue.enqueue("work", {})
    await completed(queue, 2)


async def test_types_without_a_rate_go_on_beside_one_that_is_used_up(bench: Bench) -> None:
    queue = await bench.queue(nothing, rate=RateLimit(1, 3600.0), run=False)
    queue.registry.register("free", nothing, payload=Number)
    await queue.enqueue_many([*many(3), *(EnqueueRequest("free", {}) for _ in range(3))])
    await queue.run()
    await completed(queue, 4)
    assert [j.type for j in (await queue.find(JobQuery(states=(State.WAITING,)))).jobs] == ["work", "work"]


@pytest.mark.parametrize(("maximum", "seconds"), [(0, 1.0), (1.5, 1.0), (5, 0.0), (5, float("nan")), (True, 1.0)])
def test_rates_that_cannot_be_are_refused(maximum: Any, seconds: float) -> None:
    with pytest.raises(InvalidOption):
        RateLimit(maximum, seconds)


@pytest.mark.parametrize("type_", [None, "work"])
async def test_a_pause_lets_nothing_start_and_outlives_a_restart(bench: Bench, type_: str | None) -> None:
    queue = await bench.queue(nothing)
    events = queue.events([EventType.QUEUE_PAUSED, EventType.QUEUE_RESUMED])
    assert await queue.pause("upkeep", type_=type_)
    assert not await queue.pause("upkeep again", type_=type_)
    assert queue.paused == {type_ or "*": "upkeep again"}
    job = await queue.enqueue("work", {})
    await queue.stop(0)
    queue = await bench.queue(nothing)
    other = await queue.enqueue("work", {})
    assert await queue.state(job.id) is State.WAITING
    assert await queue.resume(type_=type_)
    assert not await queue.resume(type_=type_)
    await bench.ended(queue, job)
    await bench.ended(queue, other)
    first = await anext(events)
    assert (first.type, first.data["reason"]) == (EventType.QUEUE_PAUSED, "upkeep")


async def test_a_pause_of_one_type_leaves_the_others_and_what_runs(bench: Bench) -> None:
    going, release = asyncio.Event(), asyncio.Event()

    async def wait(ctx: Ctx, payload: Number) -> None:
        going.set()
        await release.wait()

    queue = await bench.queue(wait, run=False)
    queue.registry.register("free", nothing, payload=Number)
    await queue.run()
    running = await queue.enqueue("work", {})
    await going.wait()
    await queue.pause("upkeep", type_="work")
    free = await queue.enqueue("free", {})
    await bench.ended(queue, free)
    release.set()
    assert (await bench.ended(queue, running)).state is State.COMPLETED
    with pytest.raises(UnknownJobType):
        await queue.pause("x", type_="nothing")


async def test_own_rows_and_jobs_are_committed_together(bench: Bench) -> None:
    queue = await bench.queue(nothing)

    def order(tx: Transaction) -> str:
        tx.connection.execute("CREATE TABLE IF NOT EXISTS orders (id TEXT)")
        job_id = tx.enqueue("work", {"number": 1}, lane="shop")
        tx.connection.execute("INSERT INTO orders VALUES (?)", (job_id,))
        return job_id

    job_id = await queue.transact(order)
    job = await queue.get(job_id)
    assert job is not None
    assert job.lane == "shop"
    await bench.ended(queue, job)
    with sqlite3.connect(bench.path) as connection:
        assert connection.execute("SELECT id FROM orders").fetchall() == [(job_id,)]
    connection.close()


async def test_an_exception_takes_rows_jobs_and_events_back(bench: Bench) -> None:
    queue = await bench.queue(nothing, run=False)
    heard: list[Any] = []
    queue.on(EventType.JOB_ENQUEUED, heard.append)

    def broken(tx: Transaction) -> None:
        tx.connection.execute("CREATE TABLE orders (id TEXT)")
        tx.enqueue("work", {})
        raise LookupError("no such article")

    with pytest.raises(LookupError):
        await queue.transact(broken)
    assert (await queue.find(JobQuery())).jobs == ()
    await queue.enqueue("work", {})
    async with asyncio.timeout(5):
        while not heard:
            await asyncio.sleep(0.005)
    assert len(heard) == 1
    with sqlite3.connect(bench.path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'orders'").fetchall() == []
    connection.close()


@pytest.mark.parametrize(
    ("options", "error"),
    [({"job_id": "taken"}, JobExists), ({"depends_on": ["nobody"]}, UnknownDependency)],
)
async def test_what_a_transaction_was_refused_is_not_stored_with_the_rest(
    bench: Bench, options: dict[str, Any], error: type[EngineError]
) -> None:
    queue = await bench.queue(nothing, run=False)
    await queue.enqueue("work", {}, job_id="taken")

    def undeterred(tx: Transaction) -> str:
        with pytest.raises(error):
            tx.enqueue("work", {}, **options)
        return tx.enqueue("work", {})

    other = await queue.transact(undeterred)
    assert [job.id for job in (await queue.find(JobQuery())).jobs] == [other, "taken"]
    assert (await queue.statistics()).states[State.WAITING] == 2


@pytest.mark.parametrize(
    ("options", "error"),
    [({"payload": {"number": "x"}}, InvalidPayload), ({"job_id": "taken"}, JobExists), ({"delay": -1}, InvalidOption)],
)
async def test_jobs_of_a_transaction_pass_the_same_checks(bench: Bench, options: dict[str, Any], error: type) -> None:
    queue = await bench.queue(nothing, run=False)
    await queue.enqueue("work", {}, job_id="taken")
    payload = options.pop("payload", {})
    with pytest.raises(error):
        await queue.transact(lambda tx: tx.enqueue("work", payload, **options))


async def test_the_queues_limit_holds_in_a_transaction_too(bench: Bench) -> None:
    queue = await bench.queue(nothing, run=False, config=QueueConfig(max_queue_size=2))

    def three(tx: Transaction) -> None:
        for _ in range(3):
            tx.enqueue("work", {})

    full = queue.events([EventType.QUEUE_FULL])
    with pytest.raises(QueueFull):
        await queue.transact(three)
    assert (await queue.find(JobQuery())).jobs == ()
    async with asyncio.timeout(5):
        assert (await anext(full)).data == {"size": 2, "limit": 2}
