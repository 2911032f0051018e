"""`JobQueue`: what an application calls. Validates, applies defaults, asks the backend, tells subscribers.

Owns the event bus and the upkeep loop; knows no store. Invariant: nothing reaches the backend unchecked, and
every event of the backend reaches every subscriber's turn.
"""

from __future__ import annotations

import asyncio
import logging
import random as random_module
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from jobs.engine.backend import (
    Attempt,
    Backend,
    CancelAnswer,
    JobPage,
    JobQuery,
    JournalEntry,
    Limits,
    LogLine,
    TypeLimits,
)
from jobs.engine.cache import ResultCache
from jobs.engine.clock import Clock, SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.dependencies import in_order
from jobs.engine.errors import EngineError, NotSupported, QueueFull, ShuttingDown, UnknownJob
from jobs.engine.events import Event, EventBus, EventStream, EventType, Subscriber
from jobs.engine.executor import Executor, KeepLarge, Planner
from jobs.engine.failure import Classify
from jobs.engine.hooks import EVENTS as HOOKED
from jobs.engine.hooks import HookRunner, Hooks
from jobs.engine.intake import Intake
from jobs.engine.model import Job
from jobs.engine.options import instant_of, reason_of, seconds_of
from jobs.engine.outcome import Cancelled, Settlement
from jobs.engine.pauses import WHOLE_QUEUE, Pauses
from jobs.engine.records import Records
from jobs.engine.registry import NOTHING, UNSET, Given, JobType, Registry
from jobs.engine.request import EnqueueRequest, retry_of
from jobs.engine.states import State
from jobs.engine.statistics import Statistics, read_statistics
from jobs.engine.transaction import Transaction
from jobs.engine.worker import WorkerStatistics

log = logging.getLogger(__name__)
T = TypeVar("T")
EVENTS_A_PAGE = 200
WARM = 1000
"""Results read back into the cache at a start."""


