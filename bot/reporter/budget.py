"""One budget of edits for all messages together, so that many jobs at once leave everything else room.

Knows no message. Invariant: never more than `per_s` turns begin in any second, never two at one place at a time,
and whoever brings a last state goes before all who bring progress. A limit that Discord names halves the pace,
which comes back by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from jobs.engine.clock import Clock

EDITS_PER_S = 12.0
"""Of the 50 requests a second that a bot may send in all (Discord API documentation, "Rate Limits"). Answers to
interactions are not counted among those. What is sent evenly arrives in bunches where machine or network are slow:
Discord sees fewer than 20 in any second as long as no edit is held up for more than 0.6 s on its way."""
HURRIED_PER_S = 30.0
"""When the process ends and nothing else is sent any more."""
SLOWEST_PER_S = 1.0
RECOVERY_S = 60.0
"""From the slowest pace back to the full one."""
INVALID_ENOUGH = 5_000
"""Refused requests in ten minutes from which on edits are slowest; 10,000 close the door to the whole bot (same
page)."""


@dataclass(slots=True, eq=False)
class Waiting:
    """Who waits for a turn."""

    rank: tuple[bool, int]
    """Last states first, then as they came."""
    place: Hashable
    who: str
    turn: asyncio.Future[None]


class EditBudget:
    """Hands out turns. `invalid` tells how many requests of the bot were refused in the last ten minutes."""

    def __init__(self, clock: Clock, per_s: float = EDITS_PER_S, *, invalid: Callable[[], int] = lambda: 0) -> None:
        self._clock = clock
        self._full = self._pace = per_s
        self._invalid = invalid
        self._paced_at = clock.monotonic()
        self._free_at = 0.0
        self._rests: dict[Hashable, float] = {}
        """Until when (monotonic) a place is left alone; without end while somebody has a turn there."""
        self._line: list[Waiting] = []
        self._numbers = count()
        self._alarm: asyncio.Task[None] | None = None

    @property
    def per_s(self) -> float:
        """The pace now, in edits a second."""
        if self._invalid() >= INVALID_ENOUGH:
            return SLOWEST_PER_S
        passed = self._clock.monotonic() - self._paced_at
        return min(self._full, self._pace + passed / RECOVERY_S * self._full)

    def limited(self) -> None:
        """Discord asked for less."""
        self._pace = max(SLOWEST_PER_S, self.per_s / 2)
        self._paced_at = self._clock.monotonic()

    def hurry(self) -> None:
        """Everything that is pending goes out now, as fast as may be."""
        self._full = self._pace = HURRIED_PER_S
        self._serve()

    def promote(self, who: str) -> None:
        """What `who` waits to send has become a last state."""
        for waiting in self._line:
            if waiting.who == who:
                waiting.rank = (False, waiting.rank[1])
        self._serve()

    @asynccontextmanager
    async def turn(
        self, place: Hashable, *, who: str = "", last: bool = False, rest_s: float = 0.0
    ) -> AsyncIterator[None]:
        """Wait for a turn at `place` and hold it; behind it the place rests for `rest_s`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = Waiting((not last, next(self._numbers)), place, who, future)
        self._line.append(waiting)
        self._serve()
        try:
            await future
            yield
        finally:
            if waiting in self._line:
                self._line.remove(waiting)
            elif not future.cancelled():
                self._rests[place] = self._clock.monotonic() + rest_s
            self._serve()

    def _serve(self) -> None:
        """Give turns to all whose time it is; for the next one set the alarm."""
        now = self._clock.monotonic()
        self._rests = {place: until for place, until in self._rests.items() if until > now}
        self._set_alarm(None)
        self._line.sort(key=lambda one: one.rank)
        while first := next((w for w in self._line if w.place not in self._rests), None):
            if self._free_at > now:
                self._set_alarm(self._free_at - now)
                return
            self._line.remove(first)
            if not first.turn.done():
                self._free_at = max(self._free_at, now) + 1 / self.per_s
                self._rests[first.place] = float("inf")
                first.turn.set_result(None)
        until = min((self._rests[w.place] for w in self._line), default=float("inf"))
        if until != float("inf"):
            self._set_alarm(until - now)

    def _set_alarm(self, seconds: float | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        if seconds is not None:
            self._alarm = asyncio.create_task(self._ring(seconds), name="edit-budget")

    async def _ring(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._alarm = None
        self._serve()
