"""What is kept of one member: whether they want to be counted, what was counted, and its erasure.

Knows no job and no Discord. Invariant: what was erased does not come back, neither from a recorder's memory nor from
a history that is read later, for the end of the quarter it happened in is kept as the instant before which nothing is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.activity import queries
from jobs.activity.store import QUARTER_MS, quarter_of
from jobs.engine.clock import Clock
from jobs.engine.database import Database

EVERYWHERE = 0
"""In place of a guild: in all of them, also those to come."""


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One stored row of a member."""

    table: str
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member wants."""

    out: bool
    """Not to be counted in the place that was asked for."""
    out_everywhere: bool
    known_since: int | None
    """Nothing of them is kept from before this instant (ms)."""


class MemberCounts:
    """Of single members, in the database that all counts lie in. `guild_id` may be `EVERYWHERE`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def wish(self, guild_id: int, member_id: int) -> Wish:
        """What holds for a member in a guild."""
        out = await self._database.read(queries.OUT_WHERE, (guild_id, member_id))
        ((since,),) = await self._database.read(queries.MEMBER_KNOWN_SINCE, (guild_id, member_id))
        guilds = {row["guild"] for row in out}
        return Wish(guild_id in guilds, EVERYWHERE in guilds, since)

    async def opt_out(self, guild_id: int, member_id: int) -> None:
        """Count nothing of them from now on; what is there stays until it is erased, and is shown to nobody."""
        await self._database.write(lambda c: c.execute(queries.OPT_OUT, (guild_id, member_id)))

    async def opt_in(self, guild_id: int, member_id: int) -> int | None:
        """Count them again from the next quarter of an hour on, whose begin (ms) is the answer; None for who had not
        opted out."""
        at = self._next_quarter()

        def body(connection: sqlite3.Connection) -> bool:
            who = (guild_id, member_id)
            if not connection.execute(queries.OPT_IN, who).rowcount:
                return False
            connection.execute(queries.FORGET_BEFORE, (*who, at))
            return True

        return at if await self._database.write(body) else None

    async def rows(self, guild_id: int, member_id: int) -> Sequence[OwnRow]:
        """All that is kept of a member, by table, guild and time."""
        found = []
        for table, statement in queries.ROWS_OF_MEMBER.items():
            for guild in await self._guilds(guild_id):
                rows = await self._database.read(statement, {"guild": guild, "member": member_id})
                found += [OwnRow(table, dict(row)) for row in rows]
        return found

    async def erase(self, guild_id: int, member_id: int) -> int:
        """Erase what was counted of a member until now, for good; how many counts. Broken off, it is begun again."""
        at = self._next_quarter()
        await self._database.write(lambda c: c.execute(queries.FORGET_BEFORE, (guild_id, member_id, at)))
        erased = 0
        for guild in await self._guilds(guild_id):
            who = {"guild": guild, "member": member_id}
            for statement in queries.ERASE_MEMBER.values():
                while batch := await self._erase(statement, who):
                    erased += batch
        return erased

    def _next_quarter(self) -> int:
        return (quarter_of(self._clock.now()) + 1) * QUARTER_MS

    async def _guilds(self, guild_id: int) -> Sequence[int]:
        if guild_id != EVERYWHERE:
            return [guild_id]
        found: set[int] = set()
        for statement in queries.GUILDS.values():
            found |= {row["guild"] for row in await self._database.read(statement)}
        return sorted(found)

    async def _erase(self, statement: str, who: Mapping[str, int]) -> int:
        return await self._database.write(lambda c: c.execute(statement, who).rowcount)