class JobQueue:
    """Enqueue, watch and steer jobs. `services` is what handlers see as `ctx.services`."""

    def __init__(
        self,
        backend: Backend,
        types: Registry | Iterable[JobType],
        *,
        services: object = None,
        clock: Clock | None = None,
        config: QueueConfig | None = None,
        random: Callable[[], float] = random_module.random,
        classify: Classify | None = None,
        plan: Planner | None = None,
        keep_large: KeepLarge | None = None,
        cache: ResultCache | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        self.registry = types if isinstance(types, Registry) else Registry(types)
        self.clock: Clock = clock or SystemClock()
        self.config = config or QueueConfig()
        self._backend = backend
        self._bus = EventBus()
        self._stopping = False
        self._running = False
        self._pauses = Pauses(backend.records)
        self._tasks: list[asyncio.Task[None]] = []
        self._executor = Executor(
            self.registry,
            services=services,
            clock=self.clock,
            cancel_grace_s=self.config.cancel_grace_s,
            random=random,
            classify=classify,
            plan=plan,
            trouble=self._tell_trouble,
            most_stuck=self.config.concurrency,
            keep_large=keep_large,
            batch_size=self.config.batch_size if self.config.batching else 1,
        )
        backend.subscribe(self._bus.publish)
        self._bus.subscribe(HookRunner(self.registry, hooks).hear, HOOKED)
        self._bus.subscribe(self._tell_stall, [EventType.JOB_RETRY, EventType.JOB_FAILED])
        self.cache = cache
        self._intake = Intake(self.registry, self.config, cache)
        if cache is not None:
            self._bus.subscribe(self._learn, [EventType.JOB_COMPLETED])

    @property
    def records(self) -> Records:
        """The keyed store beside the jobs."""
        return self._backend.records

    @property
    def worn_out(self) -> asyncio.Event:
        """Set once more handlers ignore their cancel than there are places. Then nothing is claimed any more, and
        only a new process helps: `stop`, and end this one."""
        return self._executor.worn_out

    async def start(self, *, run: bool = True) -> None:
        """Open the store, put orphans back, then (with `run`) claim. Raises like `Backend.open`, and `ShuttingDown`."""
        if self._stopping:
            raise ShuttingDown
        await self._backend.open()
        self._bus.start()
        await self._warm()
        if run:
            await self.run()

    async def run(self) -> None:
        """Begin to claim; for applications that must be connected first. A second call does nothing."""
        if self._running:
            return
        self._running = True
        await self._pauses.load()
        await self._backend.consume(self._limits(), self._executor.run)
        self._tasks = [
            asyncio.create_task(self._keep_up(), name="queue-upkeep"),
            asyncio.create_task(self._wear_out(), name="queue-wear"),
        ]

    async def drain(self, grace_s: float | None = None) -> int:
        """Claim nothing more, wait up to `grace_s` for running jobs, give the rest back, tell all subscribers.

        Returns how many jobs ignored the stop; the next start finds and recovers them. The store stays open, for
        those who have something to write about what was told. A second call does nothing.
        """
        if self._stopping:
            return 0
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        left = await self._backend.drain(self.config.shutdown_grace_s if grace_s is None else grace_s)
        await self._bus.stop()
        return left

    async def stop(self, grace_s: float | None = None) -> int:
        """`drain`, then close the store. A second call does nothing."""
        left = await self.drain(grace_s)
        await self._executor.stop()
        await self._backend.close()
        return left

    async def enqueue(self, type_: str, payload: Given = NOTHING, **options: Any) -> Job:
        """Store one job and return it; with a `key` that an unfinished job has, return that job.

        `options` are the fields of `EnqueueRequest`. Raises `UnknownOption`, `InvalidOption`, `UnknownJobType`,
        `InvalidPayload`, `NotSerialisable`, `ValueTooLarge`, `UnknownDependency`, `DependencyCycle`, `JobExists`,
        `QueueFull`, `ShuttingDown`, `BackendUnavailable`.
        """
        if self._stopping:
            raise ShuttingDown
        now = self.clock.now()
        spec = self._intake.one(type_, payload, options, now)
        try:
            (put,) = await self._backend.put_many([spec], max_unfinished=self.config.max_queue_size)
        except QueueFull as full:
            self._tell_full(full, now)
            raise
        return put.job

    async def enqueue_many(self, requests: Sequence[EnqueueRequest]) -> list[Job]:
        """Store all or none; raises like `enqueue`."""
        if self._stopping:
            raise ShuttingDown
        now = self.clock.now()
        ordered = in_order(specs := self._intake.many(requests, now))
        try:
            puts = await self._backend.put_many(ordered, max_unfinished=self.config.max_queue_size)
        except QueueFull as full:
            self._tell_full(full, now)
            raise
        if ordered is specs:
            return [put.job for put in puts]
        stored = {spec.id: put.job for spec, put in zip(ordered, puts, strict=True)}
        return [stored[spec.id] for spec in specs]

    async def transact(self, body: Callable[[Transaction], T]) -> T:
        """Run `body(tx)` in the store's own transaction: its rows (`tx.connection`) and its jobs (`tx.enqueue`) are
        committed together or not at all.

        `body` is a plain function that runs in the writer's thread: keep it short and never let it wait. Raises
        what `body` raises, `ShuttingDown`, and `NotSupported` on a backend that is not embedded.
        """
        if self._stopping:
            raise ShuttingDown
        if not self._backend.capabilities.transactional_put:
            raise NotSupported("transact", self._backend.capabilities.name)
        now = self.clock.now()
        try:
            return await self._backend.transact(
                lambda connection, put: body(Transaction(connection, put, self.registry, self.config, now))
            )
        except QueueFull as full:
            self._tell_full(full, now)
            raise

    async def pause(self, reason: str, *, type_: str | None = None) -> bool:
        """Claim nothing more, of one type or (None) at all; what runs goes on. Outlives restarts.

        False when it was paused before. Raises `UnknownJobType`, `InvalidOption`.
        """
        return await self._pause(type_, reason_of(reason))

    async def resume(self, *, type_: str | None = None) -> bool:
        """End a `pause`. False when there was none. Raises `UnknownJobType`."""
        return await self._pause(type_, None)

    @property
    def paused(self) -> Mapping[str, str]:
        """Reasons of what is paused, by type; `*` is the whole queue."""
        return self._pauses.reasons

    async def get(self, job_id: str) -> Job | None:
        """The job as it stands, with the newest progress; None when unknown."""
        job = await self._backend.get(job_id)
        return self._marked(job) if job else None

    async def state(self, job_id: str) -> State | None:
        job = await self.get(job_id)
        return job.state if job else None

    async def find(self, query: JobQuery, *, internal: bool = False) -> JobPage:
        """Jobs, newest first; those of internal types only if the query names the type, or with `internal`."""
        if not internal and not query.types:
            query = replace(query, without_types=(*query.without_types, *self._internal()))
        page = await self._backend.find(query)
        return JobPage(tuple(map(self._marked, page.jobs)), page.cursor)

    async def place(self, job_id: str) -> int | None:
        """1 for the waiting job of its type that starts next; None when it does not wait."""
        return await self._backend.place(job_id)

    async def cancel(self, job_id: str, reason: str) -> CancelAnswer:
        """Cancel at once what waits, ask what runs. The answer says which. Raises `InvalidOption`."""
        return await self._backend.cancel(job_id, Settlement(Cancelled(reason_of(reason))))

    async def retry(self, job_id: str, **overrides: Any) -> Job:
        """Run a failed or cancelled job again, with a fresh budget of attempts on top of those made.

        `overrides`: `max_attempts`, `max_retries`, `backoff`, `timeout`, `stall_timeout`, `retention`, `priority`,
        `payload`; all else stays as the job had it. Raises `UnknownJob`, `NotRetryable`, `JobExists`,
        `InvalidPayload` for a damaged row, and like `enqueue` for the overrides.
        """
        job = await self.get(job_id)
        if job is None:
            raise UnknownJob(job_id)
        changes = retry_of(job, self.registry.get(job.type), self.config, overrides)
        return await self._backend.retry(job_id, changes)

    async def hold(self, job_id: str, reason: str, until: int | None = None) -> bool:
        """Pause a job, at its next step if it runs, until `until` (ms) or `unhold`. Raises `InvalidOption`.

        False when it is unknown, has ended or is paused already.
        """
        return await self._backend.hold(job_id, reason_of(reason), instant_of("until", until))

    async def unhold(self, job_id: str) -> bool:
        """Let a paused job go on, and one that was asked to pause run on. False when it is neither."""
        return await self._backend.unhold(job_id)

    async def logs(self, job_id: str) -> Sequence[LogLine]:
        return await self._backend.logs(job_id)

    async def journal(self, job_id: str, *, after: str = "", limit: int = 100) -> Sequence[JournalEntry]:
        """What a job intended and what came of it, in order of key, beginning behind `after`."""
        return await self._backend.journal(job_id, after=after, limit=limit)

    async def attempts(self, job_id: str) -> Sequence[Attempt]:
        return await self._backend.attempts(job_id)

    def on(self, types: EventType | Iterable[EventType] | None, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` for events of `types` (None: all). Returns the function that unsubscribes."""
        return self._bus.subscribe(subscriber, [types] if isinstance(types, EventType) else types)

    def events(self, types: Iterable[EventType] | None = None) -> EventStream:
        """An async iterator over events from now on; close it when done."""
        return EventStream(self._bus, types)

    async def follow(self, after: str | None = None) -> AsyncIterator[Event]:
        """Durable events behind the cursor `after` (None: the oldest kept), then those to come, for ever.

        A reader that stops keeps the last event's `cursor` and goes on there. Raises `EventsTrimmed`.
        """
        news = asyncio.Event()
        off = self._bus.subscribe(lambda event: news.set() if event.cursor is not None else None)
        try:
            while True:
                news.clear()
                page = await self._backend.events(after, limit=EVENTS_A_PAGE)
                for event in page:
                    yield event
                    after = event.cursor
                if not page:
                    await news.wait()
        finally:
            off()

    async def oldest_waiting(self) -> int | None:
        """Since when (ms) the first of the waiting jobs could run; None when none waits."""
        return await self._backend.oldest_waiting()

    async def clean_up(self, older_than: float | timedelta, *, lane: str | None = None, dry_run: bool = False) -> int:
        """Delete finished jobs (of a lane) that ended longer ago than this, whatever their retention; how many.

        With `dry_run` it only counts them. Raises `InvalidOption`.
        """
        before = self.clock.now() - round(seconds_of("older_than", older_than) * 1000)
        return await self._backend.clean_up(before, lane=lane, dry_run=dry_run)

    async def statistics(self, *, lane: str | None = None, internal: bool = False) -> Statistics:
        """Of all jobs or of one lane; those of internal types only with `internal`."""
        rate = self.cache.hit_rate if self.cache is not None else None
        out = () if internal else self._internal()
        return await read_statistics(self._backend, self.clock.now(), lane=lane, leave_out=out, cache_hit_rate=rate)

    def worker(self) -> WorkerStatistics:
        """What this process has run since it started."""
        return self._executor.statistics()

    def _internal(self) -> Sequence[str]:
        return [type_.name for type_ in self.registry if type_.internal]

    def _marked(self, job: Job) -> Job:
        """A job that waits for a handler that is not installed says so."""
        if job.state is not State.WAITING or job.type in self.registry:
            return job
        return replace(job, reason=f"No handler for {job.type} is installed.")

    def _limits(self) -> Limits:
        types = {
            type_.name: TypeLimits(type_.concurrency, None if type_.per_lane is UNSET else type_.per_lane, type_.rate)
            for type_ in self.registry
            if not self._pauses.holds(type_.name) and not self.worn_out.is_set()
        }
        return Limits(self.config.concurrency, types)

    async def _pause(self, type_: str | None, reason: str | None) -> bool:
        name = WHOLE_QUEUE if type_ is None else self.registry.get(type_).name
        changed = await (self._pauses.clear(name) if reason is None else self._pauses.set(name, reason))
        if self._running:
            await self._backend.set_limits(self._limits())
        if changed:
            event = EventType.QUEUE_RESUMED if reason is None else EventType.QUEUE_PAUSED
            self._bus.publish(Event(event, self.clock.now(), data={"type": type_, "reason": reason}))
        return changed

    def _tell_full(self, full: QueueFull, now: int) -> None:
        self._bus.publish(Event(EventType.QUEUE_FULL, now, data={"size": full.size, "limit": full.limit}))

    def _tell_trouble(self, message: str, job: Job | None = None) -> None:
        self._bus.publish(Event(EventType.ERROR, self.clock.now(), job, {"message": message}))

    def _tell_stall(self, event: Event) -> None:
        """An attempt that ended for want of progress is told apart, whatever follows from it."""
        if event.job is not None and event.job.error is not None and event.job.error.kind == "stall":
            self._bus.publish(Event(EventType.JOB_STALLED, event.at, event.job))

    def _learn(self, event: Event) -> None:
        if self.cache is not None and event.job is not None and event.job.type in self.registry:
            self.cache.learn(event.job, self.registry.get(event.job.type).cache_ttl_s)

    async def _warm(self) -> None:
        """Fill the cache with what the store still has, the newest last."""
        types = tuple(type_.name for type_ in self.registry if type_.cached)
        if self.cache is not None and types:
            page = await self.find(JobQuery(types=types, states=(State.COMPLETED,), limit=WARM))
            for job in reversed(page.jobs):
                self.cache.learn(job, self.registry.get(job.type).cache_ttl_s)

    async def _wear_out(self) -> None:
        await self.worn_out.wait()
        await self._backend.set_limits(self._limits())

    async def _keep_up(self) -> None:
        while True:
            try:
                await self._backend.sweep()
            except Exception as error:  # one bad round must not be the last one
                log.warning("upkeep waits: %s", error, exc_info=not isinstance(error, EngineError))
                self._tell_trouble(f"Upkeep waits: {error}")
            await self.clock.sleep(self.config.sweep_interval_s)
