"""The two job types: roles for many members, and taking that back.

Thin: what they share is `RoleWork`, what differs is the plan. Invariant: who asked must be allowed to when it is
planned, when it begins and when it goes on.
"""

from __future__ import annotations

from pathlib import Path

from jobs.engine.errors import CancelJob, JobError
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobContext, job_type, minutes
from jobs.handlers.bulk_role_assignment.assignment import Assignment
from jobs.handlers.bulk_role_assignment.payload import BulkRoleAssignment, UndoRoleAssignment
from jobs.handlers.bulk_role_assignment.plan import Outline
from jobs.handlers.bulk_role_assignment.presets import Presets
from jobs.handlers.bulk_role_assignment.report import preview, report
from jobs.handlers.bulk_role_assignment.undo import Undo
from jobs.handlers.bulk_role_assignment.work import RoleWork
from jobs.services import AccessDenied, NotFound, Services, ServiceUnavailable

NAME, UNDO = "bulk-role-assignment", "undo-role-assignment"
RETENTION_S = 30 * 86_400.0
LANGUAGES = Path(__file__).parent / "languages"
LONGEST_MS = 365 * 86_400_000
NO_ANSWER = "Discord did not answer."


@job_type(
    NAME,
    title="Role Assignment",
    payload=BulkRoleAssignment,
    timeout=None,
    stall_timeout=minutes(10),
    per_lane=1,
    retention_s=RETENTION_S,
    undo=UNDO,
    preview=preview,
    report=report,
    files_early=True,
    languages=LANGUAGES,
)
async def bulk_role_assignment(ctx: JobContext[Services], payload: BulkRoleAssignment) -> JsonObject:
    try:
        return await _assign(ctx, payload)
    except ServiceUnavailable as error:
        raise JobError(NO_ANSWER, category="discord") from error


@job_type(
    UNDO,
    title="Role Assignment: Undo",
    payload=UndoRoleAssignment,
    timeout=None,
    stall_timeout=minutes(10),
    per_lane=1,
    retention_s=RETENTION_S,
    undo=UNDO,
    listed=False,
    preview=preview,
    report=report,
    files_early=True,
    languages=LANGUAGES,
)
async def undo_role_assignment(ctx: JobContext[Services], payload: UndoRoleAssignment) -> JsonObject:
    ctx.announce(2)
    try:
        await _check_requester(ctx, payload.guild_id)
        work = RoleWork(ctx, payload.guild_id, f"undo of {payload.job_id}")
        undo = Undo(ctx, work, payload, (NAME, UNDO))
        await undo.source()
        outline, changes = await work.agreed(undo.plan, ask=payload.ask)
        await work.carry_out("Changing roles", changes)
    except ServiceUnavailable as error:
        raise JobError(NO_ANSWER, category="discord") from error
    return {**_result(outline, work), "undo_of": payload.job_id}


async def _assign(ctx: JobContext[Services], payload: BulkRoleAssignment) -> JsonObject:
    ctx.announce(4 if payload.late_joiners else 2)
    await _check_requester(ctx, payload.guild_id)
    payload = await Presets(ctx.services.records, payload.guild_id).applied(payload)
    until = None if payload.until is None else round(payload.until.timestamp() * 1000)
    work = RoleWork(ctx, payload.guild_id, payload.reason, until=until)
    _check_time(work, until)
    assignment = Assignment(ctx, work, payload)
    outline, changes = await work.agreed(assignment.plan, ask=True)
    if changes and until is not None:
        await _take_back_at(ctx, payload.guild_id, until)
    await work.carry_out("Changing roles", changes)
    result: JsonObject = {}
    if changes and payload.late_joiners:
        late, result["checked"] = await work.once("late", lambda: assignment.last_pass(outline, changes))
        await work.carry_out("Adding who came late", late)
    result |= _result(outline, work)
    return result if until is None else {**result, "until": until}


def _result(outline: Outline, work: RoleWork) -> JsonObject:
    return {"outline": outline.to_json(), "counts": dict(work.ledger.counts())}


async def _check_requester(ctx: JobContext[Services], guild_id: int) -> None:
    """Who asked must still be allowed to start this. Raises `JobError`."""
    if ctx.owner is None:
        return
    try:
        may = await ctx.services.rights.may_start(guild_id, int(ctx.owner), NAME)
    except (AccessDenied, NotFound) as error:
        text = "I am not in this server any more. Invite me again, then press Retry."
        raise JobError(text, retryable=False, category="discord") from error
    if not may:
        text = "The person who asked for this may not start it here any more, so I stopped."
        raise JobError(text, retryable=False, category="permission")


def _check_time(work: RoleWork, until: int | None) -> None:
    """Raises `JobError` and `CancelJob` for a time at which nothing can be taken back."""
    if until is not None and until > work.ctx.clock.now() + LONGEST_MS:
        raise JobError("It can be taken back within a year. Choose an earlier time.", retryable=False)
    if work.is_over:
        raise CancelJob("The time at which it would be taken back is over. The rest was not touched.")


async def _take_back_at(ctx: JobContext[Services], guild_id: int, until: int) -> None:
    """Before the first change, so that no crash makes what is meant for a time last for ever."""
    payload: JsonObject = {"guild_id": str(guild_id), "job_id": ctx.job_id, "ask": False}
    await ctx.services.jobs.follow_up(ctx.job, UNDO, payload, job_id=f"{ctx.job_id}-back", run_at=until)
