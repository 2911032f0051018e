"""Every option that can be given has its refusal, one exception with fields, before anything is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.engine import model
from jobs.engine.backend import JobQuery
from jobs.engine.config import QueueConfig, RateLimit
from jobs.engine.errors import (
    DuplicateJobType,
    EngineError,
    InvalidOption,
    InvalidPayload,
    JobError,
    NotSerialisable,
    UnknownJobType,
    UnknownOption,
    ValueTooLarge,
)
from jobs.engine.model import JobSpec, RecordWrite, new_id
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, JobType, Registry, job_type
from jobs.engine.request import OPTIONS, EnqueueRequest, spec_of
from jobs.engine.retry import Backoff
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]


async def nothing(ctx: Ctx, payload: Number) -> None: ...


class Odd:
    """No number, no text, no list."""


RECORD: dict[str, Any] = {"kind": "a", "key": "b", "value": 1}
WRONG: dict[str, list[Any]] = {
    "job_id": [7, "", "a" * 65, "a b", "../etc", "..", "12345", "é"],
    "key": ["", 7, "a\nb", "k" * 201],
    "priority": ["urgent", "", 128, -1, True, 5.0, None],
    "delay": [float("nan"), -1, 1e20, 10**400, float("inf"), "soon", True, timedelta(days=-1), timedelta(days=400)],
    "run_at": [datetime(2026, 1, 1), "2026-01-01", 5, datetime.max.replace(tzinfo=UTC)],  # noqa: DTZ001 - naive
    "max_attempts": [0, -1, 2.5, True, 1000, "4"],
    "max_retries": [-1, 1.0, True, 999],
    "backoff": ["fixed", 5, {"kind": "fixed"}],
    "timeout": [0, -5, float("nan"), "long", True],
    "stall_timeout": [0, float("inf"), "long"],
    "expires": [-1, float("nan"), "soon"],
    "retention": [-1, float("nan"), "long", True],
    "lane": [None, 7, "a\nb", "l" * 201],
    "owner": [7, "a\tb"],
    "labels": ["abc", [7], ["a\nb"], None, {"a": 1}, ["a"] * 101],
    "context": [[1], "text", 7, None],
    "metadata": [[1], "text", 7, None],
    "records": [
        "abc",
        [7],
        [{"kind": "a"}],
        None,
        *(
            [RecordWrite(**{**RECORD, **odd})]
            for odd in (
                {"kind": None},
                {"kind": ""},
                {"key": 7},
                {"key": "\ud800"},
                {"lane": None},
                {"value": {1}},
                {"expires_at": "later"},
                {"expires_at": -1},
            )
        ),
    ],
    "cache": ["yes", 1],
    "cache_scope": [None, 7, "a\nb"],
    "depends_on": ["abc", ["a/b"], [7], None, [""]],
    "on_parent_failure": ["explode", None, True, ["run"]],
}
CASES = [(name, value) for name, values in WRONG.items() for value in [*values, Odd()]]


@pytest.fixture
def work() -> JobType:
    return Registry().register("work", nothing, payload=Number)


def spec(work: JobType, **options: Any) -> JobSpec:
    return spec_of(EnqueueRequest("work", {}, **options), work, QueueConfig(), 1_790_000_000_000)


def test_no_option_is_without_its_refusals() -> None:
    assert set(WRONG) == set(OPTIONS)


@pytest.mark.parametrize(("name", "value"), CASES, ids=[f"{name}-{str(value)[:20]}" for name, value in CASES])
def test_a_wrong_value_is_refused_with_the_name_of_its_option(work: JobType, name: str, value: Any) -> None:
    with pytest.raises((InvalidOption, NotSerialisable)) as refusal:
        spec(work, **{name: value})
    assert str(getattr(refusal.value, "name", None) or getattr(refusal.value, "what", None)).startswith(
        name.removesuffix("s")
    )
    assert str(refusal.value).endswith(".")


async def test_a_refusal_stores_nothing(bench: Bench) -> None:
    queue = await bench.queue(nothing, run=False)
    for name, value in CASES:
        with pytest.raises(EngineError):
            await queue.enqueue("work", {}, **{name: value})
        with pytest.raises(EngineError):
            await queue.enqueue_many([EnqueueRequest("work", {}), EnqueueRequest("work", {}, **{name: value})])
    assert (await queue.statistics()).total == 0


@pytest.mark.parametrize(
    "pair",
    [{"delay": 1, "run_at": datetime(2100, 1, 1, tzinfo=UTC)}, {"max_attempts": 2, "max_retries": 1}],
)
def test_one_thing_said_twice_is_refused(work: JobType, pair: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption, match="either"):
        spec(work, **pair)


def test_unknown_priorities_are_answered_with_the_list(work: JobType) -> None:
    with pytest.raises(InvalidOption, match="low, normal, high, critical, or a whole number from 0 to 127"):
        spec(work, priority="urgent")
    assert [spec(work, priority=word).priority for word in ("low", "normal", "high", "critical", 127)] == [
        0,
        5,
        10,
        15,
        127,
    ]


async def test_an_option_that_does_not_exist_is_answered_with_the_one_meant(bench: Bench) -> None:
    queue = await bench.queue(nothing, run=False)
    with pytest.raises(UnknownOption, match="no option 'dealy'; did you mean delay") as refusal:
        await queue.enqueue("work", {}, dealy=5)
    assert (refusal.value.name, refusal.value.close) == ("dealy", "delay")
    with pytest.raises(UnknownOption, match=r"there are: backoff, cache"):
        await queue.enqueue("work", {}, zzz=5)
    with pytest.raises(UnknownOption, match="prio"):
        await queue.transact(lambda tx: tx.enqueue("work", {}, prio=5))
    job = await queue.enqueue("work", {})
    await queue.cancel(job.id, "not needed")
    with pytest.raises(UnknownOption, match="no option 'lane'"):
        await queue.retry(job.id, lane="x")


@pytest.mark.parametrize("payload", [None, [], "text", 7, {"number": "many"}, {"other": 1}, Odd()])
async def test_a_payload_that_does_not_match_is_refused(bench: Bench, payload: Any) -> None:
    queue = await bench.queue(nothing, run=False)
    with pytest.raises(InvalidPayload) as refusal:
        await queue.enqueue("work", payload)
    assert all(field and why for field, why in refusal.value.problems)


async def test_what_is_too_large_or_no_json_is_refused_with_its_size(bench: Bench) -> None:
    class Text(Payload):
        text: str = ""

    queue = await bench.queue(nothing, run=False)
    queue.registry.register("text", nothing, payload=Text)
    limit = 256 * 1024 - len('{"text":""}')
    await queue.enqueue("text", {"text": "x" * limit})
    with pytest.raises(ValueTooLarge, match="262,144") as refusal:
        await queue.enqueue("text", {"text": "x" * (limit + 1)})
    assert (refusal.value.what, refusal.value.size) == ("payload", 256 * 1024 + 1)
    with pytest.raises(ValueTooLarge):
        await queue.enqueue("work", {}, metadata={"long": "x" * 300_000})
    with pytest.raises(NotSerialisable):
        await queue.enqueue("work", {}, context={"set": {1}})
    for unknown in ("wrok", 7, None, ["work"]):
        with pytest.raises(UnknownJobType, match="work"):
            await queue.enqueue(unknown, {})  # type: ignore[arg-type]


async def test_a_number_that_is_none_is_refused_in_a_field_that_takes_anything_too(bench: Bench) -> None:
    class Loose(Payload):
        data: dict[str, Any]

    queue = await bench.queue(nothing, run=False)
    queue.registry.register("loose", nothing, payload=Loose)
    for number in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(NotSerialisable, match="payload"):
            await queue.enqueue("loose", {"data": {"deep": [number]}})
    job = await queue.enqueue("loose", {"data": {"words": "NaN and Infinity"}})
    assert job.payload == {"data": {"words": "NaN and Infinity"}}


async def test_a_key_says_otherwise_where_an_id_is_taken(bench: Bench) -> None:
    queue = await bench.queue(nothing, run=False)
    first = await queue.enqueue("work", {}, job_id="mine", key="once")
    assert (await queue.enqueue("work", {}, job_id="mine", key="once")).id == first.id
    with pytest.raises(EngineError, match="exists already"):
        await queue.enqueue("work", {}, job_id="mine")


def test_what_is_told_of_a_job_is_as_it_will_be_read_back(work: JobType) -> None:
    made = spec(work, context={1: (2, 3)}, metadata={"a": ("b",)})
    assert (made.context, made.metadata) == ({"1": [2, 3]}, {"a": ["b"]})


def test_another_thread_may_take_the_ids_that_were_just_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are taken on the loop, and in the writer's thread for the jobs of a transaction."""
    draw, taken = model._draw, []

    def draw_for_others() -> None:
        draw()
        monkeypatch.setattr(model, "_draw", draw)
        with ThreadPoolExecutor(1) as other:
            taken.extend(other.submit(lambda: [new_id() for _ in range(len(model._drawn))]).result())

    monkeypatch.setattr(model, "_draw", draw_for_others)
    model._drawn.clear()
    assert new_id() not in taken
    assert len(taken) > 200


