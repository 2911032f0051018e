"""The table of an analysis: one row a member, as CSV (UTF-8 with a mark that spreadsheets look for).

Invariant: no name that a member chose is read as a formula, and no id loses digits. Ids stand behind the word
`id:` for that: spreadsheets round plain numbers to 15 digits.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from jobs.handlers.member_activity_analysis.analysis import Findings, is_active
from jobs.services import Amounts, MemberInfo

HEADER = ("member_id", "name", "joined_at", "messages", "voice_minutes", "active", "last_active_at")
LEFT = "(left)"
ID_MARK = "id:"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_table(path: Path, findings: Findings) -> None:
    """Write the table, most messages first."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(findings))


def _rows(findings: Findings) -> Iterator[Iterable[object]]:
    amounts = findings.totals.members
    everybody = findings.members.keys() | {m for m, a in amounts.items() if is_active(a)}
    none = Amounts()
    for member_id in sorted(everybody, key=lambda m: (-amounts.get(m, none).messages, m)):
        yield _row(member_id, findings.members.get(member_id), amounts.get(member_id, none), findings)


def _row(member_id: int, member: MemberInfo | None, amounts: Amounts, findings: Findings) -> Iterable[object]:
    last = findings.totals.last_active.get(member_id)
    return (
        f"{ID_MARK}{member_id}",
        as_text(member.name) if member else LEFT,
        _instant(member.joined_at) if member else "",
        amounts.messages,
        round(amounts.voice_ms / 60_000, 1),
        "yes" if is_active(amounts) else "unknown" if member_id in findings.unsure else "no",
        _instant(last),
    )


def as_text(value: str) -> str:
    """`value` so that no spreadsheet takes it for a formula (OWASP, "CSV Injection")."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _instant(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
