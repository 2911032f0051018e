"""New jobs, as a body of the writer: all of a request or none.

Invariant: what is answered is what is stored, so nothing has to be read back.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter

from jobs.engine.backends.sqlite.dependents import hold_back
from jobs.engine.backends.sqlite.journal import note, note_all
from jobs.engine.backends.sqlite.queries import SQL, run_wide
from jobs.engine.backends.sqlite.records import write_records
from jobs.engine.backends.sqlite.rows import bare_row_of, is_bare, job_of, new_job, row_of
from jobs.engine.errors import JobExists, QueueFull
from jobs.engine.events import Event, EventType
from jobs.engine.model import JobSpec, Put
from jobs.engine.states import State

_PLACE = itemgetter(2, 1, 9, 8)
"""State, type, lane and priority in a row of `bare_row_of`."""


def put_jobs(
    connection: sqlite3.Connection, specs: Sequence[JobSpec], max_unfinished: int
) -> tuple[list[Put], list[Event]]:
    """Store all or none. Raises `JobExists`, `QueueFull`, `UnknownDependency`."""
    _check_room(connection, sum(_needs_room(connection, spec) for spec in specs), max_unfinished)
    puts: list[Put] = []
    events: list[Event] = []
    for spec in specs:
        put, new = _put(connection, spec)
        puts.append(put)
        events += new
    return puts, events


def are_plain(specs: Sequence[JobSpec]) -> bool:
    """Whether nothing but their own rows belongs to these jobs, and nothing can stand in their way."""
    for spec in specs:
        if spec.chosen_id or spec.key or spec.depends_on or spec.records or spec.cached is not None:
            return False
    return True


PlainPut = tuple[Sequence[JobSpec], int]
"""A request for jobs that `are_plain`, and how many may be unfinished (0: any number)."""


def put_plain(connection: sqlite3.Connection, puts: Sequence[PlainPut]) -> list[tuple[list[Put], list[Event]]]:
    """Store the jobs of all these requests; the answer to each.

    Raises `QueueFull` when one has no room, and `JobExists` with one of the ids when one is taken.
    """
    specs = [spec for asked, _ in puts for spec in asked]
    _check_room(connection, len(specs), min((most for _, most in puts if most), default=0))
    try:
        insert_jobs(connection, specs)
    except sqlite3.IntegrityError:
        raise JobExists(specs[0].id) from None
    jobs = [new_job(spec) for spec in specs]
    events = note_all(connection, EventType.JOB_ENQUEUED, jobs, specs[-1].created_at) if specs else []
    stored = [Put(job.id, False, job) for job in jobs]
    answers, begin = [], 0
    for asked, _ in puts:
        end = begin + len(asked)
        answers.append((stored[begin:end], events[begin:end]))
        begin = end
    return answers


def insert_jobs(connection: sqlite3.Connection, specs: Sequence[JobSpec]) -> None:
    """Store their rows and count them into their lanes: the only way into the table.

    Raises `NotSerialisable`, `ValueTooLarge`, and what SQLite raises for an id that is taken.
    """
    bare = all(map(is_bare, specs))
    rows = list(map(bare_row_of if bare else row_of, specs))
    run_wide(connection, "insert_bare_job" if bare else "insert_job", rows)
    for (state, *lane), count in Counter(map(_PLACE, rows)).items():
        if state == State.WAITING:
            connection.execute(SQL["count_into_lane"], (*lane, count))


def _check_room(connection: sqlite3.Connection, count: int, max_unfinished: int) -> None:
    if max_unfinished and count:
        idle: int = connection.execute(SQL["count_idle"]).fetchone()[0]
        if idle + count > max_unfinished:
            raise QueueFull(idle, max_unfinished)


def _needs_room(connection: sqlite3.Connection, spec: JobSpec) -> bool:
    """False for a result from the cache, and where an unfinished job has the key: a full queue still answers those."""
    if spec.cached is not None:
        return False
    return spec.key is None or connection.execute(SQL["find_by_key"], {"key": spec.key}).fetchone() is None


def _put(connection: sqlite3.Connection, spec: JobSpec) -> tuple[Put, list[Event]]:
    if spec.key is not None:
        found = connection.execute(SQL["find_by_key"], {"key": spec.key}).fetchone()
        if found is not None:
            return Put(found["id"], existed=True, job=job_of(found)), []
    try:
        insert_jobs(connection, [spec])
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
