"""Runs one lease to its end and says what it ended as; nothing else leaves.

Owns time-outs, stall watch, cancellation and the handlers that ignore it. Knows no store. Invariant: the
engine's own reason (cancel, hold, stop, time-out) decides the outcome, never what an interrupted handler returned.
"""

from __future__ import annotations

import asyncio
import logging
import random as random_module
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jobs.engine.backend import Lease, Signal
from jobs.engine.clock import Clock
from jobs.engine.context import Context, Watch
from jobs.engine.errors import DeferJob, HoldJob, InvalidPayload, LeaseLost, UnknownJobType
from jobs.engine.failure import Classify, describe, stalled, timed_out
from jobs.engine.model import MAX_RESULT_BYTES, ErrorInfo, Job, JsonValue, dump_json
from jobs.engine.outcome import Cancelled, Defer, Done, Fail, Hold, Outcome, Release, Retry, Settlement
from jobs.engine.processes import Processes
from jobs.engine.registry import JobType, Registry
from jobs.engine.retry import Again, decide

log = logging.getLogger(__name__)

UNROUTABLE_DELAY_S = 60.0
GENTLE_S = 1.0
"""How long, of its grace, a handler may reach its next step by itself before it is cancelled at its await."""

Planner = Callable[[Job, Outcome], Settlement]


class Interrupted(BaseException):
    """Raised in a handler at its next step, for the engine's reason."""


