"""Runs under way, and the call of a handler that serves them: one run, or those of a batch.

Owns time-outs, stall watch and the wish to end. Knows no outcome's words and no store. Invariant: a call is
interrupted only when each of its runs is to end, so one job of a batch never ends the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs.engine.backend import Lease, Signal
from jobs.engine.clock import Clock
from jobs.engine.context import Context, Watch
from jobs.engine.failure import stalled, timed_out
from jobs.engine.model import ErrorInfo
from jobs.engine.outcome import Cancelled, Hold, Outcome, Release

GENTLE_S = 1.0
"""How long, of its grace, a handler may reach its next step by itself before it is cancelled at its await."""


class Interrupted(BaseException):
    """Raised in a handler at its next step, for the engine's reason."""


@dataclass(slots=True)
class Run:
    """One run of one job."""

    lease: Lease
    watch: Watch
    context: Context[Any]
    payload: Any
    forced: Outcome | ErrorInfo | None = None
    """The engine's reason to end; an `ErrorInfo` is still put before the retry decision."""
    call: Call | None = None

    def force(self, reason: Outcome | ErrorInfo) -> None:
        """The first reason stays, but a cancel outranks what may come back."""
        if self.forced is None or isinstance(reason, Cancelled):
            self.forced = reason
            self.context.ask_to_end(held=isinstance(reason, Hold))
            if self.call is not None:
                self.call.look()

    def obey(self, signal: Signal, reason: str) -> None:
        match signal:
            case Signal.CANCEL:
                self.force(Cancelled(reason))
            case Signal.HOLD:
                self.force(Hold(reason, asked=True))
            case Signal.STOP | Signal.LOST:
                self.force(Release(reason))

    @property
    def left_s(self) -> float | None:
        """Seconds until a limit of this run may be reached; None without limits."""
        policy, watch = self.lease.job.policy, self.watch
        limits = []
        if policy.timeout_s is not None:
            limits.append(policy.timeout_s - watch.running_s)
        if policy.stall_timeout_s is not None:
            limits.append(policy.stall_timeout_s - watch.still_s)
        # While the run waits for others its time stands still; look again, but not in a busy loop.
        return max(0.05, min(limits)) if limits else None

    def check_limits(self) -> None:
        policy, watch = self.lease.job.policy, self.watch
        if policy.timeout_s is not None and watch.running_s >= policy.timeout_s:
            self.force(timed_out(policy.timeout_s))
        elif policy.stall_timeout_s is not None and watch.still_s >= policy.stall_timeout_s:
            self.force(stalled(policy.stall_timeout_s))


class Call:
    """A handler at work for `runs`."""

    def __init__(self, runs: Sequence[Run], clock: Clock, grace_s: float) -> None:
        self.runs = runs
        self._clock = clock
        self._grace_s = grace_s
        self._unwanted = False
        self._wish: asyncio.Event | None = None
        for run in runs:
            run.call = self
        self.look()

    def look(self) -> None:
        """Ask the handler to end, once nobody wants what it does."""
        if all(run.forced is not None for run in self.runs):
            self._unwanted = True
            if self._wish is not None:
                self._wish.set()
            for run in self.runs:
                run.context.interrupt(Interrupted())

    def end(self) -> None:
        """Let go of the runs: circles would be left to the garbage collector."""
        for run in self.runs:
            run.call = None
            run.context.close()

    async def guard(self, task: asyncio.Task[Any]) -> None:
        """Wait until `task` ends, or is made to, or has used up its grace."""
        self._wish = asyncio.Event()
        wish = asyncio.create_task(self._wish.wait(), name="run-wish")
        try:
            while not task.done() and not self._unwanted:
                await self._wait({task, wish}, self._left_s())
                for run in self.runs:
                    if run.forced is None:
                        run.check_limits()
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

    def _left_s(self) -> float | None:
        left = [run.left_s for run in self.runs if run.forced is None]
        return min((seconds for seconds in left if seconds is not None), default=None)

    async def _wait(self, tasks: set[asyncio.Task[Any]], seconds: float | None) -> None:
        if seconds is None:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return
        timer = asyncio.create_task(self._clock.sleep(seconds), name="run-timer")
        try:
            await asyncio.wait({*tasks, timer}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
