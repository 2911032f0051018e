"""Acts when the next delay, hold or expiry is over. Knows of no table: it is told how long, and what to do then.

Invariant: an error ends no round, for without the timer nothing that is delayed would ever run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from jobs.engine.clock import Clock, wait_for_news
from jobs.engine.errors import BackendUnavailable

log = logging.getLogger(__name__)


class Timer:
    """Calls `act` when `due_in_s()` seconds are over, at once when that is 0 or less; begins anew when `changed`.

    After an error, which `trouble` is told of, it looks again in `poll_interval_s` seconds.
    """

    def __init__(
        self,
        clock: Clock,
        poll_interval_s: float,
        *,
        due_in_s: Callable[[], Awaitable[float]],
        act: Callable[[], Awaitable[None]],
        trouble: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._poll_interval_s = poll_interval_s
        self._due_in_s = due_in_s
        self._act = act
        self._trouble = trouble
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        return self._task is not None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="sqlite-timer")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def changed(self) -> None:
        """Something may be due sooner than was known."""
        self._changed.set()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                wait_s = await self._due_in_s()
                if wait_s <= 0 or not await wait_for_news(self._changed, self._clock, wait_s):
                    await self._act()
            except Exception as error:
                log.warning("due jobs wait: %s", error, exc_info=not isinstance(error, BackendUnavailable))
                self._trouble(f"Due jobs wait: {error}")
                await self._clock.sleep(self._poll_interval_s)
