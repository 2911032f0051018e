"""Every event that there is: what tells it, and what it carries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from jobs.engine.backends.sqlite import SqliteBackend
from jobs.engine.config import QueueConfig
from jobs.engine.errors import DeferJob, JobError, QueueFull
from jobs.engine.events import Event, EventType
from jobs.engine.model import Job, JsonObject, Progress
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.retry import Backoff

CONFIG = QueueConfig(cancel_grace_s=0.05, max_queue_size=3, backoff=Backoff("fixed", base_s=60.0, jitter=0.0))


class Kind(Payload):
    """What the job is to do."""

    kind: str = "end"


class House:
    """A queue, and what it tells."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.news = asyncio.Event()
        self.go_on = asyncio.Event()
        registry = Registry()
        registry.register("work", self._handle, payload=Kind)
        self.queue = JobQueue(SqliteBackend(":memory:", config=CONFIG), registry, config=CONFIG)
        self.queue.on(None, self._hear)

    async def _handle(self, ctx: JobContext[Any], payload: Kind) -> None:
        match payload.kind:
            case "progress":
                await ctx.progress(3, 10, "three")
            case "fail":
                raise JobError("no")
            case "defer":
                raise DeferJob(30.0, "later")
            case "wait":
                await asyncio.Event().wait()
            case "steps":
                async with ctx.stage("Reading") as stage:
                    for number in range(5):
                        await stage.say(f"short {number}")
                    await stage.say("the long one")
                    await asyncio.Event().wait()
            case "ignore":
                while not self.go_on.is_set():
                    try:
                        await self.go_on.wait()
                    except asyncio.CancelledError:
                        continue

    def _hear(self, event: Event) -> None:
        self.told.append(event)
        self.news.set()

    def shown(self) -> list[Progress]:
        return [event.job.progress for event in self.told if event.job is not None and event.job.progress is not None]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self.news.clear()
                await self.news.wait()

    async def saw(self, type_: EventType) -> Event:
        await self.until(lambda: any(event.type is type_ for event in self.told))
        return next(event for event in self.told if event.type is type_)

    async def job(self, kind: str = "end", **options: Any) -> Job:
        return await self.queue.enqueue("work", {"kind": kind}, **options)

    async def running(self, kind: str, **options: Any) -> Job:
        job = await self.job(kind, **options)
        await self.saw(EventType.JOB_STARTED)
        return job


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.queue.start()
    yield house
    house.go_on.set()
    await house.queue.stop(0)


Way = Callable[[House], Awaitable[tuple[Job | None, JsonObject]]]
WAYS: dict[EventType, Way] = {}


def way(type_: EventType) -> Callable[[Way], Way]:
    def keep(function: Way) -> Way:
        WAYS[type_] = function
        return function

    return keep


def simple(type_: EventType, kind: str = "end", data: JsonObject | None = None, **options: Any) -> None:
    async def ask(house: House) -> tuple[Job | None, JsonObject]:
        return await house.job(kind, **options), data or {}

    WAYS[type_] = ask


simple(EventType.JOB_ENQUEUED)
simple(EventType.JOB_STARTED)
simple(EventType.JOB_PROGRESS, "progress")
simple(EventType.JOB_COMPLETED)
simple(EventType.JOB_FAILED, "fail", max_attempts=1)
simple(EventType.JOB_RETRY, "fail", {"delay_s": 60.0}, max_attempts=2)
simple(EventType.JOB_DEFERRED, "defer", {"delay_s": 30.0})
simple(EventType.JOB_STALLED, "wait", stall_timeout=0.05)


@way(EventType.JOB_CANCELLED)
async def cancelled(house: House) -> tuple[Job | None, JsonObject]:
    job = await house.job(delay=60)
    await house.queue.cancel(job.id, "not needed")
    return job, {"reason": "not needed"}


@way(EventType.JOB_CANCELLING)
async def cancelling(house: House) -> tuple[Job | None, JsonObject]:
    job = await house.running("wait")
    await house.queue.cancel(job.id, "not needed")
    return job, {}


