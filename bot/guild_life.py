"""What becomes of a guild's jobs when the guild goes away: held in an outage, cancelled when the bot was removed.

Invariant: an outage is never taken for a removal, and what an administrator paused stays paused when it is over.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from bot.guild_pauses import OUTAGE, GuildPauses
from jobs.engine.backend import JobQuery
from jobs.engine.queue import JobQueue
from jobs.engine.states import UNFINISHED

log = logging.getLogger(__name__)

REMOVED = "I was removed from this server."
PAGE = 100


class GuildLife:
    """Told by the client what happens to guilds."""

    def __init__(self, queue: JobQueue, pauses: GuildPauses) -> None:
        self._queue = queue
        self._pauses = pauses

    async def unavailable(self, guild_id: int) -> None:
        """Discord cannot reach it for a while."""
        if await self._pauses.reason(str(guild_id)) is None:
            held = await self._pauses.pause(str(guild_id), OUTAGE)
            log.warning("guild %d cannot be reached; %d jobs held", guild_id, held)

    async def available(self, guild_id: int) -> None:
        """It is there, or there again."""
        if await self._pauses.reason(str(guild_id)) == OUTAGE:
            freed = await self._pauses.resume(str(guild_id))
            log.info("guild %d is back; %d jobs go on", guild_id, freed or 0)

    async def removed(self, guild_id: int) -> None:
        """The bot is no member any more."""
        cancelled = await self._pauses.cancel_all(str(guild_id), REMOVED)
        log.info("removed from guild %d; %d jobs cancelled", guild_id, cancelled)

    async def compare(self, present: Collection[int]) -> None:
        """Find out which guilds removed the bot while it was away."""
        lanes: set[str] = set()
        cursor: str | None = None
        while True:
            page = await self._queue.find(JobQuery(states=tuple(UNFINISHED), limit=PAGE, cursor=cursor))
            lanes |= {job.lane for job in page.jobs if job.lane.isdigit()}
            cursor = page.cursor
            if cursor is None:
                break
        for lane in lanes - {str(guild_id) for guild_id in present}:
            await self.removed(int(lane))
