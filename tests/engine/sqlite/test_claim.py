"""The claim: its plan, its cost and the counters it trusts."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS
from jobs.engine.backends.sqlite.claimer import claim_jobs
from jobs.engine.backends.sqlite.completer import Completion, complete_all
from jobs.engine.backends.sqlite.migrator import migrate
from jobs.engine.backends.sqlite.putter import insert_jobs
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.rows import job_of
from jobs.engine.backends.sqlite.settler import finish
from jobs.engine.model import Job, Progress
from jobs.engine.outcome import Done, Settlement
from jobs.engine.testing.watcher import spec


@pytest.fixture
def file() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    migrate(connection, ":memory:", ENGINE_MIGRATIONS)
    yield connection
    connection.close()


def put(file: sqlite3.Connection, lane: str, priority: int = 5) -> str:
    new = replace(spec(lane=lane, priority=priority), created_at=1, run_at=1)
    insert_jobs(file, [new])
    return new.id


def claim(file: sqlite3.Connection, slots: int, cap: int = 1000) -> list[Job]:
    return [job for job, _ in claim_jobs(file, [("work", 1000, cap)], slots, "b", 1)]


def steps(file: sqlite3.Connection, slots: int) -> int:
    """Virtual-machine steps of one claim, in tens."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    file.set_progress_handler(tick, 10)
    claim(file, slots)
    file.set_progress_handler(None, 0)
    return count


def test_the_claim_reads_only_its_partial_indexes(file: sqlite3.Connection) -> None:
    values = {"open": "[]", "slots": 1, "boot": "b", "now": 1}
    plan = "\n".join(row["detail"] for row in file.execute("EXPLAIN QUERY PLAN " + SQL["claim"], values))
    for index in ("lane_order", "job_claim", "job_active"):
        assert index in plan
    assert "SCAN job" not in plan
    assert "SCAN lane" not in plan


def test_the_work_of_a_claim_does_not_grow_with_what_waits(file: sqlite3.Connection) -> None:
    for number in range(1000):
        put(file, f"lane {number % 50}")
    few = steps(file, 10)
    for number in range(10_000):
        put(file, f"lane {number % 50}")
    assert steps(file, 10) <= few * 1.2


def test_a_lane_with_one_job_is_served_next_to_one_with_a_thousand(file: sqlite3.Connection) -> None:
    for _ in range(1000):
        put(file, "crowd")
    for _ in range(20):
        claim(file, 1)
    alone = put(file, "alone")
    assert alone in [job.id for job in claim(file, 2)]


def test_three_lanes_share_one_large_claim(file: sqlite3.Connection) -> None:
    for lane in ("a", "b", "c"):
        for _ in range(40):
            put(file, lane)
    lanes = [job.lane for job in claim(file, 30)]
    assert sorted(lanes) == ["a"] * 10 + ["b"] * 10 + ["c"] * 10


def test_the_cap_of_a_lane_counts_what_runs(file: sqlite3.Connection) -> None:
    for _ in range(5):
        put(file, "a")
        put(file, "b")
    assert sorted(job.lane for job in claim(file, 3, cap=2)) == ["a", "a", "b"]
    assert [job.lane for job in claim(file, 10, cap=2)] == ["b"]


def test_the_counters_of_lanes_never_drift(file: sqlite3.Connection) -> None:
    dice = random.Random(3)
    for _ in range(400):
        match dice.randrange(5):
            case 0 | 1:
                put(file, dice.choice("abc"), dice.choice([0, 5]))
            case 2:
                for job in claim(file, dice.randrange(1, 4)):
                    back = dice.choice(["waiting", "paused"])
                    file.execute("UPDATE job SET state = ?, boot = NULL WHERE id = ?", (back, job.id))
            case 3:
                file.execute("UPDATE job SET state = 'waiting' WHERE state = 'paused' AND priority = 5")
            case _:
                file.execute(
                    "DELETE FROM job WHERE seq = (SELECT min(seq) FROM job WHERE state = 'waiting' AND lane = 'a')"
                )
        counted = file.execute("SELECT type, lane, priority, waiting FROM lane WHERE waiting > 0")
        waiting = file.execute(
            "SELECT type, lane, priority, count(*) FROM job WHERE state = 'waiting' GROUP BY 1, 2, 3"
        )
        assert set(map(tuple, counted)) == set(map(tuple, waiting))
        assert not file.execute("SELECT * FROM lane WHERE open <> (waiting > 0)").fetchall()


@pytest.mark.parametrize("progress", [None, Progress(3, 10, stage="Reading")])
def test_many_completions_store_what_each_would_store_alone(
    file: sqlite3.Connection, progress: Progress | None
) -> None:
    for _ in range(2):
        put(file, "a")
    first, second = claim(file, 2)
    alone = finish(file, first, "b", Settlement(Done({"n": 1})), progress, 7)
    (seq,) = file.execute("SELECT seq FROM job WHERE id = ?", (second.id,)).fetchone()
    (together,) = complete_all(file, [Completion(second, seq, "b", {"n": 1}, progress, 7)])

    def stored(job: Job, table: str, key: str) -> list[dict[str, object]]:
        found = file.execute(f"SELECT * FROM {table} WHERE {key} = (SELECT {key} FROM job_ids WHERE id = ?)", (job.id,))
        own = {"id", "seq", "job", "cursor"}
        return [{name: row[name] for name in row.keys() if name not in own} for row in found]  # noqa: SIM118 - a Row

    file.execute("CREATE TEMP VIEW job_ids AS SELECT seq, id, id AS job FROM job")
    for table, key in (("job", "seq"), ("event", "job")):
        assert stored(first, table, key) == stored(second, table, key)
    (one,), (other,) = alone, together
    assert one.job is not None
    assert other.job is not None
    assert (
        replace(one.job, id=second.id)
        == other.job
        == job_of(file.execute("SELECT * FROM job WHERE id = ?", (second.id,)).fetchone())
    )
