"""Hooks, the durable log of events, health, and what is deleted when."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jobs.engine.backend import JobQuery
from jobs.engine.config import QueueConfig
from jobs.engine.errors import EventsTrimmed, InvalidOption, JobError
from jobs.engine.events import EventType
from jobs.engine.hooks import Hooks
from jobs.engine.model import Job
from jobs.engine.registry import JobContext
from jobs.engine.retry import Backoff
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]
AT_ONCE = Backoff("fixed", base_s=0.0, jitter=0.0)


async def stumble(ctx: Ctx, payload: Number) -> int:
    """Fails until its attempt is the payload's number."""
    await ctx.progress(ctx.attempt, 10)
    if ctx.attempt < payload.number:
        raise JobError("not yet", retryable=payload.number < 9)
    return ctx.attempt


class Diary:
    """Hooks that write down who was called with what."""

    def __init__(self, name: str, lines: list[str]) -> None:
        def plain(what: str) -> Any:
            return lambda job: lines.append(f"{name} {what}")

        async def retry(job: Job, attempt: int, delay_s: float) -> None:
            lines.append(f"{name} retry {attempt} {delay_s:g}")

        self.hooks = Hooks(plain("progress"), plain("complete"), plain("failed"), retry)


async def written(lines: list[str], last: str) -> list[str]:
    async with asyncio.timeout(5):
        while last not in lines:
            await asyncio.sleep(0.005)
    return lines


async def test_hooks_of_the_type_come_before_those_of_the_queue(bench: Bench) -> None:
    lines: list[str] = []
    queue = await bench.queue(stumble, hooks=Diary("type", lines).hooks, queue_hooks=Diary("queue", lines).hooks)
    job = await queue.enqueue("work", {"number": 2}, backoff=AT_ONCE)
    await bench.ended(queue, job)
    assert await written(lines, "queue complete") == [
        "type progress", "queue progress", "type retry 1 0", "queue retry 1 0",
        "type progress", "queue progress", "type complete", "queue complete",
    ]  # fmt: skip


async def test_a_failed_job_calls_its_own_hook_and_one_that_raises_harms_nobody(bench: Bench) -> None:
    lines: list[str] = []

    def broken(job: Job) -> None:
        raise RuntimeError("a hook's own bug")

    queue = await bench.queue(stumble, hooks=Hooks(on_failed=broken), queue_hooks=Diary("queue", lines).hooks)
    for number in (9, 1):
        await bench.ended(queue, await queue.enqueue("work", {"number": number}))
    await written(lines, "queue complete")


async def test_the_log_of_events_goes_on_at_a_cursor_over_restarts(bench: Bench) -> None:
    queue = await bench.queue(stumble)
    first = await queue.enqueue("work", {})
    await bench.ended(queue, first)
    seen = []
    cursor = None
    async for event in queue.follow():
        seen.append(event.type)
        cursor = event.cursor
        if event.type is EventType.JOB_STARTED:
            break
    await queue.stop(0)
    queue = await bench.queue(stumble)
    second = await queue.enqueue("work", {})
    async with asyncio.timeout(10):
        async for event in queue.follow(cursor):
            seen.append(event.type)
            if event.type is EventType.JOB_COMPLETED and event.job and event.job.id == second.id:
                break
    assert seen == [EventType.JOB_ENQUEUED, EventType.JOB_STARTED, EventType.JOB_COMPLETED] * 2


async def test_a_cursor_that_is_too_old_says_so(bench: Bench) -> None:
    clock = FakeClock()
    queue = await bench.queue(stumble, clock=clock, run=False)
    await queue.enqueue("work", {})
    (event,) = await queue._backend.events(None)
    for _ in range(3):
        await queue.enqueue("work", {})
    clock.move_wall(8 * 86_400_000)
    await queue._backend.sweep()
    with pytest.raises(EventsTrimmed):
        await anext(queue.follow(event.cursor))
    with pytest.raises(InvalidOption):
        await anext(queue.follow("yesterday"))


async def test_only_the_newest_are_kept_where_a_number_is_set(bench: Bench) -> None:
    queue = await bench.queue(stumble, config=QueueConfig(keep_completed=3, keep_failed=1))
    ended = [await bench.ended(queue, await queue.enqueue("work", {"number": n})) for n in (1, 1, 1, 1, 1, 9, 9)]
    await queue._backend.sweep()
    left = {job.id for job in (await queue.find(JobQuery())).jobs}
    assert left == {job.id for job in (*ended[2:5], ended[6])}


async def test_a_clean_up_by_hand_takes_what_is_old_enough_and_nothing_unfinished(bench: Bench) -> None:
    clock = FakeClock()
    queue = await bench.queue(stumble, clock=clock)
    old = await bench.ended(queue, await queue.enqueue("work", {}))
    clock.move_wall(3_600_000)
    new = await bench.ended(queue, await queue.enqueue("work", {}))
    waiting = await queue.enqueue("work", {}, delay=86_400)
    assert await queue.clean_up(1800) == 1
    assert await queue.get(old.id) is None
    assert await queue.state(new.id) is State.COMPLETED
    assert await queue.state(waiting.id) is State.DELAYED
    with pytest.raises(InvalidOption):
        await queue.clean_up(-1)
