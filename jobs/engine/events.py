"""What the engine tells the world, and the bus that carries it inside a process.

Events of transitions are durable (the backend keeps them under a cursor), progress is volatile.
Invariant: a subscriber can neither slow nor break the engine; its exceptions are logged, its queue is bounded.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import field
from enum import StrEnum
from typing import TypeAlias

from jobs.engine.model import Job, JsonObject
from jobs.engine.values import hot_value

log = logging.getLogger(__name__)
STOP_WITHIN_S = 10.0
"""How long a stop waits for subscribers."""


class EventType(StrEnum):
    JOB_ENQUEUED = "job_enqueued"
    JOB_STARTED = "job_started"
    JOB_PROGRESS = "job_progress"
    JOB_COMPLETED = "job_completed"
    JOB_FAILED = "job_failed"
    JOB_CANCELLED = "job_cancelled"
    JOB_RETRY = "job_retry"
    JOB_DEFERRED = "job_deferred"
    JOB_PAUSED = "job_paused"
    JOB_RESUMED = "job_resumed"
    JOB_RELEASED = "job_released"
    """Given back without a charge: a stop, or recovery after a crash."""
    JOB_UNBLOCKED = "job_unblocked"
    """The jobs it waited for have ended."""
    JOB_CANCELLING = "job_cancelling"
    JOB_STALLED = "job_stalled"
    JOB_STUCK = "job_stuck"
    QUEUE_EMPTY = "queue_empty"
    """Nothing runs or waits any more; told once, by a queue that had something to do."""
    QUEUE_FULL = "queue_full"
    """A request was refused for it; `data` has `size` and `limit`."""
    QUEUE_PAUSED = "queue_paused"
    QUEUE_RESUMED = "queue_resumed"
    ERROR = "error"
    """The engine or a subscriber is in trouble; `data["message"]` says which. Failed jobs are not this."""
    DEBUG = "debug"
    """What upkeep did: `data["what"]` and `data["count"]`."""


@hot_value(frozen=True, slots=True)
class Event:
    """Something that happened, at `at` (ms)."""

    type: EventType
    at: int
    job: Job | None = None
    """The job as it stood after the event; None for events of the queue."""
    data: JsonObject = field(default_factory=dict)
    cursor: str | None = None
    """Place in the durable log; None for volatile events. Opaque."""


Subscriber: TypeAlias = Callable[[Event], Awaitable[None] | None]


class EventBus:
    """Hands each event to its subscribers, in order, in a task of its own.

    `publish` never waits and never raises. Subscribers of one bus are called one after the other.
    """

    def __init__(self, *, limit: int = 10_000) -> None:
        self._limit = limit
        self._subscribers: list[tuple[frozenset[EventType] | None, Subscriber]] = []
        self._of_type: dict[EventType, tuple[Subscriber, ...]] = {}
        """Who is called for an event; filled as types are met, emptied when the subscribers change."""
        self._queue: deque[Event] = deque()
        self._news = asyncio.Event()
        self._stopping = False
        self._telling: EventType | None = None
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, subscriber: Subscriber, types: Iterable[EventType] | None = None) -> Callable[[], None]:
        """Call `subscriber` for events of `types` (all when None). Returns the function that unsubscribes."""
        entry = (frozenset(types) if types is not None else None, subscriber)
        self._subscribers.append(entry)
        self._of_type.clear()

        def unsubscribe() -> None:
            if entry in self._subscribers:
                self._subscribers.remove(entry)
                self._of_type.clear()

        return unsubscribe

    def start(self) -> None:
        """Begin to deliver; must be called on the event loop."""
        if self._task is None:
            self._stopping = False
            self._task = asyncio.create_task(self._deliver(), name="event-bus")

    async def stop(self) -> None:
        """Deliver what is queued, then end; a subscriber that does not return is not waited for for ever."""
        if self._task is None:
            return
        self._stopping = True
        self._news.set()
        _, late = await asyncio.wait({self._task}, timeout=STOP_WITHIN_S)
        for task in late:
            log.warning("a subscriber of %s has not returned; what is told behind it is lost", self._telling)
            task.cancel()
            await asyncio.wait({task})
        self._task = None

    def publish(self, event: Event) -> None:
        if not self._listeners(event.type):
            return
        if len(self._queue) < self._limit:
            self._queue.append(event)
            self._news.set()
        elif event.type is not EventType.JOB_PROGRESS:
            log.warning("event bus is full; dropped %s", event.type)

    def _listeners(self, type_: EventType) -> tuple[Subscriber, ...]:
        found = self._of_type.get(type_)
        if found is None:
            found = tuple(call for types, call in self._subscribers if types is None or type_ in types)
            self._of_type[type_] = found
        return found

    async def _deliver(self) -> None:
        while self._queue or not self._stopping:
            if not self._queue:
                self._news.clear()
                await self._news.wait()
                continue
            event = self._queue.popleft()
            self._telling = event.type
            for subscriber in self._listeners(event.type):
                await self._call(subscriber, event)

    async def _call(self, subscriber: Subscriber, event: Event) -> None:
        try:
            answer = subscriber(event)
            if answer is not None and inspect.isawaitable(answer):
                await answer
        except Exception as error:
            log.exception("a subscriber of %s raised", event.type)
            if event.type is not EventType.ERROR:
                message = f"A subscriber of {event.type} raised {type(error).__name__}."
                self.publish(Event(EventType.ERROR, event.at, event.job, {"message": message}))


class EventStream:
    """An async iterator over the events of a bus, fed from the moment of its creation."""

    def __init__(self, bus: EventBus, types: Iterable[EventType] | None = None, *, limit: int = 10_000) -> None:
        self._events: asyncio.Queue[Event] = asyncio.Queue(limit)
        self._unsubscribe = bus.subscribe(self._take, types)

    def _take(self, event: Event) -> None:
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        return await self._events.get()

    def close(self) -> None:
        """Stop taking events."""
        self._unsubscribe()
