"""The history of jobs and the queue's figures, written to a file.

Reads the queue, changes nothing. Invariant: rows are read page by page, so that a long history does not lie in memory
twice, and no text of a user is read as a formula.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.engine.backend import JobQuery
from jobs.engine.errors import InvalidOption, JobError
from jobs.engine.model import Job, JsonValue
from jobs.engine.queue import JobQueue
from jobs.engine.states import parse_state
from jobs.engine.statistics import Figures
from jobs.handlers.member_activity_analysis.table import as_text

PAGE = 500
MAX_ROWS = 100_000
HEADER = ("id", "type", "state", "owner", "attempts", "created_at", "started_at", "ended_at", "seconds", "reason")
FILTERS = ("type", "state", "lane", "owner", "since", "until")


def query_of(filters: Mapping[str, Any]) -> JobQuery:
    """The jobs asked for: by `type`, `state`, `lane`, `owner`, and made `since` or before `until` (ms).

    Raises `JobError` for any other filter.
    """
    if unknown := set(filters) - set(FILTERS):
        raise _refused(f"There is no filter {min(unknown)}; there are: {', '.join(FILTERS)}.")
    try:
        states = (parse_state(str(filters["state"])),) if "state" in filters else ()
    except InvalidOption as error:
        raise _refused(str(error)) from None
    for name in ("since", "until"):
        if not isinstance(filters.get(name, 0), int):
            raise _refused(f"{name} is an instant in milliseconds.")
    return JobQuery(
        types=(str(filters["type"]),) if "type" in filters else (),
        states=states,
        lane=filters.get("lane"),
        owner=filters.get("owner"),
        since=filters.get("since"),
        until=filters.get("until"),
        limit=PAGE,
    )


async def history(queue: JobQueue, query: JobQuery) -> list[tuple[object, ...]]:
    """The rows of the jobs that match, newest first. Raises `JobError` above `MAX_ROWS`."""
    rows: list[tuple[object, ...]] = []
    cursor: str | None = None
    while True:
        page = await queue.find(replace(query, cursor=cursor))
        rows += map(_row, page.jobs)
        if len(rows) > MAX_ROWS:
            raise _refused(f"More than {MAX_ROWS:,} jobs match; narrow it down by since and until.")
        if (cursor := page.cursor) is None:
            return rows


def csv_of(rows: Sequence[Sequence[object]]) -> Callable[[Path], None]:
    """Writes the rows below their header."""

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(rows)

    return write


async def statistics(queue: JobQueue) -> dict[str, JsonValue]:
    """The queue's figures now."""
    found = await queue.statistics()
    types: dict[str, JsonValue] = {name: _figures(figures) for name, figures in found.by_type.items()}
    return {**_figures(found), "cache_hit_rate": found.cache_hit_rate, "types": types}


def _figures(figures: Figures) -> dict[str, JsonValue]:
    return {
        "total": figures.total,
        "states": {str(state): count for state, count in figures.states.items()},
        "average_execution_s": figures.average_execution_s,
        "throughput_per_minute": figures.throughput_per_minute,
        "error_rate": figures.error_rate,
    }


def json_of(value: JsonValue) -> Callable[[Path], None]:
    """Writes the value, for people to read."""

    def write(path: Path) -> None:
        path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")

    return write


def _row(job: Job) -> tuple[object, ...]:
    return (
        job.id,
        job.type,
        str(job.state),
        as_text(job.owner or ""),
        job.attempts,
        *_instants(job),
        _seconds(job),
        as_text(job.reason or ""),
    )


def _instants(job: Job) -> Iterator[str]:
    for at in (job.created_at, job.first_started_at, job.completed_at):
        yield "" if at is None else datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(job: Job) -> float | str:
    if job.completed_at is None or job.first_started_at is None:
        return ""
    return round((job.completed_at - job.first_started_at) / 1000, 1)


def _refused(sentence: str) -> JobError:
    return JobError(sentence, retryable=False, category="payload")
