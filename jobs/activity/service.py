"""`ActivityService`: history read and activity added up, over the tables of this room.

Knows no job and no Discord library. Invariant: the event loop only waits; rows are read by the database's threads
and added up in another one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import tzinfo

from jobs.activity import queries
from jobs.activity.crawl import Crawler
from jobs.activity.members import MemberCounts
from jobs.activity.retention import Retention
from jobs.activity.sqlite import SqliteActivityStore
from jobs.activity.store import QUARTER_MS, quarter_of
from jobs.activity.totals import Book, Place, Row, cut_quarters, local_days
from jobs.engine.clock import Clock
from jobs.engine.database import Database
from jobs.services import ActivityTotals, Amounts, CrawlPage, DiscordService, Interval, snowflake_at, snowflake_time

ASKED_AT_ONCE = 10_000


class Activity:
    """See `ActivityService`."""

    def __init__(
        self, database: Database, discord: DiscordService, clock: Clock, *, keep_days: int | None = None
    ) -> None:
        self.members = MemberCounts(database, clock)
        self.retention = Retention(database, clock, keep_days)
        self._database = database
        self._store = SqliteActivityStore(database)
        self._crawler = Crawler(database, self._store, discord, clock)

    async def opted_out(self, guild_id: int) -> Collection[int]:
        return await self._store.opted_out(guild_id)

    async def known_since(self, guild_id: int) -> Mapping[int, int]:
        return await self._store.known_since(guild_id)

    async def erase(self, guild_id: int) -> None:
        """Forget everything that was counted in a guild."""
        await self._store.erase_guild(guild_id)

    async def kept_since(self, guild_id: int) -> int:
        return await self.retention.kept_since(guild_id)

    async def missing(self, guild_id: int, channel_id: int, within: Interval) -> Sequence[Interval]:
        gaps = await self._crawler.missing(guild_id, channel_id, await self._kept(guild_id, within))
        return [Interval(snowflake_time(gap.since), snowflake_time(gap.until)) for gap in gaps]

    async def crawl(self, guild_id: int, channel_id: int, within: Interval) -> AsyncIterator[CrawlPage]:
        async for page in self._crawler.crawl(guild_id, channel_id, await self._kept(guild_id, within)):
            yield page

    async def of_member(self, guild_id: int, member_id: int, within: Interval) -> Amounts:
        """What one member did anywhere in the guild, by their own rows alone: cheap enough for everybody to ask."""
        first, last = quarter_of(within.since), quarter_of(within.until - 1)
        who = {"guild": guild_id, "member": member_id, "first": first, "last": last}
        (row,) = await self._database.read(queries.OF_MEMBER, who)
        return Amounts(row["messages"], row["voice_ms"])

    async def totals(
        self,
        guild_id: int,
        channel_ids: Collection[int] | None,
        within: Interval,
        time_zone: tzinfo,
        *,
        members: Collection[int] | None = None,
    ) -> ActivityTotals:
        channels = None if channel_ids is None else frozenset(channel_ids)
        parts = cut_quarters(within)
        cut = {quarter_of(part.since): part.until - part.since for part in parts}
        out = frozenset(await self._store.opted_out(guild_id))
        book = Book(time_zone, channels, None if members is None else frozenset(members), cut, out)
        history = await self._only_history(guild_id, parts)
        for day, part in local_days(within, time_zone):
            quarters = (guild_id, quarter_of(part.since), quarter_of(part.until - 1))
            recorded = await self._database.read(queries.RECORDED_DAY, quarters)
            crawled = await self._database.read(queries.CRAWLED_DAY, quarters)
            await asyncio.to_thread(
                book.add_day, day, (Row(*row) for row in recorded), (Row(*row) for row in crawled), history
            )
        return ActivityTotals(
            members=book.members,
            channels=book.channels,
            days=book.days,
            active_members=book.active_members,
            hours=book.hours,
            last_active=book.last_active,
            online=await self._store.online(guild_id, within),
        )

    async def last_seen(self, guild_id: int, members: Collection[int]) -> Mapping[int, int]:
        seen, asked = dict[int, int](), sorted(members)
        for start in range(0, len(asked), ASKED_AT_ONCE):
            some = json.dumps(asked[start : start + ASKED_AT_ONCE])
            rows = await self._database.read(queries.LAST_SEEN, {"guild": guild_id, "members": some})
            seen |= {member: quarter * QUARTER_MS for member, quarter in rows if quarter >= 0}
        return seen

    async def _kept(self, guild_id: int, within: Interval) -> Interval:
        """The part of a range that may be known."""
        return Interval(max(within.since, await self.retention.kept_since(guild_id)), within.until)

    async def _only_history(self, guild_id: int, parts: Sequence[Interval]) -> set[Place]:
        """Quarters that the range cuts into `parts`, of the channels whose history was read there."""
        places: set[Place] = set()
        for part in parts:
            wanted = Interval(snowflake_at(part.since), snowflake_at(part.until))
            places |= {(channel, quarter_of(part.since)) for channel in await self._crawler.read(guild_id, wanted)}
        return places
