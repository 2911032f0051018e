"""A guild's jobs held all at once, or those of one type: by an administrator, or because the guild is out of reach.

Built on the engine's hold of single jobs, so one guild never holds up another. Invariant: what is let go again is
only what this held, for it is written down before it is held; and while a guild is held no job of it starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.cards.text import stored
from bot.problems import Problem
from jobs.engine.backend import JobQuery
from jobs.engine.events import Event, EventType
from jobs.engine.model import Job, JsonValue
from jobs.engine.queue import JobQueue
from jobs.engine.states import UNFINISHED, State

KIND = "guild-pause"
PAGE = 100
BEGIN = (EventType.JOB_ENQUEUED, EventType.JOB_STARTED)
OUTAGE = "Discord cannot reach this server at the moment."


@dataclass(frozen=True, slots=True)
class Pause:
    """Of a guild, or of one type of jobs in it."""

    reason: str
    held: tuple[str, ...] = ()
    """Ids of the jobs that it holds."""


class GuildPauses:
    """See the module. `lane` is the guild's id as text."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._one_at_a_time = asyncio.Lock()
        queue.on(BEGIN, self._hear)

    async def reason(self, lane: str, type_name: str | None = None) -> str | None:
        """Why the guild (or this type in it) is held, or None."""
        pause = await self._get(lane, type_name)
        return pause.reason if pause else None

    async def types(self, lane: str) -> dict[str, str]:
        """Reasons of the single types that are held, by name."""
        records = await self._queue.records.find(KIND, lane=lane, after=f"{lane}/", limit=PAGE)
        return {record.key.partition("/")[2]: _load(record.value).reason for record in records}

    async def check(self, lane: str, type_name: str) -> None:
        """Raises `Problem` while the guild, or this type in it, is held."""
        if (reason := await self.reason(lane)) is not None:
            raise Problem("out-of-reach") if reason == OUTAGE else Problem("held", reason=stored(reason))
        if (reason := await self.reason(lane, type_name)) is not None:
            raise Problem("held-type", reason=stored(reason))

    async def pause(self, lane: str, reason: str, type_name: str | None = None) -> int | None:
        """Hold every unfinished job, and new ones; how many are held now, None when it was held before."""
        async with self._one_at_a_time:
            if await self._get(lane, type_name) is not None:
                return None
            # Nothing new from here on; then what is there is written down, and only then held.
            await self._put(lane, type_name, Pause(reason))
            jobs = [job.id async for job in self._unfinished(lane, type_name) if job.state is not State.PAUSED]
            await self._put(lane, type_name, Pause(reason, tuple(jobs)))
            return sum([await self._queue.hold(job_id, reason) for job_id in jobs])

    async def resume(self, lane: str, type_name: str | None = None) -> int | None:
        """Let go what this held; how many, or None when it was not held."""
        async with self._one_at_a_time:
            pause = await self._get(lane, type_name)
            if pause is None:
                return None
            await self._queue.records.delete(KIND, _key(lane, type_name))
            return sum([await self._let_go(job_id, type_name) for job_id in pause.held])

    async def cancel_all(self, lane: str, reason: str) -> int:
        """Cancel every unfinished job of the guild and forget its pauses; how many."""
        async with self._one_at_a_time:
            for type_name in (None, *await self.types(lane)):
                await self._queue.records.delete(KIND, _key(lane, type_name))
            jobs = [job.id async for job in self._unfinished(lane, None)]
            for job_id in jobs:
                await self._queue.cancel(job_id, reason)
            return len(jobs)

    async def _let_go(self, job_id: str, type_name: str | None) -> bool:
        job = await self._queue.get(job_id)
        if job is None or job.state.is_final or await self._passes_on(job, but_not=type_name):
            return False
        await self._queue.unhold(job_id)
        return True

    async def _passes_on(self, job: Job, *, but_not: str | None) -> bool:
        """A job that the guild's other pause holds too becomes that one's."""
        for type_name in (None, job.type):
            pause = await self._get(job.lane, type_name) if type_name != but_not else None
            if pause is not None:
                held = dict.fromkeys((*pause.held, job.id))
                await self._put(job.lane, type_name, Pause(pause.reason, tuple(held)))
                return True
        return False

    async def _hear(self, event: Event) -> None:
        if event.job is not None and event.job.lane:
            await self._hold_new(event.job)

    async def _hold_new(self, job: Job) -> None:
        """Hold a job that came to its guild while that is held, whoever made it."""
        async with self._one_at_a_time:
            for type_name in (None, job.type):
                pause = await self._get(job.lane, type_name)
                if pause is not None and await self._queue.hold(job.id, pause.reason):
                    held = dict.fromkeys((*pause.held, job.id))
                    await self._put(job.lane, type_name, Pause(pause.reason, tuple(held)))
                    return

    async def _get(self, lane: str, type_name: str | None) -> Pause | None:
        record = await self._queue.records.get(KIND, _key(lane, type_name))
        return _load(record.value) if record else None

    async def _put(self, lane: str, type_name: str | None, pause: Pause) -> None:
        value: JsonValue = {"reason": pause.reason, "held": list(pause.held)}
        await self._queue.records.put(KIND, _key(lane, type_name), value, lane=lane)

    async def _unfinished(self, lane: str, type_name: str | None) -> AsyncIterator[Job]:
        cursor: str | None = None
        types = (type_name,) if type_name else ()
        while True:
            query = JobQuery(lane=lane, types=types, states=tuple(UNFINISHED), limit=PAGE, cursor=cursor)
            page = await self._queue.find(query)
            for job in page.jobs:
                yield job
            cursor = page.cursor
            if cursor is None:
                return


def _key(lane: str, type_name: str | None) -> str:
    return lane if type_name is None else f"{lane}/{type_name}"


def _load(value: JsonValue) -> Pause:
    assert isinstance(value, dict)
    held = value["held"]
    assert isinstance(held, list)
    return Pause(str(value["reason"]), tuple(map(str, held)))
