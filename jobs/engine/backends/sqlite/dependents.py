"""What a job's end does to those that wait for it. Bodies of the writer, in the end's own transaction.

Invariant: a job is blocked exactly while one of its parents is unfinished; chains of any length are followed
without recursion.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable

from jobs.engine.backends.sqlite.journal import note
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.errors import UnknownDependency
from jobs.engine.events import Event, EventType
from jobs.engine.model import JobSpec
from jobs.engine.states import State


def depend(connection: sqlite3.Connection, spec: JobSpec) -> State | None:
    """Write the dependencies of a new job; `blocked`, `cancelled` or None where nothing holds it.

    Raises `UnknownDependency`.
    """
    states: list[str] = []
    for parent in spec.depends_on:
        row = connection.execute(SQL["state_of"], {"id": parent}).fetchone()
        if row is None:
            raise UnknownDependency(spec.id, parent)
        states.append(row[0])
        values = {"child": spec.id, "parent": parent, "anyway": int(spec.runs_anyway)}
        connection.execute(SQL["add_dependency"], values)
    if not spec.runs_anyway and {State.FAILED, State.CANCELLED} & set(states):
        return State.CANCELLED
    return State.BLOCKED if any(not State(state).is_final for state in states) else None


def release(connection: sqlite3.Connection, ended: Iterable[sqlite3.Row], now: int) -> list[Event]:
    """Let go, or cancel, whoever waited for these ended jobs, and whoever waited for those in turn."""
    events: list[Event] = []
    left = deque(ended)
    while left:
        parent = left.popleft()
        values = {"parent": parent["id"], "now": now}
        if parent["state"] != State.COMPLETED:
            how = "failed" if parent["state"] == State.FAILED else "was cancelled"
            reason = f"It waited for {parent['id']}, which {how}."
            for row in connection.execute(SQL["cancel_children"], {**values, "reason": reason}).fetchall():
                events.append(note(connection, EventType.JOB_CANCELLED, row, now, {"parent": parent["id"]}))
                left.append(row)
        for row in connection.execute(SQL["release_children"], values).fetchall():
            events.append(note(connection, EventType.JOB_UNBLOCKED, row, now, {"parent": parent["id"]}))
    return events
