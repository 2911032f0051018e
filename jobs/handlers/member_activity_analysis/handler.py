"""The analysis as a job: members, history, counting, drawing.

Knows no Discord library and no store. Invariant: what was read of a channel's history is kept page by page, so a
later attempt goes on there, and the result is the same as that of one unbroken run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from jobs.engine.errors import JobError
from jobs.engine.model import JsonObject, JsonValue
from jobs.engine.registry import JobContext, StageContext, job_type, minutes
from jobs.handlers.member_activity_analysis.analysis import summarise
from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.inactivity import Inactivity, judge
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.handlers.member_activity_analysis.report import CHART, INACTIVE, TABLE, WORKBOOK, report
from jobs.handlers.member_activity_analysis.table import write_inactive, write_table
from jobs.services import (
    AccessDenied,
    ChannelInfo,
    GuildInfo,
    Interval,
    MemberInfo,
    NotFound,
    Services,
    ServiceUnavailable,
)

NAME = "member-activity-analysis"
RETENTION_S = 30 * 86_400.0
DAY_MS = 86_400_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LANGUAGES = Path(__file__).parent / "languages"


@job_type(
    NAME,
    title="Member Analysis",
    payload=MemberActivityAnalysis,
    timeout=None,
    stall_timeout=minutes(10),
    per_lane=1,
    retention_s=RETENTION_S,
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
        await self._check_requester()
        await self._check_kept()
        guild = await self._guild()
        members = await self._read_members()
        channels = await self._plan()
        unreadable = await self._read_history(channels)
        findings = await self._count(guild, members, channels, unreadable)
        await self._check_requester()
        # Hundreds of thousands of members take a while to rank.
        inactivity = await asyncio.to_thread(judge, findings)
        result = await asyncio.to_thread(summarise, findings, inactivity)
        files = await self._draw(findings, inactivity, result) if self._payload.generate_report else []
        return {**result, "files": [*files]}

    async def _check_requester(self) -> None:
        """Who asked must still be allowed to when the job runs, and when it shows what it found."""
        if self._ctx.owner is None:
            return
        may = await self._ctx.services.rights.may_start(self._payload.guild_id, int(self._ctx.owner), NAME)
        if not may:
            text = "The person who asked for this may not start it here any more, so I stopped."
            raise JobError(text, retryable=False, category="permission")

    async def _check_kept(self) -> None:
        """Days of which nothing is kept any more cannot be told about, nor compared with."""
        kept_since = await self._activity.kept_since(self._payload.guild_id)
        if self._within.since < kept_since:
            text = "What members did then is not kept any more. Choose a later first day, and start it anew."
            raise JobError(text, retryable=False, category="payload")
        if self._before is not None and self._before.since < kept_since:
            self._before = None

    async def _guild(self) -> GuildInfo:
        try:
            return await self._discord.guild(self._payload.guild_id)
        except (AccessDenied, NotFound) as error:
            text = "I am not in this server any more. Invite me again, then press Retry."
            raise JobError(text, retryable=False, category="discord") from error

    async def _read_members(self) -> dict[int, MemberInfo]:
        """People by id; read anew in each attempt, for it is a few requests."""
        found: dict[int, MemberInfo] = {}
        read = 0
        async with self._ctx.stage("Reading members", unit="members") as stage:
            await stage.reach(0)
            try:
                async for page in self._discord.members(self._payload.guild_id):
                    found |= {member.id: member for member in page if self._is_wanted(member)}
                    read += len(page)
                    await stage.reach(read)
            except AccessDenied as error:
                text = "Discord hides the member list from me. Switch on the Server Members intent, then press Retry."
                raise JobError(text, retryable=False, category="permission") from error
        for member_id in await self._activity.opted_out(self._payload.guild_id):
            found.pop(member_id, None)
        return found

    def _is_wanted(self, member: MemberInfo) -> bool:
        roles, payload = set(member.role_ids), self._payload
        wanted = not payload.roles or not roles.isdisjoint(payload.roles)
        return not member.bot and wanted and roles.isdisjoint(payload.without_roles)

    async def _plan(self) -> list[ChannelInfo]:
        """The channels, fixed by the first attempt."""
        found = await self._discord.channels(self._payload.guild_id)

        async def make() -> JsonValue:
            return [asdict(channel) for channel in found if self._is_meant(channel)]

        kept = await self._ctx.once("channels", make)
        assert isinstance(kept, list)
        channels = [ChannelInfo(**channel) for channel in kept if isinstance(channel, dict)]  # type: ignore[arg-type]
        return _still_seen(channels, found)

    def _is_meant(self, channel: ChannelInfo) -> bool:
        ids = {channel.id, channel.parent_id}
        included = not self._payload.channels or not ids.isdisjoint(self._payload.channels)
        return channel.kind != "forum" and included and ids.isdisjoint(self._payload.without_channels)

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

    async def _count(
        self,
        guild: GuildInfo,
        members: dict[int, MemberInfo],
        channels: Sequence[ChannelInfo],
        unreadable: set[int],
    ) -> Findings:
        async with self._ctx.stage("Counting"):
            wanted = members.keys() if self._payload.roles or self._payload.without_roles else None
            ranges = [self._within] if self._before is None else [self._within, self._before]
            totals = [
                await self._activity.totals(guild.id, self._counted(channels), part, self._payload.zone, members=wanted)
                for part in ranges
            ]
            back = await self._activity.known_since(guild.id)
            quiet = [member for member in members if member not in totals[0].last_active]
            last_seen = {**await self._activity.last_seen(guild.id, quiet), **totals[0].last_active}
        channels = _still_seen(channels, await self._discord.channels(guild.id))
        findings = Findings(
            payload=self._payload,
            guild=guild,
            members=members,
            channels=channels,
            unreadable=unreadable,
            unsure={member for member, at in back.items() if at > self._within.since},
            within=self._within,
            totals=totals[0],
            before=totals[1] if len(totals) > 1 else None,
            before_within=self._before,
            last_seen=last_seen,
        )
        return await asyncio.to_thread(findings.only_what_was_asked)

    def _counted(self, channels: Sequence[ChannelInfo]) -> list[int] | None:
        """Without a choice of channels, what was recorded in one that is gone since, or archived, counts too."""
        chosen = self._payload.channels or self._payload.without_channels
        return [channel.id for channel in channels] if chosen else None

    async def _draw(self, findings: Findings, inactivity: Inactivity | None, result: JsonObject) -> list[str]:
        """Write the files, each off the loop. Answers with their names."""
        words = self._ctx.services.words(self._ctx.context, LANGUAGES)

        def chart(path: Path) -> None:
            from jobs.handlers.member_activity_analysis.chart import draw_chart

            draw_chart(path, findings, words)

        def table(path: Path) -> None:
            write_table(path, findings, inactivity)

        def workbook(path: Path) -> None:
            from jobs.handlers.member_activity_analysis.workbook import Material, write_workbook

            write_workbook(path, Material(findings, inactivity, result, words))

        def inactive(path: Path) -> None:
            if inactivity is not None:
                write_inactive(path, findings, inactivity)

        files = [(CHART, "image/png", chart), (WORKBOOK, XLSX, workbook), (TABLE, "text/csv", table)]
        if inactivity is not None:
            files.append((INACTIVE, "text/csv", inactive))
        async with self._ctx.stage("Drawing charts", total=len(files), unit="files") as stage:
            for done, (name, media_type, produce) in enumerate(files):
                await stage.reach(done)
                await self._ctx.services.artifacts.write(self._ctx.job_id, name, media_type, produce)
            await stage.reach(len(files))
        return [name for name, _, _ in files]


def _still_seen(channels: Sequence[ChannelInfo], now: Sequence[ChannelInfo]) -> list[ChannelInfo]:
    """The channels, with those hidden from members meanwhile marked as such."""
    seen = {channel.id for channel in now if channel.everyone}
    return [replace(channel, everyone=channel.everyone and channel.id in seen) for channel in channels]


class HistoryReading:
    """Reads channels one after the other and says how far it is, in days of history over all of them."""

    def __init__(self, ctx: JobContext[Services], stage: StageContext, guild_id: int, within: Interval) -> None:
        self._ctx = ctx
        self._stage = stage
        self._activity = ctx.services.activity
        self._guild_id = guild_id
        self._within = within
        self._left_ms: dict[int, int] = {}
        """What is left to read, by channel, in ms of history."""
        self._channels: Sequence[ChannelInfo] = ()
        self._total_ms = 0

    async def start(self, channels: Sequence[ChannelInfo]) -> None:
        """Look at what is missing; the total is that of the first attempt."""
        self._channels = channels
        for channel in channels:
            gaps = await self._activity.missing(self._guild_id, channel.id, self._within)
            self._left_ms[channel.id] = sum(gap.until - gap.since for gap in gaps)

        async def total() -> JsonValue:
            return sum(self._left_ms.values())

        kept = await self._ctx.once("history", total)
        assert isinstance(kept, int)
        self._total_ms = max(kept, sum(self._left_ms.values()))
        self._stage.set_total(_days(self._total_ms))

    async def run(self) -> set[int]:
        """Read everything. Answers with the channels that refused."""
        kept = await self._ctx.load("refused")
        refused = {int(str(id_)) for id_ in kept} if isinstance(kept, list) else set()
        for channel in self._channels:
            if channel.id not in refused:
                try:
                    await self._read(channel)
                except (AccessDenied, NotFound):
                    refused.add(channel.id)
                    await self._ctx.checkpoint("refused", [str(id_) for id_ in sorted(refused)])
            self._left_ms[channel.id] = 0
            await self._stage.reach(self._reached())
        return refused

    async def _read(self, channel: ChannelInfo) -> None:
        # A name that not everyone may read stays out of a message that everyone can.
        await self._stage.say(f"#{channel.name}" if channel.everyone else "a private channel")
        async for page in self._activity.crawl(self._guild_id, channel.id, self._within):
            self._stage.count("ok", page.counted)
            self._stage.count("skipped", page.messages - page.counted)
            self._left_ms[channel.id] -= page.read_ms
            await self._stage.reach(self._reached())

    def _reached(self) -> int:
        return max(0, _days(self._total_ms) - _days(sum(self._left_ms.values())))


def _days(ms: int) -> int:
    """Days begun."""
    return -(-ms // DAY_MS)
