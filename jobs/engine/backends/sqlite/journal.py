"""The event of a transition: written in the transition's transaction, published after its COMMIT."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from jobs.engine.backends.sqlite.queries import SQL, run_wide
from jobs.engine.events import Event, EventType
from jobs.engine.model import Job, JsonObject


def note(connection: sqlite3.Connection, type_: EventType, job: Job, at: int, data: JsonObject | None = None) -> Event:
    """Write the durable event of a job's transition and return it as it will be published."""
    values = (at, type_, job.id, json.dumps(data) if data else None)
    cursor = connection.execute(SQL["add_event"], values).lastrowid
    return Event(type_, at, job, data or {}, cursor=str(cursor))


def note_all(connection: sqlite3.Connection, type_: EventType, jobs: Sequence[Job], at: int) -> list[Event]:
    """The same event of many jobs, in their order."""
    if len(jobs) == 1:
        return [note(connection, type_, jobs[0], at)]
    run_wide(connection, "add_events", [(job.id,) for job in jobs], at, type_)
    # Cursors are handed out in a row: one writer, and AUTOINCREMENT.
    last: int = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
    first = last - len(jobs) + 1
    return [Event(type_, at, job, {}, str(first + n)) for n, job in enumerate(jobs)]
