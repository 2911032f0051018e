"""The queue end to end: real file, real executor, real handlers."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest

from jobs.engine.backend import CancelAnswer, JobQuery
from jobs.engine.config import QueueConfig
from jobs.engine.errors import (
    DeferJob,
    HoldJob,
    InvalidOption,
    InvalidPayload,
    JobError,
    NotRetryable,
    QueueFull,
    StoreInUse,
    UnknownJob,
    UnknownJobType,
    ValueTooLarge,
)
from jobs.engine.events import EventType
from jobs.engine.registry import JobContext
from jobs.engine.retry import Backoff
from jobs.engine.states import State
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]
AT_ONCE = Backoff("fixed", base_s=0.0, jitter=0.0)


async def double(ctx: Ctx, payload: Number) -> dict[str, int]:
    return {"double": payload.number * 2}


async def test_a_job_runs_and_its_result_is_kept(bench: Bench) -> None:
    queue = await bench.queue(double)
    job = await queue.enqueue("work", {"number": 21}, lane="guild", owner="me")
    ended = await bench.ended(queue, job)
    assert (ended.state, ended.result, ended.attempts) == (State.COMPLETED, {"double": 42}, 1)
    assert ended.completed_at is not None
    assert [a.ended_as for a in await queue.attempts(job.id)] == ["done"]


async def test_a_failing_job_is_tried_again_until_its_attempts_are_used_up(bench: Bench) -> None:
    async def fail(ctx: Ctx, payload: Number) -> None:
        raise JobError(f"attempt {ctx.attempt}")

    queue = await bench.queue(fail)
    job = await queue.enqueue("work", {}, max_retries=2, backoff=AT_ONCE)
    ended = await bench.ended(queue, job)
    assert (ended.state, ended.attempts) == (State.FAILED, 3)
    assert ended.error is not None
    assert ended.error.message == "attempt 3"


async def test_an_error_that_is_not_retryable_ends_the_job_at_once(bench: Bench) -> None:
    async def fail(ctx: Ctx, payload: Number) -> None:
        raise JobError("no", retryable=False)

    queue = await bench.queue(fail)
    ended = await bench.ended(queue, await queue.enqueue("work", {}))
    assert (ended.state, ended.attempts) == (State.FAILED, 1)


async def test_a_retry_by_hand_gives_further_attempts(bench: Bench) -> None:
    async def second_time(ctx: Ctx, payload: Number) -> str:
        if ctx.attempt == 1:
            raise JobError("not yet")
        return "well"

    queue = await bench.queue(second_time)
    job = await queue.enqueue("work", {}, max_attempts=1)
    assert (await bench.ended(queue, job)).state is State.FAILED
    again = await queue.retry(job.id)
    assert again.policy.max_attempts == 1 + queue.config.max_attempts
    assert (await bench.ended(queue, job)).result == "well"
    with pytest.raises(NotRetryable):
        await queue.retry(job.id)
    with pytest.raises(UnknownJob):
        await queue.retry("nothing")


async def test_the_same_key_gives_the_same_job_while_it_is_unfinished(bench: Bench) -> None:
    queue = await bench.queue(double, run=False)
    first = await queue.enqueue("work", {}, key="once")
    assert (await queue.enqueue("work", {}, key="once")).id == first.id
    await queue.cancel(first.id, "not needed")
    assert (await queue.enqueue("work", {}, key="once")).id != first.id


async def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_when_it_obeys(bench: Bench) -> None:
    running, never = asyncio.Event(), asyncio.Event()

    async def wait(ctx: Ctx, payload: Number) -> None:
        running.set()
        await never.wait()

    queue = await bench.queue(wait, concurrency=1, config=QueueConfig(cancel_grace_s=0.2))
    active = await queue.enqueue("work", {})
    waiting = await queue.enqueue("work", {})
    await running.wait()
    assert await queue.cancel(waiting.id, "first") is CancelAnswer.CANCELLED
    assert await queue.cancel(active.id, "second") is CancelAnswer.REQUESTED
    ended = await bench.ended(queue, active)
    assert (ended.state, ended.reason) == (State.CANCELLED, "second")
    assert await queue.cancel(active.id, "third") is CancelAnswer.FINISHED
    assert await queue.cancel("nothing", "fourth") is CancelAnswer.UNKNOWN


async def test_a_stop_gives_a_running_job_back_and_the_next_start_goes_on_by_key(bench: Bench) -> None:
    reached, never = asyncio.Event(), asyncio.Event()
    seen: list[int] = []

    async def count(ctx: Ctx, payload: Number) -> int:
        async with ctx.stage("Counting", total=10) as stage:
            async for item in stage.each(range(10), key=lambda item: item):
                seen.append(item)
                stage.count()
                if len(seen) == 4:
                    reached.set()
                    await never.wait()
        return len(seen)

    queue = await bench.queue(count)
    job = await queue.enqueue("work", {})
    await reached.wait()
    assert await queue.stop(0.0) == 0
    queue = await bench.queue(count)
    ended = await bench.ended(queue, job)
    assert seen == [0, 1, 2, 3, *range(3, 10)], "only the item that was under way is done again"
    assert (ended.state, ended.attempts, ended.crashes) == (State.COMPLETED, 1, 0)
    assert ended.progress is not None
    assert (ended.progress.ok, ended.progress.current, ended.progress.resumed_at) == (10, 10, 3)


async def test_once_makes_a_plan_once_over_all_attempts(bench: Bench) -> None:
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        return made

    async def plan(ctx: Ctx, payload: Number) -> Any:
        value = await ctx.once("plan", make)
        if ctx.attempt == 1:
            raise JobError("after the plan")
        return value

    queue = await bench.queue(plan)
    ended = await bench.ended(queue, await queue.enqueue("work", {}, backoff=AT_ONCE))
    assert (ended.result, made, ended.attempts) == (1, 1, 2)


async def test_a_deferred_and_a_held_job_use_no_attempt(bench: Bench) -> None:
    calls = 0

    async def later(ctx: Ctx, payload: Number) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise DeferJob(0.01, "not now")
        if calls == 2:
            raise HoldJob("ask somebody")
        return ctx.attempt

    queue = await bench.queue(later)
    paused = asyncio.Event()
    queue.on(EventType.JOB_PAUSED, lambda event: paused.set())
    job = await queue.enqueue("work", {})
    await paused.wait()
    held = await queue.get(job.id)
    assert held is not None
    assert (held.state, held.reason, held.attempts) == (State.PAUSED, "ask somebody", 0)
    assert await queue.unhold(job.id)
    assert (await bench.ended(queue, job)).result == 1


async def test_find_pages_newest_first_within_one_lane(bench: Bench) -> None:
    queue = await bench.queue(double, run=False)
    ids = [(await queue.enqueue("work", {}, lane="a")).id for _ in range(5)]
    await queue.enqueue("work", {}, lane="b")
    first = await queue.find(JobQuery(lane="a", limit=3))
    second = await queue.find(JobQuery(lane="a", limit=3, cursor=first.cursor))
    assert [job.id for job in (*first.jobs, *second.jobs)] == ids[::-1]
    assert second.cursor is None


async def test_statistics_count_states_times_and_errors(bench: Bench) -> None:
    async def odd_fails(ctx: Ctx, payload: Number) -> None:
        if payload.number % 2:
            raise JobError("odd", retryable=False)

    queue = await bench.queue(odd_fails)
    for number in range(4):
        await bench.ended(queue, await queue.enqueue("work", {"number": number}))
    numbers = await queue.statistics()
    assert numbers.total == 4
    assert (numbers.states[State.COMPLETED], numbers.states[State.FAILED]) == (2, 2)
    assert numbers.error_rate == 0.5
    assert numbers.average_execution_s is not None


async def test_a_second_process_on_the_file_is_refused(bench: Bench) -> None:
    await bench.queue(double)
    with pytest.raises(StoreInUse):
        await bench.queue(double)


async def test_a_full_queue_refuses_and_says_so(bench: Bench) -> None:
    queue = await bench.queue(double, run=False, config=QueueConfig(max_queue_size=2))
    full = asyncio.Event()
    queue.on(EventType.QUEUE_FULL, lambda event: full.set())
    await queue.enqueue("work", {})
    await queue.enqueue("work", {})
    with pytest.raises(QueueFull, match=r"2 jobs"):
        await queue.enqueue("work", {})
    await full.wait()


async def test_a_full_queue_still_answers_who_asks_again(bench: Bench) -> None:
    queue = await bench.queue(double, run=False, config=QueueConfig(max_queue_size=1))
    job = await queue.enqueue("work", {}, key="once")
    assert (await queue.enqueue("work", {}, key="once")).id == job.id
    with pytest.raises(QueueFull):
        await queue.enqueue("work", {}, key="other")


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"priority": "urgent"}, "priority"),
        ({"priority": 128}, "priority"),
        ({"priority": True}, "priority"),
        ({"delay": float("nan")}, "delay"),
        ({"delay": -1}, "delay"),
        ({"delay": 1e20}, "delay"),
        ({"delay": 1, "run_at": datetime(2100, 1, 1)}, "run_at"),  # noqa: DTZ001 - naive on purpose
        ({"run_at": datetime(2026, 1, 1)}, "run_at"),  # noqa: DTZ001 - naive on purpose
        ({"max_attempts": 2, "max_retries": 1}, "max_retries"),
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_retries": -1}, "max_retries"),
        ({"timeout": 0}, "timeout"),
        ({"stall_timeout": float("inf")}, "stall_timeout"),
        ({"job_id": "../etc"}, "job_id"),
        ({"job_id": ".."}, "job_id"),
        ({"job_id": "12345"}, "job_id"),
        ({"depends_on": ["a/b"]}, "depends_on"),
        ({"key": ""}, "key"),
        ({"lane": "a\nb"}, "lane"),
    ],
)
async def test_an_option_out_of_range_is_refused_before_anything_is_stored(
    bench: Bench, options: dict[str, Any], name: str
) -> None:
    queue = await bench.queue(double, run=False)
    with pytest.raises(InvalidOption) as refusal:
        await queue.enqueue("work", {}, **options)
    assert refusal.value.name == name
    assert (await queue.statistics()).total == 0


async def test_a_wrong_type_or_payload_is_refused_with_field_and_reason(bench: Bench) -> None:
    queue = await bench.queue(double, run=False)
    with pytest.raises(UnknownJobType, match="work"):
        await queue.enqueue("wrok", {})
    with pytest.raises(InvalidPayload, match=r"number: .*integer"):
        await queue.enqueue("work", {"number": "many"})
    with pytest.raises(InvalidPayload, match="guild: Extra"):
        await queue.enqueue("work", {"guild": 1})
    with pytest.raises(ValueTooLarge):
        await queue.enqueue("work", {}, metadata={"long": "x" * 300_000})


@pytest.mark.parametrize("end", ["done", "retry", "defer", "hold", "fail", "release"])
async def test_what_is_told_of_a_job_is_what_is_stored(bench: Bench, end: str) -> None:
    """Events carry jobs that were made from what was written, without reading it back."""

    async def work(ctx: Ctx, payload: Number) -> object:
        await ctx.progress(3, 9, "three")
        match end:
            case "retry":
                raise JobError("not yet")
            case "fail":
                raise JobError("never", retryable=False)
            case "defer":
                raise DeferJob(60.0, "later")
            case "hold":
                raise HoldJob("ask somebody")
            case "release":
                await asyncio.sleep(60)
        return {"n": [1, "é"]}

    queue = await bench.queue(work, run=False)
    told: dict[str, Any] = {}
    queue.on(None, lambda event: told.update({str(event.type): event.job}) if event.job else None)
    job = await queue.enqueue("work", {"number": 1}, labels=["a"], owner="me", context={"x": 1}, expires=3600)
    assert job == await queue.get(job.id)
    await queue.run()
    async with asyncio.timeout(10):
        while "job_progress" not in told:
            await asyncio.sleep(0.005)
        if end == "release":
            await queue.drain(0.0)
        ends = {"done": "completed", "fail": "failed", "defer": "deferred", "hold": "paused", "release": "released"}
        while f"job_{ends.get(end, end)}" not in told:
            await asyncio.sleep(0.005)
    assert told["job_enqueued"] == job
    assert told[f"job_{ends.get(end, end)}"] == await queue.get(job.id)


@pytest.mark.parametrize(("attempts", "then"), [(1, "job_failed"), (2, "job_retry")])
async def test_a_run_without_progress_is_told_as_stalled(bench: Bench, attempts: int, then: str) -> None:
    async def still(ctx: Ctx, payload: Number) -> None:
        await asyncio.sleep(60)

    queue = await bench.queue(still)
    events = queue.events(type_ for type_ in EventType if type_.startswith("job_"))
    await queue.enqueue("work", {}, stall_timeout=0.1, max_attempts=attempts)
    told = []
    async with asyncio.timeout(10):
        while EventType.JOB_STALLED not in told:
            told.append((await anext(events)).type)
    assert [str(type_) for type_ in told] == ["job_enqueued", "job_started", then, "job_stalled"]
