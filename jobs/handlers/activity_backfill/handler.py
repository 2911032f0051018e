"""The backfill as a job: find channels and threads, read what is missing of each.

Knows no Discord library and no store. Invariant: a page is counted once however often the job is broken off, and a
second run reads only what is new, for what was read is kept with its place by the activity service.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jobs.engine.errors import JobError
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobContext, job_type, minutes
from jobs.handlers.activity_backfill.payload import ActivityBackfill
from jobs.handlers.activity_backfill.report import report
from jobs.handlers.history import HistoryReading, archived_threads
from jobs.handlers.standing import check_requester, guild_of
from jobs.services import (
    ChannelInfo,
    GuildInfo,
    Interval,
    Services,
    ServiceUnavailable,
    snowflake_time,
)

NAME = "activity-backfill"
RETENTION_S = 30 * 86_400.0
LANGUAGES = Path(__file__).parent / "languages"


@job_type(
    NAME,
    title="Activity Backfill",
    payload=ActivityBackfill,
    timeout=None,
    stall_timeout=minutes(10),
    per_lane=1,
    retention_s=RETENTION_S,
    report=report,
    languages=LANGUAGES,
)
async def activity_backfill(ctx: JobContext[Services], payload: ActivityBackfill) -> JsonObject:
    ctx.announce(2)
    try:
        return await Backfill(ctx, payload).run()
    except ServiceUnavailable as error:
        raise JobError("Discord did not answer.", category="discord") from error


class Backfill:
    """One run of a backfill."""

    def __init__(self, ctx: JobContext[Services], payload: ActivityBackfill) -> None:
        self._ctx = ctx
        self._payload = payload
        self._discord = ctx.services.discord
        self._activity = ctx.services.activity

    async def run(self) -> JsonObject:
        await check_requester(self._ctx, self._payload.guild_id)
        guild = await guild_of(self._ctx, self._payload.guild_id)
        kept_since = await self._activity.kept_since(guild.id)
        within = Interval(max(self._payload.since, kept_since), self._ctx.started_at)
        if within.since >= within.until:
            text = "The first day has not begun yet. Choose an earlier one, or none."
            raise JobError(text, retryable=False, category="payload")
        channels = await self._channels(within)
        readable = [channel for channel in channels if channel.readable]
        refused = await self._read(guild, readable, within)
        await check_requester(self._ctx, self._payload.guild_id)
        unreadable = [channel for channel in channels if not channel.readable or channel.id in refused]
        return await self._result(guild, channels, unreadable, within, kept_since)

    async def _channels(self, within: Interval) -> list[ChannelInfo]:
        """Found anew in each attempt: what was read of them is known, and new ones do no harm."""
        async with self._ctx.stage("Looking for threads", unit="threads") as stage:
            there = await self._discord.channels(self._payload.guild_id)
            found = [channel for channel in there if self._is_meant(channel)]
            await stage.reach(sum(channel.kind == "thread" for channel in found))
            if self._payload.archived_threads:
                async for thread in archived_threads(self._discord, tuple(found), within.since):
                    if self._is_meant(thread):
                        found.append(thread)
                        await stage.advance()
        return [channel for channel in found if channel.kind != "forum"]

    def _is_meant(self, channel: ChannelInfo) -> bool:
        ids = {channel.id, channel.parent_id}
        included = not self._payload.channels or not ids.isdisjoint(self._payload.channels)
        return included and ids.isdisjoint(self._payload.without_channels)

    async def _read(self, guild: GuildInfo, channels: Sequence[ChannelInfo], within: Interval) -> set[int]:
        async with self._ctx.stage("Reading history", unit="days of history") as stage:
            # No message of a channel is older than the channel.
            begins = {channel.id: snowflake_time(channel.id) for channel in channels}
            reading = HistoryReading(self._ctx, stage, guild.id, within, begins=begins)
            await reading.start(channels)
            return await reading.run()

    async def _result(
        self,
        guild: GuildInfo,
        channels: Sequence[ChannelInfo],
        unreadable: Sequence[ChannelInfo],
        within: Interval,
        kept_since: int,
    ) -> JsonObject:
        known = await self._activity.history_of(guild.id, [channel.id for channel in channels], within)
        return {
            "channels": sum(channel.kind != "thread" for channel in channels),
            "threads": sum(channel.kind == "thread" for channel in channels),
            "messages": known.messages,
            "oldest": known.oldest,
            "alone": not any(channel.everyone for channel in channels),
            "unreadable": len(unreadable),
            "unreadable_public": [str(channel.id) for channel in unreadable if channel.everyone],
            "unreadable_ids": [str(channel.id) for channel in unreadable],
            "kept_since": kept_since if kept_since > self._payload.since else 0,
            "time_zone": self._payload.time_zone,
        }
