"""Where a waiting job stands in line, and when it will probably start.

A guess from what runs, what waits before it and how long its type took in the last hour. Invariant: where nothing is
known nothing is said; it never says that a job starts while that is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace
from itertools import takewhile

from jobs.engine.backend import MAX_PAGE, JobQuery
from jobs.engine.model import Job
from jobs.engine.pauses import WHOLE_QUEUE
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobType
from jobs.engine.states import State

KNOWN_FOR_S = 30.0
"""How long the last hour's times are gone by before they are summed up again."""
LEAST_LEFT = 0.25
"""Share of the usual time that is expected of a run that takes longer than usual."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a waiting job has before it."""

    place: int
    """1 for the job of its type that starts next."""
    starts_in_s: float | None
    """None while nothing is known of how long jobs of its type take, and while they are held."""


class Forecast:
    """Outlooks of the jobs of one queue."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._usual: Mapping[str, float] = {}
        self._usual_until = float("-inf")

    async def outlook(self, job: Job) -> Outlook | None:
        """None for a job that does not wait."""
        place = await self._queue.place(job.id) if job.state is State.WAITING else None
        if place is None:
            return None
        if job.type not in self._queue.registry or {WHOLE_QUEUE, job.type} & self._queue.paused.keys():
            return Outlook(place, None)
        usual_s = (await self._usual_times()).get(job.type)
        return Outlook(place, None if usual_s is None else await self._starts_in_s(job, place, usual_s))

    async def _usual_times(self) -> Mapping[str, float]:
        """Mean seconds of a run, by type."""
        now = self._queue.clock.monotonic()
        if now >= self._usual_until:
            figures = (await self._queue.statistics()).by_type
            self._usual = {name: own.average_execution_s for name, own in figures.items() if own.average_execution_s}
            self._usual_until = now + KNOWN_FOR_S
        return self._usual

    async def _starts_in_s(self, job: Job, place: int, usual_s: float) -> float:
        """The latest of what it waits for: a slot of the process, of its type, of its lane, the rate of its type."""
        type_ = self._queue.registry.get(job.type)
        running = (await self._queue.find(JobQuery(states=(State.ACTIVE,), limit=MAX_PAGE), internal=True)).jobs
        of_type = [other for other in running if other.type == job.type]
        waits = [self._wait_s(running, self._queue.config.concurrency, place - 1, usual_s)]
        if type_.concurrency is not None:
            waits.append(self._wait_s(of_type, type_.concurrency, place - 1, usual_s))
        if isinstance(type_.per_lane, int):
            in_lane = [other for other in of_type if other.lane == job.lane]
            waits.append(self._wait_s(in_lane, type_.per_lane, await self._before_in_lane(job), usual_s))
        return max(*waits, _rate_s(type_, place))

    async def _before_in_lane(self, job: Job) -> int:
        query = JobQuery(types=(job.type,), states=(State.WAITING,), lane=job.lane, limit=MAX_PAGE)
        newest_first = (await self._queue.find(query)).jobs
        behind = [other.priority for other in takewhile(lambda other: other.id != job.id, newest_first)]
        ahead = [other.priority for other in newest_first[len(behind) + 1 :]]
        return sum(priority > job.priority for priority in behind) + sum(priority >= job.priority for priority in ahead)

    def _wait_s(self, running: Sequence[Job], slots: int, before: int, usual_s: float) -> float:
        """Seconds until one of `slots` is free for who has `before` others in front."""
        now = self._queue.clock.now()
        left = [self._left_s(job, now, usual_s) for job in running]
        free_in = [0.0] * (slots - len(left)) + sorted(left)[:slots]
        heapify(free_in)
        for _ in range(before):
            heapreplace(free_in, free_in[0] + usual_s)
        return free_in[0]

    def _left_s(self, job: Job, now: int, otherwise_s: float) -> float:
        usual_s = self._usual.get(job.type, otherwise_s)
        return max(usual_s - (now - (job.started_at or now)) / 1000, usual_s * LEAST_LEFT)


def _rate_s(type_: JobType, place: int) -> float:
    """Seconds that the limit of starts alone takes for those before it."""
    return 0.0 if type_.rate is None else (place - 1) // type_.rate.max * type_.rate.duration_s
