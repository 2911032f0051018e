"""Questions to the file that change nothing, answered by the read-only connections."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from jobs.engine.backend import Attempt, Counts, JobPage, JobQuery, JournalEntry, LogLine, RunTotals
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.rows import event_of, job_of
from jobs.engine.database import Database
from jobs.engine.errors import EventsTrimmed, InvalidOption
from jobs.engine.events import Event
from jobs.engine.model import Job
from jobs.engine.states import UNFINISHED, State

_CURSOR = re.compile(r"[0-9]{1,18}")


async def get(database: Database, job_id: str) -> Job | None:
    rows = await database.read(SQL["get"], {"id": job_id})
    return job_of(rows[0]) if rows else None


def with_progress(stored: Job | None, newest: Job | None) -> Job | None:
    """`stored` with the progress of its running lease, if it is still that claim."""
    if stored is None or newest is None or stored.claim_no != newest.claim_no or stored.state is not State.ACTIVE:
        return stored
    return replace(stored, progress=newest.progress, updated_at=max(stored.updated_at, newest.updated_at))


async def find(database: Database, query: JobQuery) -> JobPage:
    """Newest first. Raises `InvalidOption` for a cursor that no page gave."""
    rows = await database.read(*statement_of(query))
    page = rows[: query.limit]
    cursor = str(page[-1]["seq"]) if len(rows) > query.limit else None
    return JobPage(tuple(job_of(row) for row in page), cursor)


def statement_of(query: JobQuery) -> tuple[str, dict[str, Any]]:
    """The statement of `find` with its values; one row more than the page, to know whether there is a next."""
    conditions, values = _conditions(query)
    values["limit"] = query.limit + 1
    where = " AND ".join(conditions) or "1"
    return f"SELECT * FROM job WHERE {where} ORDER BY seq DESC LIMIT :limit", values  # noqa: S608 - fixed parts only


ASIDE = "SELECT seq FROM job INDEXED BY job_aside WHERE state IN ('delayed', 'blocked', 'paused')"
UNFINISHED_BY: Mapping[State, str] = {
    State.ACTIVE: "SELECT seq FROM job INDEXED BY job_active WHERE state = 'active' AND stuck = 0{of} "
    "UNION ALL SELECT seq FROM job INDEXED BY job_stuck WHERE stuck = 1 AND state = 'active'{of}",
    State.WAITING: "SELECT seq FROM job INDEXED BY job_claim WHERE state = 'waiting'{waiting}",
    State.DELAYED: ASIDE + " AND state = 'delayed'{of}",
    State.BLOCKED: ASIDE + " AND state = 'blocked'{of}",
    State.PAUSED: ASIDE + " AND state = 'paused'{of}",
}
"""Where the few unfinished jobs are found among the many finished ones: in the indexes that the claim and the counts
keep anyway. They are partial, so the state must stand in the statement itself."""
LABELLED = "EXISTS (SELECT 1 FROM json_each(iif(json_valid(labels), labels, '[]')) WHERE value = :label)"
OF_LANE = " AND lane = :lane"
WAITING_OF_LANE = " AND type IN (SELECT type FROM lane WHERE waiting > 0 AND lane = :lane) AND lane = :lane"


def _unfinished(query: JobQuery) -> str:
    of, waiting = ("", "") if query.lane is None else (OF_LANE, WAITING_OF_LANE)
    parts = [UNFINISHED_BY[state].format(of=of, waiting=waiting) for state in dict.fromkeys(query.states)]
    return f"seq IN ({' UNION ALL '.join(parts)})"


def _conditions(query: JobQuery) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    # A plus sign keeps the lane's index out of it where another one names far fewer rows.
    lane = "+lane" if query.id_prefix else "lane"
    for name, column in (("lane", lane), ("owner", "owner"), ("key", "key")):
        if getattr(query, name) is not None:
            conditions.append(f"{column} = :{name}")
            values[name] = getattr(query, name)
    states = query.states
    if states and UNFINISHED.issuperset(states) and not query.id_prefix:
        conditions.append(_unfinished(query))
        states = ()
    chosen = (
        ("type", "type IN", query.types),
        ("other", "type NOT IN", query.without_types),
        ("state", "state IN", states),
    )
    for name, column, given in chosen:
        if given:
            marks = ", ".join(f":{name}{number}" for number in range(len(given)))
            conditions.append(f"{column} ({marks})")
            values.update({f"{name}{number}": str(value) for number, value in enumerate(given)})
    if query.newest is not None:
        of = "INDEXED BY job_newest WHERE lane = :lane" if query.lane is not None else ""
        conditions.append(f"seq IN (SELECT seq FROM job {of} ORDER BY seq DESC LIMIT :newest)")  # noqa: S608 - as above
        values["newest"] = query.newest
    for name in ("category", "severity"):
        if getattr(query, name) is not None:
            conditions.append(f"CASE WHEN json_valid(error) THEN json_extract(error, '$.{name}') END = :{name}")
            values[name] = getattr(query, name)
    if query.label is not None:
        conditions.append(LABELLED)
        values["label"] = query.label
    if query.id_prefix:
        conditions.append("id >= :id_prefix AND id < :id_prefix || char(1114111)")
        values["id_prefix"] = query.id_prefix
    if query.since is not None:
        conditions.append("created_at >= :since")
        values["since"] = query.since
    if query.until is not None:
        conditions.append("created_at < :until")
        values["until"] = query.until
    if query.cursor is not None:
        conditions.append("seq < :cursor")
        values["cursor"] = _place_of(query.cursor, "the cursor of an earlier page")
    return conditions, values


async def place(database: Database, job_id: str) -> int | None:
    rows = await database.read(SQL["place"], {"id": job_id})
    return rows[0][0] if rows else None


async def counts(database: Database, lane: str | None) -> Counts:
    if lane is None:
        rows = await database.read(SQL["counts"])
    else:
        rows = await database.read(SQL["counts_of_lane"], {"lane": lane})
    by_type: dict[str, dict[State, int]] = {}
    for type_, state, count in rows:
        states = by_type.setdefault(type_, {})
        states[State(state)] = states.get(State(state), 0) + count
    return Counts(by_type)


async def totals(database: Database, since: int, lane: str | None) -> Mapping[str, RunTotals]:
    rows = await database.read(SQL["totals" if lane is None else "totals_of_lane"], {"since": since, "lane": lane})
    return {row[0]: RunTotals(row[1], row[2], row[3] / 1000) for row in rows}


async def logs(database: Database, job_id: str) -> Sequence[LogLine]:
    return [LogLine(*row) for row in await database.read(SQL["logs"], {"id": job_id})]


async def journal(database: Database, job_id: str, after: str, limit: int) -> Sequence[JournalEntry]:
    rows = await database.read(SQL["journal"], {"id": job_id, "after": after, "limit": limit})
    return [
        JournalEntry(key, json.loads(intent), json.loads(result or "null"), *at) for key, intent, result, *at in rows
    ]


async def attempts(database: Database, job_id: str) -> Sequence[Attempt]:
    return [Attempt(*row) for row in await database.read(SQL["attempts"], {"id": job_id})]


async def events(database: Database, after: str | None, limit: int) -> Sequence[Event]:
    place = 0 if after is None else _place_of(after, "the cursor of an event")
    oldest = (await database.read(SQL["oldest_event"]))[0][0]
    if after is not None and place + 1 < oldest:
        raise EventsTrimmed(after)
    rows = await database.read(SQL["events"], {"after": place, "limit": limit})
    return [event_of(row) for row in rows]


def _place_of(cursor: str, allowed: str) -> int:
    if not _CURSOR.fullmatch(cursor):
        raise InvalidOption("cursor", cursor, allowed)
    return int(cursor)


async def oldest_waiting(database: Database) -> int | None:
    since: int | None = (await database.read(SQL["oldest_waiting"]))[0][0]
    return since


async def ended_before(database: Database, before: int, lane: str | None) -> int:
    count: int = (await database.read(SQL["count_ended_before"], {"before": before, "lane": lane}))[0][0]
    return count


async def next_due(database: Database) -> int | None:
    rows = await database.read(SQL["next_due"])
    due: int | None = rows[0][0]
    return due
