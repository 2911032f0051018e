"""The health of a queue: what is an issue, what to do about it, and the checks of whoever embeds it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from typing import Any

import pytest

from jobs.engine.backend import JobQuery
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import JobError
from jobs.engine.health import HealthMonitor, HealthRegistry, Status
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.request import EnqueueRequest
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]


async def stumble(ctx: Ctx, payload: Number) -> int:
    if payload.number == 9:
        raise JobError("no", retryable=False)
    return payload.number


async def test_a_healthy_queue_says_so(bench: Bench) -> None:
    queue = await bench.queue(stumble)
    await bench.ended(queue, await queue.enqueue("work", {}))
    health = await HealthMonitor(queue, SystemClock()).health()
    assert (health.status, health.issues, health.backlog) == (Status.HEALTHY, (), 0)
    assert health.processing_rate_per_minute > 0


async def make_old(queue: JobQueue, clock: FakeClock) -> None:
    await queue.pause("upkeep")
    await queue.enqueue("work", {})
    clock.move_wall(20 * 60_000)


async def make_full(queue: JobQueue, clock: FakeClock) -> None:
    for _ in range(8):
        await queue.enqueue("work", {}, delay=3600)


async def make_many(queue: JobQueue, clock: FakeClock) -> None:
    await queue.enqueue_many([EnqueueRequest("work", {}) for _ in range(1000)])


async def make_failures(queue: JobQueue, clock: FakeClock) -> None:
    await queue.enqueue_many([EnqueueRequest("work", {"number": 9}) for _ in range(100)])
    await queue.run()
    async with asyncio.timeout(20):
        while (await queue.statistics()).states[State.FAILED] < 100:
            await asyncio.sleep(0.02)


async def make_unknown(queue: JobQueue, clock: FakeClock) -> None:
    queue.registry.register("gone", stumble, payload=Number)
    await queue.enqueue("gone", {}, delay=3600)
    del queue.registry._types["gone"]


@pytest.mark.parametrize(
    ("trouble", "limit", "words"),
    [
        (make_old, 10, "A job has waited for 20 minutes."),
        (make_old, 10, "Everything is paused: upkeep"),
        (make_full, 10, "The queue is 80 % full."),
        (make_many, 0, "1,000 jobs wait."),
        (make_failures, 0, "100 attempts failed in the last hour."),
        (make_unknown, 10, "Nobody handles: gone."),
    ],
)
async def test_each_trouble_is_an_issue_with_what_to_do(bench: Bench, trouble: Any, limit: int, words: str) -> None:
    clock = FakeClock()
    queue = await bench.queue(stumble, clock=clock, config=QueueConfig(max_queue_size=limit), run=False)
    assert (await HealthMonitor(queue, clock).health()).status is Status.HEALTHY
    await trouble(queue, clock)
    health = await HealthMonitor(queue, clock).health()
    assert health.status is Status.DEGRADED
    assert words in health.issues
    assert len(health.recommendations) == len(health.issues)


async def test_a_store_that_cannot_be_written_is_critical(bench: Bench) -> None:
    queue = await bench.queue(stumble, run=False)
    monitor = HealthMonitor(queue, SystemClock())
    backend: Any = queue._backend

    def refuse_writes(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = ON")

    await backend._database.write(refuse_writes)
    health = await monitor.health()
    assert health.status is Status.CRITICAL
    assert health.issues[0].startswith("The store does not answer: The database cannot be written")
    assert health.recommendations == ("Look at its disk and its rights.",)


class Late(FakeClock):
    """A clock whose sleepers come late, as on a loop that is blocked."""

    late_s = 0.0

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        self._move_to(self._monotonic + self.late_s)


async def test_a_loop_that_was_blocked_is_seen_and_forgotten_again(bench: Bench) -> None:
    clock = Late()
    monitor = HealthMonitor(await bench.queue(stumble), clock, lag_clock=clock)
    await monitor.start()
    await clock.advance(3)
    assert (await monitor.health()).loop_lag_s == 0
    clock.late_s = 0.7
    await clock.advance(3)
    clock.late_s = 0.0
    health = await monitor.health()
    assert health.loop_lag_s == pytest.approx(0.7)
    assert "The event loop was 0.7 s late." in health.issues
    await clock.advance(40)
    assert (await monitor.health()).issues == ()
    await monitor.stop()


async def test_hours_that_are_skipped_are_no_lag(bench: Bench) -> None:
    clock = FakeClock()
    monitor = HealthMonitor(await bench.queue(stumble), clock)
    await monitor.start()
    await clock.advance(3600)
    await asyncio.sleep(0)
    await monitor.stop()
    assert (await monitor.health()).issues == ()


async def test_uptime_rate_and_backlog_are_told(bench: Bench) -> None:
    clock = FakeClock()
    queue = await bench.queue(stumble, clock=clock)
    monitor = HealthMonitor(queue, clock)
    await bench.ended(queue, await queue.enqueue("work", {}))
    await queue.enqueue("work", {}, delay=60)
    await clock.advance(30)
    health = await monitor.health()
    assert (health.uptime_s, health.processing_rate_per_minute, health.backlog) == (30.0, 1 / 60, 1)


async def test_a_handler_that_does_not_stop_is_an_issue(bench: Bench) -> None:
    until = asyncio.Event()

    async def stubborn(ctx: Ctx, payload: Number) -> None:
        while not until.is_set():
            with suppress(asyncio.CancelledError):
                await until.wait()

    queue = await bench.queue(stubborn, config=QueueConfig(cancel_grace_s=0.1))
    await queue.enqueue("work", {}, timeout=0.05)
    async with asyncio.timeout(10):
        while not queue.worker().stuck:
            await asyncio.sleep(0.01)
    health = await HealthMonitor(queue, SystemClock()).health()
    assert "1 jobs do not stop; their places were given to others." in health.issues
    until.set()


async def test_a_job_of_a_type_that_is_gone_waits_and_says_so(bench: Bench) -> None:
    queue = await bench.queue(stumble, run=False)
    queue.registry.register("gone", stumble, payload=Number)
    job = await queue.enqueue("gone", {})
    await queue.stop()
    queue = await bench.queue(stumble)
    await bench.ended(queue, await queue.enqueue("work", {}))
    found = await queue.get(job.id)
    assert found is not None
    assert (found.state, found.reason) == (State.WAITING, "No handler for gone is installed.")
    assert [j.reason for j in (await queue.find(JobQuery(types=("gone",)))).jobs] == [found.reason]
    assert "Nobody handles: gone." in (await HealthMonitor(queue, SystemClock()).health()).issues


async def test_checks_of_ones_own_are_asked_together_and_bounded() -> None:
    registry = HealthRegistry()

    async def good() -> bool:
        return True

    async def broken() -> bool:
        raise ConnectionError("secret host name")

    registry.register("a", good)
    assert await registry.ready()
    registry.register("b", broken, required=False)
    assert await registry.ready()
    registry.register("c", broken)
    assert not await registry.ready()
    results = await registry.run()
    assert (results["a"].good, results["b"].good, results["b"].detail) == (True, False, "ConnectionError")
