"""Transitions as bodies of the writer: finish, cancel, retry, hold, recover.

Each is a plain function of a connection that runs inside a group's transaction; each guards its source state
in its one statement. Invariant: outcome, follow-up jobs, records, attempt and event are stored together or not
at all.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import Any

from jobs.engine.backend import CancelAnswer, RetryOverrides
from jobs.engine.backends.sqlite.dependents import release
from jobs.engine.backends.sqlite.journal import note
from jobs.engine.backends.sqlite.putter import put_jobs
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.records import write_records
from jobs.engine.backends.sqlite.rows import attempt_row, dump_progress, job_of, policy_text, sum_of
from jobs.engine.errors import InvalidOption, JobExists, LeaseLost, NotRetryable, UnknownJob
from jobs.engine.events import Event, EventType
from jobs.engine.model import (
    MAX_PAYLOAD_BYTES,
    MAX_RESULT_BYTES,
    ErrorInfo,
    Job,
    Progress,
    dump_json,
)
from jobs.engine.outcome import (
    Cancelled,
    Defer,
    Done,
    Fail,
    Hold,
    Outcome,
    Release,
    Retry,
    Settlement,
    gives_attempt_back,
    target_state,
)
from jobs.engine.states import State

ENDS: dict[type[Outcome], EventType] = {
    Done: EventType.JOB_COMPLETED,
    Retry: EventType.JOB_RETRY,
    Defer: EventType.JOB_DEFERRED,
    Hold: EventType.JOB_PAUSED,
    Fail: EventType.JOB_FAILED,
    Cancelled: EventType.JOB_CANCELLED,
    Release: EventType.JOB_RELEASED,
}


UNSTORABLE = Settlement(
    Fail(
        ErrorInfo(
            "What this job ended with could not be stored. What it did is done.", category="engine", retryable=False
        )
    )
)
"""For an outcome or a follow-up that the file refuses whatever its state: the job must not stay active for it."""
CRASHED = ErrorInfo("The process ended while the job ran.", kind="crashed", category="engine")


def finish(
    connection: sqlite3.Connection,
    claim: Job,
    boot: str,
    settlement: Settlement,
    progress: Progress | None,
    now: int,
) -> list[Event]:
    """Make a run's outcome durable. Raises `LeaseLost` when the claim is over; then nothing was written."""
    fence = {"id": claim.id, "boot": boot, "claim_no": claim.claim_no}
    outcome = _as_wished(connection, fence, settlement.outcome)
    columns = _columns(outcome, now, claim)
    values = {**fence, **columns, "progress": dump_progress(progress), "now": now}
    if connection.execute(SQL["finish"], values).rowcount == 0:
        raise LeaseLost(claim.id, claim.claim_no)
    if not isinstance(outcome, Done):
        _break_attempt(connection, claim, now, type(outcome).__name__.lower(), _error_of(outcome))
    job = _finished(claim, outcome, columns, progress, now)
    events = [note(connection, ENDS[type(outcome)], job, now, _data_of(outcome))]
    if job.state.is_final:
        events += release(connection, [job], now)
    return events + _store_follow_ups(connection, settlement, now)


def _finished(claim: Job, outcome: Outcome, columns: dict[str, Any], progress: Progress | None, now: int) -> Job:
    """The job as the statement `finish` leaves it; cheaper than to read the row back."""
    return replace(
        claim,
        state=State(columns["state"]),
        attempts=claim.attempts - columns["given_back"],
        cancelling=None,
        stuck=False,
        reason=columns["reason"],
        result=outcome.result if isinstance(outcome, Done) else None,
        error=_error_of(outcome),
        progress=progress or claim.progress,
        run_at=columns["run_at"],
        completed_at=columns["completed_at"],
        updated_at=now,
    )


def settle_idle(connection: sqlite3.Connection, job_id: str, settlement: Settlement, now: int) -> list[Event]:
    """End a job that is not running; empty when it cannot be. Raises `InvalidOption`."""
    if not isinstance(settlement.outcome, Fail | Cancelled):
        raise InvalidOption("outcome", settlement.outcome, "Fail or Cancelled: only a run can end otherwise")
    columns = _columns(settlement.outcome, now, None)
    values = {name: columns[name] for name in ("state", "reason", "result", "result_sum", "error")}
    row = connection.execute(SQL["settle_idle"], {**values, "id": job_id, "now": now}).fetchone()
    if row is None:
        return []
    job = job_of(row)
    event = note(connection, ENDS[type(settlement.outcome)], job, now, _data_of(settlement.outcome))
    return [event, *release(connection, [job], now), *_store_follow_ups(connection, settlement, now)]


