"""A clock that starts at a day of one's choice, runs like the machine's, and can be put forward by hand.

Invariant: every part of the demonstration gets this one, so the same seed makes the same server on any day, and
whoever sleeps on it wakes when the moment has come, by itself or by hand.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from jobs.engine.clock import SystemClock

DEMO_DAY = datetime(2026, 11, 1, 18, 0, tzinfo=UTC)
"""A Sunday evening, when a server is awake."""


class ShiftedClock(SystemClock):
    """The machine's clock, moved so that it began at `start`."""

    def __init__(self, start: datetime) -> None:
        self._shift = int(start.timestamp() * 1000) - super().now()
        self._forward_s = 0.0
        self._moved = asyncio.Event()

    def now(self) -> int:
        return super().now() + self._shift + round(self._forward_s * 1000)

    def monotonic(self) -> float:
        return super().monotonic() + self._forward_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._moved.wait()
            except TimeoutError:
                return

    def forward(self, seconds: float) -> None:
        """Put the clock forward and wake whoever has slept long enough by it."""
        self._forward_s += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
