"""A clock that starts at a day of one's choice and then runs like the machine's.

Invariant: every part of the demonstration gets this one, so the same seed makes the same server on any day.
"""

from __future__ import annotations

from datetime import UTC, datetime

from jobs.engine.clock import SystemClock

DEMO_DAY = datetime(2026, 11, 1, 18, 0, tzinfo=UTC)
"""A Sunday evening, when a server is awake."""


class ShiftedClock(SystemClock):
    """The machine's clock, moved so that it began at `start`."""

    def __init__(self, start: datetime) -> None:
        self._shift = int(start.timestamp() * 1000) - super().now()

    def now(self) -> int:
        return super().now() + self._shift
