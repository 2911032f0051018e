"""What is kept of one member, gathered for them: counts, wishes, what they asked for, and where they are named.

Invariant: it holds nothing about anybody else: of a job or a file that names many, only the member's own part.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bot.privacy import files
from bot.privacy.erasure import LASTING, TRANSIENT, MemberData
from bot.privacy.subject import Subject
from jobs.activity.members import EVERYWHERE, OwnRow
from jobs.activity.store import QUARTER_MS
from jobs.engine.backend import JobQuery
from jobs.engine.model import Job
from jobs.engine.scheduler import Schedule, Scheduler
from jobs.lists import MemberList
from jobs.services import NotFound

Format: TypeAlias = Literal["json", "csv"]
FORMATS: Mapping[Format, str] = {"json": "one file (JSON)", "csv": "tables (CSV)"}
Part: TypeAlias = dict[str, Any]
PAGE, ENTRIES = 100, 1000
SOURCES: Mapping[str, str] = {"activity": "recorded", "activity_crawled": "history", "activity_membership": "members"}
"""Where a count comes from, by the table it is in."""
SPECIAL = ("guild", "channel", "member", "quarter", "voice_ms")
"""Columns that are not handed over as they are."""


@dataclass(frozen=True, slots=True)
class File:
    """What is handed over."""

    name: str
    data: bytes


class Exporter:
    """Gathers for one member at a time, for it reads through files."""

    def __init__(self, data: MemberData, scheduler: Scheduler) -> None:
        self._data = data
        self._scheduler = scheduler
        self._one_at_a_time = asyncio.Lock()

    async def export(self, guild_id: int, member_id: int, kind: Format) -> list[File]:
        """All that is kept of a member in a guild, or everywhere."""
        async with self._one_at_a_time:
            found = await self._gather(guild_id, Subject(member_id))
        return await asyncio.to_thread(_as_json if kind == "json" else _as_csv, found)

    async def _gather(self, guild_id: int, subject: Subject) -> Part:
        data, member_id = self._data, subject.member_id
        lane = None if guild_id == EVERYWHERE else str(guild_id)
        wish = await data.activity.members.wish(guild_id, member_id)
        rows = await data.activity.members.rows(guild_id, member_id)
        schedules = await self._scheduler.list(lane=lane)
        return {
            "member_id": subject.text,
            "server_id": lane,
            "made_at": _instant(data.queue.clock.now()),
            "opted_out": wish.out or wish.out_everywhere,
            "opted_out_everywhere": wish.out_everywhere,
            "nothing_kept_from_before": None if wish.known_since is None else _instant(wish.known_since),
            "counts": await asyncio.to_thread(lambda: [_count(row) for row in rows]),
            "jobs_asked_for": [_job(job) async for job in self._ordered(lane, subject)],
            "schedules_made": [_schedule(schedule) for schedule in schedules if schedule.owner == subject.text],
            "on_lists": [_list(kept) async for kept in data.lists.naming(member_id, lane)],
            "named_in_choices": [part async for part in self._in_records(lane, subject)],
            "named_in_jobs": [part async for part in self._named(lane, subject)],
            "named_in_files": [part async for part in self._in_files(lane, subject)],
        }

    async def _in_records(self, lane: str | None, subject: Subject) -> AsyncIterator[Part]:
        """What forms, previews and choices under a name say of the member."""
        for kind in (*LASTING, *TRANSIENT):
            async for record in self._data.records(kind, lane):
                if parts := list(subject.parts(record.value)):
                    yield {"kind": kind, "server_id": record.lane, "about_you": parts}

    async def _ordered(self, lane: str | None, subject: Subject) -> AsyncIterator[Job]:
        cursor: str | None = None
        while True:
            query = JobQuery(lane=lane, owner=subject.text, limit=PAGE, cursor=cursor)
            page = await self._data.queue.find(query)
            for job in page.jobs:
                yield job
            cursor = page.cursor
            if cursor is None:
                return

    async def _named(self, lane: str | None, subject: Subject) -> AsyncIterator[Part]:
        cursor: int | None = None
        while True:
            page = await self._data.jobs.naming(subject.text, lane=lane, cursor=cursor)
            for named in page.jobs:
                job = await self._data.queue.get(named.job_id)
                if job is not None:
                    yield {**_job(job), "about_you": await self._parts(job, subject)}
            cursor = page.cursor
            if cursor is None:
                return

    async def _parts(self, job: Job, subject: Subject) -> list[Any]:
        """What a job says of the member."""
        stored = [job.payload, job.result, job.metadata, job.progress.to_json() if job.progress else None]
        found = [part for value in stored for part in subject.parts(value)]
        log = [line.text for line in await self._data.queue.logs(job.id) if subject.named_in(line.text)]
        return [*found, *log, *[part async for part in self._changes(job, subject)]]

    async def _changes(self, job: Job, subject: Subject) -> AsyncIterator[Any]:
        """What a job changed of the member."""
        after = ""
        while entries := await self._data.queue.journal(job.id, after=after, limit=ENTRIES):
            for entry in entries:
                if subject.named_in(entry.key):
                    yield {"change": entry.intent, "result": entry.result, "at": _instant(entry.intended_at)}
                else:
                    for part in subject.parts([entry.intent, entry.result]):
                        yield part
            after = entries[-1].key

    async def _in_files(self, lane: str | None, subject: Subject) -> AsyncIterator[Part]:
        async for job in self._data.with_files(lane):
            for artifact in await self._data.artifacts.list(job.id):
                try:
                    path = self._data.artifacts.path(job.id, artifact.name)
                    if await asyncio.to_thread(files.names, path, subject):
                        lines = await asyncio.to_thread(_lines, path, subject)
                        yield {"job": job.id, "file": artifact.name, "lines": lines}
                except (NotFound, FileNotFoundError):
                    # Pruned with its job meanwhile.
                    continue


def packed(parts: Sequence[File], limit: int) -> list[File] | None:
    """The files as they are if none is larger than `limit` bytes, else in one archive; None when that is too."""
    if all(len(file.data) <= limit for file in parts):
        return list(parts)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file in parts:
            target.writestr(file.name, file.data)
    data = archive.getvalue()
    return [File("your-data.zip", data)] if len(data) <= limit else None


def _lines(path: Path, subject: Subject) -> list[dict[str, str]]:
    """The member's lines of a table; of other files only the name is told."""
    return list(files.rows_of(path, subject)) if path.suffix.lower() == ".csv" else []


