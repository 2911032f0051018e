"""Recurring jobs: a cron expression in a time zone, kept in records, fired through the queue.

Knows no store but records. Invariant: one due instant makes at most one job, for the schedule's next instant is
written in the transaction of the job it makes; and no schedule has two unfinished jobs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias

from jobs.engine.backend import JobQuery
from jobs.engine.clock import Clock, wait_for_news
from jobs.engine.config import QueueConfig
from jobs.engine.cron import Cron
from jobs.engine.errors import EngineError, InvalidOption, UnknownSchedule
from jobs.engine.model import Job, JsonObject, RecordWrite, new_id
from jobs.engine.options import known_only, reason_of, text_of
from jobs.engine.queue import JobQueue
from jobs.engine.records import Record
from jobs.engine.request import EnqueueRequest, spec_of
from jobs.engine.states import UNFINISHED

log = logging.getLogger(__name__)

KIND = "schedule"
LATE_MS = 60_000
"""A due instant passed by more than this was missed: nobody was there."""
TRY_AGAIN_S = 60.0
LONGEST_SLEEP_S = 3600.0
MISSED = ("once", "skip")
OWN = ("lane", "owner", "title", "priority", "context")
"""What a schedule may be given beside type, payload and instants."""
PAGE = 500


@dataclass(frozen=True, slots=True)
class Schedule:
    """A recurring job; instants in ms."""

    id: str
    type: str
    payload: JsonObject
    cron: str
    time_zone: str
    next_at: int
    created_at: int
    lane: str = ""
    owner: str | None = None
    title: str = ""
    priority: str | int = "low"
    missed: str = "once"
    """What to do about instants that nobody was there for: run `once`, or `skip` them."""
    paused: str | None = None
    """Why it is paused."""
    context: JsonObject = field(default_factory=dict)
    last_at: int | None = None
    """The due instant that made the newest job."""
    last_job: str | None = None
    skipped: int = 0
    """Due instants without a job: the one before still ran, or nobody was there."""


Prepared: TypeAlias = tuple[JsonObject, tuple[RecordWrite, ...]]
Prepare: TypeAlias = Callable[[Schedule, str, int], Awaitable[Prepared]]
"""`prepare(schedule, job_id, now)`: the payload of the job about to be made, and what is stored with it.

