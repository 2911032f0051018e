"""Jobs of a batching type are handled together and end apart."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, cast

import pytest

from jobs.engine.backend import CancelAnswer
from jobs.engine.config import QueueConfig
from jobs.engine.errors import DeferJob, InvalidOption, JobError
from jobs.engine.events import EventType
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.request import EnqueueRequest
from jobs.engine.retry import Backoff
from jobs.engine.states import State
from tests.engine.conftest import Bench, Number

Contexts = Sequence[JobContext[Any]]
TWENTY = QueueConfig(concurrency=20, cancel_grace_s=1.0, backoff=Backoff("fixed", base_s=0.0, jitter=0.0))


async def queue_of(bench: Bench, handle: Callable[[Any, Any], Any], **policy: Any) -> JobQueue:
    return await bench.queue(handle, run=False, **{"config": TWENTY, "batch_size": 8, **policy})


def requests(count: int, lane: str = "") -> list[EnqueueRequest]:
    return [EnqueueRequest("work", {"number": number}, lane=lane) for number in range(count)]


async def test_what_starts_together_is_handled_together_in_order(bench: Bench) -> None:
    batches: list[list[int]] = []

    async def double(contexts: Contexts, payloads: Sequence[Number]) -> list[int]:
        batches.append([payload.number for payload in payloads])
        assert len({context.job_id for context in contexts}) == len(payloads)
        return [payload.number * 2 for payload in payloads]

    queue = await queue_of(bench, double)
    jobs = await queue.enqueue_many(requests(20))
    await queue.run()
    results = [(await bench.ended(queue, job)).result for job in jobs]
    assert results == [number * 2 for number in range(20)]
    assert batches == [list(range(8)), list(range(8, 16)), list(range(16, 20))]


async def test_a_plain_handler_is_given_batches_too_and_lanes_never_mix(bench: Bench) -> None:
    lanes: list[set[str]] = []

    def handle(contexts: Contexts, payloads: Sequence[Number]) -> list[None]:
        lanes.append({context.lane for context in contexts})
        return [None] * len(payloads)

    queue = await queue_of(bench, handle)
    jobs = await queue.enqueue_many([*requests(5, "a"), *requests(5, "b")])
    await queue.run()
    for job in jobs:
        assert (await bench.ended(queue, job)).state is State.COMPLETED
    assert Counter(map(frozenset, lanes)) == {frozenset({"a"}): 1, frozenset({"b"}): 1}


async def test_each_job_of_a_batch_has_its_own_outcome(bench: Bench) -> None:
    async def handle(contexts: Contexts, payloads: Sequence[Number]) -> list[Any]:
        answers: dict[int, Any] = {
            0: "fine",
            1: JobError("no such number", retryable=False),
            2: ValueError("once"),
            3: DeferJob(3600, "the gateway is busy"),
            4: {1, 2},
        }
        if contexts[0].attempt == 2:
            answers[2] = "at last"
        return [answers[payload.number] for payload in payloads]

    queue = await queue_of(bench, handle)
    jobs = await queue.enqueue_many(requests(5))
    await queue.run()
    for number, state in ((0, State.COMPLETED), (1, State.FAILED), (2, State.COMPLETED), (4, State.FAILED)):
        assert (await bench.ended(queue, jobs[number])).state is state
    third = await queue.get(jobs[2].id)
    fourth = await queue.get(jobs[3].id)
    assert third is not None
    assert fourth is not None
    assert (third.result, third.attempts) == ("at last", 2)
    assert (fourth.state, fourth.attempts) == (State.DELAYED, 0)


@pytest.mark.parametrize("answer", [None, "three", [1], [1, 2, 3, 4], 7])
async def test_an_answer_that_is_not_one_for_each_fails_them_all(bench: Bench, answer: Any) -> None:
    async def handle(contexts: Contexts, payloads: Sequence[Number]) -> Any:
        return answer

    queue = await queue_of(bench, handle)
    jobs = await queue.enqueue_many(requests(3))
    await queue.run()
    for job in jobs:
        ended = await bench.ended(queue, job)
        assert ended.error is not None
        assert ended.error.message == "The handler of a batch must return a list of 3 results."


async def test_an_exception_is_each_jobs_failed_attempt_and_the_next_one_is_a_batch_again(bench: Bench) -> None:
    sizes: list[int] = []

    async def handle(contexts: Contexts, payloads: Sequence[Number]) -> list[Any]:
        sizes.append(len(payloads))
        if len(sizes) == 1:
            for context in contexts:
                await context.checkpoint("seen", 1)
            raise RuntimeError("the gateway is down")
        return [await context.load("seen") for context in contexts]

    queue = await queue_of(bench, handle)
    jobs = await queue.enqueue_many(requests(6))
    await queue.run()
    for job in jobs:
        ended = await bench.ended(queue, job)
        assert (ended.result, ended.attempts) == (1, 2)
    assert sum(sizes[1:]) == 6
    assert len(sizes) < 7


async def test_a_cancel_of_one_leaves_the_others_and_a_cancel_of_all_ends_the_call(bench: Bench) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()
    seen: list[bool] = []

    async def handle(contexts: Contexts, payloads: Sequence[Number]) -> list[str]:
        started.set()
        await go_on.wait()
        seen.extend(context.cancelled for context in contexts)
        return ["done"] * len(payloads)

    queue = await queue_of(bench, handle)
    first, second = await queue.enqueue_many(requests(2))
    await queue.run()
    await started.wait()
    assert await queue.cancel(first.id, "not needed") is CancelAnswer.REQUESTED
    go_on.set()
    assert (await bench.ended(queue, first)).state is State.CANCELLED
    assert (await bench.ended(queue, second)).state is State.COMPLETED
    assert seen == [True, False]
    go_on.clear()
    started.clear()
    both = await queue.enqueue_many(requests(2))
    await started.wait()
    for job in both:
        await queue.cancel(job.id, "not needed")
    for job in both:
        assert (await bench.ended(queue, job)).state is State.CANCELLED


async def test_a_time_out_ends_a_batch_and_a_stop_gives_it_back(bench: Bench) -> None:
    started = asyncio.Event()

    async def handle(contexts: Contexts, payloads: Sequence[Number]) -> list[None]:
        started.set()
        await asyncio.Event().wait()
        return []

    queue = await queue_of(bench, handle, timeout_s=0.1, max_attempts=1)
    jobs = await queue.enqueue_many(requests(3))
    await queue.run()
    for job in jobs:
        ended = await bench.ended(queue, job)
        assert ended.error is not None
        assert ended.error.kind == "timeout"
    started.clear()
    left = await queue.enqueue_many([EnqueueRequest("work", {}, timeout=60) for _ in range(3)])
    await started.wait()
    assert await queue.drain(0.0) == 0
    for job in left:
        found = await queue.get(job.id)
        assert found is not None
        assert (found.state, found.attempts) == (State.WAITING, 0)


async def test_a_handler_that_ignores_its_cancel_leaves_the_places_of_its_batch_to_others(bench: Bench) -> None:
    finished = asyncio.Event()

    async def handle(contexts: Contexts, payloads: Sequence[Number]) -> list[None]:
        while payloads[0].number < 2 and not finished.is_set():
            with suppress(asyncio.CancelledError):
                await finished.wait()
        return [None] * len(payloads)

    config = QueueConfig(concurrency=2, cancel_grace_s=0.2)
    queue = await queue_of(bench, handle, timeout_s=0.1, max_attempts=1, config=config)
    stuck: list[str] = []
    queue.on(EventType.JOB_STUCK, lambda event: stuck.append(event.job.id) if event.job else None)
    jobs = await queue.enqueue_many(requests(2))
    await queue.run()
    next_ = await queue.enqueue("work", {"number": 2})
    assert (await bench.ended(queue, next_)).state is State.COMPLETED
    assert stuck == [job.id for job in jobs]
    for job in jobs:
        found = await queue.get(job.id)
        assert found is not None
        assert (found.state, found.stuck) == (State.ACTIVE, True)
    finished.set()
    for job in jobs:
        ended = await bench.ended(queue, job)
        assert ended.error is not None
        assert (ended.state, ended.error.kind, ended.stuck) == (State.FAILED, "timeout", False)


@pytest.mark.parametrize(
    ("config", "own", "sizes"),
    [
        (QueueConfig(concurrency=12, batch_size=3), None, [3, 3, 3, 3]),
        (QueueConfig(concurrency=12, batch_size=3), 6, [6, 6]),
        (QueueConfig(concurrency=12, batching=False), 6, [1] * 12),
        (QueueConfig(concurrency=12, batching=False), None, [1] * 12),
    ],
)
async def test_the_queue_says_whether_there_are_batches_and_how_large(
    bench: Bench, config: QueueConfig, own: int | None, sizes: list[int]
) -> None:
    found: list[int] = []

    async def handle(contexts: Contexts, payloads: Sequence[Number]) -> list[int]:
        found.append(len(payloads))
        return [payload.number for payload in payloads]

    queue = await bench.queue(cast(Any, handle), config=config, batch_size=own, run=False)
    jobs = await queue.enqueue_many(requests(12))
    await queue.run()
    assert [(await bench.ended(queue, job)).result for job in jobs] == list(range(12))
    assert found == sizes


@pytest.mark.parametrize("size", [0, -1, 2.5, 1001, True])
def test_a_size_that_cannot_be_is_refused(size: Any) -> None:
    with pytest.raises(InvalidOption, match="batch_size"):
        Registry().register("work", lambda contexts, payloads: [], payload=Number, batch_size=size)
