"""What people see of a finished analysis, from the stored result. Pure.

Invariant: members and channels are mentions, which Discord names itself, and everything else that a person
typed is escaped. What all may see names no channel that not all may see, and holds no figure of such a one alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jobs.engine.model import Job
from jobs.handlers.member_activity_analysis.findings import NEARLY_ALL
from jobs.handlers.member_activity_analysis.measure import Measure
from jobs.handlers.member_activity_analysis.sources import concentration
from jobs.report import Column, Report, Words

CHART, PAGE, TABLE, WORKBOOK, INACTIVE = "chart.png", "report.html", "members.csv", "members.xlsx", "inactive.csv"
PUBLIC = (CHART,)
"""Files that name no member and no channel; all others are for the person who asked alone."""
HOUR_MS = 3_600_000
NAMED = 5
"""Most channels that a note names."""


def report(job: Job, words: Words) -> Report:
    """The face of a completed analysis."""
    assert isinstance(job.result, dict)
    result: dict[str, Any] = job.result
    files = tuple(result["files"])
    coverage = result["coverage"]
    title = headline(date.fromisoformat(result["start"]), date.fromisoformat(result["end"]), words)
    offers = (*(("inactive", "give-role") if INACTIVE in files else ()), "weekly")
    alone = Report(
        headline=title,
        lines=tuple(_lines(result, job.payload, words, result.get("top_channels_alone", result["top_channels"]))),
        columns=tuple(_columns(result, words)),
        notes=tuple(_notes(result, job.payload, words, coverage.get("unreadable_ids", []))),
        files=files,
        image=CHART if CHART in files else None,
        offers=offers,
    )
    if result.get("alone"):
        return Report(headline=title, lines=(words("alone"),), offers=offers, alone=alone)
    return replace(
        alone,
        files=tuple(name for name in files if name in PUBLIC),
        lines=tuple(_lines(result, job.payload, words, result["top_channels"])),
        notes=tuple(_notes(result, job.payload, words, coverage.get("unreadable_public", []))),
        alone=alone,
    )


def headline(start: date, end: date, words: Words) -> str:
    """`1 Oct to 30 Oct 2026`, with both years where they are not the same."""
    if start == end:
        return words.day(start, year=True)
    return words("range", start=words.day(start, year=start.year != end.year), end=words.day(end, year=True))


def _lines(result: dict[str, Any], payload: dict[str, Any], words: Words, top: Sequence[dict[str, Any]]) -> list[str]:
    """`top` are the channels that may be named here."""
    known = result["coverage"].get("known", True)
    lines = [" · ".join(_sums(result, payload, words))]
    if busiest := result["busiest"]:
        when = words("busiest", weekday=words.weekday(busiest["weekday"]), hour=f"{busiest['hour']:02d}:00")
        places = ", ".join(f"<#{channel['id']}>" for channel in top)
        lines.append(f"{when} · {places}" if places else when)
    more = [words("silent", n=result["silent"])] if known else []
    more.append(words("joined", n=result["new"]))
    if (gone := result.get("gone")) and gone["members"]:
        more.append(words("gone", n=gone["members"]))
    if result.get("returning"):
        more.append(words("returning", n=result["returning"]))
    if result["left"]:
        more.append(words("left", n=result["left"]))
    lines.append(" · ".join(more))
    if inactive := result.get("inactive"):
        lines.append(words("inactive", n=inactive["members"], never=inactive["never"]))
    if kept := [words("kept", **kept) for kept in result.get("kept", ()) if kept["of"]]:
        lines.append(words("newcomers", kept=" · ".join(kept)))
    if result.get("concentration"):
        lines.append(concentration(result["concentration"], words))
    return lines


def _sums(result: dict[str, Any], payload: dict[str, Any], words: Words) -> list[str]:
    """How many were active and how much they did, each with its change where there is one."""
    members, coverage = result["members"], result["coverage"]
    if not coverage.get("known", True):
        return [words("active-unknown", members=members)]
    parts = [words("active", active=result["active"], members=members) + _change(result, "change", words)]
    if payload["include_message_count"]:
        parts.append(words("messages", n=result["messages"]) + _change(result, "messages_change", words))
    if payload["include_voice_time"] and coverage["voice_since"] is not None:
        hours = words.number(result["voice_ms"] / HOUR_MS)
        parts.append(words("voice", hours=hours) + _change(result, "voice_change", words))
    if result.get("reactions"):
        parts.append(words("reactions", n=result["reactions"]) + _change(result, "reactions_change", words))
    return parts


def _change(result: dict[str, Any], name: str, words: Words) -> str:
    change = result.get(name)
    if change is None:
        return ""
    return f" ({words.number(change, signed=True) if round(change) else '±0'} %)"


def _columns(result: dict[str, Any], words: Words) -> list[Column]:
    measure = Measure(result.get("measure", "messages"))
    entries = [f"{place}. <@{m['id']}> {_amount(m, measure, words)}" for place, m in enumerate(result["top"], start=1)]
    half = (len(entries) + 1) // 2
    title = words("top-members", of=measure.name(words))
    columns = [Column(title, tuple(entries[:half])), Column("\u200b", tuple(entries[half:]))]
    return [column for column in columns if column.lines]


def _amount(entry: dict[str, Any], measure: Measure, words: Words) -> str:
    if not entry.get(measure.signal) and entry.get("voice_ms"):
        # Of a result from before lists kept to one kind.
        measure = Measure("voice_ms")
    number = words.number(measure.shown(entry.get(measure.signal, 0)), measure.decimals)
    return words("hours", hours=number) if measure.signal == "voice_ms" else number


def _notes(result: dict[str, Any], payload: dict[str, Any], words: Words, named: Sequence[str]) -> list[str]:
    """`named` are the ids of channels that could not be read and may be named here."""
    coverage, notes = result["coverage"], []
    if payload["include_voice_time"]:
        notes.append(_voice_note(coverage, ZoneInfo(result["time_zone"]), words))
    if payload["include_message_count"] and coverage["unreadable"]:
        notes.append(_unreadable_note(coverage, named, words))
    if (payload.get("channels") or payload.get("without_channels")) and not coverage["channels"]:
        notes.append(words("none-left"))
    if unsure := result.get("unsure", 0):
        notes.append(words("unsure", n=unsure))
    if not result["messages"] and not result["voice_ms"] and not result.get("reactions"):
        notes.append(words("nothing-counted" if coverage.get("known") else "nothing-known"))
    if coverage.get("known") and "inactive" in result and result["inactive"] is None:
        notes.append(words("too-little-known"))
    if result["time_zone"] != "UTC":
        notes.append(words("time-zone", zone=result["time_zone"]))
    return [note for note in notes if note]


def _unreadable_note(coverage: dict[str, Any], named: Sequence[str], words: Words) -> str:
    of = {"unreadable": coverage["unreadable"], "channels": coverage["channels"]}
    if not named:
        return words("unreadable", **of)
    key = "unreadable-these" if len(named) == coverage["unreadable"] <= NAMED else "unreadable-among"
    return words(key, names=", ".join(f"<#{id_}>" for id_ in named[:NAMED]), **of)


def _voice_note(coverage: dict[str, Any], zone: ZoneInfo, words: Words) -> str:
    if coverage["voice_since"] is None:
        return words("voice-unknown")
    since = datetime.fromtimestamp(coverage["voice_since"] / 1000, zone).date()
    if not coverage["voice_from_start"]:
        return words("voice-since", day=words.day(since))
    if coverage["voice_share"] < NEARLY_ALL:
        return words("voice-share", share=f"{100 * coverage['voice_share']:.0f}")
    return ""
