"""The event of a transition: written in the transition's transaction, published after its COMMIT."""

from __future__ import annotations

import json
import sqlite3

from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.rows import job_of
from jobs.engine.events import Event, EventType
from jobs.engine.model import JsonObject


def note(
    connection: sqlite3.Connection, type_: EventType, row: sqlite3.Row, at: int, data: JsonObject | None = None
) -> Event:
    """Write the durable event of `row`'s transition and return it as it will be published."""
    values = {"at": at, "type": type_, "job": row["id"], "data": json.dumps(data or {})}
    cursor = connection.execute(SQL["add_event"], values).lastrowid
    return Event(type_, at, job_of(row), data or {}, cursor=str(cursor))
