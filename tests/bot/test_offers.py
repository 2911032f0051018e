"""What is offered while one types, among a hundred thousand jobs of one guild: bounded work, whatever is asked for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.guards import Caller
from bot.job_lists import NEWEST, Filter, _query, offer
from bot.languages import words_in
from jobs.engine.backend import JobQuery
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.backends.sqlite.migrator import migrate
from jobs.engine.backends.sqlite.reader import statement_of
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import Registry
from jobs.engine.states import FINAL, UNFINISHED, State

JOBS, STEP = 100_000, 100
ADMIN, MEMBER = Caller(5, 1, administrator=True), Caller(5, 2, administrator=False)
FILL = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO job (id, type, state, payload, policy, created_at, run_at, updated_at, priority, lane, owner, completed_at)
SELECT printf('%08xzz', (i * 2654435761) % 4294967296), 'work', 'completed', '{}', '{}', i, i, i, 5, '5', '1', i FROM n
"""
FEW = """
INSERT INTO job (id, type, state, payload, policy, created_at, run_at, updated_at, priority, lane, owner, completed_at)
VALUES (?, 'work', ?, '{}', '{}', 1, 1, 1, 5, '5', '1', ?)
"""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file in which the oldest job of the guild is paused and one failed, under a hundred thousand that are done."""
    path = str(tmp_path_factory.mktemp("crowd") / "errand.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        migrate(connection, path, ENGINE_MIGRATIONS)
        connection.execute(FEW, ("oldpaused1", "paused", None))
        connection.execute(FEW, ("oldfailed1", "failed", 1))
        connection.execute(FILL, (JOBS,))
        connection.commit()
    return path


def steps(path: str, query: JobQuery) -> tuple[int, int, list[str]]:
    """Instructions of SQLite's machine, in hundreds; rows found; the plan."""
    sql, values = statement_of(query)
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    with closing(sqlite3.connect(path)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        connection.set_progress_handler(count, STEP)
        rows = len(connection.execute(sql, values).fetchall())
    return counted, rows, plan


ASKED: dict[str, JobQuery] = {
    "any": JobQuery(newest=NEWEST),
    "cancel": JobQuery(states=tuple(UNFINISHED)),
    "pause": JobQuery(states=tuple(UNFINISHED - {State.PAUSED})),
    "resume": JobQuery(states=(State.PAUSED,)),
    "retry": JobQuery(states=(State.FAILED, State.CANCELLED), newest=NEWEST),
    "result": JobQuery(states=tuple(FINAL), newest=NEWEST),
    "of a member": JobQuery(owner="2", newest=NEWEST),
    "a member's to cancel": JobQuery(owner="2", states=tuple(UNFINISHED)),
    "by the beginning of an id": JobQuery(id_prefix="9e37"),
    "by an id that is not there": JobQuery(id_prefix="zzzz", states=(State.FAILED,)),
    "another guild's": JobQuery(lane="6", newest=NEWEST),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_work_does_not_grow_with_the_jobs(crowded: str, name: str) -> None:
    query = replace(ASKED[name], lane=ASKED[name].lane or "5", without_types=("call",), limit=100)
    counted, rows, plan = steps(crowded, query)
    assert counted * STEP < 100 * NEWEST, f"{counted * STEP:,} instructions: {plan}"
    assert not [line for line in plan if line.startswith("SCAN job") and "INDEX" not in line], plan
    everything, *_ = steps(crowded, JobQuery(lane="5", owner="nobody"))
    assert counted * 5 < everything, "a walk through all of them costs many times as much"
    assert rows <= 101


async def test_old_unfinished_jobs_are_offered_and_old_finished_ones_by_their_id(crowded: str) -> None:
    registry = Registry()
    registry.register("work", lambda ctx, payload: None, payload=Payload)
    clock, config = SystemClock(), QueueConfig()
    backend = SqliteBackend(SqliteDatabase(crowded, migrations=ENGINE_MIGRATIONS), clock=clock, config=config)
    desk = cast(Any, SimpleNamespace(clock=clock, type_of=lambda job: registry.get(job.type)))
    queue = desk.queue = JobQueue(backend, registry, clock=clock, config=config)
    words = words_in()

    async def offered(caller: Caller, typed: str, *states: State) -> list[str]:
        return [choice.value for choice in await offer(desk, caller, words, typed, states)]

    await queue.start(run=False)
    try:
        assert await offered(ADMIN, "", State.PAUSED) == ["oldpaused1"]
        assert await offered(ADMIN, "", State.FAILED) == [], "too far back"
        assert await offered(ADMIN, "oldf", State.FAILED) == ["oldfailed1"]
        assert len(await offered(ADMIN, "")) == 25
        assert await offered(MEMBER, "") == []
        assert await offered(MEMBER, "oldf") == []
        assert _query(desk, MEMBER, Filter(), 10, None).owner == "2"
    finally:
        await queue.stop(0)
