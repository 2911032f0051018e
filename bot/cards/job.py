"""The card of a job in each of its states.

Pure: the instant is an argument. Invariant: one sentence of what happened and one of what to do; state is said
in words and by an icon, never by colour alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.cards.card import Button, Card, CardStyle
from bot.cards.text import about, bar, count, duration, escape, instant, number, user
from jobs.engine.model import Job, Progress
from jobs.engine.registry import JobType
from jobs.engine.states import State
from jobs.report import Report

log = logging.getLogger(__name__)

GREEN, RED, GREY, AMBER, BLUE = 0x2ECC71, 0xE74C3C, 0x95A5A6, 0xF1C40F, 0x5865F2
WORDS: Mapping[State, tuple[str, str, int | None]] = {
    State.WAITING: ("⏳", "", GREY),
    State.DELAYED: ("⏳", "", GREY),
    State.BLOCKED: ("⏳", "", GREY),
    State.ACTIVE: ("⚙️", "", None),
    State.PAUSED: ("⏸️", "Paused", AMBER),
    State.COMPLETED: ("✅", "Completed", GREEN),
    State.FAILED: ("❌", "Failed", RED),
    State.CANCELLED: ("⏹️", "Cancelled", GREY),
}
"""Icon, the word in front of the type (the operator's title where it is empty), colour (theirs for None)."""
CANCEL, PAUSE = Button("cancel", "Cancel", "danger"), Button("pause", "Pause")
RESUME, RETRY = Button("resume", "Resume", "success"), Button("retry", "Retry", "primary")
UNDO, DOWNLOAD, RUN_AGAIN = Button("undo", "Undo"), Button("download", "Download"), Button("run-again", "Run again")
RESUMED_FOR_S = 30
"""How long a restart is mentioned."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A job with what else its card needs."""

    job: Job
    now: int
    place: int | None
    """1 for the next of its type to start."""
    report: Report | None


def job_card(
    job: Job,
    type_: JobType | None,
    *,
    now: int,
    style: CardStyle,
    place: int | None = None,
    alone: bool = False,
) -> Card:
    """The card of `job` at `now` (ms); `type_` is None for a type that is not registered any more.

    `alone` when nobody but the person who asked sees it.
    """
    whole = _report(job, type_)
    scene = Scene(job, now, place, whole.seen(alone=alone) if whole else None)
    icon, word, color = WORDS[job.state]
    name = type_.title if type_ else escape(job.type)
    lines, clock = SHAPES[job.state](scene)
    return Card(
        title=f"{icon} {word or style.title} · {name}",
        color=style.color if color is None else color,
        lines=tuple(lines),
        clock=tuple(clock),
        columns=scene.report.columns if scene.report else (),
        footer=_footer(job),
        files=scene.report.files if scene.report else (),
        image=scene.report.image if scene.report else None,
        buttons=_buttons(job, type_, bool(whole and whole.seen(alone=True).files)),
    )


def _buttons(job: Job, type_: JobType | None, files: bool) -> tuple[Button, ...]:
    """What can be done from here."""
    again = [RUN_AGAIN] if type_ is not None and type_.listed else []
    undo = [UNDO] if type_ is not None and type_.undo else []
    match job.state:
        case State.ACTIVE:
            return () if job.cancelling is not None else (PAUSE, CANCEL)
        case State.PAUSED:
            return (RESUME, CANCEL, *(undo if job.attempts else ()))
        case State.COMPLETED:
            return (*([DOWNLOAD] if files else []), *undo, *again)
        case State.FAILED:
            return (*([RETRY] if type_ is not None else []), *undo, *again)
        case State.CANCELLED:
            return (*(undo if job.attempts else ()), *again)
    return (CANCEL,)


def state_words(job: Job) -> tuple[str, str]:
    """Icon and one word for lists."""
    return WORDS[job.state][0], str(job.state)


def _report(job: Job, type_: JobType | None) -> Report | None:
    if job.state is not State.COMPLETED or type_ is None or type_.report is None:
        return None
    try:
        report = type_.report(job)
    except Exception:
        log.exception("the report of job %s could not be made", job.id)
        return None
    return report if isinstance(report, Report) else None


def _footer(job: Job) -> str:
    parts = [f"`{job.id}`"]
    if not job.state.is_final and job.attempts:
        parts.append(f"attempt {job.attempts} of {job.policy.max_attempts}")
    parts.append(f"asked by {user(job.owner)}")
    return " · ".join(parts)


Lines = tuple[list[str], list[str]]
"""What is news when it changes, and what only ticks."""


def _waiting(scene: Scene) -> Lines:
    if scene.place is None or scene.place == 1:
        return ["Queued, next in line."], []
    return [f"Queued, {_ordinal(scene.place)} in line."], []


def _delayed(scene: Scene) -> Lines:
    job = scene.job
    if job.attempts and job.error is not None:
        attempt = f"Attempt {job.attempts + 1} of {job.policy.max_attempts}"
        return [f"{attempt} starts {instant(job.run_at)}, after: {escape(job.error.message)}"], []
    if job.reason:
        return [f"Goes on {instant(job.run_at)}: {escape(job.reason)}"], []
    return [f"Starts {instant(job.run_at)}."], []


def _blocked(scene: Scene) -> Lines:
    names = ", ".join(f"`{escape(parent, code=True)}`" for parent in scene.job.depends_on[:5])
    return [f"Starts after {names or 'another job'} is done."], []


def _active(scene: Scene) -> Lines:
    job, progress = scene.job, scene.job.progress
    lines = []
    if job.stuck:
        lines.append("It does not stop by itself; the next job was given its place. The operator has been told.")
    elif job.cancelling is not None:
        lines.append("Stopping after the current step.")
    if progress is None or not progress.stage:
        lines.append(escape(progress.message) if progress and progress.message else "Starting.")
    else:
        lines.append(_stage(progress))
    if progress is not None:
        lines += _amounts(progress)
        lines += _restarted(scene, progress)
    if job.attempts > 1 and job.error is not None:
        lines.append(f"Attempt {job.attempts} of {job.policy.max_attempts}, after: {escape(job.error.message)}")
    return lines, [_time(scene, progress)]


def _stage(progress: Progress) -> str:
    parts = [escape(progress.stage)]
    if progress.message:
        parts[0] += f": {escape(progress.message)}"
    if progress.stages:
        parts.append(f"stage {progress.stage_no} of {progress.stages}")
    return " · ".join(parts)


def _amounts(progress: Progress) -> list[str]:
    lines = []
    if progress.percentage is not None:
        done = f"{number(progress.current)} of {count(progress.total or 0, escape(progress.unit))}"
        lines.append(f"`{bar(progress.percentage)}` {progress.percentage:.0f} % · {done}")
    elif progress.current:
        lines.append(f"{count(progress.current, escape(progress.unit))} so far")
    counts = ((progress.ok, "counted"), (progress.skipped, "skipped"), (progress.failed, "failed"))
    if told := [f"{number(value)} {word}" for value, word in counts if value]:
        lines.append(" · ".join(told))
    return lines


def _restarted(scene: Scene, progress: Progress) -> list[str]:
    job = scene.job
    began = job.started_at or scene.now
    if progress.resumed_at is None or scene.now - began > RESUMED_FOR_S * 1000 or job.attempts > 1:
        return []
    total = f" of {number(progress.total)}" if progress.total else ""
    return [f"The bot restarted; went on at {number(progress.resumed_at)}{total}."]


def _time(scene: Scene, progress: Progress | None) -> str:
    began = scene.job.first_started_at or scene.now
    spent = f"{duration((scene.now - began) / 1000)} so far"
    if progress is not None and progress.waiting_s is not None:
        return f"{spent} · Discord asked us to wait {duration(progress.waiting_s)}"
    if progress is not None and progress.eta_s is not None and progress.eta_s >= 1:
        return f"{spent} · about {about(progress.eta_s)} left in this stage"
    return spent


def _paused(scene: Scene) -> Lines:
    reason = escape(scene.job.reason or "Paused.", limit=500)
    return [reason, *_done_until_now(scene.job.progress)], []


def _completed(scene: Scene) -> Lines:
    took = [f"took {duration(max(1.0, _ran_s(scene.job)))}"]
    if scene.report is None:
        return ["Done.", *took], []
    headline = [f"**{scene.report.headline}**"] if scene.report.headline else []
    return [*headline, *scene.report.lines, *scene.report.notes, *took], []


def _failed(scene: Scene) -> Lines:
    job = scene.job
    reason = escape(job.error.message if job.error else job.reason or "It failed.", limit=500)
    tried = f"It was tried {job.attempts} times." if job.attempts > 1 else ""
    lines = [
        reason,
        tried,
        *_done_until_now(job.progress),
        "Press Retry when that is mended; it goes on from there.",
    ]
    return [line for line in lines if line], []


def _cancelled(scene: Scene) -> Lines:
    return [escape(scene.job.reason or "Cancelled.", limit=500), *_done_until_now(scene.job.progress)], []


def _done_until_now(progress: Progress | None) -> list[str]:
    if progress is None or not progress.stage:
        return []
    where = f"It had come to: {escape(progress.stage)}"
    if progress.percentage is not None:
        where += f", {progress.percentage:.0f} %"
    return [where + "."]


def _ran_s(job: Job) -> float:
    if job.completed_at is None:
        return 0.0
    return (job.completed_at - (job.first_started_at or job.created_at)) / 1000


def _ordinal(value: int) -> str:
    ending = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value:,}{ending}"


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