@dataclass(slots=True)
class Run:
    """One run under way."""

    lease: Lease
    watch: Watch
    context: Context[Any]
    wish: asyncio.Event = field(default_factory=asyncio.Event)
    forced: Outcome | ErrorInfo | None = None
    """The engine's reason to end; an `ErrorInfo` is still put before the retry decision."""

    def force(self, reason: Outcome | ErrorInfo) -> None:
        """The first reason stays, but a cancel outranks what may come back."""
        if self.forced is None or isinstance(reason, Cancelled):
            self.forced = reason
            self.context.interrupt(Interrupted())
            self.wish.set()


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
    ) -> None:
        self._registry = registry
        self._services = services
        self._clock = clock
        self._grace_s = cancel_grace_s
        self._random = random
        self._classify = classify
        self._plan: Planner = plan or (lambda job, outcome: Settlement(outcome))
        self.processes = Processes()
        """For `ctx.in_process`; stop it with the queue."""
        self.zombies: set[asyncio.Task[Any]] = set()
        """Handlers that ignored their cancel. Their slots are free again; what they still return is dropped."""

    async def run(self, lease: Lease) -> Settlement:
        """The settlement of this run. Never raises but `CancelledError`, when the process gives up."""
        try:
            outcome = await self._outcome(lease)
        except Exception as error:
            log.exception("job %s: the engine itself failed", lease.job.id)
            outcome = self._after_failure(lease.job, describe(error))
        return self._plan(lease.job, outcome)

    async def _outcome(self, lease: Lease) -> Outcome:
        job = lease.job
        try:
            type_ = self._registry.get(job.type)
            payload = type_.validate(job.payload)
        except UnknownJobType:
            return Defer(UNROUTABLE_DELAY_S, f"No handler for {job.type} is installed.")
        except InvalidPayload as error:
            return Fail(describe(error))
        checkpoints = dict(await lease.checkpoints()) if job.claim_no > 1 else {}
        watch = Watch(self._clock)
        context: Context[Any] = Context(lease, self._services, self._clock, checkpoints, watch, self.processes)
        run = Run(lease, watch, context)
        lease.on_signal(lambda signal, reason: _obey(run, signal, reason))
        task = asyncio.create_task(_call(type_, context, payload), name=f"handler-{job.id}")
        # Most handlers that have nothing to wait for end in their first turn, and need no guard.
        await asyncio.sleep(0)
        if not task.done():
            await self._guard(run, task)
        return await self._conclude(run, task)

    async def _guard(self, run: Run, task: asyncio.Task[Any]) -> None:
        """Wait until the handler ends, or is made to, or is given up."""
        wish = asyncio.create_task(run.wish.wait(), name="run-wish")
        try:
            while not task.done() and not run.wish.is_set():
                left = self._left_s(run)
                await self._wait({task, wish}, left)
                self._check_limits(run)
            gentle_s = min(GENTLE_S, self._grace_s / 4)
            if not task.done():
                await self._wait({task}, gentle_s)
            if not task.done():
                task.cancel()
                await self._wait({task}, self._grace_s - gentle_s)
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            wish.cancel()

    async def _wait(self, tasks: set[asyncio.Task[Any]], seconds: float | None) -> None:
        if seconds is None:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return
        timer = asyncio.create_task(self._clock.sleep(seconds), name="run-timer")
        try:
            await asyncio.wait({*tasks, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()

    @staticmethod
    def _left_s(run: Run) -> float | None:
        policy, watch = run.lease.job.policy, run.watch
        limits = []
        if policy.timeout_s is not None:
            limits.append(policy.timeout_s - watch.running_s)
        if policy.stall_timeout_s is not None:
            limits.append(policy.stall_timeout_s - watch.still_s)
        # While the run waits for others its time stands still; look again, but not in a busy loop.
        return max(0.05, min(limits)) if limits else None

    @staticmethod
    def _check_limits(run: Run) -> None:
        policy, watch = run.lease.job.policy, run.watch
        if policy.timeout_s is not None and watch.running_s >= policy.timeout_s:
            run.force(timed_out(policy.timeout_s))
        elif policy.stall_timeout_s is not None and watch.still_s >= policy.stall_timeout_s:
            run.force(stalled(policy.stall_timeout_s))

    async def _conclude(self, run: Run, task: asyncio.Task[Any]) -> Outcome:
        job = run.lease.job
        if not task.done():
            await self._abandon(run, task)
        elif run.forced is None:
            await run.context.flush()
            return self._of_handler(job, task)
        elif not task.cancelled():
            task.exception()  # seen: the engine's reason decides
        forced = run.forced
        if isinstance(forced, ErrorInfo):
            return self._after_failure(job, forced)
        return forced if forced is not None else self._of_handler(job, task)

    async def _abandon(self, run: Run, task: asyncio.Task[Any]) -> None:
        log.warning("job %s ignores its cancel; its place is given to the next job", run.lease.job.id)
        self.zombies.add(task)
        task.add_done_callback(self._late)
        try:
            await run.lease.mark_stuck()
        except LeaseLost:
            log.info("job %s was already taken over", run.lease.job.id)

    def _late(self, task: asyncio.Task[Any]) -> None:
        self.zombies.discard(task)
        if not task.cancelled():
            task.exception()
        log.warning("%s ended at last; what it returned is dropped", task.get_name())

    def _of_handler(self, job: Job, task: asyncio.Task[Any]) -> Outcome:
        if task.cancelled():
            return self._after_failure(job, ErrorInfo("The job cancelled itself."))
        error = task.exception()
        match error:
            case None:
                return self._done(job, task.result())
            case DeferJob():
                return Defer(error.delay_s, error.reason)
            case HoldJob():
                return Hold(error.reason)
            case _:
                log.info("job %s attempt %d failed: %s", job.id, job.attempts, type(error).__name__, exc_info=error)
                return self._after_failure(job, describe(error, self._classify))

    def _done(self, job: Job, result: JsonValue) -> Outcome:
        try:
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


def _obey(run: Run, signal: Signal, reason: str) -> None:
    match signal:
        case Signal.CANCEL:
            run.force(Cancelled(reason))
        case Signal.HOLD:
            run.force(Hold(reason))
        case Signal.STOP | Signal.LOST:
            run.force(Release(reason))


async def _call(type_: JobType, context: Context[Any], payload: object) -> Any:
    """Call the handler. What would end the process ends only the job."""
    try:
        if not type_.is_async:
            return await context.in_thread(type_.handler, context, payload)
        return await type_.handler(context, payload)
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"the handler raised {type(error).__name__}") from error
    except Interrupted:
        return None
    except BaseExceptionGroup as group:
        if isinstance(group, ExceptionGroup):
            raise
        raise RuntimeError("the handler raised a group that would end the process") from group
