"""A file that is full, a lease that is lost, a claim that fails: said, waited out, and nobody else's trouble."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from jobs.engine.backend import JobQuery
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import BackendUnavailable, InvalidOption, QueueFull
from jobs.engine.events import Event, EventType
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.request import EnqueueRequest
from jobs.engine.states import State
from tests.engine.conftest import Bench, Number

BIG = "x" * 100_000


async def on_the_writer(queue: JobQueue, body: Callable[[sqlite3.Connection], Any]) -> Any:
    backend: Any = queue._backend
    return await backend._database.write(body)


async def fill(queue: JobQueue) -> None:
    """Let the file grow no more: what SQLite then says is what it says of a full disk."""

    def body(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    await on_the_writer(queue, body)


async def make_room(queue: JobQueue) -> None:
    await on_the_writer(queue, lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchone())


async def test_a_full_disk_refuses_what_is_new_and_keeps_what_has_ended(bench: Bench) -> None:
    go_on = asyncio.Event()

    async def large(ctx: JobContext[Any], payload: Number) -> str:
        await go_on.wait()
        return BIG

    queue = await bench.queue(large)
    troubles: list[str] = []
    queue.on(EventType.ERROR, lambda event: troubles.append(str(event.data["message"])))
    job = await queue.enqueue("work", {})
    while await queue.state(job.id) is not State.ACTIVE:
        await asyncio.sleep(0.005)
    await fill(queue)
    with pytest.raises(BackendUnavailable, match="full"):
        await queue.enqueue("work", {}, metadata={"large": BIG})
    go_on.set()
    async with asyncio.timeout(10):
        while not any("kept in memory" in trouble for trouble in troubles):
            await asyncio.sleep(0.01)
    assert await queue.state(job.id) is State.ACTIVE
    await make_room(queue)
    assert (await bench.ended(queue, job)).result == BIG
    assert (await queue.enqueue("work", {}, metadata={"large": BIG})).state is State.WAITING


async def test_a_lease_that_was_lost_takes_none_of_those_that_end_with_it(bench: Bench) -> None:
    go_on = asyncio.Event()

    async def wait(ctx: JobContext[Any], payload: Number) -> int:
        await go_on.wait()
        return payload.number

    queue = await bench.queue(wait)
    jobs = await queue.enqueue_many([EnqueueRequest("work", {"number": n}) for n in range(5)])
    async with asyncio.timeout(10):
        while len((await queue.find(JobQuery(states=(State.ACTIVE,)))).jobs) < 5:
            await asyncio.sleep(0.005)
    stolen = "UPDATE job SET claim_no = claim_no + 1 WHERE id = ?"
    await on_the_writer(queue, lambda connection: connection.execute(stolen, (jobs[2].id,)).rowcount)
    go_on.set()
    for number in (0, 1, 3, 4):
        assert (await bench.ended(queue, jobs[number])).result == number
    lost = await queue.get(jobs[2].id)
    assert lost is not None
    assert (lost.state, lost.result) == (State.ACTIVE, None)


async def test_requests_that_wait_together_fail_apart(bench: Bench) -> None:
    async def nothing(ctx: JobContext[Any], payload: Number) -> None: ...

    queue = await bench.queue(nothing, config=QueueConfig(max_queue_size=8), run=False)
    answers = await asyncio.gather(
        *(queue.enqueue("work", {"number": number}) for number in range(12)), return_exceptions=True
    )
    assert sum(isinstance(answer, Job) for answer in answers) == 8
    assert sum(isinstance(answer, QueueFull) for answer in answers) == 4


async def test_a_claim_that_fails_is_told_and_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(ctx: JobContext[Any], payload: Number) -> None: ...

    queue = await bench.queue(nothing, config=QueueConfig(poll_interval_s=0.05), run=False)
    backend: Any = queue._backend
    claim, failures = backend._claimer.claim, [sqlite3.OperationalError("interrupted")] * 3

    def stumble(connection: sqlite3.Connection) -> list[Event]:
        if failures:
            raise failures.pop()
        events: list[Event] = claim(connection)
        return events

    monkeypatch.setattr(backend._claimer, "claim", stumble)
    troubles: list[str] = []
    queue.on(EventType.ERROR, lambda event: troubles.append(str(event.data["message"])))
    job = await queue.enqueue("work", {})
    await queue.run()
    assert (await bench.ended(queue, job)).state is State.COMPLETED
    assert any("could be claimed: interrupted" in trouble for trouble in troubles)


async def test_a_queue_that_was_closed_refuses_with_a_sentence(bench: Bench) -> None:
    async def nothing(ctx: JobContext[Any], payload: Number) -> None: ...

    queue = await bench.queue(nothing)
    backend: Any = queue._backend
    writer = backend._database.writer
    await queue.stop()
    for future in (writer.submit(lambda connection: None), writer.submit_item(lambda c, items: items, 1, print)):
        with pytest.raises(BackendUnavailable, match="closed"):
            await future


async def test_jobs_are_found_by_all_that_a_query_names(bench: Bench) -> None:
    async def nothing(ctx: JobContext[Any], payload: Number) -> None: ...

    queue = await bench.queue(nothing, run=False)
    first = await queue.enqueue("work", {}, job_id="abc1", owner="ada", lane="a", labels=["red", "big"], key="k")
    second = await queue.enqueue("work", {}, job_id="abd2", owner="bo", lane="b", labels=["blue"], delay=3600)
    found: dict[str, JobQuery] = {
        "owner": JobQuery(owner="ada"),
        "lane": JobQuery(lane="a"),
        "label": JobQuery(label="red"),
        "key": JobQuery(key="k"),
        "prefix": JobQuery(id_prefix="abc"),
        "state": JobQuery(states=(State.WAITING,)),
        "all": JobQuery(owner="ada", lane="a", label="big", types=("work",), states=(State.WAITING, State.ACTIVE)),
        "time": JobQuery(until=second.created_at + 1, since=first.created_at, id_prefix="abc"),
    }
    for name, query in found.items():
        assert [job.id for job in (await queue.find(query)).jobs] == [first.id], name
    assert (await queue.find(JobQuery(until=first.created_at))).jobs == ()
    page = await queue.find(JobQuery(limit=1))
    assert [job.id for job in (await queue.find(JobQuery(limit=1, cursor=page.cursor))).jobs] == [first.id]
    for cursor in ("x", "1; DROP TABLE job"):
        with pytest.raises(InvalidOption, match="cursor"):
            await queue.find(JobQuery(cursor=cursor))


async def test_an_engine_that_fails_around_a_batch_fails_each_of_its_jobs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def together(contexts: Any, payloads: Any) -> list[None]:
        return [None] * len(payloads)

    queue = await bench.queue(together, batch_size=4, run=False, max_attempts=1, clock=SystemClock())
    troubles: list[str] = []
    queue.on(EventType.ERROR, lambda event: troubles.append(str(event.data["message"])))

    def broken(*args: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("jobs.engine.executor.Call", broken)
    jobs = await queue.enqueue_many([EnqueueRequest("work", {}) for _ in range(3)])
    await queue.run()
    for job in jobs:
        assert (await bench.ended(queue, job)).state is State.FAILED
    assert len(troubles) == 3
    assert "RuntimeError" in troubles[0]
