"""How long counts by member are kept, and what is left of them after it: sums by month and channel.

Knows no job and no Discord. Invariant: sums and deletion of a batch are one transaction, so a count is in exactly one
of both however often it is broken off; and what was swept is never read from history again.
"""

from __future__ import annotations

import sqlite3

from jobs.activity import queries
from jobs.activity.store import QUARTER_MS, quarter_of
from jobs.engine.clock import Clock
from jobs.engine.database import Database

DAY_MS = 86_400_000
AT_ONCE = 500
SWEPT_AFTER_MS = DAY_MS
"""Nothing that a report may still ask for is swept while it is being made."""


class Retention:
    """Keeps counts by member for `days` days; None keeps them for ever."""

    def __init__(self, database: Database, clock: Clock, days: int | None) -> None:
        self._database = database
        self._clock = clock
        self._days = days

    async def kept_since(self, guild_id: int) -> int:
        """Nothing of members is kept, or read again, from before this instant (ms)."""
        rows = await self._database.read(queries.SWEPT, (guild_id,))
        swept = rows[0]["before"] * QUARTER_MS if rows else 0
        return max(swept, self._limit())

    async def sweep(self) -> int:
        """Turn what was kept for long enough into sums, in small batches; how many counts went."""
        before = quarter_of(self._limit() - SWEPT_AFTER_MS)
        if before <= 0:
            return 0
        guilds: set[int] = set()
        for statement in queries.GUILDS.values():
            guilds |= {row["guild"] for row in await self._database.read(statement)}
        swept = 0
        for guild_id in sorted(guilds):
            while batch := await self._database.write(lambda c, g=guild_id: _sweep(c, g, before)):  # type: ignore[misc]
                swept += batch
        return swept

    def _limit(self) -> int:
        return 0 if self._days is None else self._clock.now() - self._days * DAY_MS


def _sweep(connection: sqlite3.Connection, guild_id: int, before: int) -> int:
    """Whole quarters, the oldest first, of about `AT_ONCE` rows; how many rows."""
    values = {"guild": guild_id, "before": before, "most": AT_ONCE}
    quarters = [quarter for (quarter,) in connection.execute(queries.OLDEST_QUARTERS, values)]
    if not quarters:
        return 0
    last = quarters[-1]
    if len(quarters) == AT_ONCE and last > quarters[0]:
        # The rest of the last one lies behind the batch; without it, its source could be chosen wrongly.
        last = max(quarter for quarter in quarters if quarter < last)
    batch = {"guild": guild_id, "last": last}
    connection.execute(queries.SUM_UP, batch)
    connection.execute(queries.NOTE_SWEPT, batch)
    return sum(connection.execute(statement, batch).rowcount for statement in queries.SWEEP)
