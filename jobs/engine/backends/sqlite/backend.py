"""`SqliteBackend`: the jobs of one process in one SQLite file, pushed to an executor as leases.

Owns the running leases; every durable step is a body of the writer. Invariant:
a lease ends in one fenced finish, retried until the file takes it, or stays an orphan for the next start.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from jobs.engine.backend import (
    Attempt,
    CancelAnswer,
    Capabilities,
    Counts,
    Execute,
    JobPage,
    JobQuery,
    JournalEntry,
    Limits,
    LogLine,
    PutNow,
    RetryOverrides,
    RunTotals,
    Signal,
)
from jobs.engine.backends.sqlite import reader, settler, upkeep
from jobs.engine.backends.sqlite.claimer import Claimer, Started
from jobs.engine.backends.sqlite.completer import Completion, complete_all
from jobs.engine.backends.sqlite.connection import SqliteDatabase
from jobs.engine.backends.sqlite.lease import SqliteLease
from jobs.engine.backends.sqlite.migrator import ENGINE_MIGRATIONS
from jobs.engine.backends.sqlite.putter import are_plain, put_jobs, put_plain
from jobs.engine.backends.sqlite.records import SqliteRecords
from jobs.engine.backends.sqlite.timer import Timer
from jobs.engine.backends.sqlite.writer import Rider, nested
from jobs.engine.clock import Clock, SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import BackendUnavailable, LeaseLost
from jobs.engine.events import Event, EventType
from jobs.engine.model import Job, JobSpec, Put
from jobs.engine.outcome import Cancelled, Defer, Done, Hold, Retry, Settlement

log = logging.getLogger(__name__)
T = TypeVar("T")

LAST_WRITES_S = 2.0
"""What a drain waits beyond the handlers' grace, so that their outcomes reach the file."""
FINISH_RETRY_S = (0.1, 0.5, 1.0, 5.0)
"""Waits between tries to store an outcome that the file did not take; the last one repeats."""


