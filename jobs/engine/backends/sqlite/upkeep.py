"""What time does to jobs: due delays, ended holds, expiry, retention. Bodies of the writer, in small batches."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from jobs.engine.backends.sqlite import settler
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.config import QueueConfig
from jobs.engine.events import Event
from jobs.engine.outcome import Cancelled, Settlement
from jobs.engine.states import State

BATCH = 500
EVENT_RETENTION_S = 7 * 86_400
JOURNAL_ROWS = 2000
"""Rows of journals that go with their jobs in one transaction: nobody else writes meanwhile."""
EXPIRED = Settlement(Cancelled("It could not start in time."))


def recount(connection: sqlite3.Connection) -> int:
    """Count again what waits in each lane; how many lanes were wrong.

    Only rows that were changed by other programs can be: one too few would stop every claim.
    """
    return sum(connection.execute(SQL[name]).rowcount for name in ("recount_lanes", "empty_lanes"))


def pass_time(connection: sqlite3.Connection, now: int) -> tuple[bool, list[Event]]:
    """Move on what is due, at most 500 of a kind. Returns whether more may be due, and the events."""
    promoted = connection.execute(SQL["promote_due"], {"now": now}).rowcount
    held = connection.execute(SQL["promote_held"], {"now": now}).fetchall()
    events: list[Event] = []
    for row in held:
        events += settler.unhold(connection, row["id"], now)[1]
    # After the holds, so that none of them ends in a job that may start too late.
    expired = connection.execute(SQL["expired"], {"now": now}).fetchall()
    for row in expired:
        events += settler.settle_idle(connection, row["id"], EXPIRED, now)
    return BATCH in (promoted, len(held), len(expired)), events


def clean_up(connection: sqlite3.Connection, before: int, lane: str | None = None) -> tuple[int, bool]:
    """Delete one batch of jobs (of a lane) that ended before `before` (ms), whatever their retention.

    Returns how many, and whether there may be more.
    """
    deleted, full = 0, False
    for state in (State.COMPLETED, State.FAILED, State.CANCELLED):
        count, more = _delete(connection, "ended_before", {"state": state, "before": before, "lane": lane})
        deleted, full = deleted + count, full or more
    return deleted, full


def prune(connection: sqlite3.Connection, config: QueueConfig, now: int) -> bool:
    """Delete one batch of what has been kept long enough; True when there may be more."""
    keep = {
        State.COMPLETED: config.completed_retention_s,
        State.FAILED: config.failed_retention_s,
        State.CANCELLED: config.failed_retention_s,
    }
    full = False
    for state, retention_s in keep.items():
        values = {"state": state, "now": now, "retention_s": retention_s}
        full |= _delete(connection, "past_retention", values)[1]
    for state in keep:
        most = config.keep_completed if state is State.COMPLETED else config.keep_failed
        if most is not None:
            full |= _delete(connection, "beyond_number", {"state": state, "keep": most})[1]
    full |= connection.execute(SQL["prune_events"], {"before": now - EVENT_RETENTION_S * 1000}).rowcount == BATCH
    full |= connection.execute(SQL["prune_records"], {"now": now}).rowcount == BATCH
    connection.execute(SQL["prune_lanes"])
    return full


def _delete(connection: sqlite3.Connection, which: str, values: Mapping[str, Any]) -> tuple[int, bool]:
    """Delete jobs that `which` finds, as many as one transaction may take; how many, and whether there may be more.

    The first of them may have more rows in its journal than that, and loses some before it goes itself.
    """
    seqs = [row[0] for row in connection.execute(SQL[which], values)]
    if not seqs:
        return 0, False
    share = {"seq": seqs[0], "seqs": json.dumps(seqs), "most": JOURNAL_ROWS}
    if connection.execute(SQL["trim_journal"], share).rowcount:
        return 0, True
    return connection.execute(SQL["delete_jobs"], share).rowcount, True
