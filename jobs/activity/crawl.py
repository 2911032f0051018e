"""Reads the history of channels that nobody recorded, page by page, and counts it.

Owns the crawled counts and the spans that say what they cover. Invariant: a page's counts and its span are one
write, so a message is counted once however often the reading is broken off, and by however many at once.
"""

from __future__ import annotations

import asyncio
import sqlite3
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TypeAlias
from weakref import WeakValueDictionary

from jobs.activity import queries
from jobs.activity.intervals import inside, joined, shared, whole_quarters, without
from jobs.activity.store import QUARTER_MS, UNSURE_MS, ActivityStore, Source, quarter_of
from jobs.engine.clock import Clock
from jobs.engine.database import Database
from jobs.services import CrawlPage, DiscordService, Interval, MessageInfo, snowflake_at, snowflake_time

PAGE = 100
EVER = Interval(0, 2**53)
Part: TypeAlias = tuple[Interval, Sequence[MessageInfo]]
"""A span of ids with all messages in it."""


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
        ids = _as_ids(around)
        rows = await self._database.read(queries.SPANS_WITHIN, (guild_id, ids.until, ids.since))
        # A year of short stretches, by hundreds of channels, is seconds of work.
        return await asyncio.to_thread(_gaps, past, online, views, rows)

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
                    # Nothing is in these gaps, as far as clocks can be trusted.
                    await self.keep(guild_id, channel_id, _within(gaps, snowflake_at(wanted.until - UNSURE_MS), []))
                    return None
                page, reached = await self._ask(channel_id, Interval(since, gaps[-1].until))
                if reached == since:
                    return None
                parts = _within(gaps, reached, page)
                counted = await self.keep(guild_id, channel_id, parts)
                if counted is not None:
                    read_ms = sum(snowflake_time(gap.until) - snowflake_time(gap.since) for gap, _ in parts)
                    told = CrawlPage(sum(len(messages) for _, messages in parts), counted, read_ms)
                    return told, len(page) < PAGE
        return None

    async def _ask(self, channel_id: int, wanted: Interval) -> tuple[Sequence[MessageInfo], int]:
        """The first page of `wanted` (ids), and up to where it leaves nothing out. It may lie over many gaps: in a
        quiet channel one page answers for all of them."""
        page = await self._discord.messages(channel_id, after=wanted.since - 1, before=wanted.until, limit=PAGE)
        behind = page[-1].id + 1 if page else wanted.since
        if len(page) == PAGE:
            return page, behind
        # Of the newest moments more may still come, and clocks differ.
        settled = snowflake_at(self._clock.now() - UNSURE_MS)
        return page, max(behind, min(wanted.until, settled))

    def _past(self, within: Interval) -> Interval:
        return Interval(within.since, max(within.since, min(within.until, self._clock.now())))

    async def _recorded(self, guild_id: int, channel_id: int, within: Interval) -> list[Interval]:
        """The quarters of `within` (ms) that the recorder saw whole, as ids."""
        around = Interval(within.since - UNSURE_MS, within.until + UNSURE_MS)
        told = await self._store.recorded_times(guild_id, channel_id, around)
        return [_as_ids(quarters) for quarters in whole_quarters(_sure(told), within)]

    async def keep(self, guild_id: int, channel_id: int, parts: Sequence[Part]) -> int | None:
        """Keep parts of a channel's history, and that they were read, at once; how many messages were counted, or None
        when somebody else has read there meanwhile."""
        where = (guild_id, channel_id)

        def body(connection: sqlite3.Connection) -> int | None:
            for span, _ in parts:
                if connection.execute(queries.OVERLAPPING_SPAN, (*where, span.until, span.since)).fetchone():
                    return None
            return sum(_keep(connection, where, span, messages) for span, messages in parts)

        return await self._database.write(body)


def _within(gaps: Iterable[Interval], until: int, messages: Sequence[MessageInfo]) -> Sequence[Part]:
    """What of the gaps lies before `until` (ids), with the messages of each; `messages` are in order."""
    spans = [Interval(gap.since, min(gap.until, until)) for gap in gaps if gap.since < until]
    ids = [message.id for message in messages]
    return [(span, messages[bisect_left(ids, span.since) : bisect_left(ids, span.until)]) for span in spans]


def _keep(
    connection: sqlite3.Connection, where: tuple[int, int], span: Interval, messages: Sequence[MessageInfo]
) -> int:
    """Add all messages of `span`, and that it was read; how many were counted."""
    tally = Counter((m.author_id, quarter_of(m.at)) for m in messages if m.by_person)
    replies = Counter((m.author_id, quarter_of(m.at)) for m in messages if m.by_person and m.reply)
    counted = 0
    for (member_id, quarter), sent in tally.items():
        row = (*where, member_id, quarter, sent, replies[member_id, quarter])
        counted += sent if connection.execute(queries.ADD_CRAWLED, row).rowcount else 0
    if not connection.execute(queries.EXTEND_SPAN, (span.until, *where, span.since)).rowcount:
        connection.execute(queries.BEGIN_SPAN, (*where, span.since, span.until))
    return counted


def _gaps(
    wanted: Mapping[int, Interval],
    online: Sequence[Interval],
    views: Mapping[int, Sequence[Interval]],
    rows: Iterable[sqlite3.Row],
) -> dict[int, list[Interval]]:
    """`rows` are spans that were read, each with its channel. Most channels were visible at the same times, so what was
    recorded of one was of the others."""
    spans: defaultdict[int, list[Interval]] = defaultdict(list)
    for channel_id, since, until in rows:
        spans[channel_id].append(Interval(since, until))
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