class SqliteBackend:
    """See `jobs.engine.backend.Backend`. A path or `:memory:` stands for a database with nothing but jobs in it.

    Clock and config are the queue's own; both have the same defaults.
    """

    def __init__(
        self, database: SqliteDatabase | Path | str, *, clock: Clock | None = None, config: QueueConfig | None = None
    ) -> None:
        if not isinstance(database, SqliteDatabase):
            database = SqliteDatabase(database, migrations=ENGINE_MIGRATIONS)
        clock = clock or SystemClock()
        self._database = database
        self._clock = clock
        self._config = config or QueueConfig()
        self._boot = secrets.token_hex(8)
        self._claimer = Claimer(self._boot, clock)
        self._records = SqliteRecords(database, clock)
        self._publish: Callable[[Event], None] = lambda event: None
        self._execute: Execute | None = None
        self._leases: dict[str, SqliteLease] = {}
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._timer = Timer(
            clock, self._config.poll_interval_s,
            due_in_s=self._due_in_s, act=self._pass_time, trouble=self._trouble,
        )  # fmt: skip

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            name="sqlite",
            durable=True,
            transactional_put=True,
            distributed=False,
            delay_resolution_s=0.001,
        )

    @property
    def records(self) -> SqliteRecords:
        return self._records

    def subscribe(self, publish: Callable[[Event], None]) -> None:
        self._publish = publish

    async def open(self) -> None:
        await self._database.open()
        if recounted := await self._database.write(upkeep.recount):
            log.warning("%d lanes had miscounted what waits: rows of jobs were changed from outside", recounted)
        recovered = 0
        while events := await self._recover():
            recovered += len(events)
        if recovered:
            log.info("put back %d jobs of a process that ended", recovered)
            self._debug("recovered", recovered)

    async def close(self) -> None:
        self._claimer.limits = None
        await self._timer.stop()
        for run in self._runs.values():
            run.cancel()
        if self._runs:
            await asyncio.wait(self._runs.values())
        await self._database.close()

    async def put_many(self, specs: Sequence[JobSpec], *, max_unfinished: int = 0) -> Sequence[Put]:
        puts: Sequence[Put]
        if are_plain(specs):
            item = (specs, max_unfinished)
            puts, _ = await self._database.writer.submit_item(put_plain, item, self._publish_enqueued)
        else:
            puts, _ = await self._transition(lambda c: put_jobs(c, specs, max_unfinished))
        for spec in specs:
            if spec.run_at > spec.created_at or spec.expires_at is not None:
                self._timer.changed()
        return puts

    async def transact(self, body: Callable[[Any, PutNow], T]) -> T:
        def run(connection: sqlite3.Connection) -> tuple[T, list[Event]]:
            events: list[Event] = []

            def put(specs: Sequence[JobSpec]) -> Sequence[Put]:
                # What is refused leaves nothing behind, also where `body` goes on without it.
                puts, new = nested(connection, lambda c: put_jobs(c, specs, self._config.max_queue_size))
                events.extend(new)
                return puts

            return body(connection, put), events

        answer, _ = await self._transition(run)
        self._timer.changed()
        return answer

    async def consume(self, limits: Limits, execute: Execute) -> None:
        self._execute = execute
        # What expired or fell due while nobody ran is that before anything is claimed.
        await self._pass_time()
        self._claimer.limits = limits
        self._database.set_rider(Rider(self._claimer.claim, self._start, self._claim_failed))
        self._timer.start()
        await self._wake()

    async def set_limits(self, limits: Limits) -> None:
        self._claimer.limits = limits
        await self._wake()

    async def stop_claiming(self) -> None:
        self._claimer.limits = None
        # A group that was under way may have claimed once more; its leases start before this returns. A store that
        # cannot be written claims nothing, and must not keep anybody from stopping.
        with suppress(BackendUnavailable):
            await self._wake()

    async def drain(self, grace_s: float) -> int:
        await self.stop_claiming()
        await self._wait_for_runs(grace_s)
        for lease in list(self._leases.values()):
            lease.signal(Signal.STOP, "the bot is restarting")
        await self._wait_for_runs(self._config.cancel_grace_s + LAST_WRITES_S)
        return len(self._runs)

    async def cancel(self, job_id: str, settlement: Settlement) -> CancelAnswer:
        now = self._clock.now()
        answer, _ = await self._transition(lambda c: settler.cancel(c, job_id, settlement, now))
        if answer is CancelAnswer.REQUESTED and job_id in self._leases:
            self._leases[job_id].signal(Signal.CANCEL, _reason(settlement))
        return answer

    async def retry(self, job_id: str, overrides: RetryOverrides) -> Job:
        now = self._clock.now()
        job, _ = await self._transition(lambda c: settler.retry(c, job_id, overrides, now))
        return job

    async def hold(self, job_id: str, reason: str, until: int | None = None) -> bool:
        now = self._clock.now()
        heard, events = await self._transition(lambda c: settler.hold(c, job_id, reason, until, now))
        if events:
            self._timer.changed()
        elif heard and (lease := self._leases.get(job_id)):
            lease.signal(Signal.HOLD, reason)
        return heard

    async def unhold(self, job_id: str) -> bool:
        now = self._clock.now()
        heard, _ = await self._transition(lambda c: settler.unhold(c, job_id, now))
        self._timer.changed()
        return heard

    async def settle_idle(self, job_id: str, settlement: Settlement) -> bool:
        now = self._clock.now()
        _, events = await self._transition(lambda c: (None, settler.settle_idle(c, job_id, settlement, now)))
        return bool(events)

    async def get(self, job_id: str) -> Job | None:
        if lease := self._leases.get(job_id):
            stored = await reader.get(self._database, job_id)
            return reader.with_progress(stored, lease.newest)
        return await reader.get(self._database, job_id)

    async def find(self, query: JobQuery) -> JobPage:
        page = await reader.find(self._database, query)
        newest = {id_: lease.newest for id_, lease in self._leases.items()}
        jobs = tuple(reader.with_progress(job, newest.get(job.id)) or job for job in page.jobs)
        return JobPage(jobs, page.cursor)

    async def place(self, job_id: str) -> int | None:
        return await reader.place(self._database, job_id)

    async def counts(self, *, lane: str | None = None) -> Counts:
        return await reader.counts(self._database, lane)

    async def totals(self, since: int, *, lane: str | None = None) -> Mapping[str, RunTotals]:
        return await reader.totals(self._database, since, lane)

    async def logs(self, job_id: str) -> Sequence[LogLine]:
        return await reader.logs(self._database, job_id)

    async def journal(self, job_id: str, *, after: str = "", limit: int = 100) -> Sequence[JournalEntry]:
        return await reader.journal(self._database, job_id, after, limit)

    async def attempts(self, job_id: str) -> Sequence[Attempt]:
        return await reader.attempts(self._database, job_id)

    async def events(self, after: str | None = None, *, limit: int = 100) -> Sequence[Event]:
        return await reader.events(self._database, after, limit)

    async def oldest_waiting(self) -> int | None:
        return await reader.oldest_waiting(self._database)

    async def clean_up(self, before: int, *, lane: str | None = None, dry_run: bool = False) -> int:
        if dry_run:
            return await reader.ended_before(self._database, before, lane)
        deleted, more = 0, True
        while more:
            batch, more = await self._database.write(lambda c: upkeep.clean_up(c, before, lane))
            deleted += batch
        return deleted

    async def sweep(self) -> None:
        await self._pass_time()
        batches = 1
        while await self._database.write(lambda c: upkeep.prune(c, self._config, self._clock.now())):
            batches += 1
        self._debug("swept", batches)

    async def _recover(self) -> list[Event]:
        now, crashes = self._clock.now(), self._config.max_crashes
        _, events = await self._transition(lambda c: (None, settler.recover(c, self._boot, crashes, now)))
        return events

    async def _transition(self, body: Callable[[sqlite3.Connection], tuple[T, list[Event]]]) -> tuple[T, list[Event]]:
        """Run `body`, whose answer ends with the events to publish once it is committed."""
        answer: tuple[T, list[Event]] = await self._database.writer.submit(body, self._publish_all)
        return answer

    def _publish_all(self, answer: tuple[Any, list[Event]]) -> None:
        self._publish_events(answer[1])

    def _publish_enqueued(self, answer: tuple[Any, list[Event]]) -> None:
        for event in answer[1]:
            self._publish(event)

    def _publish_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.type is EventType.JOB_UNBLOCKED:
                # Its own delay may not be over yet.
                self._timer.changed()
            self._publish(event)

    async def _wake(self) -> None:
        """An empty operation: its group carries the claim."""
        await self._database.write(lambda connection: None)

    def _start(self, started: list[Started]) -> None:
        if self._claimer.rate_frees_at is not None:
            self._timer.changed()
        for event, seq in started:
            self._publish(event)
            if event.job is None:
                continue
            lease = SqliteLease(
                event.job,
                seq,
                self._boot,
                self._database,
                self._clock,
                self._publish,
                self._config.max_log_lines,
            )
            self._leases[lease.job.id] = lease
            run = asyncio.create_task(self._run(lease), name=f"job-{lease.job.id}")
            self._runs[lease.job.id] = run

    def _claim_failed(self, error: Exception) -> None:
        log.error("the claim failed", exc_info=error)
        self._trouble(f"No job could be claimed: {error}.")

    def _debug(self, what: str, count: int) -> None:
        self._publish(Event(EventType.DEBUG, self._clock.now(), data={"what": what, "count": count}))

    def _trouble(self, message: str, job: Job | None = None) -> None:
        self._publish(Event(EventType.ERROR, self._clock.now(), job, {"message": message}))

    async def _run(self, lease: SqliteLease) -> None:
        assert self._execute is not None
        try:
            settlement = await self._execute(lease)
            await self._finish(lease, settlement)
        finally:
            lease.end()
            if self._leases.get(lease.job.id) is lease:
                del self._leases[lease.job.id]
                del self._runs[lease.job.id]

    async def _finish(self, lease: SqliteLease, settlement: Settlement) -> None:
        tries = 0
        while True:
            try:
                await self._settle(lease, settlement)
            except BackendUnavailable as error:
                wait_s = FINISH_RETRY_S[min(tries, len(FINISH_RETRY_S) - 1)]
                log.warning("job %s: its outcome is kept in memory, next try in %g s (%s)", lease.job.id, wait_s, error)
                self._trouble(f"An outcome could not be stored and is kept in memory: {error}", lease.job)
                tries += 1
                await self._clock.sleep(wait_s)
            except LeaseLost:
                log.warning("job %s: claim %d is over; its outcome is dropped", lease.job.id, lease.job.claim_no)
                return
            except Exception as error:
                if settlement is settler.UNSTORABLE:
                    raise
                log.exception("job %s: its outcome cannot be stored as it is", lease.job.id)
                self._trouble(f"The outcome of {lease.job.id} cannot be stored: {type(error).__name__}.", lease.job)
                settlement = settler.UNSTORABLE
            else:
                if isinstance(settlement.outcome, Retry | Defer | Hold) or settlement.follow_ups:
                    self._timer.changed()
                return

    async def _settle(self, lease: SqliteLease, settlement: Settlement) -> None:
        outcome, now, progress = settlement.outcome, self._clock.now(), lease.newest.progress
        if isinstance(outcome, Done) and not settlement.follow_ups and not settlement.records:
            done = Completion(lease.job, lease.seq, self._boot, outcome.result, progress, now)
            await self._database.writer.submit_item(complete_all, done, self._publish_events)
        else:
            boot = self._boot
            await self._transition(lambda c: (None, settler.finish(c, lease.job, boot, settlement, progress, now)))

    async def _wait_for_runs(self, seconds: float) -> None:
        """What is stuck has shown that it does not end, and is not waited for."""
        if not self._obedient():
            return
        deadline = asyncio.create_task(self._clock.sleep(seconds), name="drain-deadline")
        try:
            while (runs := self._obedient()) and not deadline.done():
                await asyncio.wait({deadline, *runs}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            deadline.cancel()

    def _obedient(self) -> list[asyncio.Task[None]]:
        return [run for job_id, run in self._runs.items() if not self._leases[job_id].stuck]

    async def _due_in_s(self) -> float:
        due = [await reader.next_due(self._database), self._claimer.rate_frees_at]
        waits = [(at - self._clock.now()) / 1000 for at in due if at is not None]
        return min([self._config.poll_interval_s, *waits])

    async def _pass_time(self) -> None:
        more = True
        while more:
            now = self._clock.now()
            more, _ = await self._transition(lambda c: upkeep.pass_time(c, now))  # noqa: B023


def _reason(settlement: Settlement) -> str:
    assert isinstance(settlement.outcome, Cancelled)
    return settlement.outcome.reason
