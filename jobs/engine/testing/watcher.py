"""What tests of a backend lean on: small requests, limits, and a watcher of events that can be awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from jobs.engine.backend import Backend, Lease, Limits, TypeLimits
from jobs.engine.clock import SystemClock
from jobs.engine.events import Event, EventType
from jobs.engine.model import JobSpec, RunPolicy, new_id
from jobs.engine.outcome import Outcome, Settlement

CLOCK = SystemClock()
SOON_S = 5.0


def spec(type_: str = "work", *, lane: str = "", priority: int = 5, delay_s: float = 0.0) -> JobSpec:
    """A minimal request."""
    now = CLOCK.now()
    run_at = now + round(delay_s * 1000)
    return JobSpec(new_id(), type_, {}, RunPolicy(), now, run_at, lane=lane, priority=priority)


def limits(total: int = 10, **types: TypeLimits) -> Limits:
    return Limits(total, types or {"work": TypeLimits()})


class Store(Protocol):
    """Where a suite's backends keep their jobs."""

    persistent: bool
    """Jobs outlive `backend.close()`."""

    def backend(self) -> Backend: ...


class Watcher:
    """The events of one backend, awaitable."""

    def __init__(self, backend: Backend) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()
        backend.subscribe(self._take)

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait at most `SOON_S` for `condition`, which is looked at after every event."""
        async with asyncio.timeout(SOON_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def saw(self, type_: EventType, times: int = 1) -> None:
        await self.until(lambda: sum(event.type is type_ for event in self.events) >= times)

    def ids(self, type_: EventType) -> list[str]:
        return [event.job.id for event in self.events if event.type is type_ and event.job]


def ends(outcome: Outcome) -> Callable[[Lease], Awaitable[Settlement]]:
    async def execute(lease: Lease) -> Settlement:
        return Settlement(outcome)

    return execute


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[tuple[Backend, Watcher]]:
    """A backend of `store`, closed at the end without a drain: what runs is left behind as in a crash."""
    backend = store.backend()
    watcher = Watcher(backend)
    await backend.open()
    try:
        yield backend, watcher
    finally:
        await backend.stop_claiming()
        await backend.close()