def _count(row: OwnRow) -> Part:
    values = row.values
    amounts = {name: value for name, value in values.items() if name not in SPECIAL}
    if "voice_ms" in values:
        amounts["voice_seconds"] = round(values["voice_ms"] / 1000)
    return {
        "source": SOURCES.get(row.table, row.table),
        "server_id": str(values["guild"]),
        "channel_id": str(values["channel"]) if "channel" in values else None,
        "quarter_hour_from": _instant(values["quarter"] * QUARTER_MS),
        **amounts,
    }


def _job(job: Job) -> Part:
    """A job without what it was asked for and what came of it, which may name others."""
    ended = None if job.completed_at is None else _instant(job.completed_at)
    return {
        "id": job.id,
        "type": job.type,
        "state": str(job.state),
        "server_id": job.lane,
        "asked_at": _instant(job.created_at),
        "ended_at": ended,
    }


def _schedule(schedule: Schedule) -> Part:
    return {
        "id": schedule.id,
        "type": schedule.type,
        "cron": schedule.cron,
        "time_zone": schedule.time_zone,
        "server_id": schedule.lane,
        "made_at": _instant(schedule.created_at),
    }


def _list(kept: MemberList) -> Part:
    """A list of members without the others on it."""
    return {
        "id": kept.id,
        "name": kept.name,
        "server_id": str(kept.guild_id),
        "made_at": _instant(kept.made_at),
        "kept_until": _instant(kept.expires_at),
    }


def _as_json(found: Part) -> list[File]:
    return [File("your-data.json", json.dumps(found, ensure_ascii=False, indent=2).encode())]


def _as_csv(found: Part) -> list[File]:
    """A table of counts, and one of everything else with a line for each finding."""
    counts: list[Part] = found["counts"]
    columns = list(dict.fromkeys(name for count in counts for name in count))
    rest = [
        (what, json.dumps(entry, ensure_ascii=False))
        for what, value in found.items()
        if what != "counts"
        for entry in (value if isinstance(value, list) else [value])
    ]
    return [
        File("your-counts.csv", _table(columns or ["source"], ([c.get(name) for name in columns] for c in counts))),
        File("your-data.csv", _table(["what", "value"], rest)),
    ]


def _table(header: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
