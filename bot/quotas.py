"""How much one member and one guild may ask for: a policy of the commands, not of the engine.

Asks the queue, keeps only the last minute's commands itself. Invariant: a refusal names what stands in the way,
with a link to its message where there is one, and nothing was started.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from cachetools import TTLCache

from bot.guards import Caller
from bot.problems import Problem
from bot.reporter.message import MessageStore
from jobs.engine.backend import JobQuery
from jobs.engine.clock import Clock
from jobs.engine.model import Job, JsonValue
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobType
from jobs.engine.states import UNFINISHED

WINDOW_S = 60.0
MEMBERS_REMEMBERED = 10_000


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
        self._count_command(caller)
        wanted = type_.dump(type_.validate(payload))
        most = max(self._limits.guild_unfinished, 1)
        page = await self._queue.find(JobQuery(lane=caller.lane, states=tuple(UNFINISHED), limit=most))
        if same := next((job for job in page.jobs if job.type == type_.name and job.payload == wanted), None):
            raise Problem(await self._same(same, type_, caller))
        own = [job for job in page.jobs if job.owner == str(caller.user_id)]
        if self._limits.user_unfinished and len(own) >= self._limits.user_unfinished:
            ids = ", ".join(f"`{job.id}`" for job in own[:5])
            raise Problem(f"You have {len(own)} unfinished jobs here ({ids}). Wait for one, or cancel one.")
        if self._limits.guild_unfinished and len(page.jobs) >= self._limits.guild_unfinished:
            raise Problem(f"This server has {len(page.jobs):,} unfinished jobs, the most it may have. Try again later.")

    def _count_command(self, caller: Caller) -> None:
        now, limit = self._clock.monotonic(), self._limits.commands_per_minute
        recent = self._commands.get(caller.user_id) or deque()
        while recent and recent[0] <= now - WINDOW_S:
            recent.popleft()
        if limit and len(recent) >= limit:
            wait_s = max(1, round(recent[0] + WINDOW_S - now))
            raise Problem(f"You have started {limit} jobs in a minute. Try again in {wait_s} s.")
        recent.append(now)
        self._commands[caller.user_id] = recent

    async def _same(self, job: Job, type_: JobType, caller: Caller) -> str:
        message = await self._messages.get(job.id)
        link = message.link_for(caller.user_id) if message else None
        where = f"[see it]({link})" if link else f"`{job.id}`"
        done = ""
        if job.progress is not None and job.progress.percentage is not None:
            done = f", {job.progress.percentage:.0f} %"
        return f"The same {type_.title} is already {job.state} here: {where}{done}, started by <@{job.owner}>."
