"""Every way in which a handler can end, with the clock in the test's hand."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from jobs.engine.backend import Signal
from jobs.engine.errors import CancelJob, DeferJob, HoldJob, JobError
from jobs.engine.executor import Executor
from jobs.engine.model import Job, RunPolicy
from jobs.engine.outcome import Cancelled, Defer, Done, Fail, Hold, Outcome, Release, Retry, Settlement
from jobs.engine.registry import JobContext, Registry
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from jobs.engine.testing.inline import MemoryLease
from tests.engine.conftest import Number

Ctx = JobContext[Any]
Handle = Callable[[Ctx, Number], Any]


class Range:
    """An executor, its clock and one lease."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        policy = RunPolicy(max_attempts=2, timeout_s=None)
        job = Job("j", "work", State.ACTIVE, {}, policy, 0, 0, 0, attempts=1, claim_no=1)
        self.lease = MemoryLease(job)
        self.registry = Registry()
        self.executor = Executor(
            self.registry, services=None, clock=self.clock, cancel_grace_s=10.0, random=lambda: 0.5
        )

    def policy(self, **options: Any) -> None:
        self.lease.job = replace(self.lease.job, policy=replace(self.lease.job.policy, **options))

    def run(self, handle: Handle) -> asyncio.Task[Outcome]:
        self.registry.register("work", handle, payload=Number)

        async def outcome() -> Outcome:
            return (await self.executor.run(self.lease)).outcome

        return asyncio.create_task(outcome())

    async def end(self, task: asyncio.Task[Outcome], seconds: float = 60.0) -> Outcome:
        await self.clock.advance(seconds)
        async with asyncio.timeout(5):
            return await task


@pytest.fixture
async def field() -> AsyncIterator[Range]:
    field = Range()
    yield field
    await field.executor.stop()


async def forever(ctx: Ctx, payload: Number) -> None:
    await asyncio.Event().wait()


async def immortal(ctx: Ctx, payload: Number, until: asyncio.Event) -> str:
    while not until.is_set():
        try:
            await until.wait()
        except asyncio.CancelledError:
            continue
    return "late"


async def test_what_a_handler_returns_is_the_result(field: Range) -> None:
    async def handle(ctx: Ctx, payload: Number) -> list[int]:
        return [1]

    assert await field.end(field.run(handle)) == Done([1])


async def test_a_plain_handler_runs_in_a_thread(field: Range) -> None:
    def handle(ctx: Ctx, payload: Number) -> bool:
        return threading.current_thread() is not threading.main_thread()

    async with asyncio.timeout(5):
        assert await field.run(handle) == Done(True)


async def test_a_time_out_is_retried_and_named(field: Range) -> None:
    field.policy(timeout_s=30.0)
    outcome = await field.end(field.run(forever))
    assert isinstance(outcome, Retry)
    assert (outcome.error.kind, outcome.delay_s) == ("timeout", 5.0)


async def test_a_run_without_progress_is_stalled_and_one_with_progress_is_not(field: Range) -> None:
    field.policy(stall_timeout_s=10.0)

    async def slow(ctx: Ctx, payload: Number) -> None:
        for step in range(5):
            await field.clock.sleep(6.0)
            await ctx.progress(step)
        await forever(ctx, payload)

    task = field.run(slow)
    await field.clock.advance(32.0)
    assert not task.done()
    outcome = await field.end(task)
    assert isinstance(outcome, Retry)
    assert outcome.error.kind == "stall"


async def test_time_spent_waiting_for_others_counts_for_no_time_out(field: Range) -> None:
    field.policy(timeout_s=10.0, stall_timeout_s=10.0)

    async def patient(ctx: Ctx, payload: Number) -> str:
        async with ctx.stage("Asking") as stage, stage.waiting(100.0):
            await field.clock.sleep(100.0)
        return "well"

    assert await field.end(field.run(patient), 200.0) == Done("well")


@pytest.mark.parametrize(
    ("signal", "outcome"),
    [(Signal.CANCEL, Cancelled("asked")), (Signal.HOLD, Hold("asked", asked=True)), (Signal.STOP, Release("asked"))],
)
async def test_a_signal_decides_the_outcome(field: Range, signal: Signal, outcome: Outcome) -> None:
    task = field.run(forever)
    await field.clock.advance(1.0)
    field.lease.signal(signal)
    assert await field.end(task) == outcome


