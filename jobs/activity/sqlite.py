"""`ActivityStore` in the file that the jobs lie in; its own tables, the engine's writer.

Invariant: what one call brings is committed whole, and never for a member who opted out.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from importlib.resources import files
from operator import attrgetter

from jobs.activity import queries
from jobs.activity.intervals import inside, joined, shared
from jobs.activity.store import ANYTHING, EVERYTHING, Count, Membership, Source, View
from jobs.engine.database import Database, Migration
from jobs.services import Interval

STEPS = (
    "0001_activity.sql",
    "0002_crawl.sql",
    "0003_visible.sql",
    "0004_opted_in.sql",
    "0005_signals.sql",
    "0006_privacy.sql",
)
MIGRATIONS = tuple(
    Migration("activity", number, (files("jobs.activity.migrations") / name).read_text(encoding="utf-8"))
    for number, name in enumerate(STEPS, start=1)
)
COUNT, MEMBERSHIP = (attrgetter(*(field.name for field in fields(row))) for row in (Count, Membership))
"""Their values in order. `dataclasses.astuple` copies each, and takes ten times as long."""


class SqliteActivityStore:
    """See `ActivityStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_recorded(
        self,
        counts: Sequence[Count],
        online: Sequence[tuple[int, Interval]],
        views: Sequence[View] = (),
        memberships: Sequence[Membership] = (),
        sources: Source = EVERYTHING,
    ) -> None:
        def body(connection: sqlite3.Connection) -> None:
            connection.executemany(queries.ADD_RECORDED, map(COUNT, counts))
            connection.executemany(queries.ADD_MEMBERSHIP, map(MEMBERSHIP, memberships))
            stretches = [(guild, seen.since, seen.until, int(sources)) for guild, seen in online]
            connection.executemany(queries.EXTEND_ONLINE, stretches)
            for view in views:
                channels = json.dumps(sorted(view.channel_ids))
                connection.execute(queries.HIDE, (view.at, view.guild_id, channels))
                connection.execute(queries.SHOW, (view.guild_id, view.at, channels))

        await self._database.write(body)

    async def forget_ahead(self, guild_ids: Collection[int], at: int) -> None:
        def body(connection: sqlite3.Connection) -> None:
            for statement in queries.FORGET_AHEAD:
                connection.executemany(statement, [(guild_id, at) for guild_id in guild_ids])

        await self._database.write(body)

    async def online(self, guild_id: int, within: Interval, sources: Source = ANYTHING) -> Sequence[Interval]:
        place = (guild_id, within.since, within.until, int(sources))
        rows = await self._database.read(queries.ONLINE, place)
        return inside(joined(Interval(since, until) for since, until in rows), within)

    async def recorded_times(self, guild_id: int, channel_id: int, within: Interval) -> Sequence[Interval]:
        rows = await self._database.read(queries.VISIBLE, (within.until, guild_id, channel_id, within.until))
        visible = [Interval(row["since"], row["until"]) for row in rows]
        return shared(visible, await self.online(guild_id, within, Source.MESSAGES))

    async def views(self, guild_id: int, until: int) -> Mapping[int, Sequence[Interval]]:
        found: defaultdict[int, list[Interval]] = defaultdict(list)
        for channel, since, end in await self._database.read(queries.VIEWS, (until, guild_id, until)):
            found[channel].append(Interval(since, end))
        return found

    async def opted_out(self, guild_id: int) -> Collection[int]:
        return {row["member"] for row in await self._database.read(queries.OPTED_OUT, (guild_id,))}

    async def erase_guild(self, guild_id: int) -> None:
        """Delete all counts of a guild, and what is known of when they were seen; a batch at a time."""
        for statement in queries.ERASE_GUILD.values():
            while await self._erase(statement, guild_id) == queries.ERASED_AT_ONCE:
                pass

    async def known_since(self, guild_id: int) -> Mapping[int, int]:
        rows = await self._database.read(queries.KNOWN_SINCE, (guild_id,))
        return {row["member"]: row["at"] for row in rows}

    async def _erase(self, statement: str, guild_id: int) -> int:
        return await self._database.write(lambda c: c.execute(statement, {"guild": guild_id}).rowcount)
