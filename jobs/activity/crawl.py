"""Reads the history of channels that nobody recorded, page by page, and counts it.

Owns the crawled counts and the spans that say what they cover. Invariant: a page's counts and its span are one
write, so a message is counted once however often the reading is broken off, and by however many at once.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from weakref import WeakValueDictionary

from jobs.activity import queries
from jobs.activity.intervals import joined, whole_quarters, without
from jobs.activity.store import ActivityStore, quarter_of
from jobs.engine.clock import Clock
from jobs.engine.database import Database
from jobs.services import CrawlPage, DiscordService, Interval, MessageInfo, snowflake_at, snowflake_time

PAGE = 100
UNSURE_MS = 120_000
"""At both ends of what the recorder saw: clocks differ, and a connection that died is noticed up to 100 s later."""


class Crawler:
    """See the module."""

    def __init__(self, database: Database, store: ActivityStore, discord: DiscordService, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._discord = discord
        self._clock = clock
        self._turns: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()

    async def spans(self, guild_id: int, channel_id: int) -> list[Interval]:
        """What was read of a channel, as ids."""
        rows = await self._database.read(queries.SPANS, (guild_id, channel_id))
        return joined(Interval(since, until) for since, until in rows)

    async def missing(self, guild_id: int, channel_id: int, within: Interval) -> list[Interval]:
        """What of `within` (ms) was neither recorded nor read, as ids; nothing of the future."""
        within = Interval(within.since, min(within.until, self._clock.now()))
        if within.since >= within.until:
            return []
        around = Interval(within.since - UNSURE_MS, within.until + UNSURE_MS)
        told = await self._store.recorded_times(guild_id, channel_id, around)
        sure = [Interval(seen.since + UNSURE_MS, seen.until - UNSURE_MS) for seen in told]
        recorded = [_as_ids(quarters) for quarters in whole_quarters(sure, within)]
        return without(_as_ids(within), [*recorded, *await self.spans(guild_id, channel_id)])

    async def crawl(self, guild_id: int, channel_id: int, within: Interval) -> AsyncIterator[CrawlPage]:
        """See `ActivityService.crawl`. Those who read one channel at once take turns, a page each."""
        while (page := await self._next_page(guild_id, channel_id, within)) is not None:
            yield page

    async def _next_page(self, guild_id: int, channel_id: int, within: Interval) -> CrawlPage | None:
        """Read and keep the first page that is missing, or None when nothing is."""
        turn = self._turns.setdefault((guild_id, channel_id), asyncio.Lock())
        async with turn:
            while gaps := await self.missing(guild_id, channel_id, within):
                place, end = gaps[0].since, gaps[0].until
                page = await self._discord.messages(channel_id, after=place - 1, before=end, limit=PAGE)
                reached = page[-1].id + 1 if len(page) == PAGE else end
                counted = await self._keep(guild_id, channel_id, Interval(place, reached), page)
                if counted is not None:
                    return CrawlPage(len(page), counted, snowflake_time(reached) - snowflake_time(place))
        return None

    async def _keep(self, guild_id: int, channel_id: int, span: Interval, page: Sequence[MessageInfo]) -> int | None:
        """Keep a page; how many messages were counted, or None when somebody else has read there meanwhile."""
        tally = Counter((m.author_id, quarter_of(m.at)) for m in page if m.by_person)
        replies = Counter((m.author_id, quarter_of(m.at)) for m in page if m.by_person and m.reply)

        def body(connection: sqlite3.Connection) -> int | None:
            where = (guild_id, channel_id)
            if connection.execute(queries.OVERLAPPING_SPAN, (*where, span.until, span.since)).fetchone():
                return None
            counted = 0
            for (member_id, quarter), messages in tally.items():
                row = (*where, member_id, quarter, messages, replies[member_id, quarter])
                added = connection.execute(queries.ADD_CRAWLED, row).rowcount
                counted += messages if added else 0
            if not connection.execute(queries.EXTEND_SPAN, (span.until, *where, span.since)).rowcount:
                connection.execute(queries.BEGIN_SPAN, (*where, span.since, span.until))
            return counted

        return await self._database.write(body)


def _as_ids(interval: Interval) -> Interval:
    return Interval(snowflake_at(interval.since), snowflake_at(interval.until))
