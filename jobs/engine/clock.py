"""Time as an argument: the only door of the engine to wall time, monotonic time and sleeping.

Invariant: nothing in `jobs`, `bot` or `cogs` asks the time or sleeps but through a `Clock`.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is stored, monotonic time for what is measured."""

    def now(self) -> int:
        """Milliseconds since the epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of monotonic time; 0 or less yields once."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


async def wait_for_news(news: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """Sleep for `seconds`, or until `news` is set; whether it was."""
    sleep = asyncio.create_task(clock.sleep(seconds), name="clock-sleep")
    told = asyncio.create_task(news.wait(), name="clock-news")
    try:
        await asyncio.wait({sleep, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sleep.cancel()
        told.cancel()
    return news.is_set()
