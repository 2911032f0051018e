"""How much one member and one guild may ask for: a policy of the commands, not of the engine.

Asks the queue, keeps only the last minute's commands itself. Invariant: a refusal names what stands in the way,
with a link to its message where the caller can see it, and nothing was started. Jobs that schedules made count for
their guild and for nobody in it; the bot's own jobs count for nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cachetools import TTLCache

from bot.guards import Caller
from bot.job_words import doing, named_place, place_of
from bot.languages import Sentence, Words
from bot.problems import Problem
from bot.reporter.message import MessageStore
from jobs.engine.backend import JobQuery
from jobs.engine.clock import Clock
from jobs.engine.model import Job, JsonValue
from jobs.engine.queue import JobQueue
from jobs.engine.registry import UNSET, JobType
from jobs.engine.states import UNFINISHED, State

WINDOW_S = 60.0
MEMBERS_REMEMBERED = 10_000
LOOKED_AT = 1000
"""Unfinished jobs looked at where no limit is set."""
NAMED = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one member and of one guild; 0 for no limit."""

    commands_per_minute: int = 5
    user_unfinished: int = 3
    guild_unfinished: int = 100


class Quotas:
    """Asked before a job is started."""

    def __init__(self, queue: JobQueue, messages: MessageStore, clock: Clock, limits: Limits) -> None:
        self._queue = queue
        self._messages = messages
        self._clock = clock
        self._limits = limits
        self._commands: TTLCache[int, deque[float]] = TTLCache(MEMBERS_REMEMBERED, WINDOW_S, clock.monotonic)

    async def check(self, caller: Caller, type_: JobType, payload: Mapping[str, JsonValue]) -> None:
        """Raises `Problem` when the caller or the guild has asked for enough, or for the same before."""
        self.count_command(caller)
        wanted, _ = type_.stored(payload)
        unfinished = await self._unfinished(caller)
        for job in unfinished:
            if job.type == type_.name and job.payload == wanted and await self._shown_to(caller, job):
                raise await self._same(job, type_, caller)
        await self._check_room(caller, unfinished)

    async def check_room(self, caller: Caller) -> None:
        """Raises `Problem` when the caller or the guild has enough unfinished jobs; for one that comes back."""
        await self._check_room(caller, await self._unfinished(caller))

    def count_command(self, caller: Caller) -> None:
        """Raises `Problem` when the caller asks too fast; for every command that costs more than a look."""
        now, limit = self._clock.monotonic(), self._limits.commands_per_minute
        recent = self._commands.get(caller.user_id) or deque()
        while recent and recent[0] <= now - WINDOW_S:
            recent.popleft()
        if limit and len(recent) >= limit:
            wait_s = max(1, round(recent[0] + WINDOW_S - now))
            raise Problem("too-fast", limit=limit, wait=wait_s)
        recent.append(now)
        self._commands[caller.user_id] = recent

    async def ahead(self, job: Job, type_: JobType, caller: Caller, words: Words) -> str | None:
        """What a job that waits behind another one of its type in its guild is told; None for one that does not."""
        if type_.per_lane is None or type_.per_lane is UNSET:
            return None
        place = await self._queue.place(job.id)
        query = JobQuery(lane=job.lane, types=(job.type,), states=(State.ACTIVE,), limit=1)
        running = (await self._queue.find(query)).jobs
        if place is None or not running:
            return None
        where = place_of(running[0], await self._messages.get(running[0].id), caller)
        title, what = words.title(type_), doing(running[0])
        if place == 1:
            return words("another-runs", title=title, doing=what, where=where)
        order = words.ordinal(place)
        return words("another-runs-place", title=title, doing=what, where=where, place=place, ordinal=order)

    async def _unfinished(self, caller: Caller) -> Sequence[Job]:
        """Of the guild; as many as its limit has to know of."""
        internal = tuple(type_.name for type_ in self._queue.registry if type_.internal)
        query = JobQuery(
            lane=caller.lane,
            states=tuple(UNFINISHED),
            without_types=internal,
            limit=self._limits.guild_unfinished or LOOKED_AT,
        )
        return (await self._queue.find(query)).jobs

    async def _check_room(self, caller: Caller, unfinished: Sequence[Job]) -> None:
        limits, mine = self._limits, str(caller.user_id)
        own = [job for job in unfinished if job.owner == mine and "schedule" not in job.metadata]
        if limits.user_unfinished and len(own) >= limits.user_unfinished:
            named = [named_place(job, await self._messages.get(job.id), caller) for job in own[:NAMED]]
            raise Problem("own-limit", count=len(own), named=", ".join(named))
        if limits.guild_unfinished and len(unfinished) >= limits.guild_unfinished:
            raise Problem("guild-limit", count=len(unfinished))

    async def _shown_to(self, caller: Caller, job: Job) -> bool:
        """A job that somebody else runs for themselves alone is nobody else's business, and no help to them."""
        if caller.may_see(job):
            return True
        message = await self._messages.get(job.id)
        return message is not None and not (message.ephemeral or message.direct)

    async def _same(self, job: Job, type_: JobType, caller: Caller) -> Problem:
        where = place_of(job, await self._messages.get(job.id), caller)
        who = f"<@{job.owner}>" if job.owner else Sentence("operator")
        return Problem("the-same", title=type_, doing=doing(job), place=where, user=who)