@way(EventType.JOB_STUCK)
async def stuck(house: House) -> tuple[Job | None, JsonObject]:
    job = await house.running("ignore")
    await house.queue.cancel(job.id, "not needed")
    return job, {}


@way(EventType.JOB_PAUSED)
async def paused(house: House) -> tuple[Job | None, JsonObject]:
    job = await house.running("wait")
    await house.queue.hold(job.id, "a moment")
    return job, {"reason": "a moment"}


@way(EventType.JOB_RESUMED)
async def resumed(house: House) -> tuple[Job | None, JsonObject]:
    job = await house.job(delay=60)
    await house.queue.hold(job.id, "a moment")
    await house.queue.unhold(job.id)
    return job, {}


@way(EventType.JOB_RELEASED)
async def released(house: House) -> tuple[Job | None, JsonObject]:
    job = await house.running("wait")
    await house.queue.drain(0)
    return job, {}


@way(EventType.JOB_UNBLOCKED)
async def unblocked(house: House) -> tuple[Job | None, JsonObject]:
    parent = await house.job(delay=0.05)
    return await house.job(depends_on=[parent.id]), {"parent": parent.id}


@way(EventType.QUEUE_EMPTY)
async def empty(house: House) -> tuple[Job | None, JsonObject]:
    await house.job()
    return None, {}


@way(EventType.QUEUE_FULL)
async def full(house: House) -> tuple[Job | None, JsonObject]:
    for _ in range(3):
        await house.job(delay=60)
    with pytest.raises(QueueFull):
        await house.job()
    return None, {"size": 3, "limit": 3}


@way(EventType.QUEUE_PAUSED)
async def queue_paused(house: House) -> tuple[Job | None, JsonObject]:
    await house.queue.pause("tea", type_="work")
    return None, {"type": "work", "reason": "tea"}


@way(EventType.QUEUE_RESUMED)
async def queue_resumed(house: House) -> tuple[Job | None, JsonObject]:
    await house.queue.pause("tea")
    await house.queue.resume()
    return None, {"type": None, "reason": None}


@way(EventType.ERROR)
async def error(house: House) -> tuple[Job | None, JsonObject]:
    def breaks(event: Event) -> None:
        raise LookupError("not mine")

    house.queue.on(EventType.JOB_ENQUEUED, breaks)
    return await house.job(delay=60), {"message": "A subscriber of job_enqueued raised LookupError."}


@way(EventType.DEBUG)
async def debug(house: House) -> tuple[Job | None, JsonObject]:
    return None, {"what": "swept", "count": 1}


@pytest.mark.parametrize("type_", EventType)
async def test_each_event_is_told_with_its_job_and_its_figures(house: House, type_: EventType) -> None:
    job, data = await WAYS[type_](house)
    event = await house.saw(type_)
    assert event.data == data
    assert (event.job.id if event.job is not None else None) == (job.id if job is not None else None)
    assert abs(event.at - house.queue.clock.now()) < 60_000


async def test_a_subscriber_that_never_returns_does_not_keep_a_queue_from_stopping(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("jobs.engine.events.STOP_WITHIN_S", 0.05)
    heard = asyncio.Event()

    async def hangs(event: Event) -> None:
        heard.set()
        await asyncio.Event().wait()

    house.queue.on(EventType.JOB_ENQUEUED, hangs)
    await house.job(delay=60)
    await heard.wait()
    async with asyncio.timeout(5):
        assert await house.queue.stop() == 0
    assert "a subscriber of job_enqueued has not returned" in caplog.text


async def test_what_is_shown_is_the_newest_even_when_nothing_comes_behind_it(house: House) -> None:
    """Calls that follow each other closely are folded; the last of them must not wait for the next step."""
    job = await house.job("steps")
    await house.until(lambda: [p.message for p in house.shown()][-1:] == ["the long one"])
    found = await house.queue.get(job.id)
    assert found is not None
    assert found.progress == house.shown()[-1]
    assert len(house.shown()) <= 4, "they are folded"
