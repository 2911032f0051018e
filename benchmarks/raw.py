"""Raw SQLite: the engine's own schema and statements in batches of fifty, one connection, no engine around them."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.ours import BULK
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS
from jobs.engine.backends.sqlite.connection import PRAGMAS
from jobs.engine.backends.sqlite.migrator import migrate
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.rows import row_of, sum_of
from jobs.engine.model import JobSpec, RunPolicy, new_id

BATCH = 50
NOW = 1_790_000_000_000
FINISH = {
    "state": "completed",
    "given_back": 0,
    "reason": None,
    "error": None,
    "held_until": None,
    "progress": None,
    "run_at": NOW,
    "completed_at": NOW,
    "now": NOW,
    "boot": "raw",
}


@contextmanager
def file_at(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.executescript(PRAGMAS)
        migrate(connection, path, ENGINE_MIGRATIONS)
        yield connection


def insert(connection: sqlite3.Connection, count: int, batch: int) -> float:
    """Jobs a second: job and event, `batch` a transaction."""
    policy = RunPolicy()
    begun = time.perf_counter()
    for start in range(0, count, batch):
        connection.execute("BEGIN IMMEDIATE")
        for number in range(start, min(start + batch, count)):
            row = row_of(JobSpec(new_id(), "number", {"number": number}, policy, NOW, NOW))
            connection.execute(SQL["insert_job"], row)
            connection.execute(SQL["add_event"], {"at": NOW, "type": "job_enqueued", "job": row["id"], "data": "{}"})
        connection.execute("COMMIT")
    return count / (time.perf_counter() - begun)


def enqueue_one_by_one(path: Path, count: int) -> float:
    with file_at(path) as connection:
        return insert(connection, count, 1)


def enqueue_in_bulk(path: Path, count: int) -> float:
    with file_at(path) as connection:
        return insert(connection, count, BULK)


def drain(path: Path, count: int) -> float:
    """Jobs a second: claim fifty, then finish fifty, with their attempt and event rows."""
    with file_at(path) as connection:
        insert(connection, count, BULK)
        open_ = json.dumps([("number", BATCH, 1_000_000)])
        begun = time.perf_counter()
        for _ in range(0, count, BATCH):
            connection.execute("BEGIN IMMEDIATE")
            values = {"open": open_, "slots": BATCH, "boot": "raw", "now": NOW}
            rows = connection.execute(SQL["claim"], values).fetchall()
            for row in rows:
                _note(connection, "job_started", row["id"])
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            for row in rows:
                result = json.dumps(json.loads(row["payload"])["number"])
                fence = {"id": row["id"], "claim_no": row["claim_no"]}
                connection.execute(SQL["finish"], {**FINISH, **fence, "result": result, "result_sum": sum_of(result)})
                attempt = {**fence, "number": 1, "type": "number", "started_at": NOW, "now": NOW}
                connection.execute(SQL["end_attempt"], {**attempt, "ended_as": "done", "error": None})
                _note(connection, "job_completed", row["id"])
            connection.execute("COMMIT")
        return count / (time.perf_counter() - begun)


def _note(connection: sqlite3.Connection, type_: str, job_id: str) -> None:
    connection.execute(SQL["add_event"], {"at": NOW, "type": type_, "job": job_id, "data": "{}"})
