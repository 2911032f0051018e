"""How the queue is doing, in words an operator can act on, and the checks of whoever embeds it.

Reads only what the queue can tell. Invariant: each issue stands with what to do about it, and `critical` is kept
for a store that cannot be written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from jobs.engine.clock import Clock, SystemClock
from jobs.engine.errors import EngineError
from jobs.engine.queue import JobQueue
from jobs.engine.states import State
from jobs.engine.statistics import Statistics

MANY_WAITING, MANY_FAILED = 1000, 100
FULL_SHARE = 0.8
OLD_S = 900.0
LAG_S = 0.5
MEASURE_EVERY_S = 1.0
LAG_WINDOW = 30
CHECK_WITHIN_S = 5.0
IDLE_STATES = (State.WAITING, State.DELAYED, State.BLOCKED)


class Status(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Issue:
    """What is wrong, and what to do."""

    sentence: str
    recommendation: str
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a queue at one moment."""

    status: Status
    uptime_s: float
    processing_rate_per_minute: float
    backlog: int
    loop_lag_s: float
    issues: tuple[str, ...]
    recommendations: tuple[str, ...]


class LoopLag:
    """How late the event loop is, measured by sleeping."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lags: list[float] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def worst_s(self) -> float:
        """The largest lag of the last half minute."""
        return max(self._lags, default=0.0)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._measure(), name="loop-lag")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def _measure(self) -> None:
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(MEASURE_EVERY_S)
            late = self._clock.monotonic() - before - MEASURE_EVERY_S
            self._lags = [*self._lags[-LAG_WINDOW + 1 :], max(0.0, late)]


class HealthMonitor:
    """Asks the queue; `start` it to have the loop's lag measured.

    The lag is of the machine, whatever time the queue lives in: `lag_clock` is the machine's own unless given.
    """

    def __init__(self, queue: JobQueue, clock: Clock, *, lag_clock: Clock | None = None) -> None:
        self._queue = queue
        self._clock = clock
        self._begun = clock.monotonic()
        self.lag = LoopLag(lag_clock or SystemClock())

    async def start(self) -> None:
        await self.lag.start()

    async def stop(self) -> None:
        await self.lag.stop()

    async def health(self) -> Health:
        """The queue's health now."""
        try:
            await self._queue.records.put("health", "written", self._clock.now())
            statistics = await self._queue.statistics(internal=True)
            oldest = await self._queue.oldest_waiting()
        except EngineError as error:
            issue = Issue(f"The store does not answer: {error}", "Look at its disk and its rights.", critical=True)
            return self._sum_up([issue], 0.0, 0)
        backlog = sum(statistics.states[state] for state in IDLE_STATES)
        return self._sum_up(self._issues(statistics, backlog, oldest), statistics.throughput_per_minute, backlog)

    def _issues(self, statistics: Statistics, backlog: int, oldest: int | None) -> list[Issue]:
        issues: list[Issue] = []
        limit = self._queue.config.max_queue_size
        if limit and backlog >= FULL_SHARE * limit:
            issues.append(
                Issue(f"The queue is {100 * backlog / limit:.0f} % full.", "Raise its limit or its concurrency.")
            )
        if statistics.states[State.WAITING] >= MANY_WAITING:
            issues.append(Issue(f"{statistics.states[State.WAITING]:,} jobs wait.", "Raise the concurrency."))
        if statistics.failed_in_window >= MANY_FAILED:
            issues.append(
                Issue(f"{statistics.failed_in_window:,} attempts failed in the last hour.", "Look at their errors.")
            )
        if oldest is not None and self._clock.now() - oldest > OLD_S * 1000:
            minutes = (self._clock.now() - oldest) / 60_000
            issues.append(Issue(f"A job has waited for {minutes:,.0f} minutes.", "Look at limits and pauses."))
        if self.lag.worst_s > LAG_S:
            issues.append(Issue(f"The event loop was {self.lag.worst_s:.1f} s late.", "Find what blocks it."))
        if stuck := self._queue.worker().stuck:
            text = f"{stuck:,} jobs do not stop; their places were given to others."
            issues.append(Issue(text, "Look at what their handlers wait for; a restart ends them."))
        unknown = sorted(t for t in _idle_types(statistics) if t not in self._queue.registry)
        if unknown:
            issues.append(
                Issue(f"Nobody handles: {', '.join(unknown)}.", "Install these job types, or cancel their jobs.")
            )
        issues += [
            Issue(f"{'Everything' if name == '*' else name} is paused: {reason}", "Resume it when that is over.")
            for name, reason in self._queue.paused.items()
        ]
        return issues

    def _sum_up(self, issues: Sequence[Issue], rate: float, backlog: int) -> Health:
        status = Status.DEGRADED if issues else Status.HEALTHY
        if any(issue.critical for issue in issues):
            status = Status.CRITICAL
        return Health(
            status=status,
            uptime_s=self._clock.monotonic() - self._begun,
            processing_rate_per_minute=rate,
            backlog=backlog,
            loop_lag_s=self.lag.worst_s,
            issues=tuple(issue.sentence for issue in issues),
            recommendations=tuple(issue.recommendation for issue in issues),
        )


def _idle_types(statistics: Statistics) -> set[str]:
    return {name for name, figures in statistics.by_type.items() if any(figures.states[s] for s in IDLE_STATES)}


Check: TypeAlias = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class CheckResult:
    good: bool
    required: bool
    detail: str = ""


class HealthRegistry:
    """Named checks of whoever embeds the engine."""

    def __init__(self) -> None:
        self._checks: dict[str, tuple[Check, bool]] = {}

    def register(self, name: str, check: Check, *, required: bool = True) -> None:
        """Ask `check` from now on; a later one of the same name takes its place."""
        self._checks[name] = (check, required)

    async def run(self) -> Mapping[str, CheckResult]:
        """Ask all at once; one that raises or takes over five seconds is not good."""
        results = await asyncio.gather(*(_ask(check, required) for check, required in self._checks.values()))
        return dict(zip(self._checks, results, strict=True))

    async def ready(self) -> bool:
        """Whether all required checks are good."""
        return all(result.good or not result.required for result in (await self.run()).values())


async def _ask(check: Check, required: bool) -> CheckResult:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            return CheckResult(await check(), required)
    except Exception as error:  # noqa: BLE001 - a check is somebody else's code
        return CheckResult(False, required, type(error).__name__)