def cancel(
    connection: sqlite3.Connection, job_id: str, settlement: Settlement, now: int
) -> tuple[CancelAnswer, list[Event]]:
    """Cancel at once what is not running; ask what runs."""
    events = settle_idle(connection, job_id, settlement, now)
    if events:
        return CancelAnswer.CANCELLED, events
    assert isinstance(settlement.outcome, Cancelled)
    values = {"id": job_id, "reason": settlement.outcome.reason, "now": now}
    row = connection.execute(SQL["ask_to_cancel"], values).fetchone()
    if row is not None:
        return CancelAnswer.REQUESTED, [note(connection, EventType.JOB_CANCELLING, job_of(row), now)]
    known = connection.execute(SQL["get"], {"id": job_id}).fetchone()
    return (CancelAnswer.FINISHED if known else CancelAnswer.UNKNOWN), []


def retry(connection: sqlite3.Connection, job_id: str, overrides: RetryOverrides, now: int) -> tuple[Job, list[Event]]:
    """Bring a failed or cancelled job back; its attempts go on counting, its budget grows.

    Raises `UnknownJob`, `NotRetryable`, and `JobExists` when its key is taken by an unfinished job.
    """
    found = connection.execute(SQL["get"], {"id": job_id}).fetchone()
    if found is None:
        raise UnknownJob(job_id)
    job = job_of(found)
    budget = overrides.policy or replace(job.policy, max_attempts=1)
    policy = replace(budget, max_attempts=job.attempts + budget.max_attempts)
    text = None if overrides.payload is None else dump_json(dict(overrides.payload), "payload", MAX_PAYLOAD_BYTES)
    values = {
        "id": job_id,
        "now": now,
        "policy": policy_text(policy),
        "priority": job.priority if overrides.priority is None else overrides.priority,
        "payload": text,
        "payload_sum": sum_of(text),
    }
    try:
        row = connection.execute(SQL["retry"], values).fetchone()
    except sqlite3.IntegrityError:
        raise JobExists(job.key or job_id) from None
    if row is None:
        raise NotRetryable(job_id, job.state)
    if text is not None and text != found["payload"]:
        # Plans and cursors of another request; the journal stays, for what was done was done.
        connection.execute(SQL["forget_checkpoints"], (job_id,))
    job = job_of(row)
    return job, [note(connection, EventType.JOB_ENQUEUED, job, now, {"retried_by_hand": True})]


def hold(
    connection: sqlite3.Connection, job_id: str, reason: str, until: int | None, now: int
) -> tuple[bool, list[Event]]:
    """Pause at once what is not running, ask what runs; False when it is unknown or has ended."""
    values = {"id": job_id, "reason": reason, "until": until, "now": now}
    row = connection.execute(SQL["hold_idle"], values).fetchone()
    if row is not None:
        return True, [note(connection, EventType.JOB_PAUSED, job_of(row), now, {"reason": reason})]
    return connection.execute(SQL["ask_to_hold"], values).fetchone() is not None, []


def unhold(connection: sqlite3.Connection, job_id: str, now: int) -> tuple[bool, list[Event]]:
    """Let a paused job go on, or take back the pause that one which runs was asked for; False when there is neither."""
    values = {"id": job_id, "now": now}
    row = connection.execute(SQL["unhold"], values).fetchone()
    if row is not None:
        return True, [note(connection, EventType.JOB_RESUMED, job_of(row), now)]
    return connection.execute(SQL["take_hold_back"], values).fetchone() is not None, []


