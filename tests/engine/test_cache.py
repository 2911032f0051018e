"""Results given again, requests that share a job, and what is forgotten when."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jobs.engine.cache import ResultCache, cache_key
from jobs.engine.clock import SystemClock
from jobs.engine.errors import InvalidOption
from jobs.engine.model import Job, RunPolicy
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]


class Counter:
    """A handler that says how often it ran."""

    def __init__(self) -> None:
        self.runs = 0
        self.gate: asyncio.Event | None = None

    async def __call__(self, ctx: Ctx, payload: Number) -> int:
        self.runs += 1
        if self.gate is not None:
            await self.gate.wait()
        return payload.number * 10


async def caching(bench: Bench, handle: Counter, **cache: Any) -> JobQueue:
    async def work(ctx: Ctx, payload: Number) -> int:
        return await handle(ctx, payload)

    queue = await bench.queue(work, cached=True, cache=ResultCache(SystemClock(), **cache))
    return queue


async def test_an_equal_request_gets_the_earlier_result_at_once(bench: Bench) -> None:
    handle = Counter()
    queue = await caching(bench, handle)
    first = await bench.ended(queue, await queue.enqueue("work", {"number": 4}, lane="g"))
    again = await queue.enqueue("work", {"number": 4}, lane="g")
    assert (again.state, again.result, again.attempts) == (State.COMPLETED, 40, 0)
    assert again.id != first.id
    assert again.metadata == {"cached_from": first.id, "cached_at": first.completed_at}
    assert handle.runs == 1
    assert (await queue.statistics()).cache_hit_rate == 0.5


@pytest.mark.parametrize(
    "other",
    [{"payload": {"number": 5}}, {"lane": "h"}, {"cache_scope": "moderators"}, {"cache": False}],
)
async def test_a_request_that_differs_runs(bench: Bench, other: dict[str, Any]) -> None:
    handle = Counter()
    queue = await caching(bench, handle)
    await bench.ended(queue, await queue.enqueue("work", {"number": 4}, lane="g"))
    given = {"payload": {"number": 4}, "lane": "g", **other}
    await bench.ended(queue, await queue.enqueue("work", **given))
    assert handle.runs == 2


async def test_a_request_with_a_key_of_its_own_takes_and_makes_results_but_shares_no_job(bench: Bench) -> None:
    """As those that come from Discord: their key is the interaction's."""
    handle = Counter()
    handle.gate = asyncio.Event()
    queue = await caching(bench, handle)
    jobs = [await queue.enqueue("work", {"number": 4}, key=key, metadata={"mine": key}) for key in ("a", "b", "a")]
    assert [job.id for job in jobs] == [jobs[0].id, jobs[1].id, jobs[0].id]
    handle.gate.set()
    for job in jobs:
        await bench.ended(queue, job)
    again = await queue.enqueue("work", {"number": 4}, key="c", metadata={"mine": "c"})
    plain = await queue.enqueue("work", {"number": 4})
    assert (again.state, again.key, again.result, again.metadata["mine"]) == (State.COMPLETED, "c", 40, "c")
    assert again.metadata["cached_from"] == plain.metadata["cached_from"]
    assert again.metadata["cached_from"] in {job.id for job in jobs}
    assert handle.runs == 2
    await queue.stop()
    queue = await caching(bench, handle)
    assert (await queue.enqueue("work", {"number": 4}, key="d")).state is State.COMPLETED


async def test_equal_requests_at_once_share_one_job(bench: Bench) -> None:
    handle = Counter()
    handle.gate = asyncio.Event()
    queue = await caching(bench, handle)
    jobs = await asyncio.gather(*(queue.enqueue("work", {"number": 4}) for _ in range(5)))
    assert len({job.id for job in jobs}) == 1
    handle.gate.set()
    assert (await bench.ended(queue, jobs[0])).result == 40
    assert handle.runs == 1


