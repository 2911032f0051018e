"""The tables of a role job as CSV (UTF-8 with a mark that spreadsheets look for): what is planned, and what was done.

Invariant: no name that a person chose is read as a formula, and no id loses digits: ids stand behind the word `id:`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.engine.backend import JournalEntry
from jobs.handlers.bulk_role_assignment.plan import Line

PLAN, CHANGES = "plan.csv", "changes.csv"
PLAN_HEADER = ("member_id", "name", "state", "add", "remove", "why")
CHANGES_HEADER = ("member_id", "name", "before", "after", "result", "at", "error")
ID_MARK = "id:"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_plan(path: Path, lines: Iterable[Line], roles: Mapping[str, str]) -> None:
    """`roles` are names by id."""
    rows = (
        (
            f"{ID_MARK}{line.member_id}",
            _text(line.name),
            line.state,
            _roles(line.add, roles),
            _roles(line.remove, roles),
            line.why,
        )
        for line in lines
    )
    _write(path, PLAN_HEADER, rows)


def write_changes(
    path: Path, entries: Iterable[JournalEntry], roles: Mapping[str, str], names: Mapping[str, str]
) -> None:
    """What the journal holds; `names` of members by id. Of an open entry nobody knows what came of it."""
    _write(path, CHANGES_HEADER, (_row(entry, roles, names.get(entry.key, "")) for entry in entries))


def names_in(path: Path) -> dict[str, str]:
    """Names of members by id, out of a table of `write_plan`; they stay as they are written there."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row["member_id"].removeprefix(ID_MARK): row["name"] for row in csv.DictReader(file)}
    except OSError:
        return {}


def _row(entry: JournalEntry, roles: Mapping[str, str], name: str) -> Sequence[str]:
    member = f"{ID_MARK}{entry.key}"
    if not isinstance(entry.result, dict):
        return (member, name, "", "", "unknown", "", "")
    result: dict[str, Any] = entry.result
    at = datetime.fromtimestamp((entry.settled_at or 0) / 1000, UTC).isoformat(timespec="seconds")
    before, after = (_roles(result.get(side, ()), roles) for side in ("before", "after"))
    return (member, name, before, after, result["s"], at, _text(str(result.get("error", ""))))


def _roles(ids: Iterable[object], names: Mapping[str, str]) -> str:
    return _text(", ".join(names.get(str(id_), f"{ID_MARK}{id_}") for id_ in ids))


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