def test_an_id_is_never_a_number() -> None:
    ids = [new_id() for _ in range(200_000)]
    assert len({*ids}) == len(ids)
    assert not any(id_.isdigit() for id_ in ids)
    assert {id_[0] for id_ in ids} == set("abcdefghijklmnopqrstuvwxyz")
    assert {letter for id_ in ids for letter in id_[1:]} == set("abcdefghijklmnopqrstuvwxyz0123456789")
    often = Counter(letter for id_ in ids for letter in id_[2:]).values()
    assert max(often) < 1.07 * min(often), "bytes taken modulo 36 would make four signs likelier by a seventh"


async def test_a_jobs_own_retention_is_over_the_types_and_the_queues(bench: Bench) -> None:
    clock = FakeClock()
    config = QueueConfig(completed_retention_s=1e9)
    queue = await bench.queue(nothing, retention_s=3600.0, config=config, clock=clock)
    short, long = await queue.enqueue("work", {}, retention=60), await queue.enqueue("work", {})
    for job in (short, long):
        await bench.ended(queue, job)
    assert (short.policy.retention_s, long.policy.retention_s) == (60.0, 3600.0)
    clock.move_wall(61_000)
    await queue._backend.sweep()
    assert (await queue.get(short.id), await queue.state(long.id)) == (None, State.COMPLETED)


