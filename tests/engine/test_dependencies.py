"""Jobs that wait for others: chains, diamonds, failed parents, results, restarts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.backend import JobQuery
from jobs.engine.config import QueueConfig
from jobs.engine.dependencies import in_order
from jobs.engine.errors import DependencyCycle, InvalidOption, JobError, JobExists, UnknownDependency
from jobs.engine.model import JobSpec, RunPolicy
from jobs.engine.registry import JobContext
from jobs.engine.request import EnqueueRequest
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]


async def add(ctx: Ctx, payload: Number) -> int:
    """Its number and the results of those it waited for."""
    results = await ctx.parents()
    return payload.number + sum(int(str(value)) for value in results.values())


async def fail_on_zero(ctx: Ctx, payload: Number) -> int:
    if payload.number == 0:
        raise JobError("zero", retryable=False)
    return await add(ctx, payload)


def request(job_id: str, number: int = 1, **more: Any) -> EnqueueRequest:
    return EnqueueRequest("work", {"number": number}, job_id=job_id, **more)


async def test_a_chain_runs_in_order_and_hands_results_on(bench: Bench) -> None:
    queue = await bench.queue(add)
    jobs = await queue.enqueue_many(
        [request("c", depends_on=["b"]), request("b", depends_on=["a"]), request("a", number=5)]
    )
    assert [job.id for job in jobs] == ["c", "b", "a"], "answers come in the order of the requests"
    assert jobs[0].state is State.BLOCKED
    last = await bench.ended(queue, jobs[0])
    assert last.result == 7
    assert last.depends_on == ("b",)


async def test_a_diamond_joins_both_sides(bench: Bench) -> None:
    queue = await bench.queue(add)
    await queue.enqueue_many(
        [request("top"), request("left", 10, depends_on=["top"]), request("right", 100, depends_on=["top"])]
    )
    bottom = await queue.enqueue("work", {"number": 1000}, depends_on=["left", "right"])
    assert (await bench.ended(queue, bottom)).result == 1112


async def test_a_failed_parent_cancels_all_behind_it_with_the_reason(bench: Bench) -> None:
    queue = await bench.queue(fail_on_zero)
    jobs = await queue.enqueue_many(
        [request("a", 0), request("b", depends_on=["a"]), request("c", depends_on=["b"]), request("d")]
    )
    child, grandchild = [await bench.ended(queue, job) for job in jobs[1:3]]
    assert (child.state, child.reason) == (State.CANCELLED, "It waited for a, which failed.")
    assert (grandchild.state, grandchild.reason) == (State.CANCELLED, "It waited for b, which was cancelled.")
    assert (await bench.ended(queue, jobs[3])).state is State.COMPLETED


async def test_a_child_may_run_when_its_parent_failed(bench: Bench) -> None:
    queue = await bench.queue(fail_on_zero)
    await queue.enqueue_many([request("a", 0), request("b", 5)])
    child = await queue.enqueue("work", {"number": 1}, depends_on=["a", "b"], on_parent_failure="run")
    assert (await bench.ended(queue, child)).result == 6, "only of those that completed"


async def test_a_parent_that_has_ended_before_counts_as_it_ended(bench: Bench) -> None:
    queue = await bench.queue(fail_on_zero)
    good, bad = await queue.enqueue_many([request("good", 3), request("bad", 0)])
    await bench.ended(queue, good)
    await bench.ended(queue, bad)
    assert (await bench.ended(queue, await queue.enqueue("work", {"number": 1}, depends_on=["good"]))).result == 4
    late = await bench.ended(queue, await queue.enqueue("work", {"number": 1}, depends_on=["good", "bad"]))
    assert late.state is State.CANCELLED
    anyway = await queue.enqueue("work", {"number": 1}, depends_on=["bad"], on_parent_failure="run")
    assert (await bench.ended(queue, anyway)).result == 1


async def test_a_cancelled_parent_cancels_its_children(bench: Bench) -> None:
    queue = await bench.queue(add, run=False)
    parent, child = await queue.enqueue_many([request("a"), request("b", depends_on=["a"])])
    await queue.cancel(parent.id, "not needed")
    ended = await bench.ended(queue, child)
    assert (ended.state, ended.reason) == (State.CANCELLED, "It waited for a, which was cancelled.")


async def test_a_child_with_a_delay_is_delayed_when_it_is_let_go(bench: Bench) -> None:
    queue = await bench.queue(add)
    parent, child = await queue.enqueue_many([request("a"), request("b", depends_on=["a"], delay=3600)])
    await bench.ended(queue, parent)
    assert await queue.state(child.id) is State.DELAYED


async def test_a_paused_child_goes_back_to_where_it_belongs(bench: Bench) -> None:
    release = asyncio.Event()

    async def wait(ctx: Ctx, payload: Number) -> None:
        await release.wait()

    queue = await bench.queue(wait)
    parent, child = await queue.enqueue_many([request("a"), request("b", depends_on=["a"])])
    assert await queue.hold(child.id, "a moment")
    assert await queue.unhold(child.id)
    assert await queue.state(child.id) is State.BLOCKED
    assert await queue.hold(child.id, "a moment")
    release.set()
    await bench.ended(queue, parent)
    assert await queue.state(child.id) is State.PAUSED
    assert await queue.unhold(child.id)
    assert (await bench.ended(queue, child)).state is State.COMPLETED


async def test_a_child_that_is_retried_by_hand_waits_for_its_parent_again(bench: Bench) -> None:
    queue = await bench.queue(add, run=False)
    _, child = await queue.enqueue_many([request("a", 5), request("b", depends_on=["a"])])
    await queue.cancel(child.id, "a mistake")
    assert (await queue.retry(child.id)).state is State.BLOCKED
    await queue.run()
    assert (await bench.ended(queue, child)).result == 6


async def test_blocked_jobs_survive_a_restart(bench: Bench) -> None:
    queue = await bench.queue(add, run=False)
    await queue.enqueue_many([request("a", 5), request("b", depends_on=["a"])])
    await queue.stop(0)
    queue = await bench.queue(add)
    job = await queue.get("b")
    assert job is not None
    assert (await bench.ended(queue, job)).result == 6


async def test_a_parent_is_kept_while_somebody_waits_for_its_result(bench: Bench) -> None:
    clock = FakeClock()
    queue = await bench.queue(add, config=QueueConfig(completed_retention_s=60.0), clock=clock)
    parent = await queue.enqueue("work", {"number": 5}, job_id="a")
    await bench.ended(queue, parent)
    await queue.enqueue("work", {}, job_id="z", delay=3600)
    child = await queue.enqueue("work", {"number": 1}, depends_on=["a", "z"])
    clock.move_wall(61_000)
    await queue._backend.sweep()
    assert await queue.get("a") is not None
    await queue.cancel("z", "enough")
    await bench.ended(queue, child)
    await queue._backend.sweep()
    assert await queue.get("a") is None


async def test_unknown_parents_and_circles_are_refused_and_nothing_is_stored(bench: Bench) -> None:
    queue = await bench.queue(add, run=False)
    with pytest.raises(UnknownDependency, match="there is no such job"):
        await queue.enqueue_many([request("a"), request("b", depends_on=["nobody"])])
    with pytest.raises(DependencyCycle) as caught:
        await queue.enqueue_many(
            [request("a", depends_on=["c"]), request("b", depends_on=["a"]), request("c", depends_on=["b"])]
        )
    assert set(caught.value.ids) == {"a", "b", "c"}
    with pytest.raises(DependencyCycle):
        await queue.enqueue("work", {}, job_id="a", depends_on=["a"])
    with pytest.raises(JobExists):
        await queue.enqueue_many([request("a"), request("a", depends_on=["a"])])
    with pytest.raises(InvalidOption, match="cancel or run"):
        await queue.enqueue("work", {}, on_parent_failure="explode")
    with pytest.raises(InvalidOption):
        await queue.enqueue("work", {}, depends_on=["no such id!"])
    assert (await queue.find(JobQuery())).jobs == ()


async def test_a_thousand_children_are_let_go_together(bench: Bench) -> None:
    queue = await bench.queue(add, run=False)
    requests = [request("root")] + [request(f"c{n}", depends_on=["root"]) for n in range(999)]
    await queue.enqueue_many(requests)
    await queue.run()
    async with asyncio.timeout(20):
        while (await queue.statistics()).states[State.COMPLETED] < 1000:
            await asyncio.sleep(0.05)


def plain(id_: str, *parents: str) -> JobSpec:
    return JobSpec(id_, "work", {}, RunPolicy(), 0, 0, depends_on=parents)


@given(st.lists(st.sets(st.integers(0, 30)), min_size=1, max_size=30), st.randoms())
def test_any_order_of_requests_is_put_behind_its_parents(edges: list[set[int]], random: Any) -> None:
    specs = [plain(str(n), *(str(p) for p in parents if p < n)) for n, parents in enumerate(edges)]
    random.shuffle(specs)
    seen: set[str] = set()
    for spec in in_order(specs):
        assert set(spec.depends_on) <= seen
        seen.add(spec.id)
    assert len(seen) == len(specs)


def test_a_chain_longer_than_the_stack_is_no_trouble() -> None:
    specs = [plain(str(n), str(n + 1)) for n in range(5000)] + [plain("5000")]
    assert [spec.id for spec in in_order(specs)] == [str(n) for n in range(5000, -1, -1)]


async def test_a_child_with_a_delay_of_its_own_starts_when_it_is_due_and_not_at_the_next_poll(bench: Bench) -> None:
    async def nothing(ctx: JobContext[Any], payload: Number) -> None: ...

    queue = await bench.queue(nothing, config=QueueConfig(poll_interval_s=3600))
    parent = await queue.enqueue("work", {}, delay=0.1)
    child = await queue.enqueue("work", {}, depends_on=[parent.id], delay=0.4)
    ended = await bench.ended(queue, child)
    assert ended.started_at is not None
    assert ended.started_at >= child.run_at
