"""A request comes to the same job whichever way it takes: with options or without, alone or among many."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest

from jobs.engine.cache import ResultCache
from jobs.engine.config import QueueConfig
from jobs.engine.intake import Intake
from jobs.engine.model import RecordWrite
from jobs.engine.registry import JobContext, Registry
from jobs.engine.request import OPTIONS, EnqueueRequest, policy_of
from jobs.engine.retry import Backoff
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Number


async def nothing(ctx: JobContext[Any], payload: Number) -> None: ...


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_attempts": 2, "timeout_s": None, "stall_timeout_s": 9.0, "retention_s": 60.0},
        {"backoff": Backoff("fixed", base_s=3.0), "timeout_s": 7.0, "cached": True},
    ],
    ids=["as the queue has it", "as the type has it", "a type with results that are kept"],
)
def test_a_request_without_options_comes_to_the_same_by_the_short_way(options: dict[str, Any]) -> None:
    registry, config, now = Registry(), QueueConfig(max_attempts=5, timeout_s=77.0), 1_790_000_000_000
    type_ = registry.register("work", nothing, payload=Number, **options)
    intake = Intake(registry, config, ResultCache(FakeClock()))
    for payload in ({}, {"number": 7}, Number(number=8)):
        short, again = intake.one("work", payload, {}, now), intake.one("work", payload, {}, now)
        (third,) = intake.many([EnqueueRequest("work", payload)], now)
        assert replace(third, id="", context={}, metadata={}) == replace(short, id="", context={}, metadata={})
        whole = intake.one("work", payload, {"priority": "normal"}, now)
        assert replace(short, id="", context={}, metadata={}) == replace(whole, id="", context={}, metadata={})
        assert (short.context, short.payload_text) == (whole.context, whole.payload_text)
        assert short.policy == policy_of(EnqueueRequest("work", {}), type_, config)
        assert short.id != again.id
        assert short.context is not again.context, "a job's own"


class Work(str, Enum):  # noqa: UP042 - whose members are printed with the name of their class
    """Names of job types, as an application may keep them."""

    WORK = "work"


def test_a_types_name_is_a_plain_text_whatever_named_it() -> None:
    registry, now = Registry(), 1_790_000_000_000
    registry.register("work", nothing, payload=Number)
    intake = Intake(registry, QueueConfig(), None)
    alone, whole = intake.one(Work.WORK, {}, {}, now), intake.one(Work.WORK, {}, {"lane": "5"}, now)
    (among,) = intake.many([EnqueueRequest(Work.WORK)], now)
    assert {type(spec.type) for spec in (alone, whole, among)} == {str}


RIGHT: dict[str, Any] = {
    "job_id": "mine",
    "key": "once",
    "priority": 6,
    "delay": 0.001,
    "run_at": datetime(2100, 1, 1, tzinfo=UTC),
    "max_attempts": 1,
    "max_retries": 0,
    "backoff": Backoff("fixed", base_s=3.0),
    "timeout": None,
    "stall_timeout": 5,
    "expires": 5,
    "retention": 0,
    "lane": "5",
    "owner": "",
    "labels": [""],
    "context": {"a": None},
    "metadata": {"a": None},
    "records": [RecordWrite("a", "b", 1)],
    "cache": True,
    "cache_scope": "5",
    "depends_on": ["parent"],
    "on_parent_failure": "run",
}


@pytest.mark.parametrize("option", OPTIONS)
def test_no_option_is_lost_among_many_requests(option: str) -> None:
    registry, now = Registry(), 4_102_444_799_000
    registry.register("work", nothing, payload=Number, cached=option == "cache_scope")
    intake = Intake(registry, QueueConfig(), ResultCache(FakeClock()))
    given = {option: RIGHT[option]}
    plain, (one,) = intake.one("work", {}, {}, now), intake.many([EnqueueRequest("work", {}, **given)], now)
    alone = intake.one("work", {}, given, now)
    assert replace(one, id="") == replace(alone, id="")
    assert replace(one, id="") != replace(plain, id="")
