"""A made-up guild with as much counted activity as one likes, for the benchmark of the report."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

from jobs.activity.sqlite import MIGRATIONS
from jobs.activity.store import QUARTER_MS
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteDatabase
from jobs.services import ChannelInfo, Found, GuildInfo, MemberInfo, MessageInfo

GUILD = 700_000_000_000_000_001
FIRST = date(2026, 8, 1)
DAYS = 60
"""The thirty that are asked about, and the thirty before."""
SINCE = int(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC).timestamp() * 1000)
NOW = SINCE + DAYS * 86_400_000 + 1
CHANNEL, MEMBER = 10**18, 2 * 10**18
QUARTERS = DAYS * 96
AT_ONCE = 200_000
CRAWLED = "INSERT INTO activity_crawled (guild, quarter, channel, member, messages) VALUES (?, ?, ?, ?, ?)"
RECORDED = (
    "INSERT OR IGNORE INTO activity (guild, quarter, channel, member, messages, voice_ms) VALUES (?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Size:
    rows: int
    members: int
    channels: int


FULL = Size(rows=10_000_000, members=100_000, channels=500)
SMOKE = Size(rows=20_000, members=1000, channels=20)


class Guild:
    """See `DiscordService`. All history is known already."""

    def __init__(self, size: Size) -> None:
        self._size = size

    may_search = False

    async def guild(self, guild_id: int) -> GuildInfo:
        return GuildInfo(guild_id, "A very large server", 1, 0, guild_id)

    async def channels(self, guild_id: int) -> Sequence[ChannelInfo]:
        return [ChannelInfo(CHANNEL + n, f"channel-{n}", "text", True, n % 10 > 0) for n in range(self._size.channels)]

    async def archived_threads(self, channel: ChannelInfo, *, since: int = 0) -> AsyncIterator[Sequence[ChannelInfo]]:
        for page in list[Sequence[ChannelInfo]]():
            yield page

    async def members(self, guild_id: int) -> AsyncIterator[Sequence[MemberInfo]]:
        for start in range(0, self._size.members, 1000):
            await asyncio.sleep(0)  # as a request would: others get their turn
            yield [_member(n) for n in range(start, min(start + 1000, self._size.members))]

    async def messages(
        self, channel_id: int, *, after: int = 0, before: int | None = None, limit: int = 100
    ) -> Sequence[MessageInfo]:
        return []

    async def search(
        self, guild_id: int, channel_ids: Collection[int], *, after: int, before: int, most: int
    ) -> Found | None:
        return None

    async def member_permissions(self, guild_id: int, user_id: int) -> int | None:
        return 8


class AllMay:
    """See `Rights`."""

    async def may_start(self, guild_id: int, user_id: int, type_name: str) -> bool:
        return True


def _member(number: int) -> MemberInfo:
    joined = SINCE + (number * 7919 % 400 - 340) * 86_400_000
    return MemberInfo(MEMBER + number, f"Member {number:,}", False, joined, (5, 6 + number % 3))


def database_at(path: Path) -> SqliteDatabase:
    return SqliteDatabase(path, migrations=(*ENGINE_MIGRATIONS, *MIGRATIONS))


async def fill(path: Path, size: Size) -> None:
    """Write the counts, nine tenths of them recorded and one tenth read back from history, and that all was seen."""
    database = database_at(path)
    await database.open()
    await database.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for key in _keys(size):
            quarter, rest = np.divmod(key, size.channels * size.members)
            channel, member = np.divmod(rest, size.members)
            quarters = (quarter + SINCE // QUARTER_MS).tolist()
            places = (np.full(len(key), GUILD).tolist(), quarters, (channel + CHANNEL).tolist())
            rows = list(zip(*places, (member + MEMBER).tolist(), (key % 7 + 1).tolist(), strict=True))
            connection.executemany(CRAWLED, rows[::10])
            recorded = ((*row, row[4] * 10_000) for row in rows if row[3] % 10)
            connection.executemany(RECORDED, recorded)
        connection.execute(
            "INSERT INTO activity_online (guild, since, until) VALUES (?, ?, ?)", (GUILD, SINCE - 1, NOW)
        )
        seen = [(GUILD, CHANNEL + n, SINCE - 10**9) for n in range(size.channels)]
        connection.executemany("INSERT INTO activity_visible (guild, channel, since) VALUES (?, ?, ?)", seen)
        connection.execute("COMMIT")


def _keys(size: Size) -> Iterator[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Places and members, most of the activity in few channels and of few members, in the order of the table."""
    chance = np.random.default_rng(1)
    portions = max(1, size.rows // AT_ONCE)
    for first in range(0, QUARTERS, -(-QUARTERS // portions)):
        length = min(-(-QUARTERS // portions), QUARTERS - first)
        count = size.rows * length // QUARTERS
        quarter = chance.integers(first, first + length, 2 * count)
        channel = chance.zipf(1.3, 2 * count) % size.channels
        member = (chance.pareto(1.2, 2 * count) * size.members / 50).astype(np.int64) % size.members
        key = np.unique((quarter * size.channels + channel) * size.members + member)
        yield np.sort(chance.choice(key, min(count, len(key)), replace=False))


def asked() -> dict[str, str]:
    """The payload: the last thirty days, compared with those before."""
    last = FIRST + timedelta(days=DAYS - 1)
    return {
        "guild_id": str(GUILD),
        "start_date": (last - timedelta(days=29)).isoformat(),
        "end_date": last.isoformat(),
    }