async def test_a_handler_that_swallows_its_cancel_and_returns_is_cancelled_all_the_same(field: Range) -> None:
    async def swallow(ctx: Ctx, payload: Number) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "as if nothing had happened"
        return "never"

    task = field.run(swallow)
    await field.clock.advance(1.0)
    field.lease.signal(Signal.CANCEL)
    assert await field.end(task) == Cancelled("asked")
    assert not field.lease.stuck


async def test_an_immortal_handler_is_marked_stuck_and_its_run_is_not_over_before_it_ends(field: Range) -> None:
    until = asyncio.Event()

    async def handle(ctx: Ctx, payload: Number) -> str:
        return await immortal(ctx, payload, until)

    task = field.run(handle)
    await field.clock.advance(1.0)
    field.lease.signal(Signal.CANCEL)
    await field.clock.advance(9.0)
    assert not field.lease.stuck, "it has a grace of ten seconds"
    await field.clock.advance(3600.0)
    assert field.lease.stuck
    assert len(field.executor.stuck) == 1
    assert not task.done(), "its attempt still runs: no other may begin"
    until.set()
    assert await field.end(task) == Cancelled("asked")
    assert not field.executor.stuck


async def test_a_cancel_waits_for_the_thread_that_it_cannot_stop(field: Range) -> None:
    go_on, left = threading.Event(), threading.Event()

    def block() -> None:
        go_on.wait(10)
        left.set()

    async def handle(ctx: Ctx, payload: Number) -> None:
        await ctx.in_thread(block)

    field.policy(timeout_s=30.0)
    task = field.run(handle)
    await field.clock.advance(3600.0)
    assert field.lease.stuck
    assert not task.done()
    go_on.set()
    assert left.wait(10)
    outcome = await field.end(task)
    assert isinstance(outcome, Retry)
    assert outcome.error.kind == "timeout"


async def test_what_a_thread_raises_and_returns_reaches_the_handler(field: Range) -> None:
    def divide(by: int) -> float:
        return 1 / by

    async def handle(ctx: Ctx, payload: Number) -> float:
        with pytest.raises(ZeroDivisionError):
            await ctx.in_thread(divide, 0)
        return await ctx.in_thread(divide, 2)

    async with asyncio.timeout(5):
        assert await field.run(handle) == Done(0.5)


async def test_more_stuck_handlers_than_places_wear_the_process_out(field: Range) -> None:
    until = asyncio.Event()

    async def handle(ctx: Ctx, payload: Number) -> str:
        return await immortal(ctx, payload, until)

    told: list[str] = []
    field.registry.register("work", handle, payload=Number)
    executor = Executor(
        field.registry,
        services=None,
        clock=field.clock,
        most_stuck=1,
        trouble=lambda message, job: told.append(message),
    )
    leases = [MemoryLease(replace(field.lease.job, id=name)) for name in "ab"]
    runs = [asyncio.create_task(executor.run(lease)) for lease in leases]
    await field.clock.advance(1.0)
    leases[0].signal(Signal.CANCEL)
    await field.clock.advance(11.0)
    assert not executor.worn_out.is_set()
    leases[1].signal(Signal.CANCEL)
    await field.clock.advance(11.0)
    assert executor.worn_out.is_set()
    assert told == ["2 handlers do not stop: the process must be restarted."]
    until.set()
    await asyncio.wait(runs)


class Greeter:
    """A handler that is an object."""

    async def __call__(self, ctx: Ctx, payload: Number) -> str:
        return "called"


async def test_an_object_may_be_a_handler(field: Range) -> None:
    async with asyncio.timeout(5):
        assert await field.run(Greeter()) == Done("called")


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def recurse(depth: int) -> int:
    return recurse(depth + 1)


def raiser(make: Callable[[], BaseException]) -> Callable[[Ctx, Number], Awaitable[None]]:
    async def handle(ctx: Ctx, payload: Number) -> None:
        raise make()

    return handle


@pytest.mark.parametrize(
    "make",
    [
        lambda: SystemExit(3),
        KeyboardInterrupt,
        lambda: ExceptionGroup("two", [ValueError("a"), TypeError("b")]),
        lambda: BaseExceptionGroup("end", [SystemExit(1)]),
        Unprintable,
        lambda: ValueError("x" * 10_000_000),
        asyncio.CancelledError,
        StopIteration,
    ],
    ids=["exit", "interrupt", "group", "base-group", "unprintable", "huge", "cancels-itself", "stop-iteration"],
)
async def test_whatever_a_handler_raises_fails_its_attempt_alone(
    field: Range, make: Callable[[], BaseException]
) -> None:
    outcome = await field.end(field.run(raiser(make)))
    assert isinstance(outcome, Retry)
    assert len(outcome.error.message) + len(outcome.error.detail) <= 8192


