"""A clock that stands still until a test moves it, and wakes sleepers in the order of their time."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

SETTLE_ROUNDS = 50
"""Turns of the loop between two sleepers, so that what one of them started can sleep again in time."""


class FakeClock:
    """A `Clock` under a test's hand; begins at `now` (ms)."""

    def __init__(self, now: int = 1_790_000_000_000) -> None:
        self._now = now
        self._monotonic = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> int:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    @property
    def next_in(self) -> float | None:
        """Seconds until the first sleeper is due; None when nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] - self._monotonic if self._sleepers else None

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._numbers), future))
        await future

    def move_wall(self, milliseconds: int) -> None:
        """Move wall time alone, as when somebody sets the machine's clock."""
        self._now += milliseconds

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: every sleeper due in them wakes at its own instant."""
        end = self._monotonic + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                self._move_to(due)
                future.set_result(None)
                await self._settle()
        self._move_to(end)
        await self._settle()

    def _move_to(self, monotonic: float) -> None:
        self._now += round((monotonic - self._monotonic) * 1000)
        self._monotonic = monotonic

    @staticmethod
    async def _settle() -> None:
        for _ in range(SETTLE_ROUNDS):
            await asyncio.sleep(0)
