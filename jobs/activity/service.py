"""`ActivityService`: history read, and what single members did, over the tables of this room.

Knows no job and no Discord library. Invariant: the event loop only waits, and never for more than the rows of a
few members; what reads more is the `reader`'s, in a process of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from jobs.activity import queries
from jobs.activity.crawl import Crawler
from jobs.activity.members import MemberCounts
from jobs.activity.reader import SqliteActivityReader, in_portions
from jobs.activity.retention import Retention
from jobs.activity.searching import Searching
from jobs.activity.sqlite import SqliteActivityStore
from jobs.activity.store import QUARTER_MS, Source, quarter_of
from jobs.engine.clock import Clock
from jobs.engine.database import Database
from jobs.services import Amounts, CrawlPage, DiscordService, Interval, KnownHistory, snowflake_time


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
        self._searching = Searching(self._crawler, discord, clock)

    async def opted_out(self, guild_id: int) -> Collection[int]:
        return await self._store.opted_out(guild_id)

    async def online(self, guild_id: int, within: Interval) -> Sequence[Interval]:
        """When the recorder listened to what nobody can read back, voice and reactions; see `ActivityStore`."""
        return await self._store.online(guild_id, within, Source.VOICE | Source.REACTIONS)

    async def known_since(self, guild_id: int) -> Mapping[int, int]:
        return await self._store.known_since(guild_id)

    async def erase(self, guild_id: int) -> None:
        """Forget everything that was counted in a guild."""
        await self._store.erase_guild(guild_id)

    async def kept_since(self, guild_id: int) -> int:
        return await self.retention.kept_since(guild_id)

    async def missing(self, guild_id: int, wanted: Mapping[int, Interval]) -> Mapping[int, Sequence[Interval]]:
        kept_since = await self.kept_since(guild_id)
        kept = {channel_id: _kept(within, kept_since) for channel_id, within in wanted.items()}
        found = await self._crawler.missing(guild_id, kept)
        # Channels that miss the same have one list of it.
        alike = {id(gaps): gaps for gaps in found.values()}
        times = {
            key: [Interval(snowflake_time(gap.since), snowflake_time(gap.until)) for gap in gaps]
            for key, gaps in alike.items()
        }
        return {channel_id: times[id(gaps)] for channel_id, gaps in found.items()}

    async def crawl(
        self, guild_id: int, channel_id: int, within: Interval, *, newest: int | None = None
    ) -> AsyncIterator[CrawlPage]:
        kept = _kept(within, await self.kept_since(guild_id))
        async for page in self._crawler.crawl(guild_id, channel_id, kept, newest=newest):
            yield page

    async def search(self, guild_id: int, channel_ids: Collection[int], within: Interval) -> int:
        return await self._searching.fill(guild_id, channel_ids, _kept(within, await self.kept_since(guild_id)))

    async def of_member(self, guild_id: int, member_id: int, within: Interval) -> Amounts:
        """What one member did anywhere in the guild, by their own rows alone: cheap enough for everybody to ask."""
        first, last = quarter_of(within.since), quarter_of(within.until - 1)
        who = {"guild": guild_id, "member": member_id, "first": first, "last": last}
        (row,) = await self._database.read(queries.OF_MEMBER, who)
        return Amounts(row["messages"], row["voice_ms"], row["reactions"])

    async def history_of(self, guild_id: int, channel_ids: Collection[int], within: Interval) -> KnownHistory:
        where = {"guild": guild_id, "first": quarter_of(within.since), "last": quarter_of(within.until - 1)}
        found: list[KnownHistory] = []
        for some in in_portions(channel_ids):
            (row,) = await self._database.read(queries.HISTORY_OF, where | {"channels": some})
            found.append(KnownHistory(row["messages"], row["oldest"]))
        quarters = [known.oldest for known in found if known.oldest is not None]
        oldest = min(quarters) * QUARTER_MS if quarters else None
        return KnownHistory(sum(known.messages for known in found), oldest)

    @property
    def reader(self) -> SqliteActivityReader:
        return SqliteActivityReader(self._database.path)

    async def last_seen(self, guild_id: int, members: Collection[int]) -> Mapping[int, int]:
        seen = dict[int, int]()
        for some in in_portions(members):
            rows = await self._database.read(queries.LAST_SEEN, {"guild": guild_id, "members": some})
            seen |= {member: quarter * QUARTER_MS for member, quarter in rows if quarter >= 0}
        return seen


def _kept(within: Interval, kept_since: int) -> Interval:
    """The part of a range that may be known."""
    return Interval(max(within.since, kept_since), within.until)
