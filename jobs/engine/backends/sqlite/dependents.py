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
from jobs.engine.backends.sqlite.rows import job_of
from jobs.engine.errors import UnknownDependency
from jobs.engine.events import Event, EventType
from jobs.engine.model import Job, JobSpec
from jobs.engine.states import State


def hold_back(connection: sqlite3.Connection, spec: JobSpec) -> list[Event]:
    """Block a new job by its parents; let it go, or end it, when they have ended before.

    The events; the last one has the job as it stands. Raises `UnknownDependency`.
    """
    states = _note_parents(connection, spec)
    now = spec.created_at
    if not spec.runs_anyway and states & {State.FAILED, State.CANCELLED}:
        reason = "A job that it was to wait for failed or was cancelled before."
        values = {"state": State.CANCELLED, "reason": reason, "result": None, "result_sum": None, "error": None}
        row = connection.execute(SQL["settle_idle"], {**values, "id": spec.id, "now": now}).fetchone()
        return [note(connection, EventType.JOB_CANCELLED, job_of(row), now)]
    if any(not state.is_final for state in states):
        return []
    rows = connection.execute(SQL["release_children"], {"parent": spec.depends_on[0], "now": now}).fetchall()
    return [note(connection, EventType.JOB_UNBLOCKED, job_of(row), now) for row in rows]


def _note_parents(connection: sqlite3.Connection, spec: JobSpec) -> set[State]:
    states = set()
    for parent in spec.depends_on:
        row = connection.execute(SQL["state_of"], {"id": parent}).fetchone()
        if row is None:
            raise UnknownDependency(spec.id, parent)
        states.add(State(row[0]))
        values = {"child": spec.id, "parent": parent, "anyway": int(spec.runs_anyway)}
        connection.execute(SQL["add_dependency"], values)
    return states


def release(connection: sqlite3.Connection, ended: Iterable[Job], now: int) -> list[Event]:
    """Let go, or cancel, whoever waited for these ended jobs, and whoever waited for those in turn."""
    events: list[Event] = []
    left = deque(ended)
    while left:
        parent = left.popleft()
        if connection.execute(SQL["has_children"], {"parent": parent.id}).fetchone() is None:
            continue
        values = {"parent": parent.id, "now": now}
        if parent.state is not State.COMPLETED:
            if parent.state is State.FAILED:
                reason = f"It waited for {parent.id}, which failed."
            else:
                reason = f"It waited for {parent.id}, which was cancelled."
            for row in connection.execute(SQL["cancel_children"], {**values, "reason": reason}).fetchall():
                child = job_of(row)
                events.append(note(connection, EventType.JOB_CANCELLED, child, now, {"parent": parent.id}))
                left.append(child)
        for row in connection.execute(SQL["release_children"], values).fetchall():
            events.append(note(connection, EventType.JOB_UNBLOCKED, job_of(row), now, {"parent": parent.id}))
    return events