async def test_a_request_that_runs_anew_refreshes_what_is_given(bench: Bench) -> None:
    handle = Counter()
    queue = await caching(bench, handle)
    await bench.ended(queue, await queue.enqueue("work", {"number": 4}))
    fresh = await bench.ended(queue, await queue.enqueue("work", {"number": 4}, cache=False))
    again = await queue.enqueue("work", {"number": 4})
    assert again.metadata["cached_from"] == fresh.id


async def test_the_cache_is_warm_after_a_restart(bench: Bench) -> None:
    handle = Counter()
    queue = await caching(bench, handle)
    first = await bench.ended(queue, await queue.enqueue("work", {"number": 4}))
    await queue.stop(0)
    queue = await caching(bench, handle)
    again = await queue.enqueue("work", {"number": 4})
    assert again.metadata["cached_from"] == first.id
    assert handle.runs == 1


async def test_failures_and_types_that_do_not_cache_are_not_kept(bench: Bench) -> None:
    async def fail(ctx: Ctx, payload: Number) -> int:
        from jobs.engine.errors import JobError

        raise JobError("no", retryable=False)

    cache = ResultCache(SystemClock())
    queue = await bench.queue(fail, cached=True, cache=cache)
    for _ in range(2):
        assert (await bench.ended(queue, await queue.enqueue("work", {}))).state is State.FAILED
    assert len(cache) == 0


async def test_a_completed_job_tells_its_subscribers_even_from_the_cache(bench: Bench) -> None:
    queue = await caching(bench, Counter())
    await bench.ended(queue, await queue.enqueue("work", {"number": 4}))
    events = queue.events()
    await queue.enqueue("work", {"number": 4})
    async with asyncio.timeout(5):
        assert [str((await anext(events)).type) for _ in range(2)] == ["job_enqueued", "job_completed"]


def completed(key: str, at: int) -> Job:
    return Job(
        "id" + key[-3:], "work", State.COMPLETED, {}, RunPolicy(), at, at, at, key=key, result=1, completed_at=at
    )


def keys(count: int) -> list[str]:
    return [cache_key("work", {"number": n}, "", "") for n in range(count)]


async def test_results_are_given_until_their_time_is_over() -> None:
    clock = FakeClock()
    cache = ResultCache(clock, ttl_s=60)
    (key,) = keys(1)
    cache.learn(completed(key, clock.now()))
    await clock.advance(59)
    assert cache.look(key) is not None
    await clock.advance(1)
    assert cache.look(key) is None
    assert len(cache) == 0
    cache.learn(completed(key, clock.now() - 61_000))
    assert cache.look(key) is None, "what was too old when it came is not kept"


@pytest.mark.parametrize(("eviction", "kept"), [("lru", [0, 2]), ("lfu", [0, 2]), ("fifo", [1, 2])])
def test_each_way_to_forget_forgets_its_own(eviction: Any, kept: list[int]) -> None:
    cache = ResultCache(SystemClock(), size=2, eviction=eviction)
    names = keys(3)
    now = SystemClock().now()
    cache.learn(completed(names[0], now))
    cache.learn(completed(names[1], now))
    cache.look(names[0])
    cache.learn(completed(names[2], now))
    assert [n for n in range(3) if cache.look(names[n])] == kept


def test_the_order_of_fields_makes_no_difference_and_everything_else_does() -> None:
    one = cache_key("work", {"a": 1, "b": {"c": [1], "d": 2}}, "g", "")
    assert one == cache_key("work", {"b": {"d": 2, "c": [1]}, "a": 1}, "g", "")
    others = [
        ("work", {"a": 1}, "g", ""),
        ("other", {"a": 1}, "g", ""),
        ("work", {"a": 1}, "h", ""),
        ("work", {"a": 1}, "g", "x"),
        ("work", {"a": "1"}, "g", ""),
    ]
    assert len({one, *(cache_key(*other) for other in others)}) == 6  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"eviction": "random"}, {"size": 0}, {"size": True}, {"ttl_s": 0}, {"ttl_s": float("inf")}]
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption):
        ResultCache(SystemClock(), **wrong)


def test_a_registry_knows_nothing_of_a_cache_unless_told() -> None:
    assert Registry().register("work", print, payload=Number).cached is False
