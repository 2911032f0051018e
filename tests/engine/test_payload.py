"""Payload models, and job types that take nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import UserDict
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, model_validator

from jobs.engine.errors import InvalidOption, InvalidPayload, ValueTooLarge
from jobs.engine.model import dump_json
from jobs.engine.payload import Payload, dump_plain_json
from jobs.engine.plugins import processor_type
from jobs.engine.registry import NOTHING, JobContext, Registry, job_type
from jobs.engine.request import EnqueueRequest
from jobs.engine.states import State
from jobs.engine.testing.harness import Harness
from jobs.engine.testing.inline import run_inline

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=3))
def test_the_quick_way_to_json_says_the_same(value: Any) -> None:
    quick = dump_plain_json(value, 1_000_000)
    assert json.loads(quick) == json.loads(dump_json(value, "payload", 1_000_000))


def test_the_quick_way_to_json_has_the_same_bound() -> None:
    assert dump_plain_json({"é": 1}, 8) == '{"é":1}'
    with pytest.raises(ValueTooLarge):
        dump_plain_json({"é": 1}, 7)


given_to: list[object] = []


@job_type("bell", title="Bell")
async def bell(ctx: JobContext[Any], payload: None) -> str:
    given_to.append(payload)
    return "ding"


class Wish(Payload):
    """What somebody wishes for."""

    words: str = "nothing"


@job_type("wish", title="Wish", payload=Wish)
async def wish(ctx: JobContext[Any], payload: Wish) -> str:
    return payload.words


async def test_a_type_without_a_payload_is_given_none() -> None:
    given_to.clear()
    async with Harness([bell]) as harness:
        one = await harness.run("bell")
        other = await harness.run("bell", {}, lane="5")
        (third,) = await harness.queue.enqueue_many([EnqueueRequest("bell")])
        fourth = await harness.queue.enqueue("bell", Payload())
        await harness.drain()
        jobs = [one, other, *[await harness.queue.get(job.id) for job in (third, fourth)]]
    assert [(job.state, job.payload, job.result) for job in jobs if job] == [(State.COMPLETED, {}, "ding")] * 4
    assert given_to == [None] * 4


async def test_it_can_be_run_by_itself() -> None:
    assert (await run_inline(bell)).result == "ding"


async def test_all_that_has_defaults_can_be_left_out_too() -> None:
    async with Harness([wish]) as harness:
        assert (await harness.run("wish")).result == "nothing"
    assert (await run_inline(wish)).result == "nothing"


class Exact(Payload):
    """Takes nothing for anything else, and fills in what is left out by itself."""

    model_config = ConfigDict(strict=True)
    words: str

    @model_validator(mode="before")
    @classmethod
    def filled(cls, data: Any) -> Any:
        return {"words": "nothing", **data} if isinstance(data, dict) else data


@pytest.mark.parametrize("payload", [NOTHING, {}, MappingProxyType({}), UserDict({}), Exact(words="nothing")])
async def test_a_model_sees_the_same_in_whatever_its_fields_come(payload: Any) -> None:
    exact = Registry().register("exact", bell.handler, payload=Exact)
    async with Harness([exact]) as harness:
        one = await harness.queue.enqueue("exact", payload)
        (other,) = await harness.queue.enqueue_many([EnqueueRequest("exact", payload)])
    assert one.payload == other.payload == {"words": "nothing"}


@pytest.mark.parametrize(
    ("payload", "field", "why"),
    [
        ({"loud": True}, "loud", "not permitted"),
        (Wish(), "words", "not permitted"),
        (None, "payload", "valid dictionary"),
        ([], "payload", "valid dictionary"),
        ("", "payload", "valid dictionary"),
        (0, "payload", "valid dictionary"),
    ],
)
async def test_whatever_it_is_given_is_refused(payload: Any, field: str, why: str) -> None:
    async with Harness([bell]) as harness:
        for options in ({}, {"lane": "5"}):
            with pytest.raises(InvalidPayload, match="bell") as refusal:
                await harness.queue.enqueue("bell", payload, **options)
            ((named, reason),) = refusal.value.problems
            assert named == field
            assert why in reason
        assert await harness.enqueued() == []
        job = await harness.run("bell")
        await harness.queue.clean_up(0)
    with pytest.raises(InvalidPayload):
        await run_inline(bell, payload)
    assert job.state is State.COMPLETED


async def test_a_retry_of_it_cannot_be_given_anything_either() -> None:
    async with Harness([bell]) as harness:
        job = await harness.queue.enqueue("bell", delay=60)
        await harness.queue.cancel(job.id, "no")
        with pytest.raises(InvalidPayload, match="bell"):
            await harness.queue.retry(job.id, payload={"loud": True})
        await harness.queue.retry(job.id)
        await harness.drain()
        again = await harness.queue.get(job.id)
    assert again is not None
    assert again.state is State.COMPLETED


def test_it_can_be_registered_by_parts_and_as_a_class() -> None:
    class Ringer:
        async def process(self, ctx: JobContext[Any], payload: None) -> None: ...

    assert Registry().register("bell", bell.handler).payload is None
    assert processor_type("ring-twice", Ringer()).payload is None


@pytest.mark.parametrize("payload", [int, "Wish", Wish(), dict])
def test_a_model_must_be_derived_from_payload(payload: Any) -> None:
    with pytest.raises(InvalidOption, match="derived from Payload, or None for nothing"):
        Registry().register("wish", wish.handler, payload=payload)


WITHOUT = """
import asyncio, sys
from pathlib import Path
from jobs.engine.backends.sqlite import SqliteBackend
from jobs.engine.queue import JobQueue
from jobs.engine.registry import job_type


@job_type("bell", title="Bell")
async def bell(ctx, payload):
    return "ding"


async def main():
    queue = JobQueue(SqliteBackend(sys.argv[1]), [bell])
    await queue.start()
    jobs = [await queue.enqueue("bell"), await queue.enqueue("bell", {}, lane="5", key="k", priority="high")]
    async with asyncio.timeout(20):
        while not all([(await queue.get(job.id)).state.is_final for job in jobs]):
            await asyncio.sleep(0.01)
    print([(await queue.get(job.id)).result for job in jobs])
    await queue.stop()


asyncio.run(main())
assert not [name for name in sys.modules if name.startswith(("pydantic", "annotated_types"))]
"""


def test_a_process_whose_types_take_nothing_loads_no_pydantic(tmp_path: Any) -> None:
    command = [sys.executable, "-c", WITHOUT, str(tmp_path / "errand.db")]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, "['ding', 'ding']\n"), ran.stderr
