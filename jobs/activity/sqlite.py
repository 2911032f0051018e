"""`ActivityStore` in the file that the jobs lie in; its own tables, the engine's writer.

Invariant: what one call brings is committed whole, and never for a member who opted out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple
from importlib.resources import files

from jobs.activity.intervals import joined, shared
from jobs.activity.store import Count, View
from jobs.engine.database import Database, Migration
from jobs.services import Interval

MIGRATIONS = tuple(
    Migration("activity", number, (files("jobs.activity.migrations") / name).read_text(encoding="utf-8"))
    for number, name in enumerate(
        ("0001_activity.sql", "0002_crawl.sql", "0003_visible.sql", "0004_opted_in.sql"), start=1
    )
)

ADD = """
INSERT INTO activity (guild, channel, member, quarter, messages, voice_ms)
SELECT ?1, ?2, ?3, ?4, ?5, ?6
WHERE NOT EXISTS (SELECT 1 FROM activity_opt_out WHERE guild = ?1 AND member = ?3)
ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, voice_ms = voice_ms + excluded.voice_ms
"""
EXTEND = """
INSERT INTO activity_online VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET until = max(until, excluded.until)
"""

HIDE = """
UPDATE activity_visible SET until = max(since, ?)
WHERE guild = ? AND until IS NULL AND channel NOT IN (SELECT value FROM json_each(?))
"""
SHOW = """
INSERT INTO activity_visible (guild, channel, since)
SELECT ?1, value, ?2 FROM json_each(?3)
WHERE NOT EXISTS (SELECT 1 FROM activity_visible WHERE guild = ?1 AND channel = value AND until IS NULL)
ON CONFLICT DO UPDATE SET until = NULL
"""
VISIBLE = """
SELECT since, coalesce(until, ?) AS until FROM activity_visible WHERE guild = ? AND channel = ? AND since < ?
"""


TABLES: Mapping[str, str] = {
    "activity": "quarter, channel, member",
    "activity_crawled": "quarter, channel, member",
    "activity_span": "channel, since",
    "activity_online": "since",
    "activity_visible": "channel, since",
}
"""What is known of a guild, with the key of its rows; who opted out there is a wish, and stays."""
ERASED_AT_ONCE = 500
ERASE: Mapping[str, str] = {
    table: f"DELETE FROM {table} WHERE guild = :guild AND ({key}) IN "  # noqa: S608 - fixed names only
    f"(SELECT {key} FROM {table} WHERE guild = :guild LIMIT {ERASED_AT_ONCE})"
    for table, key in TABLES.items()
}


class SqliteActivityStore:
    """See `ActivityStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_recorded(
        self, counts: Sequence[Count], online: Sequence[tuple[int, Interval]], views: Sequence[View] = ()
    ) -> None:
        def body(connection: sqlite3.Connection) -> None:
            connection.executemany(ADD, [astuple(count) for count in counts])
            connection.executemany(EXTEND, [(guild, seen.since, seen.until) for guild, seen in online])
            for view in views:
                channels = json.dumps(sorted(view.channel_ids))
                connection.execute(HIDE, (view.at, view.guild_id, channels))
                connection.execute(SHOW, (view.guild_id, view.at, channels))

        await self._database.write(body)

    async def recorded(self, guild_id: int, first: int, last: int) -> Sequence[Count]:
        rows = await self._database.read(
            "SELECT guild, channel, member, quarter, messages, voice_ms FROM activity "
            "WHERE guild = ? AND quarter BETWEEN ? AND ? ORDER BY quarter, channel, member",
            (guild_id, first, last),
        )
        return [Count(*row) for row in rows]

    async def online(self, guild_id: int, within: Interval) -> Sequence[Interval]:
        rows = await self._database.read(
            "SELECT since, until FROM activity_online WHERE guild = ? AND until > ? AND since < ? ORDER BY since",
            (guild_id, within.since, within.until),
        )
        return joined(Interval(max(since, within.since), min(until, within.until)) for since, until in rows)

    async def recorded_times(self, guild_id: int, channel_id: int, within: Interval) -> Sequence[Interval]:
        rows = await self._database.read(VISIBLE, (within.until, guild_id, channel_id, within.until))
        visible = [Interval(row["since"], row["until"]) for row in rows]
        return shared(visible, await self.online(guild_id, within))

    async def opted_out(self, guild_id: int) -> Collection[int]:
        rows = await self._database.read("SELECT member FROM activity_opt_out WHERE guild = ?", (guild_id,))
        return {row["member"] for row in rows}

    async def opt_out(self, guild_id: int, member_id: int) -> None:
        def body(connection: sqlite3.Connection) -> None:
            who = (guild_id, member_id)
            connection.execute("INSERT OR IGNORE INTO activity_opt_out VALUES (?, ?)", who)
            connection.execute("DELETE FROM activity WHERE guild = ? AND member = ?", who)
            connection.execute("DELETE FROM activity_crawled WHERE guild = ? AND member = ?", who)

        await self._database.write(body)

    async def erase_guild(self, guild_id: int) -> None:
        """Delete all counts of a guild, and what is known of when they were seen; a batch at a time."""
        for statement in ERASE.values():
            while await self._erase(statement, guild_id) == ERASED_AT_ONCE:
                pass

    async def opt_in(self, guild_id: int, member_id: int, at: int) -> None:
        def body(connection: sqlite3.Connection) -> None:
            who = (guild_id, member_id)
            if connection.execute("DELETE FROM activity_opt_out WHERE guild = ? AND member = ?", who).rowcount:
                connection.execute("INSERT OR REPLACE INTO activity_opted_in VALUES (?, ?, ?)", (*who, at))

        await self._database.write(body)

    async def known_since(self, guild_id: int) -> Mapping[int, int]:
        rows = await self._database.read("SELECT member, at FROM activity_opted_in WHERE guild = ?", (guild_id,))
        return {row["member"]: row["at"] for row in rows}

    async def _erase(self, statement: str, guild_id: int) -> int:
        return await self._database.write(lambda c: c.execute(statement, {"guild": guild_id}).rowcount)