@pytest.mark.parametrize(
    "wish",
    [
        lambda: DeferJob(float("nan"), "later"),
        lambda: DeferJob(float("inf"), "later"),
        lambda: DeferJob("soon", "later"),  # type: ignore[arg-type]
        lambda: DeferJob(1e10, "later"),
        lambda: DeferJob(5, None),  # type: ignore[arg-type]
        lambda: HoldJob(None),  # type: ignore[arg-type]
        lambda: HoldJob(Unprintable()),  # type: ignore[arg-type]
        lambda: HoldJob("later", until=-1),
        lambda: CancelJob(None),  # type: ignore[arg-type]
    ],
)
async def test_a_wish_for_later_that_cannot_be_is_a_failed_attempt(
    field: Range, wish: Callable[[], BaseException]
) -> None:
    outcome = await field.end(field.run(raiser(wish)))
    assert isinstance(outcome, Retry)
    assert outcome.error.detail.startswith("InvalidOption")


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (lambda: DeferJob(-0.2, "its time is over"), Defer(0.0, "its time is over")),
        (lambda: HoldJob("no \udcff name"), Hold("no ? name")),
        (lambda: HoldJob("until then", until=5), Hold("until then", 5)),
        (lambda: CancelJob("nobody wants it"), Cancelled("nobody wants it")),
    ],
)
async def test_what_can_be_understood_of_a_wish_is(
    field: Range, wish: Callable[[], BaseException], wanted: Outcome
) -> None:
    assert await field.end(field.run(raiser(wish))) == wanted


async def test_words_of_a_failure_are_made_such_as_can_be_stored(field: Range) -> None:
    """File names that are no UTF-8 come as halves of surrogate pairs, and stand in many a message."""
    odd = JobError("cannot read \udcff", category=Unprintable(), severity=7)  # type: ignore[arg-type]
    outcome = await field.end(field.run(raiser(lambda: odd)))
    assert isinstance(outcome, Retry)
    assert (outcome.error.message, outcome.error.category, outcome.error.severity) == (
        "cannot read ?",
        "(no text)",
        "7",
    )
    json.dumps(outcome.error.to_json(), ensure_ascii=False).encode()


async def test_a_planner_that_fails_is_the_engines_failure_and_ends_the_run(field: Range) -> None:
    told: list[str] = []

    def plan(job: Job, outcome: Outcome) -> Settlement:
        raise LookupError("nothing planned")

    field.executor = Executor(
        field.registry, services=None, clock=field.clock, plan=plan, trouble=lambda message, job: told.append(message)
    )
    outcome = await field.end(field.run(raiser(lambda: JobError("no"))))
    assert isinstance(outcome, Retry)
    assert "LookupError" in outcome.error.detail
    assert told == ["The engine itself failed while j ran: LookupError."]


async def test_endless_recursion_fails_the_attempt(field: Range) -> None:
    async def handle(ctx: Ctx, payload: Number) -> int:
        return recurse(0)

    assert isinstance(await field.end(field.run(handle)), Retry)


CYCLE: list[Any] = []
CYCLE.append(CYCLE)


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), "\ud800", CYCLE, object(), "x" * 2_000_000])
async def test_a_result_that_cannot_be_stored_ends_the_job(field: Range, value: object) -> None:
    async def handle(ctx: Ctx, payload: Number) -> object:
        return value

    outcome = await field.end(field.run(handle))
    assert isinstance(outcome, Fail)
    assert outcome.error.kind == "unserialisable_result"


async def test_an_unknown_type_waits_and_a_wrong_payload_fails(field: Range) -> None:
    outcome = (await field.executor.run(field.lease)).outcome
    assert isinstance(outcome, Defer)
    field.lease.job = replace(field.lease.job, payload={"number": "many"})
    outcome = await field.end(field.run(forever))
    assert isinstance(outcome, Fail)
    assert outcome.error.kind == "invalid_payload"


async def test_ten_thousand_progress_calls_are_folded_and_the_last_one_is_shown(field: Range) -> None:
    async def busy(ctx: Ctx, payload: Number) -> None:
        async with ctx.stage("Counting", total=10_000, unit="members") as stage:
            for _ in range(10_000):
                await stage.advance()

    begun = time.process_time()
    assert await field.end(field.run(busy)) == Done(None)
    assert time.process_time() - begun < 5.0
    assert len(field.lease.shown) < 10
    last = field.lease.shown[-1]
    assert (last.current, last.percentage, last.unit) == (10_000, 100.0, "members")
