"""One job for each card there is, with names that were meant to break it.

Pure. Invariant: every state has its scenes, and so has every line that a card can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.cards import Card, CardStyle, job_card
from bot.languages import Words
from jobs.confirmation import Question
from jobs.engine.forecast import Outlook
from jobs.engine.model import ErrorInfo, Job, Progress, RunPolicy
from jobs.engine.payload import Payload
from jobs.engine.registry import JobType
from jobs.engine.states import State
from jobs.handlers.bulk_role_assignment import bulk_role_assignment, undo_role_assignment
from jobs.handlers.bulk_role_assignment.plan import Outline
from jobs.report import Column, Report

HOSTILE = (
    "**bold** _x_ ~~y~~ ||z|| `code` > quote # head [l](https://e.org)",
    "@everyone @here <@1> <@&2> <#3> </job list:4>",
    "\u202eesrever\u202c \u2067isolated\u2069 \u200b\u200d\ufeffzero",
    "🦊" * 32,
    "👩‍👩‍👧‍👦" * 32,
    "W" * 300,
    "line\nbreak\r\nand\ttab",
    "z̸̧̛͓̟̗̞̬̰̮͍̤̭̩̪͑̂̾̌̎̆̑̒̓̄̃̚͜͝a̵l̷g̶o̷",
    "```\nfence",
    "\\",
)
"""Names that members really give themselves."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A job, and what else its card is made of."""

    name: str
    job: Job
    outlook: Outlook | None = None
    report: Report | None = None
    title: str = "Member Analysis"
    undo: str | None = None
    type: JobType | None = None
    """A real one, which makes its report itself."""
    question: Question | None = None

    def card(self, now: int, words: Words) -> Card:
        type_ = self.type or self._type()
        outlook, question = self.outlook, self.question
        return job_card(self.job, type_, now=now, style=CardStyle(), words=words, outlook=outlook, question=question)

    def _type(self) -> JobType:
        report = self.report
        return JobType(
            "analysis", self.title, Payload, _never, undo=self.undo, report=(lambda *_: report) if report else None
        )


async def _never(ctx: object, payload: object) -> None:
    """A handler that is not run."""


def scenes(now: int, owner: int) -> list[Scene]:
    """All of them, at `now` (ms), asked for by `owner`."""

    def job(state: State, **more: Any) -> Job:
        base = Job(
            id="k7f39qztma",
            type="analysis",
            state=state,
            payload={},
            policy=RunPolicy(max_attempts=4),
            created_at=now - 100_000,
            run_at=now,
            updated_at=now,
            owner=str(owner),
            attempts=1,
            first_started_at=now - 72_000,
            started_at=now - 72_000,
        )
        ended = {"completed_at": now} if state.is_final else {}
        return replace(base, **{**ended, **more})

    reading = Progress(
        current=12_240, total=20_061, unit="messages", message="#general", stage="Reading history", stage_no=2,
        stages=4, ok=11_900, skipped=340, eta_s=44,
    )  # fmt: skip
    giving = Progress(current=1_240, total=5_000, unit="members", stage="Assigning roles", ok=1_236, skipped=4)
    active: State = State.ACTIVE
    roles: dict[str, Any] = {"title": "Role Assignment", "undo": "undo"}
    again = ErrorInfo("Discord did not answer.")
    return [
        Scene("waiting", job(State.WAITING, attempts=0), outlook=Outlook(3, 118.0)),
        Scene("waiting, next", job(State.WAITING, attempts=0), outlook=Outlook(1, None)),
        Scene("delayed", job(State.DELAYED, attempts=0, run_at=now + 600_000)),
        Scene("delayed retry", job(State.DELAYED, run_at=now + 20_000, error=again)),
        Scene("blocked", job(State.BLOCKED, attempts=0, depends_on=("m2x7p1q9aa",))),
        Scene("starting", job(active)),
        Scene("running", job(active, progress=reading)),
        Scene("running, total unknown", job(active, progress=replace(reading, total=None, eta_s=None))),
        Scene("waiting for Discord", job(active, progress=replace(reading, waiting_s=12.0))),
        Scene("restarted", job(active, started_at=now - 5_000, progress=replace(reading, resumed_at=12_240))),
        Scene("second attempt", job(active, attempts=2, progress=reading, error=again)),
        Scene("cancelling", job(active, cancelling="Cancelled by Ada.", progress=reading)),
        Scene("stuck", job(active, cancelling="Cancelled by Ada.", stuck=True, progress=reading)),
        Scene("paused by a person", job(State.PAUSED, reason="Paused by Ada.", progress=giving), **roles),
        Scene("paused by a reason", job(State.PAUSED, reason=(
            "I may no longer manage the role Veteran: it now stands above mine. Move my role above it in Server "
            "Settings → Roles, then press Resume."), progress=giving), **roles),
        Scene("completed", job(State.COMPLETED), report=_analysis(owner)),
        Scene("completed, plain", job(State.COMPLETED), title="CSV Import"),
        Scene("completed, with undo", job(State.COMPLETED), report=Report(
            "Veteran, Member+", ("**1,204** members got the role.", "6 could not be changed."), files=("report.csv",)
        ), **roles),
        *role_scenes(job, now),
        Scene("failed", job(State.FAILED, attempts=4, progress=reading, error=ErrorInfo(
            "Discord refused to show me something this job needs. Check my permissions, then press Retry."))),
        Scene("cancelled", job(State.CANCELLED, reason="Cancelled by Ada: wrong range", progress=giving), **roles),
        *(Scene(f"hostile {n}", job(active, error=ErrorInfo(name), attempts=2, progress=replace(
            reading, stage=name, message=name, unit=name)), title="Odd") for n, name in enumerate(HOSTILE)),
        Scene("hostile end", job(State.COMPLETED), title="Odd", report=Report(
            "A headline", tuple(["a line"] * 300), tuple([Column("Top", tuple(["x" * 90] * 60))] * 4))),
    ]  # fmt: skip


