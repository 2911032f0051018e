"""`JobErasure` in the jobs' own file.

Invariant: a redaction is one transaction, and the sums beside payload and result are those of the new text; what was
damaged before stays marked so.
"""

from __future__ import annotations

import json
import sqlite3

from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.rows import sum_of
from jobs.engine.database import Database
from jobs.engine.erasure import Change, Named, NamedPage
from jobs.engine.model import JsonValue

LOOKED_AT = 200
"""Jobs a page; their results may be large."""
COLUMNS = ("payload", "labels", "metadata", "progress", "result", "error", "reason")
"""What belongs to the job itself. Its context says who asked, and stays."""
OF_LANE = "SELECT seq FROM job INDEXED BY job_newest WHERE lane = :lane AND seq > :after ORDER BY seq LIMIT :limit"
OF_ALL = "SELECT seq FROM job WHERE seq > :after ORDER BY seq LIMIT :limit"


class SqliteJobErasure:
    """See `jobs.engine.erasure.JobErasure`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def naming(self, text: str, *, lane: str | None = None, cursor: int | None = None) -> NamedPage:
        statement = SQL["naming"].replace(":among", OF_ALL if lane is None else OF_LANE)
        values = {"text": text, "lane": lane, "after": cursor or 0, "limit": LOOKED_AT}
        rows = await self._database.read(statement, values)
        named = tuple(Named(row["id"], bool(row["unfinished"])) for row in rows if row["named"])
        return NamedPage(named, rows[-1]["seq"] if len(rows) == LOOKED_AT else None)

    async def redact(self, job_id: str, text: str, change: Change) -> bool:
        return await self._database.write(lambda connection: _redact(connection, job_id, text, change))


def _redact(connection: sqlite3.Connection, job_id: str, text: str, change: Change) -> bool:
    row = connection.execute(SQL["get"], {"id": job_id}).fetchone()
    if row is None or row["completed_at"] is None:
        return False
    values = {name: _changed(row[name], text, change) for name in COLUMNS}
    sums = {
        f"{name}_sum": row[f"{name}_sum"] if values[name] == row[name] else sum_of(values[name])
        for name in ("payload", "result")
    }
    connection.execute(SQL["redact_job"], {"id": job_id, **values, **sums})
    of_job = {"id": job_id, "seq": row["seq"], "text": text}
    for kept in connection.execute(SQL["checkpoints_naming"], of_job).fetchall():
        value = _changed(kept["value"], text, change)
        connection.execute(SQL["put_checkpoint"], {"id": job_id, "name": kept["name"], "value": value})
    for attempt in connection.execute(SQL["attempts_naming"], of_job).fetchall():
        error = _changed(attempt["error"], text, change)
        connection.execute(SQL["redact_attempt"], {**of_job, "claim_no": attempt["claim_no"], "error": error})
    for what in ("journal", "log"):
        entries = connection.execute(SQL[f"{what}_naming"], of_job).fetchall()
        named = [(job_id, entry["key"]) for entry in entries if any(_is_changed(part, change) for part in entry)]
        connection.executemany(SQL[f"drop_from_{what}"], named)
    return True


def _is_changed(part: object, change: Change) -> bool:
    return isinstance(part, str) and (change(part) != part or _changed(part, "", change) != part)


def _changed(stored: str | None, text: str, change: Change) -> str | None:
    """A column, JSON or plain text, with its value changed; the very same text where it is not."""
    if stored is None or text not in stored:
        return stored
    try:
        value: JsonValue = json.loads(stored)
    except ValueError:
        plain = change(stored)
        return plain if isinstance(plain, str) else ""
    new = change(value)
    return stored if new == value else json.dumps(new, ensure_ascii=False, separators=(",", ":"))
