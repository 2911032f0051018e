"""When a waiting job will start: told from what is known, and not told where nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from jobs.engine.config import QueueConfig, RateLimit
from jobs.engine.forecast import Forecast, Outlook
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Bench, Number

USUAL_S = 60.0


class Line:
    """A queue whose jobs take a minute by a clock that is moved by hand; one has run already."""

    def __init__(self, queue: JobQueue, clock: FakeClock) -> None:
        self.queue = queue
        self.clock = clock
        self.forecast = Forecast(queue)

    async def put(self, lane: str = "a", **more: Any) -> Job:
        return await self.queue.enqueue("work", {}, lane=lane, **more)

    async def reaches(self, job: Job, state: State) -> None:
        async with asyncio.timeout(10):
            while await self.queue.state(job.id) is not state:
                await asyncio.sleep(0.001)

    async def outlook(self, job: Job) -> Outlook | None:
        newest = await self.queue.get(job.id)
        assert newest is not None
        return await self.forecast.outlook(newest)

    async def run_one(self) -> None:
        first = await self.put()
        await self.reaches(first, State.ACTIVE)
        await self.clock.advance(USUAL_S)
        await self.reaches(first, State.COMPLETED)


@asynccontextmanager
async def line(bench: Bench, *, slots: int = 10, **policy: Any) -> AsyncIterator[Line]:
    clock = FakeClock()

    async def minute(ctx: JobContext[Any], payload: Number) -> None:
        await clock.sleep(USUAL_S)

    config = QueueConfig(concurrency=slots, cancel_grace_s=1.0)
    queue = await bench.queue(minute, clock=clock, config=config, timeout_s=None, **policy)
    try:
        yield Line(queue, clock)
    finally:
        stopping = asyncio.create_task(queue.stop(0))
        while not stopping.done():
            await clock.advance(1)
            await asyncio.sleep(0.001)
        await stopping


async def test_behind_a_running_job_of_its_lane_the_rest_of_the_usual_time_is_left(bench: Bench) -> None:
    async with line(bench, per_lane=1) as there:
        await there.run_one()
        running, next_, last = [await there.put() for _ in range(3)]
        await there.reaches(running, State.ACTIVE)
        await there.clock.advance(15.0)
        assert await there.outlook(next_) == Outlook(1, USUAL_S - 15)
        assert await there.outlook(last) == Outlook(2, 2 * USUAL_S - 15)
        assert await there.outlook(running) is None
        await there.clock.advance(40.0)
        assert await there.outlook(next_) == Outlook(1, USUAL_S / 4), "one that takes long is not said to end at once"


async def test_who_comes_later_with_a_higher_priority_starts_before(bench: Bench) -> None:
    async with line(bench, per_lane=1) as there:
        await there.run_one()
        running, waiting = await there.put(), await there.put()
        await there.reaches(running, State.ACTIVE)
        urgent = await there.put(priority="high")
        assert await there.outlook(urgent) == Outlook(1, USUAL_S)
        assert await there.outlook(waiting) == Outlook(2, 2 * USUAL_S)


@pytest.mark.parametrize("limits", [{"slots": 2}, {"slots": 9, "concurrency": 2}])
async def test_the_slots_of_the_process_and_of_the_type_are_counted(bench: Bench, limits: dict[str, int]) -> None:
    async with line(bench, **limits) as there:
        await there.run_one()
        for job in [await there.put(lane) for lane in "ab"]:
            await there.reaches(job, State.ACTIVE)
        third, fourth, fifth = [await there.put(lane) for lane in "cde"]
        assert await there.outlook(third) == Outlook(1, USUAL_S)
        assert await there.outlook(fourth) == Outlook(2, USUAL_S)
        assert await there.outlook(fifth) == Outlook(3, 2 * USUAL_S)


async def test_a_limit_of_starts_is_counted(bench: Bench) -> None:
    async with line(bench, rate=RateLimit(1, 600.0)) as there:
        await there.run_one()
        waiting = [await there.put() for _ in range(3)]
        assert [(await there.outlook(job)) for job in waiting] == [
            Outlook(1, 0.0),
            Outlook(2, 600.0),
            Outlook(3, 1200.0),
        ]


async def test_without_a_run_in_the_last_hour_nothing_is_said_of_the_start(bench: Bench) -> None:
    async with line(bench, per_lane=1) as there:
        running, waiting = await there.put(), await there.put()
        await there.reaches(running, State.ACTIVE)
        assert await there.outlook(waiting) == Outlook(1, None)


async def test_what_is_held_is_not_said_to_start(bench: Bench) -> None:
    async with line(bench, per_lane=1) as there:
        await there.run_one()
        running, waiting = await there.put(), await there.put()
        await there.reaches(running, State.ACTIVE)
        for type_ in (None, "work"):
            await there.queue.pause("maintenance", type_=type_)
            assert await there.outlook(waiting) == Outlook(1, None)
            await there.queue.resume(type_=type_)
        assert await there.outlook(waiting) == Outlook(1, USUAL_S)
