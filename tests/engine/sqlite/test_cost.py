"""What work costs, in counts and never in seconds: transactions, hops to the writer's thread, rows that a claim visits."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import weakref
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, cast

import pytest

from jobs.engine.backends.sqlite import upkeep
from jobs.engine.config import QueueConfig
from jobs.engine.events import EventType
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.request import EnqueueRequest
from tests.engine.conftest import Bench, Number

SLOTS = 50
JOBS = 1000


async def nothing(ctx: JobContext[Any], payload: Number) -> int:
    return payload.number


class Counted:
    """Counts what the writer does from now on: it stands between the writer and its connection.

    SQLite's own trace would tell a statement once more for each trigger that it sets off.
    """

    def __init__(self, queue: JobQueue) -> None:
        backend: Any = queue._backend
        self._writer = backend._database.writer
        self._groups = self._writer.groups
        self._connection = self._writer._connection
        self.statements: list[str] = []
        self._writer._connection = self

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self.statements.append(sql)
        return cast("sqlite3.Cursor", self._connection.execute(sql, *values))

    def executemany(self, sql: str, rows: Iterable[Any]) -> sqlite3.Cursor:
        rows = list(rows)
        self.statements += [sql] * len(rows)
        return cast("sqlite3.Cursor", self._connection.executemany(sql, rows))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    @property
    def groups(self) -> int:
        return int(self._writer.groups - self._groups)

    def of(self, start: str) -> int:
        return sum(statement.startswith(start) for statement in self.statements)


async def drained(queue: JobQueue, work: Callable[[], Any]) -> None:
    empty = asyncio.Event()
    off = queue.on(EventType.QUEUE_EMPTY, lambda event: empty.set())
    await work()
    await asyncio.wait_for(empty.wait(), 60)
    off()


async def test_a_drain_is_one_transaction_and_one_hop_for_every_slot_full_of_jobs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = QueueConfig(concurrency=SLOTS, max_queue_size=0)
    queue = await bench.queue(nothing, config=config, run=False)
    await queue.enqueue_many([EnqueueRequest("work", {"number": n}) for n in range(JOBS)])
    counted = Counted(queue)
    hops = 0
    loop = asyncio.get_running_loop()
    call = loop.call_soon_threadsafe

    def hop(callback: Callable[..., Any], *args: Any, **more: Any) -> Any:
        nonlocal hops
        hops += getattr(callback, "__name__", "") == "_deliver"
        return call(callback, *args, **more)

    monkeypatch.setattr(loop, "call_soon_threadsafe", hop)
    await drained(queue, queue.run)
    assert counted.of("BEGIN") == counted.of("COMMIT") == counted.groups
    assert hops <= counted.groups
    assert 0 < counted.of("UPDATE job SET state = 'active'") <= counted.groups
    # The first group only claims, the last one only finishes; a few more carry upkeep.
    assert JOBS / (counted.groups - 5) >= 0.9 * SLOTS
    # Transaction, savepoints, a finish and a claim with their events: as many for a slot full as for one job.
    assert len(counted.statements) <= 20 * counted.groups


async def test_whoever_waits_together_is_committed_together(bench: Bench) -> None:
    queue = await bench.queue(nothing, config=QueueConfig(max_queue_size=0), run=False)
    counted = Counted(queue)
    await asyncio.gather(*(queue.enqueue("work", {"number": n}) for n in range(200)))
    assert counted.groups == counted.of("COMMIT") == 1
    # Rows go in by the dozens, jobs and events; the rest is the transaction.
    assert len(counted.statements) <= 2 * 5 + 5


async def test_an_idle_queue_writes_only_with_its_polls(bench: Bench) -> None:
    queue = await bench.queue(nothing, config=QueueConfig(poll_interval_s=0.05))
    await asyncio.sleep(0.1)
    counted = Counted(queue)
    await asyncio.sleep(0.3)
    assert counted.groups <= 10


def visits(connection: sqlite3.Connection, work: Callable[[], Any]) -> int:
    """Steps of SQLite's virtual machine that `work` takes."""
    steps = 0

    def tick() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(tick, 1)
    try:
        work()
    finally:
        connection.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize("lanes", [1, 40])
async def test_a_finish_costs_the_same_whatever_waits(bench: Bench, lanes: int) -> None:
    """The steps of a whole group, finish, follow-up and claim, with 50 jobs behind and with 5,000."""
    found = []
    for count in (50, 5000):
        queue = await bench.queue(nothing, config=QueueConfig(concurrency=1, max_queue_size=0), run=False)
        await queue.enqueue_many(
            [EnqueueRequest("work", {"number": n}, lane=f"lane{n % lanes}", delay=3600 * (n % 2)) for n in range(count)]
        )
        backend: Any = queue._backend
        backend._claimer.limits = queue._limits()
        found.append(
            await backend._database.write(
                lambda connection, backend=backend: visits(connection, lambda: backend._claimer.claim(connection))
            )
        )
        backend._claimer.limits = None
        await queue.stop(0)
        bench.path.unlink()
    assert found[1] <= found[0] * 1.1


async def test_upkeep_deletes_a_little_at_a_time_whatever_hangs_on_the_jobs(bench: Bench) -> None:
    """Nobody writes meanwhile: 500 jobs, or so many rows of their journals, are a transaction's share."""

    async def effects(ctx: JobContext[Any], payload: Number) -> None:
        await ctx.journal.write(intents={str(n): n for n in range(payload.number)})

    config = QueueConfig(keep_completed=0, max_queue_size=0, sweep_interval_s=3600)
    queue = await bench.queue(effects, config=config)
    sizes = [upkeep.JOURNAL_ROWS - 1, 2 * upkeep.JOURNAL_ROWS + 1, *[10] * 4, *[0] * 600]
    jobs = await queue.enqueue_many([EnqueueRequest("work", {"number": size}) for size in sizes])
    for job in jobs:
        await bench.ended(queue, job)
    backend: Any = queue._backend
    left, rows = [], []
    while await backend._database.write(lambda c: upkeep.prune(c, config, queue.clock.now())):
        left.append((await queue.statistics()).total)
        rows.append((await backend._database.read("SELECT count(*) FROM journal"))[0][0])
    assert left[-1] == rows[-1] == 0
    assert max(before - after for before, after in pairwise([len(jobs), *left])) <= upkeep.BATCH
    assert max(before - after for before, after in pairwise([sum(sizes), *rows])) <= upkeep.JOURNAL_ROWS


async def test_a_run_that_has_ended_is_gone_without_the_garbage_collector(bench: Bench) -> None:
    seen: list[weakref.ref[Any]] = []

    async def remember(ctx: JobContext[Any], payload: Number) -> None:
        seen.append(weakref.ref(ctx))

    queue = await bench.queue(remember, run=False)
    await queue.enqueue_many([EnqueueRequest("work", {"number": n}) for n in range(5)])
    gc.disable()
    try:
        await drained(queue, queue.run)
        assert len(seen) == 5
        assert not any(context() for context in seen)
    finally:
        gc.enable()