Raises `PassedOver` or `Stopped` for a job that shall not be made.
"""


class PassedOver(Exception):
    """This instant makes no job; the text says why. The next one is asked again."""


class Stopped(Exception):
    """The schedule rests from now on; the text is its reason."""


async def _as_kept(schedule: Schedule, job_id: str, now: int) -> Prepared:
    return schedule.payload, ()


class Scheduler:
    """Adds, lists and fires schedules. `start` after the queue."""

    def __init__(self, queue: JobQueue, clock: Clock, prepare: Prepare = _as_kept) -> None:
        self._queue = queue
        self._clock = clock
        self._prepare = prepare
        self._changed = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        """Held by whoever reads a schedule and writes it back, so that nobody's change is lost between the two."""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to fire; what was missed is made up for as each schedule says."""
        self._task = asyncio.create_task(self._run(), name="scheduler")

    async def stop(self) -> None:
        """Fire nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def add(
        self,
        type_: str,
        payload: Mapping[str, Any],
        cron: str,
        *,
        time_zone: str = "UTC",
        missed: str = "once",
        **more: Any,
    ) -> Schedule:
        """Keep a new schedule. `more` are its `lane`, `owner`, `title`, `priority` and `context`.

        Raises `InvalidOption`, `UnknownOption`, `UnknownJobType`, `InvalidPayload`, `NotSerialisable`, `ValueTooLarge`.
        """
        if missed not in MISSED:
            raise InvalidOption("missed", missed, " or ".join(MISSED))
        known_only(more, OWN)
        text_of("title", more.get("title", ""))
        registered = self._queue.registry.get(type_)
        now = self._clock.now()
        # What could not be enqueued when it is due is refused now.
        wanted = {name: more[name] for name in more.keys() - {"title"}}
        spec = spec_of(EnqueueRequest(type_, payload, **{"priority": "low", **wanted}), registered, QueueConfig(), now)
        schedule = Schedule(
            id=new_id(),
            type=registered.name,
            payload=spec.payload,
            cron=cron,
            time_zone=time_zone,
            next_at=Cron(cron, time_zone).next_after(now),
            created_at=now,
            missed=missed,
            **{**more, "context": spec.context},
        )
        return await self._keep(schedule)

    async def get(self, schedule_id: str) -> Schedule:
        """Raises `UnknownSchedule`."""
        schedule = await self._find(schedule_id)
        if schedule is None:
            raise UnknownSchedule(schedule_id)
        return schedule

    async def list(self, *, lane: str | None = None) -> Sequence[Schedule]:
        """All schedules, of one lane if it is named, by their next instant."""
        found: list[Schedule] = []
        after = ""
        while page := await self._queue.records.find(KIND, lane=lane, after=after, limit=PAGE):
            found += map(_load, page)
            after = page[-1].key
        return sorted(found, key=lambda schedule: (schedule.next_at, schedule.id))

    async def pause(self, schedule_id: str, reason: str) -> Schedule:
        """Fire it no more until `resume`. Raises `UnknownSchedule`."""
        async with self._one_at_a_time:
            return await self._keep(replace(await self.get(schedule_id), paused=reason_of(reason)))

    async def resume(self, schedule_id: str, *, owner: str | None = None) -> Schedule:
        """Go on with the next instant from now; an `owner` takes it over. Raises `UnknownSchedule`."""
        async with self._one_at_a_time:
            schedule = await self.get(schedule_id)
            owner = owner or schedule.owner
            return await self._keep(replace(schedule, paused=None, next_at=self._next(schedule), owner=owner))

    async def remove(self, schedule_id: str) -> None:
        """Forget it; its jobs stay. Raises `UnknownSchedule`."""
        async with self._one_at_a_time:
            if not await self._queue.records.delete(KIND, schedule_id):
                raise UnknownSchedule(schedule_id)

    async def run_now(self, schedule_id: str) -> Job:
        """Make a job at once, beside the plan; the one made this way before, while it is unfinished.

        Raises `UnknownSchedule`, `PassedOver`, `Stopped`, and like `JobQueue.enqueue`.
        """
        schedule = await self.get(schedule_id)
        job_id = new_id()
        prepared = await self._prepare(schedule, job_id, self._clock.now())
        return await self._enqueue(schedule, prepared, key=_key_of_now(schedule), job_id=job_id)

    async def fire_due(self) -> int | None:
        """Fire all that is due; the next instant (ms), or None without a schedule."""
        waiting = [schedule for schedule in await self.list() if schedule.paused is None]
        instants = [await self._try(s) if s.next_at <= self._clock.now() else s.next_at for s in waiting]
        return min(instants, default=None)

    async def _try(self, schedule: Schedule) -> int:
        """One schedule's trouble must not hold up the others."""
        try:
            return await self._fire(schedule)
        except Exception as error:  # what prepares its job is somebody else's code
            log.warning("schedule %s waits: %s", schedule.id, error, exc_info=not isinstance(error, EngineError))
            return self._clock.now() + round(TRY_AGAIN_S * 1000)

    async def _fire(self, schedule: Schedule) -> int:
        """Make the job of a due instant, or pass it over; the next instant."""
        due, now = schedule.next_at, self._clock.now()
        after = replace(schedule, next_at=self._next(schedule))
        passed = replace(after, skipped=schedule.skipped + 1)
        if now - due > LATE_MS and schedule.missed == "skip":
            return await self._go_on(schedule, passed)
        if await self._still_runs(schedule):
            log.info("schedule %s: its job %s still runs; this one is passed over", schedule.id, schedule.last_job)
            return await self._go_on(schedule, passed)
        job_id = new_id()
        made = replace(after, last_at=due, last_job=job_id)
        key = f"schedule-{schedule.id}-{due}"
        try:
            prepared = await self._prepare(schedule, job_id, now)
            return await self._go_on(schedule, made, prepared, key=key, job_id=job_id)
        except PassedOver as why:
            log.info("schedule %s: passed over: %s", schedule.id, why)
            return await self._go_on(schedule, passed)
        except Stopped as why:
            log.warning("schedule %s rests: %s", schedule.id, why)
            return await self._go_on(schedule, replace(passed, paused=str(why)))

    async def _go_on(self, before: Schedule, after: Schedule, prepared: Prepared | None = None, **job: Any) -> int:
        """Keep `after`, together with the job it makes if there is one; the next instant.

        One that was changed or removed since it was read as `before` stays as it is, and decides anew, at once.
        """
        async with self._one_at_a_time:
            if await self._find(before.id) != before:
                return self._clock.now()
            if prepared is None:
                await self._keep(after)
            else:
                await self._enqueue(before, prepared, records=(_write(after),), **job)
            return after.next_at

    async def _still_runs(self, schedule: Schedule) -> bool:
        state = await self._queue.state(schedule.last_job) if schedule.last_job else None
        if state is not None and not state.is_final:
            return True
        by_hand = JobQuery(key=_key_of_now(schedule), states=tuple(UNFINISHED), limit=1)
        return bool((await self._queue.find(by_hand, internal=True)).jobs)

    async def _find(self, schedule_id: str) -> Schedule | None:
        record = await self._queue.records.get(KIND, schedule_id)
        return None if record is None else _load(record)

    async def _enqueue(
        self,
        schedule: Schedule,
        prepared: Prepared,
        *,
        job_id: str,
        records: tuple[RecordWrite, ...] = (),
        **more: Any,
    ) -> Job:
        payload, own = prepared
        return await self._queue.enqueue(
            schedule.type,
            payload,
            job_id=job_id,
            priority=schedule.priority,
            lane=schedule.lane,
            owner=schedule.owner,
            context=schedule.context,
            metadata={"schedule": schedule.id},
            cache=False,
            records=(*records, *own),
            **more,
        )

    def _next(self, schedule: Schedule) -> int:
        return Cron(schedule.cron, schedule.time_zone).next_after(self._clock.now())

    async def _keep(self, schedule: Schedule) -> Schedule:
        write = _write(schedule)
        await self._queue.records.put(write.kind, write.key, write.value, lane=write.lane)
        self._changed.set()
        return schedule

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                next_at = await self.fire_due()
                wait_s = LONGEST_SLEEP_S if next_at is None else (next_at - self._clock.now()) / 1000
            except EngineError as error:
                log.warning("schedules wait: %s", error)
                wait_s = TRY_AGAIN_S
            await wait_for_news(self._changed, self._clock, min(max(wait_s, 0.0), LONGEST_SLEEP_S))


def _key_of_now(schedule: Schedule) -> str:
    return f"schedule-{schedule.id}-now"


def _write(schedule: Schedule) -> RecordWrite:
    return RecordWrite(KIND, schedule.id, asdict(schedule), schedule.lane)


def _load(record: Record) -> Schedule:
    assert isinstance(record.value, dict)
    value: dict[str, Any] = record.value
    return Schedule(**{name: value[name] for name in Schedule.__dataclass_fields__ if name in value})
