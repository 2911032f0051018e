"""Stages and progress: what is shown, what is refused, and how the rest is estimated."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jobs.engine.context import Watch
from jobs.engine.errors import InvalidOption, JobError
from jobs.engine.model import Progress
from jobs.engine.outcome import Fail
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext, job_type
from jobs.engine.testing.clock import FakeClock
from jobs.engine.testing.inline import Ran, run_inline
from jobs.engine.waits import told_wait

Ctx = JobContext[Any]


class Nothing(Payload):
    """Nothing."""


async def ran(handle: Callable[[Ctx], Awaitable[Any]], clock: FakeClock | None = None, **more: Any) -> Ran:
    @job_type("work", title="Work", payload=Nothing, max_attempts=1)
    async def work(ctx: Ctx, payload: Nothing) -> Any:
        return await handle(ctx)

    return await run_inline(work, {}, clock=clock, **more)


async def test_a_stage_shows_its_name_number_counts_and_message() -> None:
    async def handle(ctx: Ctx) -> None:
        ctx.announce(2)
        async with ctx.stage("Reading", total=4, unit="members") as stage:
            stage.count("ok", 2)
            stage.count("skipped")
            await stage.advance(3, "of #general")
        async with ctx.stage("Writing") as stage:
            await stage.say("one moment")
            await stage.reach(7)

    shown = (await ran(handle, FakeClock())).lease.shown
    reading, writing = [next(p for p in reversed(shown) if p.stage == name) for name in ("Reading", "Writing")]
    assert reading == Progress(3, 4, "members", "of #general", "Reading", 1, 2, ok=2, skipped=1)
    assert (reading.percentage, writing.percentage) == (75.0, None)
    assert (writing.current, writing.message, writing.stage_no, writing.stages) == (7, "one moment", 2, 2)


async def test_the_rest_is_estimated_from_a_sliding_rate_without_the_waits() -> None:
    clock = FakeClock()

    async def handle(ctx: Ctx) -> None:
        async with ctx.stage("Counting", total=100) as stage:
            for _ in range(10):
                clock._move_to(clock.monotonic() + 1.0)
                await stage.advance()
            async with stage.waiting(60.0):
                clock._move_to(clock.monotonic() + 60.0)
            await stage.say("on we go")
            for _ in range(50):
                clock._move_to(clock.monotonic() + 0.5)
                await stage.advance()

    shown = (await ran(handle, clock)).lease.shown
    (waits,) = [p for p in shown if p.waiting_s is not None]
    assert (waits.waiting_s, waits.current) == (60.0, 10)
    assert next(p for p in shown if p.message).eta_s == pytest.approx(85.0, rel=0.01), (
        "a minute of waiting is no slowness"
    )
    assert shown[-1].eta_s == pytest.approx(20.0, rel=0.2), "the rate is the newest half minute's"


async def test_a_wait_is_told_to_the_stage_on_whose_behalf_it_was_asked_for() -> None:
    clock = FakeClock()

    async def service(seconds: float, passes_s: float) -> None:
        async with told_wait(seconds):
            clock._move_to(clock.monotonic() + passes_s)
            await asyncio.sleep(0)

    async def handle(ctx: Ctx) -> None:
        await service(5.0, 0.0)
        async with ctx.stage("Counting") as stage:
            await stage.advance()
            await asyncio.gather(service(12.0, 1.0), service(40.0, 2.0))
            async with ctx.stage("Inside"):
                await service(7.0, 1.0)
            await service(8.0, 1.0)
        await service(9.0, 1.0)

    shown = (await ran(handle, clock)).lease.shown
    told = list(dict.fromkeys((p.stage, p.waiting_s) for p in shown if p.waiting_s is not None))
    assert told == [("Counting", 12.0), ("Counting", 40.0), ("Inside", 7.0), ("Counting", 8.0)]
    assert shown[-1].waiting_s is None


async def test_waits_side_by_side_stop_the_watch_until_the_last_one_ends() -> None:
    clock, held = FakeClock(), list[float]()

    async def handle(ctx: Ctx) -> None:
        async with ctx.stage("Counting") as stage:
            async with stage.waiting(40.0):
                async with stage.waiting(12.0):
                    clock._move_to(clock.monotonic() + 12.0)
                clock._move_to(clock.monotonic() + 28.0)
                held.append(ctx.watch.running_s)  # type: ignore[attr-defined]
            clock._move_to(clock.monotonic() + 3.0)
            held.append(ctx.watch.running_s)  # type: ignore[attr-defined]

    await ran(handle, clock)
    assert held == [0.0, 3.0]


async def test_without_a_total_nothing_is_estimated() -> None:
    async def handle(ctx: Ctx) -> None:
        async with ctx.stage("Counting") as stage:
            await stage.advance()
            stage.set_total(10)
            await stage.advance()

    shown = (await ran(handle)).lease.shown
    assert shown[0].eta_s is None
    assert (shown[-1].current, shown[-1].total, shown[-1].percentage) == (2, 10, 20.0)


WRONG: list[Callable[[Ctx], Awaitable[Any]]] = []


def wrong(handle: Callable[[Ctx], Awaitable[Any]]) -> None:
    WRONG.append(handle)


def in_a_stage(name: str, *values: Any) -> None:
    async def handle(ctx: Ctx) -> None:
        async with ctx.stage("Counting", total=10) as stage:
            answer = getattr(stage, name)(*values)
            if answer is not None:
                await answer

    wrong(handle)


in_a_stage("count", "maybe")
in_a_stage("count", "ok", -1)
in_a_stage("advance", -1)
in_a_stage("advance", 0.5)
in_a_stage("reach", -1)
in_a_stage("reach", float("nan"))
in_a_stage("set_total", -1)
for values in ({"current": -1}, {"current": 5, "total": 4}, {"current": float("nan")}, {"total": True}):
    wrong(lambda ctx, values=values: ctx.progress(**values))  # type: ignore[misc]
wrong(lambda ctx: ctx.stage("Counting", total=-1).__aenter__())


@pytest.mark.parametrize("number", range(len(WRONG)))
async def test_progress_that_cannot_be_is_refused(number: int) -> None:
    refused: list[InvalidOption] = []

    async def handle(ctx: Ctx) -> None:
        try:
            await WRONG[number](ctx)
        except InvalidOption as error:
            refused.append(error)
            raise

    outcome = (await ran(handle)).outcome
    assert len(refused) == 1
    assert not isinstance(outcome, Fail) or outcome.error is not None


async def test_items_behind_one_that_is_gone_are_done_and_counted_from_the_start() -> None:
    items = ["a", "b", "c", "d"]
    seen: list[str] = []

    async def handle(ctx: Ctx) -> None:
        async with ctx.stage("Counting", total=len(items)) as stage:
            async for item in stage.each(items, key=str):
                seen.append(item)
                stage.count()
                if item == "c" and ctx.attempt == 1:
                    raise JobError("not yet")

    first = await ran(handle)
    items.remove("b")
    again = await ran(handle, after=first)
    assert seen == ["a", "b", "c", "a", "c", "d"]
    last = again.lease.shown[-1]
    assert (last.current, last.total, last.ok, last.resumed_at) == (3, 3, 3, None)


async def test_waits_at_once_are_one_wait_and_count_for_no_time_out() -> None:
    clock = FakeClock()
    watch = Watch(clock)
    watch.pause(True)
    await clock.advance(10)
    watch.pause(True)
    await clock.advance(10)
    watch.pause(False)
    await clock.advance(10)
    assert (watch.running_s, watch.still_s) == (0.0, 0.0)
    watch.pause(False)
    await clock.advance(5)
    assert (watch.running_s, watch.still_s) == (5.0, 5.0)


async def test_announced_stages_are_a_number_above_nothing() -> None:
    refused: list[InvalidOption] = []

    async def handle(ctx: Ctx) -> None:
        try:
            ctx.announce(0)
        except InvalidOption as error:
            refused.append(error)

    await ran(handle)
    assert [error.name for error in refused] == ["stages"]
