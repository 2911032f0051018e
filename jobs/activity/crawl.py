"""Reads the history of channels that nobody recorded, page by page, and counts it.

Owns the crawled counts and the spans that say what they cover. Invariant: a page's counts and its span are one
write, so a message is counted once however often the reading is broken off, and by however many at once.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from weakref import WeakValueDictionary

from jobs.activity import queries
from jobs.activity.intervals import inside, joined, shared, whole_quarters, without
from jobs.activity.store import QUARTER_MS, UNSURE_MS, ActivityStore, Source, quarter_of
from jobs.engine.clock import Clock
from jobs.engine.database import Database
from jobs.services import CrawlPage, DiscordService, Interval, MessageInfo, snowflake_at, snowflake_time

PAGE = 100
EVER = Interval(0, 2**53)


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

    async def missing(self, guild_id: int, wanted: Mapping[int, Interval]) -> dict[int, list[Interval]]:
        """What of each channel's range (ms) was neither recorded nor read, as ids; nothing of the future."""
        past = {channel_id: self._past(within) for channel_id, within in wanted.items()}
        if not past:
            return {}
        around = Interval(
            min(within.since for within in past.values()) - UNSURE_MS,
            max(within.until for within in past.values()) + UNSURE_MS,
        )
        online = await self._store.online(guild_id, around, Source.MESSAGES)
        views = await self._store.views(guild_id, around.until)
        spans: defaultdict[int, list[Interval]] = defaultdict(list)
        for channel_id, since, until in await self._database.read(queries.ALL_SPANS, (guild_id,)):
            spans[channel_id].append(Interval(since, until))
        # A year of short stretches, by hundreds of channels, is seconds of work.
        return await asyncio.to_thread(_gaps, past, online, views, spans)

    async def crawl(
        self, guild_id: int, channel_id: int, within: Interval, *, newest: int | None = None
    ) -> AsyncIterator[CrawlPage]:
        """See `ActivityService.crawl`. Those who read one channel at once take turns, a page each."""
        wanted = self._past(within)
        recorded = await self._recorded(guild_id, channel_id, wanted)
        is_last = False
        while not is_last:
            step = await self._step(guild_id, channel_id, wanted, recorded, newest)
            if step is None:
                return
            page, is_last = step
            yield page

    async def _step(
        self, guild_id: int, channel_id: int, wanted: Interval, recorded: Sequence[Interval], newest: int | None
    ) -> tuple[CrawlPage, bool] | None:
        """Read and keep the first page of `wanted` (ms) that is missing, and whether it was the last one; None when
        there is nothing to be asked for."""
        turn = self._turns.setdefault((guild_id, channel_id), asyncio.Lock())
        async with turn:
            while gaps := without(_as_ids(wanted), [*recorded, *await self.spans(guild_id, channel_id)]):
                since = gaps[0].since
                if newest is not None and since > newest:
                    await self._keep_quiet(guild_id, channel_id, gaps, snowflake_at(wanted.until - UNSURE_MS))
                    return None
                page, reached = await self._ask(channel_id, gaps[0])
                if reached == since:
                    return None
                counted = await self.keep(guild_id, channel_id, Interval(since, reached), page)
                if counted is not None:
                    read_ms = snowflake_time(reached) - snowflake_time(since)
                    return CrawlPage(len(page), counted, read_ms), len(gaps) == 1 and len(page) < PAGE
        return None

    async def _ask(self, channel_id: int, gap: Interval) -> tuple[Sequence[MessageInfo], int]:
        """The first page of a gap (ids), and up to where it leaves nothing out."""
        page = await self._discord.messages(channel_id, after=gap.since - 1, before=gap.until, limit=PAGE)
        behind = page[-1].id + 1 if page else gap.since
        if len(page) == PAGE:
            return page, behind
        # Of the newest moments more may still come, and clocks differ.
        settled = snowflake_at(self._clock.now() - UNSURE_MS)
        return page, max(behind, min(gap.until, settled))

    async def _keep_quiet(self, guild_id: int, channel_id: int, gaps: Sequence[Interval], until: int) -> None:
        """Nothing is in these gaps, as far as clocks can be trusted."""
        for gap in gaps:
            quiet = Interval(gap.since, min(gap.until, until))
            if quiet.since < quiet.until:
                await self.keep(guild_id, channel_id, quiet, [])

    def _past(self, within: Interval) -> Interval:
        return Interval(within.since, max(within.since, min(within.until, self._clock.now())))

    async def _recorded(self, guild_id: int, channel_id: int, within: Interval) -> list[Interval]:
        """The quarters of `within` (ms) that the recorder saw whole, as ids."""
        around = Interval(within.since - UNSURE_MS, within.until + UNSURE_MS)
        told = await self._store.recorded_times(guild_id, channel_id, around)
        return [_as_ids(quarters) for quarters in whole_quarters(_sure(told), within)]

    async def keep(self, guild_id: int, channel_id: int, span: Interval, page: Sequence[MessageInfo]) -> int | None:
        """Keep all messages of `span` (ids), and that it was read; how many were counted, or None when somebody else
        has read there meanwhile."""
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


def _gaps(
    wanted: Mapping[int, Interval],
    online: Sequence[Interval],
    views: Mapping[int, Sequence[Interval]],
    spans: Mapping[int, Sequence[Interval]],
) -> dict[int, list[Interval]]:
    """Most channels were visible at the same times, so what was recorded of one was of the others."""
    recorded: dict[tuple[Interval, ...], list[Interval]] = {}
    known: dict[object, list[Interval]] = {}
    gaps = {}
    for channel_id, within in wanted.items():
        seen, read = tuple(views.get(channel_id, ())), tuple(spans.get(channel_id, ()))
        if seen not in recorded:
            recorded[seen] = [_as_ids(quarters) for quarters in whole_quarters(_sure(shared(seen, online)), EVER)]
        alike = (seen, within, read)
        if alike not in known:
            inner = Interval(-(-within.since // QUARTER_MS) * QUARTER_MS, quarter_of(within.until) * QUARTER_MS)
            told = inside(recorded[seen], _as_ids(inner))
            known[alike] = without(_as_ids(within), [*told, *read])
        gaps[channel_id] = known[alike]
    return gaps


def _sure(told: Iterable[Interval]) -> list[Interval]:
    return [Interval(seen.since + UNSURE_MS, seen.until - UNSURE_MS) for seen in told]


def _as_ids(interval: Interval) -> Interval:
    return Interval(snowflake_at(interval.since), snowflake_at(interval.until))
