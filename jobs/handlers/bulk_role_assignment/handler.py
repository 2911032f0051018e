"""The two job types: roles for many members, and taking that back.

Thin: what they share is `RoleWork`, what differs is the plan. Invariant: who asked must be allowed to when it is
planned, when it begins and when it goes on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobs.engine.errors import CancelJob, HoldJob, JobError
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobContext, job_type, minutes
from jobs.handlers.bulk_role_assignment.assignment import Assignment
from jobs.handlers.bulk_role_assignment.payload import BulkRoleAssignment, UndoRoleAssignment
from jobs.handlers.bulk_role_assignment.plan import Outline
from jobs.handlers.bulk_role_assignment.presets import Presets
from jobs.handlers.bulk_role_assignment.report import preview, report, subject, until_now
from jobs.handlers.bulk_role_assignment.undo import Undo
from jobs.handlers.bulk_role_assignment.work import RoleWork
from jobs.handlers.standing import check_requester
from jobs.services import Services, ServiceUnavailable

NAME, UNDO = "bulk-role-assignment", "undo-role-assignment"
LONGEST_MS = 365 * 86_400_000
NO_ANSWER = "Discord did not answer."


POLICY: dict[str, Any] = {
    "timeout": None,
    "stall_timeout": minutes(10),
    "per_lane": 1,
    "retention_s": 30 * 86_400.0,
    "undo": UNDO,
    "preview": preview,
    "subject": subject,
    "until_now": until_now,
    "report": report,
    "files_early": True,
    "languages": Path(__file__).parent / "languages",
}
"""What both have in common; an undo can be undone."""


@job_type(NAME, title="Role Assignment", payload=BulkRoleAssignment, **POLICY)
async def bulk_role_assignment(ctx: JobContext[Services], payload: BulkRoleAssignment) -> JsonObject:
    try:
        return await _assign(ctx, payload)
    except ServiceUnavailable as error:
        raise JobError(NO_ANSWER, category="discord") from error


@job_type(UNDO, title="Role Assignment: Undo", payload=UndoRoleAssignment, listed=False, **POLICY)
async def undo_role_assignment(ctx: JobContext[Services], payload: UndoRoleAssignment) -> JsonObject:
    ctx.announce(2)
    try:
        return await _take_back(ctx, payload)
    except ServiceUnavailable as error:
        raise JobError(NO_ANSWER, category="discord") from error
    except JobError as refused:
        if payload.ask or refused.category != "permission":
            raise
        # Nobody stands by when a time is over: what it did is kept until this has ended.
        text = f"{refused.message} Then press Resume; or somebody else takes back {payload.job_id} by /job undo."
        raise HoldJob(text) from refused


async def _take_back(ctx: JobContext[Services], payload: UndoRoleAssignment) -> JsonObject:
    await check_requester(ctx, payload.guild_id, NAME)
    work = RoleWork(ctx, payload.guild_id, f"undo of {payload.job_id}")
    undo = Undo(ctx, work, payload, (NAME, UNDO))
    await undo.source()
    outline, changes = await work.agreed(undo.plan, ask=payload.ask)
    if changes:
        await undo.begun()
        await work.carry_out("Changing roles", changes)
        await undo.ended()
    return {**_result(outline, work), "undo_of": payload.job_id}


async def _assign(ctx: JobContext[Services], payload: BulkRoleAssignment) -> JsonObject:
    ctx.announce(4 if payload.late_joiners else 2)
    await check_requester(ctx, payload.guild_id, NAME)
    payload = await _settled(ctx, payload)
    until = payload.until_ms
    work = RoleWork(ctx, payload.guild_id, payload.reason, until=until)
    _check_time(work, until)
    assignment = Assignment(ctx, work, payload)
    outline, changes = await work.agreed(assignment.plan, ask=True)
    if changes and until is not None:
        await _take_back_at(ctx, payload.guild_id, until)
    if changes:
        await work.carry_out("Changing roles", changes)
    result: JsonObject = {}
    if changes and payload.late_joiners:
        late, result["checked"] = await work.plans.once("late", lambda: assignment.last_pass(outline, changes))
        await work.carry_out("Adding who came late", late)
    return {**result, **_result(outline, work)}


async def _settled(ctx: JobContext[Services], payload: BulkRoleAssignment) -> BulkRoleAssignment:
    """With the choices of a preset as they were when it was asked for, whatever becomes of the preset."""

    async def make() -> JsonObject:
        return (await Presets(ctx.services.records, payload.guild_id).applied(payload)).model_dump(mode="json")

    return BulkRoleAssignment.model_validate(await ctx.once("choices", make))


def _result(outline: Outline, work: RoleWork) -> JsonObject:
    return {"outline": outline.to_json(), "counts": dict(work.ledger.counts())}


def _check_time(work: RoleWork, until: int | None) -> None:
    """Raises `JobError` and `CancelJob` for a time at which nothing can be taken back."""
    if until is not None and until > work.ctx.clock.now() + LONGEST_MS:
        raise JobError("It can be taken back within a year. Choose an earlier time.", retryable=False)
    if work.is_over:
        raise CancelJob("The time at which it would be taken back is over. Choose a later one.")


async def _take_back_at(ctx: JobContext[Services], guild_id: int, until: int) -> None:
    """Before the first change, so that no crash makes what is meant for a time last for ever."""
    payload: JsonObject = {"guild_id": str(guild_id), "job_id": ctx.job_id, "ask": False}
    await ctx.services.jobs.follow_up(ctx.job, UNDO, payload, job_id=f"{ctx.job_id}-back", run_at=until)
