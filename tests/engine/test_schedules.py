"""Recurring jobs: which instants, how often, what happens to missed ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.backend import JobQuery
from jobs.engine.cron import Cron
from jobs.engine.errors import InvalidOption, InvalidPayload, UnknownJobType, UnknownOption, UnknownSchedule
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.scheduler import PassedOver, Prepare, Prepared, Schedule, Scheduler, Stopped, _as_kept
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Bench, Handle, Number

Ctx = JobContext[Any]
NOON = int(datetime(2026, 10, 5, 12, 0, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


async def nothing(ctx: Ctx, payload: Number) -> None:
    """A handler without work."""


class Desk:
    def __init__(self, queue: JobQueue, clock: FakeClock, prepare: Prepare = _as_kept) -> None:
        self.queue = queue
        self.clock = clock
        self.scheduler = Scheduler(queue, clock, prepare)

    async def jobs(self) -> list[Job]:
        page = await self.queue.find(JobQuery(limit=1000))
        return list(page.jobs)[::-1]

    async def pass_time(self, seconds: float, *, step: float = 300.0, held_up: bool = False) -> None:
        """Let time pass, step by step. Each waits for what is due by then, unless something is `held_up`."""
        while seconds > 0:
            await self.clock.advance(min(step, seconds))
            seconds -= step
            async with asyncio.timeout(10):
                while not await self._is_up_to_date() and not held_up:
                    await asyncio.sleep(0.001)

    async def _is_up_to_date(self) -> bool:
        schedules, jobs = await self.scheduler.list(), await self.jobs()
        late = any(schedule.paused is None and schedule.next_at <= self.clock.now() for schedule in schedules)
        return not late and all(job.state is not State.WAITING for job in jobs)

    async def made(self, count: int) -> list[Job]:
        async with asyncio.timeout(10):
            while len(jobs := await self.jobs()) < count or not all(job.state.is_final for job in jobs):
                await self.clock.advance(0)
                await asyncio.sleep(0.002)
        return jobs


@asynccontextmanager
async def opened(bench: Bench, clock: FakeClock, handle: Handle = nothing, **policy: Any) -> AsyncIterator[Desk]:
    desk = Desk(await bench.queue(handle, clock=clock, **policy), clock)
    await desk.scheduler.start()
    try:
        yield desk
    finally:
        await desk.scheduler.stop()
        stopping = asyncio.create_task(desk.queue.stop(0))
        while not stopping.done():
            await clock.advance(1)
            await asyncio.sleep(0.001)
        await stopping


async def test_a_schedule_makes_a_job_at_each_of_its_instants(bench: Bench) -> None:
    async with opened(bench, FakeClock(NOON)) as desk:
        schedule = await desk.scheduler.add("work", {"number": 3}, "30 * * * *", lane="g", owner="me")
        for count in (1, 2, 3):
            await desk.pass_time(3600)
            await desk.made(count)
        jobs = await desk.jobs()
        assert [job.created_at - NOON for job in jobs] == [HOUR_MS // 2, 3 * HOUR_MS // 2, 5 * HOUR_MS // 2]
        assert {(j.lane, j.owner, j.priority, j.metadata["schedule"]) for j in jobs} == {("g", "me", 0, schedule.id)}
        kept = await desk.scheduler.get(schedule.id)
        assert (kept.last_job, kept.last_at) == (jobs[-1].id, jobs[-1].created_at)


async def test_an_instant_makes_one_job_whatever_is_restarted(bench: Bench) -> None:
    clock = FakeClock(NOON)
    async with opened(bench, clock) as desk:
        await desk.scheduler.add("work", {}, "0 * * * *")
        await desk.pass_time(3600)
        await desk.made(1)
    for _ in range(3):
        async with opened(bench, clock) as desk:
            await desk.pass_time(10)
            assert len(await desk.jobs()) == 1


@pytest.mark.parametrize(("missed", "jobs", "skipped"), [("once", 1, 0), ("skip", 0, 1)])
async def test_instants_that_nobody_was_there_for_are_made_up_for_as_asked(
    bench: Bench, missed: str, jobs: int, skipped: int
) -> None:
    clock = FakeClock(NOON)
    async with opened(bench, clock) as desk:
        schedule = await desk.scheduler.add("work", {}, "0 * * * *", missed=missed)
    await clock.advance(5 * 3600 + 600)
    async with opened(bench, clock) as desk:
        async with asyncio.timeout(10):
            while (kept := await desk.scheduler.get(schedule.id)).next_at < NOON + 6 * HOUR_MS:
                await asyncio.sleep(0.002)
        assert (kept.skipped, kept.next_at) == (skipped, NOON + 6 * HOUR_MS)
        assert len(await desk.made(jobs)) == jobs


async def test_a_job_that_still_runs_lets_the_next_instant_pass(bench: Bench) -> None:
    clock = FakeClock(NOON)

    async def long(ctx: Ctx, payload: Number) -> None:
        await clock.sleep(2.5 * 3600)

    async with opened(bench, clock, long, timeout_s=None) as desk:
        schedule = await desk.scheduler.add("work", {}, "0 * * * *")
        await desk.pass_time(3.2 * 3600)
        assert len(await desk.jobs()) == 1
        assert (await desk.scheduler.get(schedule.id)).skipped == 2
        await desk.pass_time(0.5 * 3600)
        await desk.made(1)
        await desk.pass_time(0.5 * 3600)
        assert len(await desk.jobs()) == 2


async def test_a_paused_schedule_makes_nothing_and_goes_on_from_now(bench: Bench) -> None:
    async with opened(bench, FakeClock(NOON)) as desk:
        schedule = await desk.scheduler.add("work", {}, "0 * * * *")
        await desk.scheduler.pause(schedule.id, "holidays")
        await desk.pass_time(3 * 3600)
        assert await desk.jobs() == []
        resumed = await desk.scheduler.resume(schedule.id)
        assert resumed.next_at == NOON + 4 * HOUR_MS
        await desk.pass_time(3600)
        await desk.made(1)


async def test_run_now_makes_a_job_beside_the_plan(bench: Bench) -> None:
    async with opened(bench, FakeClock(NOON)) as desk:
        schedule = await desk.scheduler.add("work", {}, "0 * * * *")
        job = await desk.scheduler.run_now(schedule.id)
        await desk.made(1)
        assert job.metadata == {"schedule": schedule.id}
        assert (await desk.scheduler.get(schedule.id)).next_at == schedule.next_at


async def test_a_job_made_by_hand_that_still_runs_lets_the_next_instant_pass(bench: Bench) -> None:
    clock = FakeClock(NOON)

    async def long(ctx: Ctx, payload: Number) -> None:
        await clock.sleep(1.5 * 3600)

    async with opened(bench, clock, long, timeout_s=None) as desk:
        schedule = await desk.scheduler.add("work", {}, "0 * * * *")
        job = await desk.scheduler.run_now(schedule.id)
        assert (await desk.scheduler.run_now(schedule.id)).id == job.id
        await desk.pass_time(1.1 * 3600)
        async with asyncio.timeout(10):
            while not (kept := await desk.scheduler.get(schedule.id)).skipped:
                await asyncio.sleep(0.002)
        assert (kept.skipped, [j.id for j in await desk.jobs()]) == (1, [job.id])


async def test_schedules_are_listed_by_lane_and_removed(bench: Bench) -> None:
    async with opened(bench, FakeClock(NOON)) as desk:
        late = await desk.scheduler.add("work", {}, "0 18 * * *", lane="a")
        soon = await desk.scheduler.add("work", {}, "0 13 * * *", lane="a")
        other = await desk.scheduler.add("work", {}, "0 14 * * *", lane="b")
        assert [s.id for s in await desk.scheduler.list(lane="a")] == [soon.id, late.id]
        assert [s.id for s in await desk.scheduler.list()] == [soon.id, other.id, late.id]
        await desk.scheduler.remove(soon.id)
        with pytest.raises(UnknownSchedule):
            await desk.scheduler.get(soon.id)
        with pytest.raises(UnknownSchedule):
            await desk.scheduler.remove(soon.id)


async def test_a_queue_that_is_full_delays_a_schedule_and_loses_nothing(bench: Bench) -> None:
    from jobs.engine.config import QueueConfig

    clock = FakeClock(NOON)
    async with opened(bench, clock, config=QueueConfig(max_queue_size=1)) as desk:
        blocker = await desk.queue.enqueue("work", {}, delay=1000 * 3600)
        await desk.scheduler.add("work", {}, "0 * * * *")
        await desk.pass_time(3600 + 30, held_up=True)
        assert len(await desk.jobs()) == 1
        await desk.queue.cancel(blocker.id, "make room")
        await desk.pass_time(180, step=30, held_up=True)
        await desk.made(2)


@pytest.mark.parametrize("cron", ["", "hello", "61 * * * *", "* * * *", "0 0 30 2 *", "0 0 * * * * *"])
async def test_expressions_that_cannot_be_are_refused(bench: Bench, cron: str) -> None:
    desk = Desk(await bench.queue(nothing), FakeClock(NOON))
    with pytest.raises(InvalidOption, match="five fields"):
        await desk.scheduler.add("work", {}, cron)


async def test_what_else_cannot_be_is_refused_before_anything_is_kept(bench: Bench) -> None:
    desk = Desk(await bench.queue(nothing), FakeClock(NOON))
    with pytest.raises(InvalidOption, match="IANA"):
        await desk.scheduler.add("work", {}, "0 * * * *", time_zone="Mars/Olympus")
    with pytest.raises(InvalidOption, match="once or skip"):
        await desk.scheduler.add("work", {}, "0 * * * *", missed="twice")
    with pytest.raises(UnknownJobType):
        await desk.scheduler.add("nothing", {}, "0 * * * *")
    with pytest.raises(InvalidPayload):
        await desk.scheduler.add("work", {"number": "x"}, "0 * * * *")
    for wrong in ({"priority": "urgent"}, {"lane": 5}, {"owner": 7}, {"title": "a\nb"}, {"context": [1]}):
        with pytest.raises(InvalidOption, match=next(iter(wrong))):
            await desk.scheduler.add("work", {}, "0 * * * *", **wrong)
    with pytest.raises(UnknownOption, match="did you mean title"):
        await desk.scheduler.add("work", {}, "0 * * * *", titel="Daily")
    assert await desk.scheduler.list() == []


async def test_a_job_that_cannot_be_prepared_holds_up_no_other_schedule_and_is_tried_again(bench: Bench) -> None:
    clock, broken = FakeClock(NOON), True

    async def prepare(schedule: Schedule, job_id: str, now: int) -> Prepared:
        if broken and schedule.title == "broken":
            raise LookupError("not the engine's own")
        return schedule.payload, ()

    desk = Desk(await bench.queue(nothing), clock, prepare)
    await desk.scheduler.add("work", {"number": 1}, "0 * * * *", title="broken")
    await desk.scheduler.add("work", {"number": 2}, "0 * * * *")
    clock.move_wall(HOUR_MS)
    assert await desk.scheduler.fire_due() == clock.now() + 60_000
    assert [job.payload for job in await desk.jobs()] == [{"number": 2}]
    broken = False
    await desk.scheduler.fire_due()
    assert [job.payload for job in await desk.jobs()] == [{"number": 2}, {"number": 1}]


@pytest.mark.parametrize("change", ["pause", "remove"])
@pytest.mark.parametrize("end", [None, PassedOver("not today"), Stopped("no rights")])
async def test_what_is_changed_while_its_job_is_prepared_stays_changed(
    bench: Bench, change: str, end: Exception | None
) -> None:
    """The answer of whoever paused or removed a schedule is not overwritten by the instant that was under way."""
    clock = FakeClock(NOON)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def prepare(schedule: Schedule, job_id: str, now: int) -> Prepared:
        asked.set()
        await go_on.wait()
        if end is not None:
            raise end
        return schedule.payload, ()

    desk = Desk(await bench.queue(nothing), clock, prepare)
    schedule = await desk.scheduler.add("work", {}, "0 * * * *")
    clock.move_wall(HOUR_MS)
    firing = asyncio.create_task(desk.scheduler.fire_due())
    await asked.wait()
    if change == "pause":
        await desk.scheduler.pause(schedule.id, "holidays")
    else:
        await desk.scheduler.remove(schedule.id)
    go_on.set()
    await firing
    assert await desk.jobs() == []
    assert [(kept.paused, kept.skipped) for kept in await desk.scheduler.list()] == [("holidays", 0)] * (
        change == "pause"
    )


def instants(cron: Cron, since: datetime, count: int) -> list[str]:
    at, found = round(since.timestamp() * 1000), []
    for _ in range(count):
        at = cron.next_after(at)
        found.append(datetime.fromtimestamp(at / 1000, ZoneInfo(cron.time_zone)).isoformat())
    return found


def test_a_time_that_a_clock_change_skips_runs_right_after_it() -> None:
    found = instants(Cron("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert found == ["2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"]


def test_a_time_that_comes_twice_runs_once() -> None:
    found = instants(Cron("30 2 * * *", "Europe/Berlin"), datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert found == ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"]


def test_the_29th_of_february_comes_every_four_years() -> None:
    found = instants(Cron("0 0 29 2 *", "Asia/Kathmandu"), datetime(2026, 1, 1, tzinfo=UTC), 2)
    assert found == ["2028-02-29T00:00:00+05:45", "2032-02-29T00:00:00+05:45"]


@given(st.integers(0, 4_000_000_000_000), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]))
def test_the_next_instant_always_lies_ahead(at: int, zone: str) -> None:
    for expression in ("*/7 * * * *", "0 0 1 * *", "30 2 * * 0"):
        assert Cron(expression, zone).next_after(at) > at


async def test_a_schedule_whose_type_is_gone_does_not_hold_up_the_others(bench: Bench) -> None:
    async with opened(bench, FakeClock(NOON)) as desk:
        desk.queue.registry.register("gone", nothing, payload=Number)
        await desk.scheduler.add("gone", {}, "0 * * * *")
        await desk.scheduler.add("work", {}, "0 * * * *")
        del desk.queue.registry._types["gone"]
        await desk.pass_time(3600, held_up=True)
        assert [job.type for job in await desk.made(1)] == ["work"]
