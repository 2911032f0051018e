"""What people see of a finished analysis, from the stored result. Pure.

Invariant: members and channels are mentions, which Discord names itself, and everything else that a person
typed is escaped.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from jobs.engine.model import Job
from jobs.report import Column, Report

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CHART, TABLE = "chart.png", "members.csv"
HOUR_MS = 3_600_000


def report(job: Job) -> Report:
    """The face of a completed analysis."""
    assert isinstance(job.result, dict)
    result: dict[str, Any] = job.result
    files = tuple(result["files"])
    return Report(
        headline=headline(date.fromisoformat(result["start"]), date.fromisoformat(result["end"])),
        lines=tuple(_lines(result, job.payload)),
        columns=tuple(_columns(result)),
        notes=tuple(_notes(result, job.payload)),
        files=files,
        image=CHART if CHART in files else None,
    )


def headline(start: date, end: date) -> str:
    """`1 Oct to 30 Oct`, with the year where it is not the same."""
    if start == end:
        return f"{_day(start)} {start.year}"
    if start.year != end.year:
        return f"{_day(start)} {start.year} to {_day(end)} {end.year}"
    return f"{_day(start)} to {_day(end)} {end.year}"


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def _lines(result: dict[str, Any], payload: dict[str, Any]) -> list[str]:
    change = result["change"]
    versus = "" if change is None else f" ({change:+.0f} %)"
    parts = [f"**{result['active']:,}** of {result['members']:,} members were active{versus}"]
    if payload["include_message_count"]:
        parts.append(f"**{result['messages']:,}** messages")
    if payload["include_voice_time"] and result["coverage"]["voice_since"] is not None:
        parts.append(f"**{result['voice_ms'] / HOUR_MS:,.0f} h** in voice")
    lines = [" · ".join(parts)]
    if result["busiest"]:
        when = f"Busiest: {WEEKDAYS[result['busiest']['weekday']]} {result['busiest']['hour']:02d}:00"
        places = ", ".join(f"<#{channel['id']}>" for channel in result["top_channels"])
        lines.append(f"{when} · {places}" if places else when)
    more = [f"{result['silent']:,} showed no activity", f"{result['new']:,} joined"]
    if result["left"]:
        more.append(f"{result['left']:,} active members have left since")
    lines.append(" · ".join(more))
    return lines


def _columns(result: dict[str, Any]) -> list[Column]:
    entries = [f"{place}. <@{m['id']}> {_amount(m)}" for place, m in enumerate(result["top"], start=1)]
    half = (len(entries) + 1) // 2
    columns = [Column("Top members, by messages", tuple(entries[:half])), Column("\u200b", tuple(entries[half:]))]
    return [column for column in columns if column.lines]


def _amount(entry: dict[str, Any]) -> str:
    if entry["messages"]:
        return f"{entry['messages']:,}"
    return f"{entry['voice_ms'] / HOUR_MS:,.1f} h"


def _notes(result: dict[str, Any], payload: dict[str, Any]) -> list[str]:
    coverage, notes = result["coverage"], []
    if payload["include_voice_time"]:
        notes.append(_voice_note(coverage))
    if payload["include_message_count"] and coverage["unreadable"]:
        notes.append(f"{coverage['unreadable']} of {coverage['channels']} channels could not be read.")
    if not result["messages"] and not result["voice_ms"]:
        notes.append("Nothing is known of this time, which does not mean that nobody was active.")
    if result["time_zone"] != "UTC":
        notes.append(f"Days and hours are those of {result['time_zone']}.")
    return [note for note in notes if note]


def _voice_note(coverage: dict[str, Any]) -> str:
    if coverage["voice_since"] is None:
        return "Voice is not known: I was not there to see it."
    since = datetime.fromtimestamp(coverage["voice_since"] / 1000, UTC).date()
    if not coverage["voice_from_start"]:
        return f"Voice is known since {_day(since)}."
    if coverage["voice_share"] < 0.99:
        return f"Voice is known for {100 * coverage['voice_share']:.0f} % of the time; I was away for the rest."
    return ""
