"""What people see of a role job: what it would do, before it is confirmed, and what it did. Pure.

Invariant: members and roles are mentions, which Discord names itself. Files that name members are for whoever asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from jobs.engine.model import Job, JsonObject
from jobs.handlers.bulk_role_assignment.ledger import FAILED, GONE, OK, RIGHT
from jobs.handlers.bulk_role_assignment.plan import Outline
from jobs.handlers.bulk_role_assignment.tables import CHANGES, PLAN
from jobs.report import Report, Words

ROLES, PERMISSIONS = 10, 5
"""Most that are named."""
CHANGING = 2
"""Number of the stage in which the changes are made as planned."""


def preview(job: Job, asked: JsonObject, words: Words) -> Report:
    """What the job would do once it is confirmed."""
    outline = Outline.from_json(asked)
    counts = [words("preview-changes", n=outline.changes)]
    if outline.right:
        counts.append(words("preview-right", n=outline.right))
    lines = [" · ".join(counts)]
    if outline.partly:
        lines.append(words("preview-partly", n=outline.partly))
    if outline.blocked:
        lines.append(_blocked(outline.blocked, words))
    lines.append(words("preview-examples", members=", ".join(f"<@{id_}>" for id_ in outline.examples)))
    lines.append(words("preview-time", duration=words.about(outline.seconds)))
    notes = [
        words("preview-danger", role=f"<@&{role}>", permissions=_permissions(names, words))
        for role, names in outline.dangers.items()
    ]
    if outline.beyond:
        notes.append(words("preview-beyond", roles=_roles(outline.beyond, words)))
    if outline.late:
        notes.append(words("preview-late"))
    notes += _taken_back(outline, words)
    return Report(_headline(job, outline, words), tuple(lines), notes=tuple(notes), files=(PLAN,))


def report(job: Job, words: Words) -> Report:
    """What it did."""
    assert isinstance(job.result, dict)
    result: dict[str, Any] = job.result
    outline, counts = Outline.from_json(result["outline"]), result["counts"]
    lines = [words(f"done-{outline.action}", n=counts.get(OK, 0))] if outline.changes else [words("nothing")]
    right = outline.right + counts.get(RIGHT, 0)
    if right:
        lines.append(words("done-right", n=right))
    lines += [words(f"done-{name}", n=counts[name]) for name in (GONE, FAILED) if counts.get(name)]
    if outline.blocked:
        lines.append(_blocked(outline.blocked, words))
    notes = _taken_back(outline, words)
    if checked := result.get("checked"):
        notes.append(words("checked", stands=checked["stands"], of=outline.changes, late=checked["late"]))
    public = Report(_headline(job, outline, words), tuple(lines), notes=tuple(notes))
    return replace(public, alone=replace(public, files=(CHANGES, PLAN)))


def subject(job: Job, words: Words) -> str | None:
    """What it is asked to do; None where a preset alone says it."""
    payload: dict[str, Any] = job.payload
    if undone := payload.get("job_id"):
        return words("subject-undo", job=undone)
    if not payload.get("role_ids"):
        return None
    return words(f"headline-{payload.get('action', 'add')}", roles=_roles(payload["role_ids"], words))


def until_now(job: Job, words: Words) -> tuple[str, ...] | None:
    """What it has changed and what not, when it stands still before its end; None behind the changes as planned."""
    progress = job.progress
    if progress is None or progress.stage_no < CHANGING:
        return (words("until-nothing"),)
    if progress.stage_no > CHANGING or progress.total is None:
        return None
    told = [words("until-changed", n=progress.ok, of=progress.total)]
    if progress.skipped:
        told.append(words("until-skipped", n=progress.skipped))
    if progress.failed:
        told.append(words("until-refused", n=progress.failed))
    return (" · ".join([*told, words("until-rest")]),)


def _taken_back(outline: Outline, words: Words) -> list[str]:
    return [words("taken-back", when=f"<t:{outline.until // 1000}:R>")] if outline.until is not None else []


def _headline(job: Job, outline: Outline, words: Words) -> str:
    roles = _roles(outline.about, words)
    if outline.action == "undo":
        return words("headline-undo", job=job.payload["job_id"], roles=roles)
    return words(f"headline-{outline.action}", roles=roles)


def _blocked(blocked: Mapping[str, int], words: Words) -> str:
    reasons = ", ".join(words(f"blocked-{why}", n=n) for why, n in blocked.items())
    return words("preview-blocked", n=sum(blocked.values()), reasons=reasons)


def _roles(ids: Iterable[str], words: Words) -> str:
    every = [f"<@&{id_}>" for id_ in ids]
    named = ", ".join(every[:ROLES])
    return words("and-more", named=named, rest=len(every) - ROLES) if len(every) > ROLES else named


def _permissions(names: list[str], words: Words) -> str:
    every = [words(f"permission-{name}") for name in names]
    named = ", ".join(every[:PERMISSIONS])
    return words("and-more", named=named, rest=len(every) - PERMISSIONS) if len(every) > PERMISSIONS else named
