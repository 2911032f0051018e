"""The tables of an analysis: one row a member, and one a member who is inactive; as values, and as CSV (UTF-8 with a
mark that spreadsheets look for).

Invariant: no name that a member chose is read as a formula, and no id loses digits. In CSV ids stand behind the word
`id:` for that: spreadsheets round plain numbers to 15 digits.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from jobs.handlers.member_activity_analysis.findings import Findings, is_active
from jobs.handlers.member_activity_analysis.inactivity import Inactivity
from jobs.services import Amounts

HEADER = (
    "member_id",
    "name",
    "joined_at",
    "messages",
    "voice_minutes",
    "reactions",
    "active",
    "last_active_at",
    "inactive",
    "last_seen_at",
)
INACTIVE_HEADER = (*HEADER[:6], "last_seen_at", "never_seen")
LEFT = "(left)"
ID_MARK = "id:"
YES, NO, UNKNOWN = "yes", "no", "unknown"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NONE = Amounts()


class MemberRow(NamedTuple):
    """What is told of one member; instants in ms."""

    id: int
    name: str | None
    """None for who is not there any more."""
    joined_at: int | None
    messages: int
    voice_ms: int
    reactions: int
    active: str
    """`yes`, `no` or `unknown`."""
    last_active: int | None
    """Within the range."""
    inactive: str
    """By the rules: `yes`, `no`, or `unknown` where nothing is known."""
    last_seen: int | None
    """At any time; None for never."""


def members_of(findings: Findings) -> Sequence[int]:
    """Everybody who is there or was active, most messages first."""
    amounts = findings.totals.members
    everybody = findings.members.keys() | {m for m, a in amounts.items() if is_active(a)}
    return sorted(everybody, key=lambda m: (-amounts.get(m, _NONE).messages, m))


def rows_of(members: Iterable[int], findings: Findings, inactivity: Inactivity | None) -> Iterator[MemberRow]:
    """What is told of each of `members`."""
    named = None if inactivity is None else frozenset(inactivity.members)
    return (_row(member_id, findings, named) for member_id in members)


def _row(member_id: int, findings: Findings, inactive: frozenset[int] | None) -> MemberRow:
    member, amounts = findings.members.get(member_id), findings.totals.members.get(member_id, _NONE)
    unsure = not findings.known or member_id in findings.unsure
    return MemberRow(
        id=member_id,
        name=printable(member.name) if member else None,
        joined_at=member.joined_at if member else None,
        messages=amounts.messages,
        voice_ms=amounts.voice_ms,
        reactions=amounts.reactions,
        active=YES if is_active(amounts) else UNKNOWN if unsure else NO,
        last_active=findings.totals.last_active.get(member_id),
        inactive=UNKNOWN if inactive is None else YES if member_id in inactive else NO,
        last_seen=findings.last_seen.get(member_id),
    )


def write_table(path: Path, rows: Iterable[MemberRow]) -> None:
    """Write the members as CSV."""
    _write(path, HEADER, map(_cells, rows))


def write_inactive(path: Path, rows: Iterable[MemberRow]) -> None:
    """Write the inactive members as CSV."""
    _write(path, INACTIVE_HEADER, map(_inactive_cells, rows))


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def _cells(row: MemberRow) -> Iterable[object]:
    return (*_who(row), row.active, _instant(row.last_active), row.inactive, _instant(row.last_seen))


def _inactive_cells(row: MemberRow) -> Iterable[object]:
    return (*_who(row), _instant(row.last_seen), NO if row.last_seen else YES)


def _who(row: MemberRow) -> Iterable[object]:
    joined_at, minutes = _instant(row.joined_at), minutes_of(row.voice_ms)
    name = LEFT if row.name is None else as_text(row.name)
    return f"{ID_MARK}{row.id}", name, joined_at, row.messages, minutes, row.reactions


def minutes_of(voice_ms: int) -> float:
    return round(voice_ms / 60_000, 1)


def as_text(value: str) -> str:
    """`value` so that no spreadsheet takes it for a formula (OWASP, "CSV Injection")."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def printable(name: str) -> str:
    """`name` without halves of letters, which no file can hold."""
    return name.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=10_000)
def _instant(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at // 1000, UTC).isoformat()[:19] + "Z"
