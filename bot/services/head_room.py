"""Leaves room under Discord's limit for the whole bot, so that long work never delays what people wait for.

Knows no route. Invariant: in any second no more than `a_second` turns begin, in the order they were asked for.
"""

from __future__ import annotations

import asyncio
from collections import deque

from jobs.engine.clock import Clock

A_SECOND = 35
"""Of the 50 requests a second that a bot has in all (Discord API documentation, "Global Rate Limit")."""


class HeadRoom:
    """See the module."""

    def __init__(self, clock: Clock, a_second: int = A_SECOND) -> None:
        self.a_second = a_second
        self._clock = clock
        self._begun: deque[float] = deque(maxlen=a_second)
        self._line = asyncio.Lock()

    async def turn(self) -> None:
        """Return when the next request may begin."""
        async with self._line:
            if len(self._begun) == self.a_second:
                rest_s = self._begun[0] + 1.0 - self._clock.monotonic()
                if rest_s > 0:
                    await self._clock.sleep(rest_s)
            self._begun.append(self._clock.monotonic())
