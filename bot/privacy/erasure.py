"""Erases what is kept of one member in a guild, or everywhere, as a job of its own: it outlives a crash, and whatever
else runs meanwhile is cleared when it ends.

Knows every place where a member is named; docs/privacy.md lists them. Invariant: counts go first, so that what begins
later knows nothing of them, and each step can be repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from bot.guild_data import DRAFT, JOB_LIST
from bot.privacy import files
from bot.privacy.subject import Subject
from bot.reporter import Reporter
from bot.services.artifacts import FileArtifacts
from jobs import confirmation
from jobs.activity.members import EVERYWHERE
from jobs.activity.service import Activity
from jobs.engine import scheduler
from jobs.engine.backend import JobQuery
from jobs.engine.clock import wait_for_news
from jobs.engine.erasure import JobErasure
from jobs.engine.errors import RecordConflict
from jobs.engine.events import EventType
from jobs.engine.model import Job, JsonObject, JsonValue
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.records import Record
from jobs.engine.registry import JobContext, JobType, job_type
from jobs.engine.states import UNFINISHED
from jobs.handlers.bulk_role_assignment import presets
from jobs.lists import MemberLists
from jobs.services import NotFound, Snowflake

log = logging.getLogger(__name__)

NAME = "privacy-erasure"
LANE = "privacy"
"""Not a guild's own: an administrator who pauses the jobs there holds up nobody's right."""
KEPT_S = 86_400.0
"""How long the job itself, whose payload names the member, can be looked at."""
TRIES = 50
PAGE = 100
TRANSIENT = (DRAFT, JOB_LIST)
"""Kinds of records that are gone within an hour anyway, and go at once when they name the member."""
LASTING = (confirmation.KIND, presets.KIND)
"""Kinds of records that lose the member and stay."""


class Erasure(Payload):
    """Whom to forget, and where."""

    member_id: Snowflake
    guild_id: int = Field(EVERYWHERE, ge=0)
    """0 for everywhere."""
    jobs: list[str] = Field(default_factory=list)
    """Only these, which had not ended when the rest was erased, and have since."""


@dataclass(slots=True)
class Erased:
    """What an erasure did."""

    counts: int = 0
    jobs: int = 0
    rewritten: int = 0
    """Files that lost the member's lines."""
    deleted: int = 0
    """Files that could not be rewritten."""
    running: int = 0
    """Jobs that have not ended, and are cleared when they do."""

    def to_json(self) -> JsonObject:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class MemberData:
    """Everything that names members, and how to take one out of it."""

    queue: JobQueue
    activity: Activity
    artifacts: FileArtifacts
    reporter: Reporter
    jobs: JobErasure

    @property
    def lists(self) -> MemberLists:
        """Those that are kept under a name."""
        return MemberLists(self.queue.records, self.queue.clock)

    async def request(self, guild_id: int, member_id: int, *, asked_by: int | None = None) -> Job:
        """Have a member erased; the job that does it, an unfinished one if it was asked for before.

        Raises what `JobQueue.enqueue` raises.
        """
        payload, options = request_of(guild_id, member_id)
        owner = None if asked_by in (None, member_id) else str(asked_by)
        return await self.queue.enqueue(NAME, payload, owner=owner, **options)

    async def request_and_wait(
        self, guild_id: int, member_id: int, asked_by: int, within_s: float
    ) -> JsonObject | None:
        """The same, and what came of it; None when it has not ended within so many seconds. Raises like `request`."""
        news = asyncio.Event()
        off = self.queue.on(EventType.JOB_COMPLETED, lambda event: news.set())
        until = self.queue.clock.monotonic() + within_s
        try:
            job_id = (await self.request(guild_id, member_id, asked_by=asked_by)).id
            while (left_s := until - self.queue.clock.monotonic()) > 0:
                job = await self.queue.get(job_id)
                if job is not None and isinstance(job.result, dict):
                    return job.result
                await wait_for_news(news, self.queue.clock, left_s)
                news.clear()
            return None
        finally:
            off()

    async def erase(self, ctx: JobContext[Any], wanted: Erasure) -> JsonObject:
        """Run the job."""
        erased, subject = Erased(), Subject(wanted.member_id)
        lane = None if wanted.guild_id == EVERYWHERE else str(wanted.guild_id)
        unfinished: list[str] = []
        if not wanted.jobs:
            erased.counts = await self.activity.members.erase(wanted.guild_id, wanted.member_id)
            # They may know what was counted before.
            unfinished = [job.id async for job in self._unfinished(lane)]
            await self._follow_up(wanted, unfinished)
            await self._clear_records(subject, lane)
        await ctx.checkpoint("step", "files")
        async for job in self.with_files(lane, wanted.jobs):
            await self._clear_files(job.id, subject, erased)
        await ctx.checkpoint("step", "jobs")
        late: list[str] = []
        async for job_id in self._naming(subject, lane, wanted.jobs):
            if await self._redact(job_id, subject.text, subject.without):
                erased.jobs += 1
            elif job_id not in unfinished and await self._goes_on(job_id):
                late.append(job_id)
        await self._follow_up(wanted, late)
        erased.running = len(unfinished) + len(late)
        return erased.to_json()

    async def _goes_on(self, job_id: str) -> bool:
        """Whether a job was retried by hand meanwhile. Erasures, of which this is one, name the member anyway."""
        job = await self.queue.get(job_id)
        return job is not None and job.type != NAME and job.state in UNFINISHED

    async def _follow_up(self, wanted: Erasure, job_ids: Sequence[str]) -> None:
        """Have jobs that have not ended cleared when they do. A second time does no harm."""
        for start in range(0, len(job_ids), PAGE):
            some = list(job_ids[start : start + PAGE])
            payload = {"member_id": str(wanted.member_id), "guild_id": wanted.guild_id, "jobs": some}
            await self.queue.enqueue(NAME, payload, lane=LANE, depends_on=some, on_parent_failure="run")

    async def _unfinished(self, lane: str | None) -> AsyncIterator[Job]:
        cursor: str | None = None
        while True:
            query = JobQuery(
                lane=lane, states=tuple(UNFINISHED), without_types=(NAME,), limit=PAGE, cursor=cursor
            )  # fmt: skip
            page = await self.queue.find(query, internal=True)
            for job in page.jobs:
                yield job
            cursor = page.cursor
            if cursor is None:
                return

    async def _naming(self, subject: Subject, lane: str | None, chosen: Sequence[str]) -> AsyncIterator[str]:
        """Jobs that name the member, or those chosen."""
        for job_id in chosen:
            yield job_id
        if chosen:
            return
        cursor: int | None = None
        while True:
            page = await self.jobs.naming(subject.text, lane=lane, cursor=cursor)
            for named in page.jobs:
                yield named.job_id
            cursor = page.cursor
            if cursor is None:
                return

    async def _redact(self, job_id: str, text: str, change: Callable[[JsonValue], JsonValue]) -> bool:
        """Change what a finished job has stored; its result is not given again, and its card is written anew."""
        if not await self.jobs.redact(job_id, text, change):
            return False
        if self.queue.cache is not None:
            self.queue.cache.forget(job_id)
        await self.reporter.show_again(job_id)
        return True

    async def _clear_records(self, subject: Subject, lane: str | None) -> None:
        for kind in TRANSIENT:
            async for record in self.records(kind, lane):
                if any(True for _ in subject.parts(record.value)):
                    await self.queue.records.delete(kind, record.key)
        await self.lists.forget(subject.member_id, lane)
        async for record in self.records(scheduler.KIND, lane):
            await self._clear(record, _without_in_payload(subject))
        for kind in LASTING:
            async for record in self.records(kind, lane):
                await self._clear(record, subject.without)

    async def _clear(self, record: Record | None, change: Callable[[JsonValue], JsonValue]) -> None:
        while record is not None:
            value = change(record.value)
            if value == record.value:
                return
            try:
                await self.queue.records.put(
                    record.kind,
                    record.key,
                    value,
                    lane=record.lane,
                    expires_at=record.expires_at,
                    expect=record.version,
                )
            except RecordConflict:
                record = await self.queue.records.get(record.kind, record.key)
            else:
                return

    async def records(self, kind: str, lane: str | None) -> AsyncIterator[Record]:
        """All records of a kind (of a lane)."""
        after = ""
        while page := await self.queue.records.find(kind, lane=lane, after=after, limit=PAGE):
            for record in page:
                yield record
            after = page[-1].key

    async def with_files(self, lane: str | None, chosen: Sequence[str] = ()) -> AsyncIterator[Job]:
        """Finished jobs (of a lane, or these) that made files."""
        for job_id in chosen or await self.artifacts.jobs():
            job = await self.queue.get(job_id)
            if job is not None and job.state.is_final and lane in (None, job.lane):
                yield job

    async def _clear_files(self, job_id: str, subject: Subject, erased: Erased) -> None:
        await self.artifacts.tidy(job_id)
        for artifact in await self.artifacts.list(job_id):
            try:
                path = self.artifacts.path(job_id, artifact.name)
                if not await asyncio.to_thread(files.names, path, subject):
                    continue
                await self.artifacts.write(job_id, artifact.name, artifact.media_type, _rewriting(path, subject))
                erased.rewritten += 1
            except files.CannotRewrite:
                await self.artifacts.remove(job_id, artifact.name)
                await self._redact(job_id, artifact.name, _without_file(artifact.name))
                erased.deleted += 1
            except (NotFound, FileNotFoundError):
                # Pruned with its job meanwhile.
                continue