async def test_a_retry_by_hand_keeps_what_it_does_not_name(bench: Bench) -> None:
    async def fail(ctx: Ctx, payload: Number) -> None:
        raise JobError("no", retryable=False)

    own = Backoff("linear", base_s=7.0)
    queue = await bench.queue(fail, timeout_s=11.0)
    job = await queue.enqueue("work", {"number": 1}, timeout=None, stall_timeout=30, backoff=own, retention=99)
    await bench.ended(queue, job)
    await queue.pause("to look at it")
    again = await queue.retry(job.id)
    policy = again.policy
    assert (policy.timeout_s, policy.stall_timeout_s, policy.backoff, policy.retention_s) == (None, 30.0, own, 99.0)
    assert (policy.max_attempts, again.priority, again.payload) == (1 + queue.config.max_attempts, 5, {"number": 1})
    await queue.resume()
    await bench.ended(queue, job)
    await queue.pause("to look at it")
    again = await queue.retry(
        job.id, timeout=5, backoff=Backoff("fixed"), max_retries=1, priority="high", payload={"number": 2}
    )
    policy = again.policy
    assert (policy.timeout_s, policy.stall_timeout_s, policy.backoff) == (5.0, 30.0, Backoff("fixed"))
    assert (policy.max_attempts, again.priority, again.payload) == (2 + 2, 10, {"number": 2})


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Work"}, {"name": "a b"}, {"name": "a" * 65}, {"name": 7}, {"title": ""}, {"title": None},
        {"payload": dict}, {"payload": Number()}, {"handler": "nothing"}, {"concurrency": 0}, {"concurrency": 1.5},
        {"per_lane": 0}, {"per_lane": True}, {"rate": (5, 1.0)}, {"batch_size": 0}, {"timeout_s": 0},
        {"timeout_s": "long"}, {"stall_timeout_s": -1}, {"max_attempts": 0}, {"backoff": "fixed"}, {"retention_s": -1},
        {"cache_ttl_s": 0},
    ],
    ids=str,
)  # fmt: skip
def test_a_type_that_cannot_be_is_refused_when_it_is_registered(wrong: dict[str, Any]) -> None:
    values = {"name": "work", "title": "Work", "payload": Number, "handler": nothing, **wrong}
    with pytest.raises(InvalidOption):
        Registry([JobType(**values)])


