"""What lies in the tables of activity, by the names of their columns."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.activity.store import Count, Membership
from jobs.engine.database import Database

COUNTS = "SELECT * FROM activity WHERE guild = ? ORDER BY quarter, channel, member"
MEMBERSHIPS = "SELECT * FROM activity_membership WHERE guild = ? ORDER BY quarter, member"


async def counts_of(database: Database, guild_id: int) -> Sequence[Count]:
    """What was recorded in a guild, one a member, channel and quarter."""
    return [
        Count(
            row["guild"], row["channel"], row["member"], row["quarter"], messages=row["messages"],
            voice_ms=row["voice_ms"], replies=row["replies"], threads=row["threads"], reactions=row["reactions"],
        )
        for row in await database.read(COUNTS, (guild_id,))
    ]  # fmt: skip


async def memberships_of(database: Database, guild_id: int) -> Sequence[Membership]:
    """Joins and leaves in a guild, one a member and quarter."""
    rows = await database.read(MEMBERSHIPS, (guild_id,))
    return [Membership(r["guild"], r["member"], r["quarter"], joins=r["joins"], leaves=r["leaves"]) for r in rows]
