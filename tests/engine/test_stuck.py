"""Handlers that do not obey: what becomes of their jobs, their places and the process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from jobs.engine.backend import CancelAnswer
from jobs.engine.config import QueueConfig
from jobs.engine.events import EventType
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.states import State
from tests.engine.conftest import Bench, Number


class Stubborn:
    """Ignores every cancel until it is told to end; jobs with a number above 0 end at once."""

    def __init__(self) -> None:
        self.until = asyncio.Event()
        self.running = 0
        self.overlaps = 0

    async def __call__(self, ctx: JobContext[Any], payload: Number) -> str:
        if payload.number:
            return "quick"
        self.overlaps += self.running
        self.running += 1
        while not self.until.is_set():
            with suppress(asyncio.CancelledError):
                await self.until.wait()
        self.running -= 1
        return "late"


async def stuck(queue: JobQueue, count: int) -> None:
    async with asyncio.timeout(10):
        while (await queue.statistics()).states[State.ACTIVE] < count or len(queue._executor.stuck) < count:
            await asyncio.sleep(0.01)


async def test_a_stuck_job_stays_active_and_its_place_is_given_to_the_next(bench: Bench) -> None:
    handle = Stubborn()
    queue = await bench.queue(handle, config=QueueConfig(concurrency=1, cancel_grace_s=0.1), per_lane=1)
    job = await queue.enqueue("work", {}, lane="g")
    behind = await queue.enqueue("work", {"number": 1}, lane="g")
    async with asyncio.timeout(10):
        while not handle.running:
            await asyncio.sleep(0.005)
    assert await queue.cancel(job.id, "enough") is CancelAnswer.REQUESTED
    assert (await bench.ended(queue, behind)).state is State.COMPLETED
    found = await queue.get(job.id)
    assert found is not None
    assert (found.state, found.stuck, found.cancelling) == (State.ACTIVE, True, "enough")
    assert (await queue.statistics()).states[State.ACTIVE] == 1
    handle.until.set()
    ended = await bench.ended(queue, job)
    assert (ended.state, ended.reason, ended.result, ended.stuck) == (State.CANCELLED, "enough", None, False)


async def test_the_next_attempt_does_not_begin_while_the_last_one_still_runs(bench: Bench) -> None:
    handle = Stubborn()
    queue = await bench.queue(handle, config=QueueConfig(concurrency=2, cancel_grace_s=0.1))
    job = await queue.enqueue("work", {}, timeout=0.1, max_attempts=1)
    await stuck(queue, 1)
    await asyncio.sleep(0.3)
    assert await queue.state(job.id) is State.ACTIVE
    handle.until.set()
    ended = await bench.ended(queue, job)
    assert ended.error is not None
    assert (ended.state, ended.error.kind, handle.overlaps) == (State.FAILED, "timeout", 0)


async def test_a_drain_does_not_wait_for_what_is_stuck_and_the_next_start_ends_it(bench: Bench) -> None:
    handle = Stubborn()
    queue = await bench.queue(handle, config=QueueConfig(cancel_grace_s=0.1, shutdown_grace_s=3600))
    cancelled, late = await queue.enqueue("work", {}), await queue.enqueue("work", {}, timeout=0.1)
    async with asyncio.timeout(10):
        while handle.running < 2:
            await asyncio.sleep(0.005)
        await queue.cancel(cancelled.id, "enough")
        await stuck(queue, 2)
        assert await queue.stop() == 2
    handle.until.set()
    queue = await bench.queue(Stubborn(), run=False)
    jobs = [await queue.get(job.id) for job in (cancelled, late)]
    assert [(job.state, job.crashes) for job in jobs if job] == [(State.CANCELLED, 1), (State.WAITING, 1)]


async def test_more_stuck_handlers_than_places_stop_the_claim_and_are_told(bench: Bench) -> None:
    handle = Stubborn()
    queue = await bench.queue(handle, config=QueueConfig(concurrency=1, cancel_grace_s=0.1))
    troubles = queue.events([EventType.ERROR])
    jobs = [await queue.enqueue("work", {}, timeout=0.05) for _ in range(2)]
    async with asyncio.timeout(10):
        await queue.worn_out.wait()
        assert "must be restarted" in str((await anext(troubles)).data["message"])
    await asyncio.sleep(0.05)
    left = await queue.enqueue("work", {"number": 1})
    await queue.pause("a moment")
    await queue.resume()
    await asyncio.sleep(0.1)
    assert await queue.state(left.id) is State.WAITING
    assert [await queue.state(job.id) for job in jobs] == [State.ACTIVE, State.ACTIVE]
    handle.until.set()
