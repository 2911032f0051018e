"""One named part of a job's work: its count, its cursor, its rate.

Owns the arithmetic of progress; tells the context when there is something to show or to keep. Invariant: a
cursor is kept only behind an item that was finished, so a later attempt neither skips nor repeats a kept one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from jobs.engine.clock import Clock
from jobs.engine.errors import InvalidOption
from jobs.engine.model import JsonObject, Progress
from jobs.engine.options import whole_of

T = TypeVar("T")
KEEP_EVERY_ITEMS = 100
KEEP_EVERY_S = 5.0
RATE_WINDOW_S = 30.0
MOST = 10**15
VERDICTS = ("ok", "skipped", "failed")


@dataclass(slots=True)
class Rate:
    """Items a second over a sliding window; time spent waiting for others is taken out."""

    clock: Clock
    samples: deque[tuple[float, int]] = field(default_factory=deque)
    waited_s: float = 0.0

    def add(self, current: int) -> None:
        at = self.clock.monotonic() - self.waited_s
        self.samples.append((at, current))
        while len(self.samples) > 2 and self.samples[0][0] < at - RATE_WINDOW_S:
            self.samples.popleft()

    def eta_s(self, current: int, total: int | None) -> float | None:
        if total is None or len(self.samples) < 2:
            return None
        (since, begun), (until, reached) = self.samples[0], self.samples[-1]
        if reached <= begun or until <= since:
            return None
        return max(0.0, (total - current) * (until - since) / (reached - begun))


class StageHost(Protocol):
    """What a stage needs of the run it belongs to."""

    @property
    def clock(self) -> Clock: ...

    async def show(self, progress: Progress, *, at_once: bool = False) -> None: ...

    async def keep(self, name: str, value: JsonObject) -> None: ...

    def interrupted(self) -> bool: ...

    def pause_watch(self, paused: bool) -> None: ...


class Stage:
    """See `jobs.engine.registry.StageContext`."""

    def __init__(
        self,
        host: StageHost,
        title: str,
        number: int,
        stages: int,
        total: int | None,
        unit: str,
        kept: Mapping[str, Any],
    ) -> None:
        self._host = host
        self._title = title
        self._unit = unit
        self._number = number
        self._stages = stages
        self._message = ""
        self._total: int | None = kept.get("total") if total is None else counted(total, "total")
        self._current: int = kept.get("current", 0)
        self._counts: dict[str, int] = {verdict: kept.get(verdict, 0) for verdict in VERDICTS}
        self._cursor: str | int | None = kept.get("cursor")
        self._open_item = False
        """An item of `each` is being worked on: its counts are not part of what a cursor stands for."""
        self._settled = dict(self._counts)
        # After a pause it goes on because somebody said so, and nobody needs to be told.
        self._resumed_at = self._current if self._current and not kept.get("held") else None
        self._waits: list[float] = []
        """Seconds of the waits that hold at the moment; tasks of one stage may wait side by side."""
        self._waiting_since = 0.0
        self._rate = Rate(host.clock)
        self._rate.add(self._current)
        self._kept_at = host.clock.monotonic()
        self._since_kept = 0

    @property
    def checkpoint_name(self) -> str:
        return f"stage:{self._number}:{self._title}"

    def snapshot(self) -> Progress:
        return Progress(
            current=self._current,
            total=self._total,
            unit=self._unit,
            message=self._message,
            stage=self._title,
            stage_no=self._number,
            stages=self._stages,
            **self._counts,
            eta_s=self._rate.eta_s(self._current, self._total),
            waiting_s=max(self._waits, default=None),
            resumed_at=self._resumed_at,
        )

    def to_json(self) -> JsonObject:
        counts = self._settled if self._open_item else self._counts
        return {"current": self._current, "total": self._total, "cursor": self._cursor, **counts}

    def count(self, verdict: str = "ok", by: int = 1) -> None:
        if verdict not in VERDICTS:
            raise InvalidOption("verdict", verdict, "one of " + ", ".join(VERDICTS))
        self._counts[verdict] += counted(by, "by")

    def set_total(self, total: int | None) -> None:
        self._total = None if total is None else counted(total, "total")

    async def advance(self, by: int = 1, message: str = "") -> None:
        self._current += counted(by, "by")
        self._rate.add(self._current)
        if message:
            self._message = message
        await self._host.show(self.snapshot())

    async def reach(self, current: int) -> None:
        if counted(current, "current") < self._current:
            # Work that begins anew in each attempt goes on at nothing.
            self._resumed_at = None
            self._rate = Rate(self._host.clock)
        self._current = current
        self._rate.add(current)
        await self._host.show(self.snapshot())
        if self._is_due():
            await self.keep()

    async def say(self, message: str) -> None:
        self._message = message
        await self._host.show(self.snapshot())

    @asynccontextmanager
    async def waiting(self, seconds: float) -> AsyncIterator[None]:
        if not self._waits:
            self._waiting_since = self._host.clock.monotonic()
            self._host.pause_watch(True)
        self._waits.append(seconds)
        try:
            await self._host.show(self.snapshot(), at_once=True)
            yield
        finally:
            self._waits.remove(seconds)
            if not self._waits:
                self._host.pause_watch(False)
                self._rate.waited_s += self._host.clock.monotonic() - self._waiting_since
        await self._host.show(self.snapshot())

    async def each(self, items: Iterable[T], *, key: Callable[[T], str | int]) -> AsyncIterator[T]:
        every = list(items)
        left = _behind(every, self._cursor, key)
        if self._cursor is not None and len(left) == len(every):
            self._begin_anew()
        for item in left:
            self._settled, self._open_item = dict(self._counts), True
            yield item
            self._open_item = False
            self._cursor = key(item)
            await self.advance()
            self._since_kept += 1
            if self._is_due():
                await self.keep()

    def _begin_anew(self) -> None:
        """The item behind which to go on is not there any more: all is done again, and counted again."""
        self._current, self._counts, self._resumed_at = 0, dict.fromkeys(VERDICTS, 0), None

    def _is_due(self) -> bool:
        late = self._host.clock.monotonic() - self._kept_at >= KEEP_EVERY_S
        return late or self._since_kept >= KEEP_EVERY_ITEMS or self._host.interrupted()

    async def keep(self) -> None:
        """Make counts and cursor durable."""
        self._kept_at = self._host.clock.monotonic()
        self._since_kept = 0
        await self._host.keep(self.checkpoint_name, self.to_json())


def counted(given: int, name: str) -> int:
    """Progress never goes below nothing. Raises `InvalidOption`."""
    return whole_of(name, given, 0, MOST)


def _behind(items: list[T], cursor: str | int | None, key: Callable[[T], str | int]) -> list[T]:
    if cursor is None:
        return items
    for index, item in enumerate(items):
        if key(item) == cursor:
            return items[index + 1 :]
    return items
