"""New jobs, as a body of the writer: all of a request or none.

Invariant: what is answered is what is stored, so nothing has to be read back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from jobs.engine.backends.sqlite.dependents import hold_back
from jobs.engine.backends.sqlite.journal import note, note_all
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.records import write_records
from jobs.engine.backends.sqlite.rows import job_of, new_job, row_of
from jobs.engine.errors import JobExists, QueueFull
from jobs.engine.events import Event, EventType
from jobs.engine.model import JobSpec, Put


def put_jobs(
    connection: sqlite3.Connection, specs: Sequence[JobSpec], max_unfinished: int
) -> tuple[list[Put], list[Event]]:
    """Store all or none. Raises `JobExists`, `QueueFull`, `UnknownDependency`."""
    if max_unfinished:
        idle: int = connection.execute(SQL["count_idle"]).fetchone()[0]
        if idle + len(specs) > max_unfinished:
            raise QueueFull(idle, max_unfinished)
    if all(_is_plain(spec) for spec in specs):
        return _put_plain(connection, specs)
    puts: list[Put] = []
    events: list[Event] = []
    for spec in specs:
        put, new = _put(connection, spec)
        puts.append(put)
        events += new
    return puts, events


def _is_plain(spec: JobSpec) -> bool:
    """Whether nothing but its own row belongs to it, and nothing can stand in its way."""
    return not (spec.chosen_id or spec.key or spec.depends_on or spec.records or spec.cached)


def _put_plain(connection: sqlite3.Connection, specs: Sequence[JobSpec]) -> tuple[list[Put], list[Event]]:
    if not specs:
        return [], []
    connection.executemany(SQL["insert_job"], [row_of(spec) for spec in specs])
    jobs = [new_job(spec) for spec in specs]
    events = note_all(connection, EventType.JOB_ENQUEUED, jobs, specs[0].created_at)
    return [Put(job.id, existed=False, job=job) for job in jobs], events


def _put(connection: sqlite3.Connection, spec: JobSpec) -> tuple[Put, list[Event]]:
    if spec.key is not None:
        found = connection.execute(SQL["find_by_key"], {"key": spec.key}).fetchone()
        if found is not None:
            return Put(found["id"], existed=True, job=job_of(found)), []
    try:
        connection.execute(SQL["insert_job"], row_of(spec))
    except sqlite3.IntegrityError:
        raise JobExists(spec.id) from None
    write_records(connection, spec.records, spec.created_at)
    job = new_job(spec)
    events = [note(connection, EventType.JOB_ENQUEUED, job, spec.created_at)]
    if spec.cached is not None:
        events.append(note(connection, EventType.JOB_COMPLETED, job, spec.created_at, {"cached": True}))
    elif spec.depends_on:
        events += hold_back(connection, spec)
        job = events[-1].job or job
    return Put(spec.id, existed=False, job=job), events
