"""Fills gaps that many channels have in common by search: while the recorder was away, nobody was told of any.

Reading each of five hundred quiet channels takes five hundred requests, a search for all of them a few. Invariant: a
gap is called read only when the search could show that its answer was whole, and only where nothing new can come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from jobs.activity.crawl import PAGE, Crawler
from jobs.engine.clock import Clock
from jobs.services import DISCORD_EPOCH_MS, DiscordService, Interval, MessageInfo, snowflake_at

FOUND_A_REQUEST = 25
MOST_CHANNELS = 500
"""Limits of the search (Discord API documentation, "Search Guild Messages")."""
FEWEST_CHANNELS = 5
"""With fewer, reading each is as quick."""
MOST_AT_ONCE = 10 * FOUND_A_REQUEST
"""Messages of one search: what is asked again after a kill."""
INDEXED_AFTER_MS = 3_600_000
"""How far the index may be behind is not documented; what is younger is read from the history."""
SHORTEST = snowflake_at(DISCORD_EPOCH_MS + 1000)
"""A second, in ids: what holds too much and is no longer is left to the history."""


class Searching:
    """See the module."""

    def __init__(self, crawler: Crawler, discord: DiscordService, clock: Clock) -> None:
        self._crawler = crawler
        self._discord = discord
        self._clock = clock

    async def fill(self, guild_id: int, channel_ids: Collection[int], within: Interval) -> int:
        """See `ActivityService.search`."""
        counted = 0
        settled = Interval(within.since, min(within.until, self._clock.now() - INDEXED_AFTER_MS))
        for gap, channels in (await self._common(guild_id, channel_ids, settled)).items():
            for start in range(0, len(channels), MOST_CHANNELS):
                some = channels[start : start + MOST_CHANNELS]
                if len(some) >= FEWEST_CHANNELS:
                    counted += await self._fill(guild_id, some, gap)
        return counted

    async def _common(self, guild_id: int, channel_ids: Collection[int], within: Interval) -> dict[Interval, list[int]]:
        """Gaps (ids), each with the channels that have this very one."""
        common: defaultdict[Interval, list[int]] = defaultdict(list)
        if self._discord.may_search and within.since < within.until:
            missing = await self._crawler.missing(guild_id, dict.fromkeys(channel_ids, within))
            for channel_id, gaps in missing.items():
                for gap in gaps:
                    common[gap].append(channel_id)
        return common

    async def _fill(self, guild_id: int, channel_ids: Sequence[int], gap: Interval) -> int:
        """Search in a gap; one that holds too much for one search is halved, as long as it pays."""
        found = await self._discord.search(
            guild_id, channel_ids, after=gap.since - 1, before=gap.until, most=MOST_AT_ONCE
        )
        if found is None or found.total > len(channel_ids) * FOUND_A_REQUEST:
            return 0
        if found.messages is not None:
            counted = 0
            for channel_id in channel_ids:
                counted += await self._keep(guild_id, channel_id, gap, found.messages.get(channel_id, ()))
            return counted
        if gap.until - gap.since <= SHORTEST:
            return 0
        middle = (gap.since + gap.until) // 2
        halves = (Interval(gap.since, middle), Interval(middle, gap.until))
        return sum([await self._fill(guild_id, channel_ids, half) for half in halves])

    async def _keep(self, guild_id: int, channel_id: int, gap: Interval, messages: Sequence[MessageInfo]) -> int:
        """As pages of history, so that no write is a long one."""
        counted, since = 0, gap.since
        for start in range(0, len(messages) or 1, PAGE):
            page = messages[start : start + PAGE]
            is_last = start + PAGE >= len(messages)
            until = gap.until if is_last else page[-1].id + 1
            counted += await self._crawler.keep(guild_id, channel_id, [(Interval(since, until), page)]) or 0
            since = until
        return counted
