"""What must follow an event, exactly once: jobs made from the durable log of events.

The log is written in the transaction of each transition, runs and all other ends alike, so nothing that
happened can be missing from it. Owns one named place in that log. Invariant: the jobs that an event owes and the
place behind it are stored in one step, so a crash neither loses nor doubles them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError, EventsTrimmed
from jobs.engine.events import Event, EventType
from jobs.engine.model import RecordWrite
from jobs.engine.queue import JobQueue
from jobs.engine.request import EnqueueRequest

log = logging.getLogger(__name__)

KIND = "outbox"
KEEP_EVERY = 200
"""Events that owe nothing are passed over; their place is kept this often."""
TRY_AGAIN_S = 5.0

Owe = Callable[[Event], Sequence[EnqueueRequest]]
"""The jobs that must follow an event; pure, as it is asked again after a crash. The event's job is as it is now, and
None when it is gone."""


class Outbox:
    """Follows the log from the place named `name`; `start` after the queue, `stop` before it."""

    def __init__(self, queue: JobQueue, clock: Clock, name: str, types: Iterable[EventType], owe: Owe) -> None:
        self._queue = queue
        self._clock = clock
        self._name = name
        self._types = frozenset(types)
        self._owe = owe
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"outbox-{self._name}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def place(self) -> str | None:
        """The cursor of the last event that was dealt with; None before the first."""
        record = await self._queue.records.get(KIND, self._name)
        return str(record.value) if record is not None else None

    async def _run(self) -> None:
        while True:
            try:
                await self._follow(await self.place())
            except EventsTrimmed:
                log.error("outbox %s was away too long: what followed from the oldest events is lost", self._name)
                await self._queue.records.delete(KIND, self._name)
            except EngineError as error:
                log.warning("outbox %s waits: %s", self._name, error)
                await self._clock.sleep(TRY_AGAIN_S)
            except Exception:
                log.exception("outbox %s: what an event owes could not be said", self._name)
                await self._clock.sleep(TRY_AGAIN_S)

    async def _follow(self, place: str | None) -> None:
        passed = 0
        async for event in self._queue.follow(place):
            assert event.cursor is not None
            requests = self._owe(event) if event.type in self._types else ()
            passed += 1
            if requests:
                reached = RecordWrite(KIND, self._name, event.cursor)
                first = replace(requests[0], records=(*requests[0].records, reached))
                await self._queue.enqueue_many([first, *requests[1:]])
                # Where a job with its key was there already, nothing was stored with it.
                passed = 0 if first.key is None else KEEP_EVERY
            if passed >= KEEP_EVERY:
                await self._queue.records.put(KIND, self._name, event.cursor)
                passed = 0