def role_scenes(job: Callable[..., Job], now: int) -> list[Scene]:
    """A role job from its preview to its undo."""
    outline = Outline(
        number=1, made_at=now, action="add", about=["11", "12"], changes=1204, right=3790,
        blocked={"above": 5, "gone": 1}, examples=[str(id_) for id_ in range(10**17, 10**17 + 10)],
        roles={"11": "Veteran", "12": "Member+"}, dangers={"11": ["manage-messages", "mention-everyone"]},
        beyond=["12"], seconds=1260.0, until=now + 86_400_000, late=True,
    )  # fmt: skip
    back = replace(
        outline, action="undo", about=["11"], changes=1198, right=0, blocked={"changed": 4, "gone": 2}, partly=3,
        dangers={}, beyond=[], until=None, late=False,
    )  # fmt: skip
    first: dict[str, Any] = {"payload": {"guild_id": "1", "role_ids": ["11", "12"], "action": "add"}}
    undoing: dict[str, Any] = {"payload": {"guild_id": "1", "job_id": "k7f39qztma"}}
    part = Progress(
        current=1240, total=5000, unit="members", stage="Changing roles", stage_no=2, stages=2, ok=1236, skipped=3,
        failed=1, eta_s=3760.0,
    )  # fmt: skip
    counts = {"ok": 1200, "right": 2, "gone": 1, "failed": 1}
    result = {"outline": outline.to_json(), "counts": counts, "checked": {"stands": 1199, "late": 3}}
    until = now + 900_000
    moved = (
        "I may not manage the role Veteran: it does not stand below mine. Move my role above it in Server Settings, "
        "Roles. Then press Resume: it goes on with the 3,760 left."
    )
    refused = "Discord refused 3 changes in a row for the same reason (code 50013), so I stopped."
    return [
        Scene(f"role job: {name}", job(state, **more), type=type_, question=question)
        for name, state, type_, question, more in (
            ("preview", State.PAUSED, bulk_role_assignment, Question(1, outline.to_json(), 1204, True, until), first),
            ("at work", State.ACTIVE, bulk_role_assignment, None, {**first, "progress": part}),
            ("paused", State.PAUSED, bulk_role_assignment, None, {**first, "progress": part, "reason": moved}),
            (
                "failed",
                State.FAILED,
                bulk_role_assignment,
                None,
                {**first, "progress": part, "error": ErrorInfo(refused)},
            ),
            (
                "cancelled",
                State.CANCELLED,
                bulk_role_assignment,
                None,
                {**first, "progress": part, "reason": "Cancelled by Ada."},
            ),
            ("completed", State.COMPLETED, bulk_role_assignment, None, {**first, "progress": part, "result": result}),
            ("undo", State.PAUSED, undo_role_assignment, Question(1, back.to_json(), 1198, True, until), undoing),
        )
    ]


def _analysis(owner: int) -> Report:
    top = [f"<@{owner}> 1,204", *(f"<@{owner}> {990 - 31 * place}" for place in range(4))]
    return Report(
        "1 Oct to 30 Oct",
        (
            "**312** of 498 members were active (+8 %)",
            "**18,204** messages · **412 h** in voice",
            "Busiest: Sunday 20:00",
            "Silent for 30 days: 121 · never seen: 65",
        ),
        (Column("Members", tuple(top)), Column("Channels", ("general 8,201", "clips 4,110", "help 1,030"))),
        ("Voice is known since 12 Sep; 2 of 14 channels could not be read.",),
        ("members.csv",),
    )


def names(found: Sequence[Scene]) -> list[str]:
    return [scene.name for scene in found]
