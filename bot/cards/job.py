"""The card of a job in each of its states.

Pure: the instant is an argument. Invariant: one sentence of what happened and one of what to do; state is said
in words and by an icon, never by colour alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.cards.card import Button, ButtonStyle, Card, CardStyle
from bot.cards.text import bar, escape, instant, user
from bot.languages import Words
from jobs.confirmation import Question
from jobs.engine.forecast import Outlook
from jobs.engine.model import Job, Progress
from jobs.engine.registry import JobType
from jobs.engine.states import State
from jobs.report import Report

log = logging.getLogger(__name__)

GREEN, RED, GREY, AMBER, BLUE = 0x2ECC71, 0xE74C3C, 0x95A5A6, 0xF1C40F, 0x5865F2
LOOKS: Mapping[State, tuple[str, str, int | None]] = {
    State.WAITING: ("⏳", "", GREY),
    State.DELAYED: ("⏳", "", GREY),
    State.BLOCKED: ("⏳", "", GREY),
    State.ACTIVE: ("⚙️", "", None),
    State.PAUSED: ("⏸️", "card-paused", AMBER),
    State.COMPLETED: ("✅", "card-completed", GREEN),
    State.FAILED: ("❌", "card-failed", RED),
    State.CANCELLED: ("⏹️", "card-cancelled", GREY),
}
"""Icon, the word in front of the type (the operator's title where it is empty), colour (theirs for None)."""
ASKING = ("❓", "card-confirm", BLUE)
"""The same of one that waits to be confirmed."""
STYLES: Mapping[str, ButtonStyle] = {
    "cancel": "danger",
    "confirm": "success",
    "cancel-now": "danger",
    "undo-now": "danger",
    "resume": "success",
    "retry": "primary",
}
"""Of buttons that are not plain, by action."""
SOON_S = 5
"""A wait that is not worth telling."""
RESUMED_FOR_S = 30
"""How long a restart is mentioned."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A job with what else its card needs."""

    job: Job
    type: JobType | None
    """None for one that is not registered any more."""
    now: int
    outlook: Outlook | None
    """What a job that waits has before it."""
    report: Report | None
    words: Words
    """Those of the job's type."""
    question: Question | None = None
    """What it asks, or asked, to be confirmed."""

    @property
    def began(self) -> int:
        """Since when it is at work (ms): what asks first has not begun before it was confirmed."""
        confirmed_at = self.question.confirmed_at if self.question is not None else None
        return confirmed_at or self.job.first_started_at or self.job.created_at


def job_card(
    job: Job,
    type_: JobType | None,
    *,
    now: int,
    style: CardStyle,
    words: Words,
    outlook: Outlook | None = None,
    alone: bool = False,
    question: Question | None = None,
) -> Card:
    """The card of `job` at `now` (ms); `type_` is None for a type that is not registered any more.

    `alone` when nobody but the person who asked sees it; `question` is what it asks, or asked, to be confirmed.
    """
    asks = job.state is State.PAUSED and question is not None and question.confirmed_at is None
    whole = _report(job, type_, words, question if asks else None)
    report = whole.seen(alone=alone) if whole else None
    scene = Scene(job, type_, now, outlook, report, words.within(type_), question)
    icon, word, color = ASKING if asks else LOOKS[job.state]
    name = words.title(type_) if type_ else escape(job.type)
    lines, clock = (_asking if asks else SHAPES[job.state])(scene)
    if report is None and (subject := _told_by_type(scene, "subject")):
        lines = [f"**{subject}**", *lines]
    return Card(
        title=f"{icon} {words(word) if word else words.of(style.title)} · {name}",
        color=style.color if color is None else color,
        lines=tuple(lines),
        clock=tuple(clock),
        columns=scene.report.columns if scene.report else (),
        footer=_footer(job, words),
        files=scene.report.files if scene.report else (),
        image=scene.report.image if scene.report else None,
        buttons=_buttons(job, type_, whole, question if asks else None, words),
        words=words,
    )


def button(action: str, words: Words) -> Button:
    """The button that does `action`."""
    return Button(action, words(f"button-{action}"), STYLES.get(action, "secondary"))


def _buttons(
    job: Job, type_: JobType | None, report: Report | None, question: Question | None, words: Words
) -> tuple[Button, ...]:
    if question is None:
        return tuple(button(action, words) for action in _actions(job, type_, report))
    action = f"confirm-{question.number}"
    yes = Button(action, words("confirm-changes", n=question.count), STYLES["confirm"])
    files = [replace(button("download", words), label=words("confirm-list"))] if report and report.files else []
    return (yes, *files, button("cancel", words))


def _actions(job: Job, type_: JobType | None, report: Report | None) -> tuple[str, ...]:
    """What can be done from here."""
    again = ["run-again"] if type_ is not None and type_.listed else []
    undo = ["undo"] if type_ is not None and type_.undo else []
    undo_begun = undo if _has_done(job, type_) else []
    files = ["download"] if undo_begun and type_ is not None and type_.files_early else []
    match job.state:
        case State.ACTIVE:
            return () if job.cancelling is not None else ("pause", "cancel")
        case State.PAUSED:
            return ("resume", "cancel", *undo_begun, *files)
        case State.COMPLETED:
            download = ["download"] if _has_files(report) else []
            return (*download, *(report.offers if report else ()), *undo_begun, *again)
        case State.FAILED:
            return (*(["retry"] if type_ is not None else []), *undo_begun, *files, *again)
        case State.CANCELLED:
            return (*undo_begun, *files, *again)
    return ("cancel",)


def _has_done(job: Job, type_: JobType | None) -> bool:
    """It has done something. A pause gives its attempt back, so attempts do not tell; and what asks first has done
    nothing in its first stage."""
    asks = type_ is not None and type_.preview is not None
    return job.first_started_at is not None and (not asks or (job.progress is not None and job.progress.stage_no > 1))


def state_words(job: Job, words: Words) -> tuple[str, str]:
    """Icon and one word for lists."""
    return LOOKS[job.state][0], words(f"state-{job.state}")


def has_files(job: Job, type_: JobType | None, words: Words) -> bool:
    """Whether its report names files, be they kept or not."""
    return _has_files(_report(job, type_, words, None))


def _has_files(report: Report | None) -> bool:
    return report is not None and bool(report.seen(alone=True).files)


def _report(job: Job, type_: JobType | None, words: Words, question: Question | None) -> Report | None:
    if type_ is None:
        return None
    try:
        if question is not None and type_.preview is not None:
            report = type_.preview(job, question.shown, words.within(type_))
        elif job.state is State.COMPLETED and type_.report is not None:
            report = type_.report(job, words.within(type_))
        else:
            return None
    except Exception:
        log.exception("the report of job %s could not be made", job.id)
        return None
    return report if isinstance(report, Report) else None


def _footer(job: Job, words: Words) -> str:
    parts = [f"`{job.id}`"]
    if not job.state.is_final and job.attempts:
        parts.append(words("card-attempt", attempt=job.attempts, most=job.policy.max_attempts))
    parts.append(words("card-asked-by", user=user(job.owner, words)))
    return " · ".join(parts)


Lines = tuple[list[str], list[str]]
"""What is news when it changes, and what only ticks."""


def _waiting(scene: Scene) -> Lines:
    outlook, words = scene.outlook, scene.words
    if outlook is None:
        return [words("queued-next")], []
    place, starts_in_s = outlook.place, outlook.starts_in_s
    queued = words("queued-place", place=place, ordinal=words.ordinal(place)) if place > 1 else words("queued-next")
    if starts_in_s is None or starts_in_s < SOON_S:
        return [queued], []
    return [queued], [words("queued-start", duration=words.about(starts_in_s))]


def _delayed(scene: Scene) -> Lines:
    job, words, when = scene.job, scene.words, instant(scene.job.run_at)
    if job.attempts and job.error is not None:
        attempt, most, reason = job.attempts + 1, job.policy.max_attempts, escape(words.of(job.error.message))
        return [words("delayed-retry", attempt=attempt, most=most, when=when, reason=reason)], []
    if job.reason:
        return [words("delayed-reason", when=when, reason=escape(words.of(job.reason)))], []
    return [words("delayed-start", when=when)], []


def _blocked(scene: Scene) -> Lines:
    names = ", ".join(f"`{escape(parent, code=True)}`" for parent in scene.job.depends_on[:5])
    return [scene.words("blocked-by", jobs=names) if names else scene.words("blocked-by-one")], []


def _active(scene: Scene) -> Lines:
    job, progress, words = scene.job, scene.job.progress, scene.words
    lines = []
    if job.stuck:
        lines.append(words("active-stuck"))
    elif job.cancelling is not None:
        lines.append(words("active-stopping"))
    if progress is not None and progress.stage:
        lines.append(_stage(progress, words))
    else:
        lines.append(escape(words.of(progress.message)) if progress and progress.message else words("active-starting"))
    if progress is not None:
        lines += _amounts(progress, words)
        lines += _restarted(scene, progress)
    if job.attempts > 1 and job.error is not None:
        reason = escape(words.of(job.error.message))
        lines.append(words("active-retried", attempt=job.attempts, most=job.policy.max_attempts, reason=reason))
    return lines, [_time(scene, progress)]


def _stage(progress: Progress, words: Words) -> str:
    parts = [escape(words.of(progress.stage))]
    if progress.message:
        parts[0] += f": {escape(words.of(progress.message))}"
    if progress.stages:
        parts.append(words("active-stage", stage=progress.stage_no, stages=progress.stages))
    return " · ".join(parts)


def _amounts(progress: Progress, words: Words) -> list[str]:
    lines = []
    unit = escape(words.of(progress.unit))
    if progress.percentage is not None:
        done = words("active-share", done=progress.current, total=words.count(progress.total or 0, unit))
        lines.append(f"`{bar(progress.percentage)}` {progress.percentage:.0f} % · {done}")
    elif progress.current:
        lines.append(words("active-so-far", amount=words.count(progress.current, unit)))
    told = []
    if progress.ok:
        told.append(words.find("counted-ok", n=progress.ok) or words("active-ok", n=progress.ok))
    if progress.skipped:
        told.append(words("active-skipped", n=progress.skipped))
    if progress.failed:
        told.append(words("active-failed", n=progress.failed))
    return [*lines, " · ".join(told)] if told else lines


def _restarted(scene: Scene, progress: Progress) -> list[str]:
    job, words = scene.job, scene.words
    began = job.started_at or scene.now
    if progress.resumed_at is None or scene.now - began > RESUMED_FOR_S * 1000 or job.attempts > 1:
        return []
    if progress.total:
        return [words("active-restarted-of", place=progress.resumed_at, total=progress.total)]
    return [words("active-restarted", place=progress.resumed_at)]


def _time(scene: Scene, progress: Progress | None) -> str:
    words = scene.words
    spent = words("active-spent", duration=words.duration((scene.now - scene.began) / 1000))
    if progress is not None and progress.waiting_s is not None:
        return f"{spent} · {words('active-waiting', duration=words.duration(progress.waiting_s))}"
    if progress is not None and progress.eta_s is not None and progress.eta_s >= 1:
        return f"{spent} · {words('active-left', duration=words.about(progress.eta_s))}"
    return spent


def _paused(scene: Scene) -> Lines:
    reason = _reason(scene, scene.job.reason, "paused-plain")
    return [f"{reason} · {instant(scene.job.updated_at)}", *_done_until_now(scene)], []


def _asking(scene: Scene) -> Lines:
    assert scene.question is not None
    told = _told(scene.report) if scene.report is not None else []
    return [*told, scene.words("confirm-until", when=instant(scene.question.until))], []


def _told(report: Report) -> list[str]:
    headline = [f"**{report.headline}**"] if report.headline else []
    return [*headline, *report.lines, *report.notes]


def _completed(scene: Scene) -> Lines:
    took = [_made(scene)]
    if scene.report is None:
        return [scene.words("completed-plain"), *took], []
    return [*_told(scene.report), *took], []


def _made(scene: Scene) -> str:
    """How long it took, or since when it was there."""
    if scene.job.made_at is not None:
        return scene.words("completed-kept", when=instant(scene.job.made_at))
    return scene.words("completed-took", duration=scene.words.duration(max(1.0, _ran_s(scene))))


def _failed(scene: Scene) -> Lines:
    job, words = scene.job, scene.words
    return [
        _reason(scene, job.error.message if job.error else job.reason, "failed-plain"),
        *([words("failed-tried", times=job.attempts)] if job.attempts > 1 else []),
        *_done_until_now(scene),
        words("failed-next"),
    ], []


def _cancelled(scene: Scene) -> Lines:
    return [_reason(scene, scene.job.reason, "cancelled-plain"), *_done_until_now(scene)], []


def _reason(scene: Scene, stored: str | None, otherwise: str) -> str:
    """Why it stands still, as it was written down, or the sentence that stands in for it."""
    return escape(scene.words.of(stored), limit=500) if stored else scene.words(otherwise)


def _done_until_now(scene: Scene) -> list[str]:
    progress, words = scene.job.progress, scene.words
    if told := _told_by_type(scene, "until_now"):
        return [*told]
    if progress is None or not progress.stage:
        return []
    stage = escape(words.of(progress.stage))
    if progress.percentage is None:
        return [words("come-to", stage=stage)]
    return [words("come-to-share", stage=stage, percentage=f"{progress.percentage:.0f}")]


def _told_by_type(scene: Scene, hook: str) -> Any:
    """What the type itself says of the job; None where it says nothing."""
    tell = getattr(scene.type, hook, None)
    try:
        return None if tell is None else tell(scene.job, scene.words)
    except Exception:
        log.exception("the %s of job %s could not be told", hook, scene.job.id)
        return None


def _ran_s(scene: Scene) -> float:
    return 0.0 if scene.job.completed_at is None else (scene.job.completed_at - scene.began) / 1000


SHAPES: Mapping[State, Callable[[Scene], Lines]] = {
    State.WAITING: _waiting,
    State.DELAYED: _delayed,
    State.BLOCKED: _blocked,
    State.ACTIVE: _active,
    State.PAUSED: _paused,
    State.COMPLETED: _completed,
    State.FAILED: _failed,
    State.CANCELLED: _cancelled,
}
