"""Bytes of a row that change under the engine: noticed, said, and nobody else's trouble."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jobs.engine.backend import JobQuery
from jobs.engine.cache import ResultCache
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import InvalidPayload
from jobs.engine.events import EventType
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.request import EnqueueRequest
from jobs.engine.states import State
from tests.engine.conftest import Bench, Number

NO_TEXT = "CAST(x'7b22ff225d' AS TEXT)"
"""Bytes that are no UTF-8, as a flipped bit leaves them."""


def damage(path: Path, job_id: str, column: str, value: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE job SET {column} = {value} WHERE id = ?", (job_id,))


async def double(ctx: JobContext[Any], payload: Number) -> int:
    return payload.number * 2


async def prepared(bench: Bench, **more: Any) -> tuple[JobQueue, list[str]]:
    queue = await bench.queue(double, run=False, **more)
    jobs = await queue.enqueue_many([EnqueueRequest("work", {"number": n}) for n in range(5)])
    return queue, [job.id for job in jobs]


@pytest.mark.parametrize("value", ["'{\"number\":7}'", "'{\"num'", "'[1]'", "''", NO_TEXT])
async def test_a_damaged_payload_fails_its_job_and_no_other(bench: Bench, value: str) -> None:
    queue, ids = await prepared(bench)
    damage(bench.path, ids[2], "payload", value)
    await queue.run()
    for number, job_id in enumerate(ids):
        job = await queue.get(job_id)
        assert job is not None
        job = await bench.ended(queue, job)
        if number == 2:
            assert job.state is State.FAILED
            assert job.error is not None
            assert (job.error.kind, job.damaged, job.payload) == ("corrupt_payload", ("payload",), {})
            assert "damaged" in job.error.message
        else:
            assert (job.state, job.result) == (State.COMPLETED, number * 2)


async def test_a_damaged_job_is_retried_only_with_a_payload_given_anew(bench: Bench) -> None:
    queue, ids = await prepared(bench)
    damage(bench.path, ids[0], "payload", "'{\"number\":7}'")
    await queue.run()
    job = await queue.get(ids[0])
    assert job is not None
    assert (await bench.ended(queue, job)).state is State.FAILED
    with pytest.raises(InvalidPayload, match="damaged"):
        await queue.retry(job.id)
    await queue.retry(job.id, payload={"number": 21})
    again = await bench.ended(queue, job)
    assert (again.state, again.result, again.damaged) == (State.COMPLETED, 42, ())


async def test_a_damaged_result_is_named_and_never_given_to_anybody(bench: Bench) -> None:
    cache = ResultCache(SystemClock())
    queue = await bench.queue(double, run=True, cached=True, cache=cache)
    first = await bench.ended(queue, await queue.enqueue("work", {"number": 1}))
    await queue.stop()
    damage(bench.path, first.id, "result", "'3'")
    queue = await bench.queue(double, run=True, cached=True, cache=ResultCache(SystemClock()))
    found = await queue.get(first.id)
    assert found is not None
    assert (found.state, found.result, found.damaged) == (State.COMPLETED, None, ("result",))
    again = await bench.ended(queue, await queue.enqueue("work", {"number": 1}))
    assert (again.result, "cached_from" in again.metadata) == (2, False)
    child = await queue.enqueue("work", {"number": 2}, depends_on=[first.id])
    assert (await bench.ended(queue, child)).state is State.COMPLETED


async def test_a_child_that_needs_a_damaged_result_says_so(bench: Bench) -> None:
    async def add_up(ctx: JobContext[Any], payload: Number) -> int:
        return sum(int(str(result)) for result in (await ctx.parents()).values())

    queue = await bench.queue(add_up)
    parent = await bench.ended(queue, await queue.enqueue("work", {}))
    damage(bench.path, parent.id, "result", NO_TEXT)
    child = await bench.ended(queue, await queue.enqueue("work", {}, depends_on=[parent.id]))
    assert child.error is not None
    assert child.error.message == f"The result of {parent.id}, which this job needs, is damaged."


@pytest.mark.parametrize("column", ["labels", "context", "metadata", "policy", "progress", "error", "depends_on"])
@pytest.mark.parametrize("value", ["'{\"a'", NO_TEXT])
async def test_other_damage_stops_neither_the_job_nor_the_list(bench: Bench, column: str, value: str) -> None:
    queue, ids = await prepared(bench)
    damage(bench.path, ids[0], column, value)
    page = await queue.find(JobQuery())
    assert {job.id: job.damaged for job in page.jobs}[ids[0]] == (column,)
    await queue.run()
    for job in page.jobs:
        assert (await bench.ended(queue, job)).state is State.COMPLETED
    await queue._backend.sweep()
    assert not (await queue.find(JobQuery(label="some"))).jobs


@pytest.mark.parametrize("value", ["'{\"a'", "'5'", "'{\"claim_no\":1}'"])
async def test_a_damaged_wish_for_a_pause_holds_up_neither_its_job_nor_the_start(bench: Bench, value: str) -> None:
    queue, ids = await prepared(bench)
    await queue.stop()
    with closing(sqlite3.connect(bench.path)) as connection, connection:
        connection.execute("UPDATE job SET state = 'active', boot = 'gone', claim_no = 1, started_at = 1, attempts = 1")
    damage(bench.path, ids[0], "holding", value)
    queue = await bench.queue(double)
    for job_id in ids:
        job = await queue.get(job_id)
        assert job is not None
        assert (await bench.ended(queue, job)).state is State.COMPLETED
    assert not await queue.unhold(ids[0])


async def test_a_round_of_upkeep_that_breaks_is_not_the_last_one(bench: Bench) -> None:
    """The same for the timer: without it nothing that is delayed would ever run."""
    queue = await bench.queue(double, config=QueueConfig(sweep_interval_s=0.02, poll_interval_s=0.02))
    backend: Any = queue._backend
    told, broken = queue.events([EventType.ERROR]), 0

    async def breaks() -> None:
        nonlocal broken
        broken += 1
        if broken < 5:
            raise sqlite3.OperationalError("malformed JSON")
        await passes()

    passes, backend._timer._act = backend._timer._act, breaks
    job = await queue.enqueue("work", {"number": 4}, delay=0.05)
    async with asyncio.timeout(5):
        assert "malformed JSON" in str((await anext(told)).data["message"])
    assert (await bench.ended(queue, job)).result == 8


async def test_rows_from_before_there_were_sums_are_taken_as_they_are(bench: Bench) -> None:
    queue, ids = await prepared(bench)
    damage(bench.path, ids[0], "payload_sum", "NULL")
    await queue.run()
    job = await queue.get(ids[0])
    assert job is not None
    assert (await bench.ended(queue, job)).result == 0


async def test_who_reads_damage_still_sees_what_is_stored_later(bench: Bench) -> None:
    queue, ids = await prepared(bench)
    damage(bench.path, ids[0], "labels", NO_TEXT)
    for _ in range(3):
        await queue.find(JobQuery())
        later = await queue.enqueue("work", {"number": 1})
        assert later.id in {job.id for job in (await queue.find(JobQuery())).jobs}
        assert await queue.get(later.id) is not None
