"""What becomes of a guild's jobs and data when the guild goes away: held in an outage, cancelled and later forgotten
when the bot was removed, as before when it is invited again.

Invariant: an outage is never taken for a removal; what an administrator paused stays paused when it is over; and of
a guild that removed the bot nothing is left `KEPT_MS` later.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from bot.guild_data import GuildData
from bot.guild_pauses import OUTAGE, GuildPauses
from jobs.engine.backend import JobQuery
from jobs.engine.clock import Clock
from jobs.engine.queue import JobQueue
from jobs.engine.records import Record
from jobs.engine.scheduler import Scheduler
from jobs.engine.states import UNFINISHED

log = logging.getLogger(__name__)

KIND = "guild"
"""One record a guild that the bot is or was in: since when (ms) it is not, or None."""
REMOVED = "I was removed from this server."
KEPT_MS = 30 * 86_400_000
PAGE = 100


class GuildLife:
    """Told by the client what happens to guilds."""

    def __init__(
        self, queue: JobQueue, pauses: GuildPauses, scheduler: Scheduler, data: GuildData, clock: Clock
    ) -> None:
        self._queue = queue
        self._records = queue.records
        self._pauses = pauses
        self._scheduler = scheduler
        self._data = data
        self._clock = clock

    async def unavailable(self, guild_id: int) -> None:
        """Discord cannot reach it for a while."""
        held = await self._pauses.pause(str(guild_id), OUTAGE)
        if held is not None:
            log.warning("guild %d cannot be reached; %d jobs held", guild_id, held)

    async def available(self, guild_id: int) -> None:
        """It is there, or there again."""
        if await self._pauses.reason(str(guild_id)) == OUTAGE:
            freed = await self._pauses.resume(str(guild_id))
            log.info("guild %d is back; %d jobs go on", guild_id, freed or 0)
        await self._welcome(guild_id)

    async def removed(self, guild_id: int) -> None:
        """The bot is no member any more."""
        lane = str(guild_id)
        cancelled = await self._pauses.cancel_all(lane, REMOVED)
        for schedule in await self._scheduler.list(lane=lane):
            if schedule.paused is None:
                await self._scheduler.pause(schedule.id, REMOVED)
        await self._records.put(KIND, lane, self._clock.now())
        log.info("removed from guild %d; %d jobs cancelled", guild_id, cancelled)

    async def compare(self, present: Collection[int], unreachable: Collection[int] = ()) -> None:
        """Find out what happened to guilds while the bot was away. `present` are all it is in."""
        known = {record.key: record.value for record in await self._known()}
        for guild_id in present:
            if guild_id in unreachable:
                await self.unavailable(guild_id)
            elif known.get(str(guild_id), 0) is not None:
                await self.available(guild_id)
        away = {str(guild_id) for guild_id in present}
        lost = {lane for lane, left_at in known.items() if left_at is None} | await self._lanes()
        for lane in lost - away:
            await self.removed(int(lane))

    async def sweep(self) -> int:
        """Forget the guilds that removed the bot long ago; how many."""
        forgotten = 0
        for record in await self._known():
            if isinstance(record.value, int) and record.value <= self._clock.now() - KEPT_MS:
                await self._data.erase(int(record.key))
                await self._records.delete(KIND, record.key)
                log.info("nothing is kept of guild %s any more", record.key)
                forgotten += 1
        return forgotten

    async def _welcome(self, guild_id: int) -> None:
        """Note that the bot is there; schedules that rest since it was removed go on."""
        lane = str(guild_id)
        known = await self._records.get(KIND, lane)
        if known is not None and known.value is None:
            return
        await self._records.put(KIND, lane, None)
        if known is not None:
            for schedule in await self._scheduler.list(lane=lane):
                if schedule.paused == REMOVED:
                    await self._scheduler.resume(schedule.id)

    async def _known(self) -> list[Record]:
        found: list[Record] = []
        after = ""
        while page := await self._records.find(KIND, after=after, limit=PAGE):
            found += page
            after = page[-1].key
        return found

    async def _lanes(self) -> set[str]:
        """Guilds with unfinished jobs."""
        lanes: set[str] = set()
        cursor: str | None = None
        while True:
            page = await self._queue.find(JobQuery(states=tuple(UNFINISHED), limit=PAGE, cursor=cursor))
            lanes |= {job.lane for job in page.jobs if job.lane.isdigit()}
            cursor = page.cursor
            if cursor is None:
                return lanes
