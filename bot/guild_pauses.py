"""A guild's jobs held all at once: by an administrator, or because the guild cannot be reached.

Built on the engine's hold of single jobs, so one guild never holds up another. Invariant: what is let go again is
only what this held, and while a guild is held no new job of it starts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.problems import Problem
from jobs.engine.backend import JobQuery
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.states import UNFINISHED, State

KIND = "guild-pause"
PAGE = 100
OUTAGE = "Discord cannot reach this server at the moment."


class GuildPauses:
    """See the module. `lane` is the guild's id as text."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    async def reason(self, lane: str) -> str | None:
        """Why the guild is held, or None."""
        record = await self._queue.records.get(KIND, lane)
        return str(record.value) if record else None

    async def check(self, lane: str) -> None:
        """Raises `Problem` while the guild is held."""
        if (reason := await self.reason(lane)) is not None:
            raise Problem(f"Jobs are paused in this server: {reason} `/queue resume` lets them go on.")

    async def pause(self, lane: str, reason: str) -> int:
        """Hold every unfinished job of the guild, and new ones; how many are held now."""
        await self._queue.records.put(KIND, lane, reason, lane=lane)
        held = 0
        async for job in self._unfinished(lane):
            if job.state is not State.PAUSED:
                held += await self._queue.hold(job.id, reason)
        return held

    async def resume(self, lane: str) -> int | None:
        """Let go what this held; how many, or None when the guild was not held."""
        reason = await self.reason(lane)
        if reason is None:
            return None
        await self._queue.records.delete(KIND, lane)
        return sum([await self._queue.unhold(job.id) async for job in self._unfinished(lane) if job.reason == reason])

    async def cancel_all(self, lane: str, reason: str) -> int:
        """Cancel every unfinished job of the guild; how many."""
        jobs = [job async for job in self._unfinished(lane)]
        for job in jobs:
            await self._queue.cancel(job.id, reason)
        return len(jobs)

    async def _unfinished(self, lane: str) -> AsyncIterator[Job]:
        cursor: str | None = None
        while True:
            query = JobQuery(lane=lane, states=tuple(UNFINISHED), limit=PAGE, cursor=cursor)
            page = await self._queue.find(query)
            for job in page.jobs:
                yield job
            cursor = page.cursor
            if cursor is None:
                return
