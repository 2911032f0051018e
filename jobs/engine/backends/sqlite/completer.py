"""Jobs that completed and owe nothing more, many in one go: the way that most runs end.

A body of the writer for all completions that wait together. Invariant: it stores what `settler.finish` would
store for each, or raises and leaves nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from jobs.engine.backends.sqlite.dependents import release
from jobs.engine.backends.sqlite.journal import note_all
from jobs.engine.backends.sqlite.queries import SQL, run_wide
from jobs.engine.backends.sqlite.rows import dump_progress, sum_of
from jobs.engine.errors import LeaseLost
from jobs.engine.events import Event, EventType
from jobs.engine.model import MAX_RESULT_BYTES, Job, JsonValue, Progress, dump_json, evolve
from jobs.engine.states import State
from jobs.engine.values import hot_value


@hot_value(frozen=True, slots=True)
class Completion:
    """A run that ended as `Done`, with nothing to be stored along."""

    claim: Job
    seq: int
    """Where its row is: never given to another job, and found without a look into the index of ids."""
    boot: str
    result: JsonValue
    progress: Progress | None
    now: int


def complete_all(connection: sqlite3.Connection, completions: Sequence[Completion]) -> list[list[Event]]:
    """Store them all; the events of each, releases of their children with the last. Raises `LeaseLost`."""
    boot, now = completions[0].boot, completions[-1].now
    if run_wide(connection, "complete", [_row(done) for done in completions], boot, now) != len(completions):
        lost = completions[0].claim
        raise LeaseLost(lost.id, lost.claim_no)
    jobs = [_completed(done, now) for done in completions]
    events = [[event] for event in note_all(connection, EventType.JOB_COMPLETED, jobs, now)]
    parents = {row[0] for row in connection.execute(SQL["which_have_children"], (json.dumps([j.id for j in jobs]),))}
    if parents:
        events[-1] += release(connection, [job for job in jobs if job.id in parents], now)
    return events


def _row(done: Completion) -> tuple[object, ...]:
    result = dump_json(done.result, "result", MAX_RESULT_BYTES)
    return (done.seq, done.claim.claim_no, result, sum_of(result), dump_progress(done.progress))


def _completed(done: Completion, now: int) -> Job:
    """The job as the statement `finish` leaves it; cheaper than to read the row back."""
    return evolve(
        done.claim,
        state=State.COMPLETED,
        cancelling=None,
        stuck=False,
        reason=None,
        result=done.result,
        error=None,
        progress=done.progress or done.claim.progress,
        completed_at=now,
        updated_at=now,
    )
