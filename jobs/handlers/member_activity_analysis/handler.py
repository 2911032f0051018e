"""The analysis as a job: members, history, counting, drawing.

Knows no Discord library and no store. Invariant: what was read of a channel's history is kept page by page, so a
later attempt goes on there, and the result is the same as that of one unbroken run; what keeps a core busy is done in
another process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from jobs.engine.errors import JobError
from jobs.engine.model import JsonObject, JsonValue
from jobs.engine.registry import JobContext, StageContext, job_type, minutes
from jobs.handlers.history import HistoryReading, archived_threads
from jobs.handlers.member_activity_analysis.counting import (
    Counted,
    Order,
    People,
    add_people,
    conclude,
    count,
    draw,
    files_of,
    people_in,
)
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.handlers.member_activity_analysis.report import report
from jobs.handlers.standing import check_requester, guild_of
from jobs.services import (
    AccessDenied,
    ChannelInfo,
    Interval,
    MemberInfo,
    Services,
    ServiceUnavailable,
)

T = TypeVar("T")
NAME = "member-activity-analysis"
RETENTION_S = 30 * 86_400.0
MEDIA_TYPES: Mapping[str, str] = {
    ".png": "image/png",
    ".csv": "text/csv",
    ".html": "text/html",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LANGUAGES = Path(__file__).parent / "languages"


@job_type(
    NAME,
    title="Member Analysis",
    payload=MemberActivityAnalysis,
    timeout=None,
    stall_timeout=minutes(10),
    per_lane=1,
    retention_s=RETENTION_S,
    cached=True,
    report=report,
    languages=LANGUAGES,
)
async def member_activity_analysis(ctx: JobContext[Services], payload: MemberActivityAnalysis) -> JsonObject:
    ctx.announce(4)
    try:
        return await Analysis(ctx, payload).run()
    except ServiceUnavailable as error:
        raise JobError("Discord did not answer.", category="discord") from error


class Analysis:
    """One run of an analysis."""

    def __init__(self, ctx: JobContext[Services], payload: MemberActivityAnalysis) -> None:
        self._ctx = ctx
        self._payload = payload
        self._discord = ctx.services.discord
        self._activity = ctx.services.activity
        self._within = payload.range(ctx.started_at)
        self._before = payload.range_before(ctx.started_at) if payload.compare else None

    async def run(self) -> JsonObject:
        await check_requester(self._ctx, self._payload.guild_id)
        await self._check_range()
        guild = await guild_of(self._ctx, self._payload.guild_id)
        async with self._ctx.services.artifacts.working(self._ctx.job_id) as folder:
            people = await self._read_members(folder)
            channels = await self._plan()
            unreadable = await self._read_history(channels)
            order = Order(
                payload=self._payload,
                guild=guild,
                channels=channels,
                unreadable=frozenset(unreadable),
                within=self._within,
                before=self._before,
                reader=self._activity.reader,
            )
            return await self._tell(order, people, folder)

    async def _check_range(self) -> None:
        """Days still to come, or of which nothing is kept any more, cannot be told about, nor compared with."""
        if self._within.since >= self._within.until:
            text = "This time has not begun yet. Choose a first day that has, and start it anew."
            raise JobError(text, retryable=False, category="payload")
        kept_since = await self._activity.kept_since(self._payload.guild_id)
        if self._within.since < kept_since:
            raise await self._not_kept(kept_since)
        if self._before is not None and self._before.since < kept_since:
            self._before = None

    async def _not_kept(self, kept_since: int) -> JobError:
        """Says from which day on an analysis can tell, and where to find what is left of the time before."""
        first = self._payload.first_whole_day(kept_since)
        reader = self._activity.reader
        if await self._ctx.in_process(reader.months, self._payload.guild_id, None):
            text = (
                f"What members did then is not kept any more. Start it anew with {first} as the first day; "
                "the sums by month that are left of the time before are in its page and workbook."
            )
        else:
            text = f"What members did then is not kept any more. Start it anew with {first} as the first day."
        return JobError(text, retryable=False, category="payload")

    async def _read_members(self, folder: Path) -> People:
        """Read anew in each attempt, for it is a few requests."""
        people = people_in(folder)
        read = 0
        async with self._ctx.stage("Reading members", unit="members") as stage:
            await stage.reach(0)
            try:
                async for page in self._discord.members(self._payload.guild_id):
                    wanted = filter(self._is_wanted, page)
                    await self._ctx.in_thread(add_people, people, wanted, self._payload.exempt_roles)
                    read += len(page)
                    await stage.reach(read)
            except AccessDenied as error:
                text = "Discord hides the member list from me. Switch on the Server Members intent, then press Retry."
                raise JobError(text, retryable=False, category="permission") from error
        return people

    def _is_wanted(self, member: MemberInfo) -> bool:
        roles, payload = set(member.role_ids), self._payload
        wanted = not payload.roles or not roles.isdisjoint(payload.roles)
        return not member.bot and wanted and roles.isdisjoint(payload.without_roles)

    async def _plan(self) -> list[ChannelInfo]:
        """The channels, fixed by the first attempt."""
        found = await self._discord.channels(self._payload.guild_id)

        async def make() -> JsonValue:
            meant = [channel for channel in found if self._is_meant(channel)]
            if self._payload.include_message_count:
                archived = archived_threads(self._discord, meant, self._known_before().since)
                meant += [thread async for thread in archived if self._is_meant(thread)]
            return [asdict(channel) for channel in meant if channel.kind != "forum"]

        kept = await self._ctx.once("channels", make)
        assert isinstance(kept, list)
        channels = [ChannelInfo(**channel) for channel in kept if isinstance(channel, dict)]  # type: ignore[arg-type]
        return _still_seen(channels, found)

    def _is_meant(self, channel: ChannelInfo) -> bool:
        ids = {channel.id, channel.parent_id}
        included = not self._payload.channels or not ids.isdisjoint(self._payload.channels)
        return included and ids.isdisjoint(self._payload.without_channels)

    async def _read_history(self, channels: Sequence[ChannelInfo]) -> set[int]:
        """Read what nobody recorded. Answers with the channels that could not be read."""
        unreadable = {channel.id for channel in channels if not channel.readable}
        async with self._ctx.stage("Reading history", unit="days of history") as stage:
            if not self._payload.include_message_count:
                return unreadable
            reading = HistoryReading(self._ctx, stage, self._payload.guild_id, self._known_before())
            await reading.start([channel for channel in channels if channel.id not in unreadable])
            return unreadable | await reading.run()

    def _known_before(self) -> Interval:
        """The range with the period before it, which has to be as well known to be compared."""
        return self._within if self._before is None else Interval(self._before.since, self._within.until)

    async def _tell(self, order: Order, people: People, folder: Path) -> JsonObject:
        """Count, judge and draw; once more without them if members opted out before the files are taken over."""
        guild_id = order.guild.id
        async with self._ctx.stage("Counting"):
            counted = await self._count(order, people, folder)
            out = set(await self._activity.opted_out(guild_id))
            result = await self._judge(order, people, counted, folder)
        pieces = files_of(result) if self._payload.generate_report else ()
        async with self._ctx.stage("Drawing charts", total=sum(map(len, pieces)), unit="files") as stage:
            await self._draw(stage, folder, pieces)
            while not out.issuperset(now := await self._activity.opted_out(guild_id)):
                out = set(now)
                result = await self._judge(order, people, counted, folder)
                await self._draw(stage, folder, pieces)
            names = [name for piece in pieces for name in piece]
            for name in names:
                media_type, take = MEDIA_TYPES[Path(name).suffix], partial(_take, folder / name)
                await self._ctx.services.artifacts.write(self._ctx.job_id, name, media_type, take)
        return {**result, "files": [*names]}

    async def _count(self, order: Order, people: People, folder: Path) -> Sequence[Counted]:
        meant = people if order.of_roles else None
        return await _together(
            self._ctx.in_process(count, order, meant, part, folder / f"counted-{number}")
            for number, part in enumerate(order.parts)
        )

    async def _judge(self, order: Order, people: People, counted: Sequence[Counted], folder: Path) -> JsonObject:
        """The result, as it may be told of by now."""
        channels = _still_seen(order.channels, await self._discord.channels(order.guild.id))
        await check_requester(self._ctx, self._payload.guild_id)
        words = self._ctx.services.words(self._ctx.context, LANGUAGES)
        order = replace(order, channels=channels, known_since=await self._activity.known_since(order.guild.id))
        return await self._ctx.in_process(conclude, order, people, counted, words, folder)

    async def _draw(self, stage: StageContext, folder: Path, pieces: Sequence[Sequence[str]]) -> None:
        """Let the files be written, the pieces at once."""
        drawn = 0

        async def draw_piece(names: Sequence[str]) -> None:
            nonlocal drawn
            await self._ctx.in_process(draw, folder, names)
            drawn += len(names)
            await stage.reach(drawn)

        await _together(map(draw_piece, pieces))


async def _together(pieces: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The answers of all, worked on at once, each to its end. Raises what the first raised that failed."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(piece) for piece in pieces]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0]  # noqa: B904 - the group tells no more than its first
    return [task.result() for task in tasks]


def _take(source: Path, target: Path) -> None:
    source.replace(target)


def _still_seen(channels: Sequence[ChannelInfo], now: Sequence[ChannelInfo]) -> list[ChannelInfo]:
    """The channels, with those hidden from members meanwhile marked as such."""
    seen = {channel.id for channel in now if channel.everyone}
    # An archived thread is listed no more; it is seen where its channel is.
    return [
        replace(channel, everyone=channel.everyone and not seen.isdisjoint({channel.id, channel.parent_id}))
        for channel in channels
    ]