def recover(connection: sqlite3.Connection, boot: str, max_crashes: int, now: int) -> list[Event]:
    """Put back at most 500 jobs of processes that are gone; call again until it returns nothing."""
    events: list[Event] = []
    for row in connection.execute(SQL["orphans"], {"boot": boot}).fetchall():
        outcome = _after_crash(row, max_crashes)
        columns = _columns(outcome, now, None)
        values = {name: columns[name] for name in ("state", "reason", "error", "held_until", "completed_at")}
        back = connection.execute(SQL["recover"], {**values, "id": row["id"], "boot": boot, "now": now}).fetchone()
        _break_attempt(connection, job_of(row), now, "crashed", CRASHED)
        job = job_of(back)
        events.append(note(connection, ENDS[type(outcome)], job, now, {"crashed": True}))
        if job.state.is_final:
            events += release(connection, [job], now)
    return events


def _break_attempt(
    connection: sqlite3.Connection, claim: Job, now: int, ended_as: str, error: ErrorInfo | None
) -> None:
    connection.execute(SQL["break_attempt"], attempt_row(claim, now, ended_as, error.message if error else None))


def _as_wished(connection: sqlite3.Connection, fence: dict[str, Any], outcome: Outcome) -> Outcome:
    """The outcome, unless somebody wished for another one; the handler may have ended before it heard of the wish."""
    if target_state(outcome).is_final:
        return outcome
    wishes = connection.execute(SQL["read_wishes"], fence).fetchone()
    wish = _wish_of(wishes, fence["claim_no"]) if wishes is not None else None
    if wish is None and isinstance(outcome, Hold) and outcome.asked:
        return Release("Resumed before it had paused.")
    return wish or outcome


def _wish_of(row: sqlite3.Row, claim_no: int) -> Outcome | None:
    """What somebody asked of this run while it ran; a cancel outranks a pause."""
    if row["cancelling"] is not None:
        return Cancelled(row["cancelling"])
    try:
        held = json.loads(row["holding"] or "{}")
        return Hold(held["reason"], held["until"]) if held.get("claim_no") == claim_no else None
    except (ValueError, KeyError, AttributeError):
        return None  # damaged: the job runs on, and no other is held up by it


def _after_crash(row: sqlite3.Row, max_crashes: int) -> Outcome:
    if (wish := _wish_of(row, row["claim_no"])) is not None:
        return wish
    crashes = row["crashes_in_place"] + 1
    if crashes >= max_crashes:
        message = f"The bot ended {crashes} times while this job ran, each time at the same place."
        return Fail(ErrorInfo(message, kind="crashed", category="engine", retryable=False))
    return Release("The bot restarted.")


def _store_follow_ups(connection: sqlite3.Connection, settlement: Settlement, now: int) -> list[Event]:
    write_records(connection, settlement.records, now)
    _, events = put_jobs(connection, settlement.follow_ups, 0)
    return events


def _columns(outcome: Outcome, now: int, claim: Job | None) -> dict[str, Any]:
    state = target_state(outcome)
    delay_s = outcome.delay_s if isinstance(outcome, Retry | Defer) else 0.0
    if state is State.DELAYED and delay_s <= 0:
        state = State.WAITING
    error = _error_of(outcome)
    result = dump_json(outcome.result, "result", MAX_RESULT_BYTES) if isinstance(outcome, Done) else None
    return {
        "state": state,
        "given_back": int(gives_attempt_back(outcome)),
        "reason": _reason_of(outcome),
        "result": result,
        "result_sum": sum_of(result),
        "error": json.dumps(error.to_json()) if error else None,
        "run_at": now + round(delay_s * 1000) if delay_s > 0 or claim is None else claim.run_at,
        "held_until": outcome.until if isinstance(outcome, Hold) else None,
        "completed_at": now if state.is_final else None,
    }


def _error_of(outcome: Outcome) -> ErrorInfo | None:
    return outcome.error if isinstance(outcome, Retry | Fail) else None


def _reason_of(outcome: Outcome) -> str | None:
    match outcome:
        case Done():
            return None
        case Retry(error=error) | Fail(error=error):
            return error.message
        case Defer(reason=reason) | Hold(reason=reason) | Cancelled(reason=reason) | Release(reason=reason):
            return reason


def _data_of(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Retry(delay_s=delay_s) | Defer(delay_s=delay_s):
            return {"delay_s": delay_s}
        case Hold(reason=reason) | Cancelled(reason=reason):
            return {"reason": reason}
    return {}
