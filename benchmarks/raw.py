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
from jobs.engine.backends.sqlite.claimer import claim_jobs
from jobs.engine.backends.sqlite.connection import PRAGMAS
from jobs.engine.backends.sqlite.migrator import migrate
from jobs.engine.backends.sqlite.putter import insert_jobs
from jobs.engine.backends.sqlite.queries import run_wide
from jobs.engine.backends.sqlite.rows import sum_of
from jobs.engine.model import JobSpec, RunPolicy, new_id

BATCH = 50
NOW = 1_790_000_000_000


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
        numbers = range(start, min(start + batch, count))
        specs = [JobSpec(new_id(), "number", {"number": number}, policy, NOW, NOW) for number in numbers]
        insert_jobs(connection, specs)
        run_wide(connection, "add_events", [(spec.id,) for spec in specs], NOW, "job_enqueued")
        connection.execute("COMMIT")
    return count / (time.perf_counter() - begun)


def enqueue_one_by_one(path: Path, count: int) -> float:
    with file_at(path) as connection:
        return insert(connection, count, 1)


def enqueue_in_bulk(path: Path, count: int) -> float:
    with file_at(path) as connection:
        return insert(connection, count, BULK)


def drain(path: Path, count: int) -> float:
    """Jobs a second: claim fifty, then finish fifty, with their event rows."""
    with file_at(path) as connection:
        insert(connection, count, BULK)
        begun = time.perf_counter()
        for _ in range(0, count, BATCH):
            connection.execute("BEGIN IMMEDIATE")
            claimed = claim_jobs(connection, [("number", BATCH, BATCH)], BATCH, "raw", NOW)
            jobs = [job for job, _ in claimed]
            run_wide(connection, "add_events", [(job.id,) for job in jobs], NOW, "job_started")
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            results = [json.dumps(job.payload["number"]) for job in jobs]
            rows = [
                (seq, job.claim_no, text, sum_of(text), None) for (job, seq), text in zip(claimed, results, strict=True)
            ]
            run_wide(connection, "complete", rows, "raw", NOW)
            run_wide(connection, "add_events", [(job.id,) for job in jobs], NOW, "job_completed")
            connection.execute("COMMIT")
        return count / (time.perf_counter() - begun)
