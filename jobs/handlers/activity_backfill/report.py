"""What people see of a finished backfill, from the stored result. Pure.

Invariant: what all may see names no channel that not all may see, and holds no figure of such a one alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jobs.engine.model import Job
from jobs.report import Report, Words

NAMED = 5
"""Most channels that a note names."""


def report(job: Job, words: Words) -> Report:
    """The face of a completed backfill."""
    assert isinstance(job.result, dict)
    result: dict[str, Any] = job.result
    zone = ZoneInfo(result["time_zone"])
    places = words("places", channels=result["channels"], threads=result["threads"])
    lines = [words("messages", n=result["messages"]), places]
    if result["oldest"] is not None:
        lines.append(words("oldest", day=words.day(_day(result["oldest"], zone), year=True)))
    alone = Report("", tuple(lines), notes=tuple(_notes(result, zone, words, result["unreadable_ids"])))
    if result["alone"]:
        return Report("", (words("alone"),), alone=alone)
    return replace(alone, notes=tuple(_notes(result, zone, words, result["unreadable_public"])), alone=alone)


def _notes(result: dict[str, Any], zone: ZoneInfo, words: Words, named: Sequence[str]) -> list[str]:
    """`named` are the ids of channels that could not be read and may be named here."""
    notes = []
    if result["unreadable"]:
        of = result["channels"] + result["threads"]
        names = ", ".join(f"<#{id_}>" for id_ in named[:NAMED])
        key = "unreadable-among" if names else "unreadable"
        more = {"names": names} if names else {}
        notes.append(words(key, unreadable=result["unreadable"], of=of, **more))
    if result["kept_since"]:
        notes.append(words("not-kept", day=words.day(_day(result["kept_since"], zone), year=True)))
    return notes


def _day(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at / 1000, zone).date()