def declare(**policy: Any) -> None:
    job_type("work", title="Work", payload=Number, **policy)(nothing)


@pytest.mark.parametrize(
    "make", [declare, lambda **policy: Registry().register("work", nothing, payload=Number, **policy)]
)
def test_a_policy_that_does_not_exist_is_answered_with_the_one_meant(make: Callable[..., Any]) -> None:
    with pytest.raises(UnknownOption, match="did you mean per_lane"):
        make(perlane=1)


def test_a_handler_is_registered_once() -> None:
    registry = Registry()
    registry.register("work", nothing, payload=Number)
    with pytest.raises(DuplicateJobType, match="'work' is registered already"):
        registry.register("work", nothing, payload=Number)
    with pytest.raises(InvalidOption, match="JobType"):
        registry.add(nothing)  # type: ignore[arg-type]


OUT_OF_RANGE: dict[str, Any] = {
    "concurrency": 0, "max_queue_size": 1.5, "timeout_s": 0, "max_attempts": 2.5, "backoff": "fixed", "max_crashes": 0,
    "cancel_grace_s": -1, "shutdown_grace_s": float("nan"), "poll_interval_s": 0, "sweep_interval_s": "often",
    "completed_retention_s": -1, "failed_retention_s": float("inf"), "keep_completed": -1, "keep_failed": 1.5,
    "max_log_lines": True, "batching": "yes", "batch_size": 0,
}  # fmt: skip


@pytest.mark.parametrize("name", [field.name for field in fields(QueueConfig)])
def test_a_configuration_out_of_range_is_refused(name: str) -> None:
    with pytest.raises(InvalidOption):
        QueueConfig(**{name: OUT_OF_RANGE[name]})


@pytest.mark.parametrize(("maximum", "seconds"), [("5", 1.0), (5, "1"), (5, True)])
def test_a_rate_of_no_numbers_is_refused(maximum: Any, seconds: Any) -> None:
    with pytest.raises(InvalidOption):
        RateLimit(maximum, seconds)


async def test_who_steers_is_refused_like_who_asks(bench: Bench) -> None:
    queue = await bench.queue(nothing, run=False)
    job = await queue.enqueue("work", {})
    for reason in (None, 7, Odd()):
        for steer in (queue.cancel, queue.hold):
            with pytest.raises(InvalidOption, match="reason cannot"):
                await steer(job.id, reason)  # type: ignore[arg-type]
        with pytest.raises(InvalidOption, match="reason cannot"):
            await queue.pause(reason)  # type: ignore[arg-type]
    for until in ("tomorrow", -1, float("nan"), 10**30, True):
        with pytest.raises(InvalidOption, match="until cannot"):
            await queue.hold(job.id, "wait", until)  # type: ignore[arg-type]
    assert (await queue.state(job.id), queue.paused) == (State.WAITING, {})
    assert await queue.hold(job.id, "\ud800" + 10_000 * "x")
    held = await queue.get(job.id)
    assert held is not None
    assert held.reason == "?" + 4095 * "x"


@pytest.mark.parametrize("number", [0, -1, -5, 1.5, True, None, 10**9])
def test_a_page_is_a_number_of_jobs(number: Any) -> None:
    with pytest.raises(InvalidOption, match="limit cannot"):
        JobQuery(limit=number)
    if number is not None and number not in (0, 10**9):
        with pytest.raises(InvalidOption, match="newest cannot"):
            JobQuery(newest=number)


@pytest.mark.parametrize("cursor", ["", "-1", "²", "x", "9" * 30])
async def test_a_cursor_that_nobody_gave_is_refused(bench: Bench, cursor: str) -> None:
    queue = await bench.queue(nothing, run=False)
    with pytest.raises(InvalidOption, match="cursor cannot"):
        await queue.find(JobQuery(cursor=cursor))
    with pytest.raises(InvalidOption, match="cursor cannot"):
        await anext(queue.follow(cursor))


async def test_a_queue_that_is_closed_says_that_it_stops(bench: Bench) -> None:
    queue: JobQueue = await bench.queue(nothing)
    await queue.stop()
    with pytest.raises(EngineError, match="stopping"):
        await queue.start()
    for call in (queue.enqueue("work", {}), queue.transact(lambda tx: None)):
        with pytest.raises(EngineError, match="stopping"):
            await call
