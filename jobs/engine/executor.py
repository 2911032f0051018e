"""Runs one lease to its end and says what it ended as; nothing else leaves.

Owns the way from an answer to an outcome, and the handlers that ignore their cancel. Knows no store. Invariants: the
engine's own reason (cancel, hold, stop, time-out) decides the outcome, never what an interrupted handler returned; and
no run is over before its handler has ended, so two runs of a job never overlap.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import random as random_module
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from jobs.engine.backend import Lease
from jobs.engine.batches import Gatherer
from jobs.engine.clock import Clock
from jobs.engine.context import Context, Watch
from jobs.engine.errors import (
    BackendUnavailable,
    CancelJob,
    DeferJob,
    HoldJob,
    InvalidOption,
    InvalidPayload,
    JobError,
    LeaseLost,
    UnknownJobType,
    ValueTooLarge,
)
from jobs.engine.failure import Classify, describe
from jobs.engine.model import MAX_RESULT_BYTES, ErrorInfo, Job, JsonValue, dump_json
from jobs.engine.options import MAX_DELAY_S, instant_of, number_of, reason_of
from jobs.engine.outcome import Cancelled, Defer, Done, Fail, Hold, Outcome, Retry, Settlement
from jobs.engine.processes import Processes
from jobs.engine.registry import JobType, Registry
from jobs.engine.retry import Again, decide
from jobs.engine.run import Call, Interrupted, Run
from jobs.engine.threads import Threads
from jobs.engine.worker import Worker, WorkerStatistics

log = logging.getLogger(__name__)

UNROUTABLE_DELAY_S = 60.0
DAMAGED = "What this job was asked to do cannot be read: its row in the database is damaged. Ask for it again."
Planner = Callable[[Job, Outcome], Settlement]
KeepLarge = Callable[[Job, JsonValue], Awaitable[JsonValue]]
"""Keeps a result that is too large for a row somewhere else; what stands for it in the row."""


class Executor:
    """Calls handlers. `services` is what they see as `ctx.services`."""

    def __init__(
        self,
        registry: Registry,
        *,
        services: object,
        clock: Clock,
        cancel_grace_s: float = 10.0,
        random: Callable[[], float] = random_module.random,
        classify: Classify | None = None,
        plan: Planner | None = None,
        trouble: Callable[[str, Job], None] | None = None,
        most_stuck: int | None = None,
        keep_large: KeepLarge | None = None,
        batch_size: int = 5,
    ) -> None:
        self._registry = registry
        self._services = services
        self._clock = clock
        self._grace_s = cancel_grace_s
        self._random = random
        self._classify = classify
        self._plan: Planner = plan or (lambda job, outcome: Settlement(outcome))
        self._trouble = trouble or (lambda message, job: None)
        self._batches = Gatherer(self._perform, size=batch_size)
        self._keep_large = keep_large
        self._worker = Worker(clock)
        self._processes = Processes()
        self._threads = Threads()
        self._most_stuck = most_stuck
        self.stuck: set[asyncio.Task[Any]] = set()
        """Handlers that ignored their cancel. Their places are given to others; what they still return is dropped."""
        self.worn_out = asyncio.Event()
        """More handlers are stuck than `most_stuck`: only a new process helps."""

    async def stop(self) -> None:
        """Let go of threads and processes. Nothing may be running but what is stuck."""
        self._threads.stop()
        await self._processes.stop()

    async def run(self, lease: Lease) -> Settlement:
        """The settlement of this run. Never raises but `CancelledError`, when the process gives up."""
        outcome: Outcome | None = None
        begun = self._worker.begin()
        try:
            outcome = await self._outcome(lease)
            return self._plan(lease.job, outcome)
        except Exception as error:
            log.exception("job %s: the engine itself failed", lease.job.id)
            self._trouble(f"The engine itself failed while {lease.job.id} ran: {type(error).__name__}.", lease.job)
            outcome = self._after_failure(lease.job, describe(error))
            return Settlement(outcome)
        finally:
            self._worker.end(begun, outcome)

    def statistics(self) -> WorkerStatistics:
        """What this process has run so far."""
        return self._worker.statistics(len(self.stuck))

    async def _outcome(self, lease: Lease) -> Outcome:
        job = lease.job
        if "payload" in job.damaged:
            return Fail(ErrorInfo(DAMAGED, kind="corrupt_payload", category="store", retryable=False))
        try:
            type_ = self._registry.get(job.type)
            payload = type_.validate(job.payload)
        except UnknownJobType:
            return Defer(UNROUTABLE_DELAY_S, f"No handler for {job.type} is installed.")
        except InvalidPayload as error:
            return Fail(describe(error))
        watch = Watch(self._clock)
        context: Context[Any] = Context(lease, self._services, self._clock, watch, self._processes, self._threads)
        run = Run(lease, watch, context, payload)
        lease.on_signal(run.obey)
        if type_.is_batching:
            return await self._batches.join(type_, run)
        return (await self._perform(type_, [run]))[0]

    async def _perform(self, type_: JobType, runs: Sequence[Run]) -> Sequence[Outcome]:
        """Call the handler once for `runs`; an outcome for each."""
        for run in runs:
            if run.lease.job.claim_no > 1:
                await run.context.recall()
        call = Call(runs, self._clock, self._grace_s)
        task = asyncio.create_task(_call(type_, runs), name=f"handler-{runs[0].lease.job.id}")
        try:
            # Most handlers that have nothing to wait for end in their first turn, and need no guard.
            await asyncio.sleep(0)
            if not task.done():
                await call.guard(task)
            if not task.done():
                await self._outlast(runs, task)
        finally:
            call.end()
        if not task.cancelled():
            task.exception()  # seen: the engine's reason may decide
        return [await self._conclude(run, task, place) for place, run in enumerate(runs)]

    async def _conclude(self, run: Run, task: asyncio.Task[Sequence[Any]], place: int) -> Outcome:
        if run.forced is None:
            if run.context.has_news:
                with suppress(LeaseLost, BackendUnavailable):
                    await run.context.flush()
            outcome = self._of_handler(run.lease.job, task, place)
            return await self._checked(run.lease.job, outcome.result) if isinstance(outcome, Done) else outcome
        return self._after_failure(run.lease.job, run.forced) if isinstance(run.forced, ErrorInfo) else run.forced

    async def _outlast(self, runs: Sequence[Run], task: asyncio.Task[Any]) -> None:
        """Give the places of a handler that ignores its cancel to others, and wait for as long as it takes."""
        log.warning("job %s ignores its cancel; its place is given to the next job", runs[0].lease.job.id)
        self.stuck.add(task)
        task.add_done_callback(self._late)
        for run in runs:
            try:
                await run.lease.mark_stuck()
            except LeaseLost:
                log.info("job %s was already taken over", run.lease.job.id)
            except BackendUnavailable as error:
                log.warning("job %s cannot be marked as stuck and keeps its place: %s", run.lease.job.id, error)
        if self._most_stuck is not None and len(self.stuck) > self._most_stuck and not self.worn_out.is_set():
            self.worn_out.set()
            self._trouble(f"{len(self.stuck)} handlers do not stop: the process must be restarted.", runs[0].lease.job)
        await asyncio.wait({task})

    def _late(self, task: asyncio.Task[Any]) -> None:
        self.stuck.discard(task)
        log.warning("%s ended at last; what it returned is dropped", task.get_name())

    def _of_handler(self, job: Job, task: asyncio.Task[Sequence[Any]], place: int) -> Outcome:
        if task.cancelled():
            return self._after_failure(job, ErrorInfo("The job cancelled itself."))
        answer = task.exception() or task.result()[place]
        match answer:
            case DeferJob() | HoldJob() | CancelJob():
                return self._as_wished(job, answer)
            case BaseException():
                log.info("job %s attempt %d failed: %s", job.id, job.attempts, type(answer).__name__, exc_info=answer)
                return self._after_failure(job, describe(answer, self._classify))
            case _:
                return Done(answer)

    def _as_wished(self, job: Job, wish: DeferJob | HoldJob | CancelJob) -> Outcome:
        try:
            if isinstance(wish, HoldJob):
                return Hold(reason_of(wish.reason), instant_of("until", wish.until))
            if isinstance(wish, CancelJob):
                return Cancelled(reason_of(wish.reason))
            delay_s = number_of("delay_s", wish.delay_s, -MAX_DELAY_S, MAX_DELAY_S, " of seconds")
            return Defer(max(0.0, delay_s), reason_of(wish.reason))
        except InvalidOption as error:
            return self._after_failure(job, describe(error))

    async def _checked(self, job: Job, result: JsonValue) -> Outcome:
        """Done, if the result can be stored; one that is too large for a row is kept elsewhere, if there is a place."""
        try:
            try:
                dump_json(result, "result", MAX_RESULT_BYTES)
            except ValueTooLarge:
                if self._keep_large is None:
                    raise
                result = await self._keep_large(job, result)
                dump_json(result, "result", MAX_RESULT_BYTES)
        except Exception as error:  # noqa: BLE001 - a result may be anything, so may its failure
            return self._after_failure(job, describe(error))
        return Done(result)

    def _after_failure(self, job: Job, error: ErrorInfo) -> Outcome:
        decision = decide(
            retryable=error.retryable,
            attempt=job.attempts,
            max_attempts=job.policy.max_attempts,
            backoff=job.policy.backoff,
            random=self._random,
        )
        return Retry(decision.delay_s, error) if isinstance(decision, Again) else Fail(error)


async def _call(type_: JobType, runs: Sequence[Run]) -> Sequence[Any]:
    """Call the handler: an answer, or an exception that stands for one, for each run.

    What would end the process ends only the job.
    """
    first = runs[0]
    batch = type_.is_batching
    what = ([run.context for run in runs], [run.payload for run in runs]) if batch else (first.context, first.payload)
    try:
        answer = type_.handler(*what) if type_.is_async else await first.context.in_thread(type_.handler, *what)
        if inspect.isawaitable(answer):
            answer = await answer
        return _of_batch(answer, len(runs)) if batch else [answer]
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"the handler raised {type(error).__name__}") from error
    except Interrupted:
        return [None] * len(runs)
    except BaseExceptionGroup as group:
        if isinstance(group, ExceptionGroup):
            raise
        raise RuntimeError("the handler raised a group that would end the process") from group


def _of_batch(answers: Any, count: int) -> Sequence[Any]:
    if not isinstance(answers, Sequence) or isinstance(answers, str | bytes) or len(answers) != count:
        raise JobError(f"The handler of a batch must return a list of {count} results.", retryable=False)
    return answers
