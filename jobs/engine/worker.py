"""What this process has run since it started: numbers that end with it, unlike those of the store."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.engine.clock import Clock
from jobs.engine.outcome import Done, Fail, Outcome, Retry


@dataclass(frozen=True, slots=True)
class WorkerStatistics:
    """One process at work."""

    active: int
    """Runs under way, those that are stuck among them."""
    stuck: int
    completed: int
    failed: int
    """Attempts that failed, whether another one follows or not."""
    average_processing_s: float | None
    """Mean duration of the attempts that completed or failed; None before the first."""
    uptime_s: float


class Worker:
    """Counts the runs of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = clock.monotonic()
        self._active = 0
        self._completed = 0
        self._failed = 0
        self._spent_s = 0.0

    def begin(self) -> float:
        """A run starts; give what is returned to `end`."""
        self._active += 1
        return self._clock.monotonic()

    def end(self, begun: float, outcome: Outcome | None) -> None:
        """A run is over; None when the process gave it up."""
        self._active -= 1
        if isinstance(outcome, Done):
            self._completed += 1
        elif isinstance(outcome, Retry | Fail):
            self._failed += 1
        else:
            return
        self._spent_s += self._clock.monotonic() - begun

    def statistics(self, stuck: int) -> WorkerStatistics:
        ended = self._completed + self._failed
        return WorkerStatistics(
            active=self._active,
            stuck=stuck,
            completed=self._completed,
            failed=self._failed,
            average_processing_s=self._spent_s / ended if ended else None,
            uptime_s=self._clock.monotonic() - self._begun,
        )