def request_of(guild_id: int | None, member_id: int) -> tuple[JsonObject, dict[str, Any]]:
    """Payload and options of the job that erases a member in a guild, or (None) everywhere."""
    place = guild_id or EVERYWHERE
    return {"member_id": str(member_id), "guild_id": place}, {"lane": LANE, "key": f"{NAME}-{place}-{member_id}"}


def _without_in_payload(subject: Subject) -> Callable[[JsonValue], JsonValue]:
    """Of what a schedule asks for; who made it stays, for in their name it runs."""

    def change(value: JsonValue) -> JsonValue:
        return {**value, "payload": subject.without(value.get("payload"))} if isinstance(value, dict) else value

    return change


def _rewriting(path: Path, subject: Subject) -> Callable[[Path], None]:
    return lambda new: files.rewrite(path, new, subject)


def _without_file(name: str) -> Callable[[JsonValue], JsonValue]:
    """Takes a file's name out of a result's `files`."""

    def change(value: JsonValue) -> JsonValue:
        if isinstance(value, dict) and isinstance(value.get("files"), list):
            return {**value, "files": [file for file in _list(value["files"]) if file != name]}
        return value

    return change


def _list(value: JsonValue) -> Iterator[JsonValue]:
    yield from value if isinstance(value, list) else ()


def erasure_type(data: Callable[[], MemberData]) -> JobType:
    """The job's type; `data` is asked when it runs, for the queue is made after its types."""

    @job_type(
        NAME,
        title="Erasure",
        payload=Erasure,
        timeout=None,
        concurrency=1,
        max_attempts=TRIES,
        listed=False,
        internal=True,
        retention_s=KEPT_S,
    )
    async def erasure(ctx: JobContext[Any], payload: Erasure) -> JsonObject:
        return await data().erase(ctx, payload)

    return erasure
