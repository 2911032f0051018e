"""The handler's view of its run: stages, checkpoints, progress, log, threads.

Owns what a run keeps between its steps; knows no store but the lease. Invariant: what `once` and `checkpoint`
return from has been kept, and an interrupt is raised at the next of these steps, never in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

from jobs.engine.backend import Lease
from jobs.engine.clock import Clock
from jobs.engine.errors import BackendUnavailable, HoldJob, InvalidOption, LeaseLost
from jobs.engine.model import Job, JsonObject, JsonValue, Progress, is_finite
from jobs.engine.processes import Processes
from jobs.engine.stage import Stage
from jobs.engine.threads import Threads
from jobs.engine.waits import telling_waits

ServicesT = TypeVar("ServicesT")
T = TypeVar("T")
SHOW_EVERY_S = 0.25
"""Progress calls closer than this are folded into one; the newest is never lost."""


class Watch:
    """Since when a run makes no progress, with the time spent waiting for others taken out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = clock.monotonic()
        self._moved = self._begun
        self._paused_at: float | None = None
        self._pauses = 0
        self._paused_s = 0.0

    def move(self) -> None:
        self._moved = self._clock.monotonic()

    def pause(self, paused: bool) -> None:
        """Begin or end a wait; several at once are one, from the first one's start to the last one's end."""
        now = self._clock.monotonic()
        self._pauses += 1 if paused else -1
        if self._paused_at is None:
            self._paused_at = now
        elif not self._pauses:
            self._paused_s += now - self._paused_at
            self._paused_at = None
            self._moved = now

    @property
    def running_s(self) -> float:
        now = self._clock.monotonic() if self._paused_at is None else self._paused_at
        return now - self._begun - self._paused_s

    @property
    def still_s(self) -> float:
        return 0.0 if self._paused_at is not None else self._clock.monotonic() - self._moved


class LeaseJournal:
    """See `jobs.engine.registry.Journal`."""

    def __init__(self, lease: Lease, step: Callable[[], None], watch: Watch) -> None:
        self._lease = lease
        self._step = step
        self._watch = watch

    async def write(
        self, *, intents: Mapping[str, JsonValue] | None = None, results: Mapping[str, JsonValue] | None = None
    ) -> None:
        if intents:
            # An intent must not be kept for a request that an interrupt then prevents.
            self._step()
        await self._lease.journal(intents or {}, results or {})
        self._watch.move()

    async def open_intents(self) -> Mapping[str, JsonValue]:
        return await self._lease.open_intents()


class Context(Generic[ServicesT]):
    """See `jobs.engine.registry.JobContext`."""

    def __init__(
        self,
        lease: Lease,
        services: ServicesT,
        clock: Clock,
        watch: Watch,
        processes: Processes,
        threads: Threads,
    ) -> None:
        self.clock = clock
        self.services = services
        self.watch = watch
        self._processes = processes
        self._threads = threads
        self._lease = lease
        self._checkpoints: dict[str, JsonValue] = {}
        self._stages = 0
        self._stage_no = 0
        self._shown_at = -SHOW_EVERY_S
        self._unshown: Progress | None = None
        self._shower: asyncio.Task[None] | None = None
        self._asked = self._held = False
        self._interrupt: BaseException | None = None

    @property
    def journal(self) -> LeaseJournal:
        # Not kept: it refers back to its context, and a circle would be left to the garbage collector for each job.
        return LeaseJournal(self._lease, self._step, self.watch)

    async def recall(self) -> None:
        """Read what earlier attempts kept."""
        self._checkpoints.update(await self._lease.checkpoints())

    @property
    def job(self) -> Job:
        return self._lease.job

    @property
    def job_id(self) -> str:
        return self._lease.job.id

    @property
    def attempt(self) -> int:
        return self._lease.job.attempts

    @property
    def lane(self) -> str:
        return self._lease.job.lane

    @property
    def owner(self) -> str | None:
        return self._lease.job.owner

    @property
    def context(self) -> JsonObject:
        return self._lease.job.context

    @property
    def started_at(self) -> int:
        return self._lease.job.first_started_at or self.clock.now()

    @property
    def cancelled(self) -> bool:
        return self._asked

    @property
    def idempotency_key(self) -> str:
        return f"job-{self.job_id}"

    def ask_to_end(self, *, held: bool = False) -> None:
        """Let the handler see that it should end; `held` when it shall go on later."""
        self._asked, self._held = True, held

    def interrupt(self, reason: BaseException) -> None:
        """Raise `reason` at the handler's next step through this context."""
        self._interrupt = reason

    def interrupted(self) -> bool:
        return self._interrupt is not None

    def pause_watch(self, paused: bool) -> None:
        self.watch.pause(paused)

    def announce(self, stages: int) -> None:
        if stages < 1:
            raise InvalidOption("stages", stages, "a number above 0")
        self._stages = stages

    @asynccontextmanager
    async def stage(self, title: str, *, total: int | None = None, unit: str = "") -> AsyncIterator[Stage]:
        self._step()
        self._stage_no += 1
        kept = self._checkpoints.get(f"stage:{self._stage_no}:{title}")
        known = kept if isinstance(kept, dict) else {}
        stage = Stage(self, title, self._stage_no, self._stages, total, unit, known)
        await self.show(stage.snapshot(), at_once=True)
        try:
            with telling_waits(stage.waiting):
                yield stage
        except BaseException as error:
            await self._keep_interrupted(stage, held=self._held or isinstance(error, HoldJob))
            raise
        await self.show(stage.snapshot(), at_once=True)
        await stage.keep()

    async def _keep_interrupted(self, stage: Stage, *, held: bool) -> None:
        """Keep where the stage stands; what broke it is more important than a store that does not take it."""
        with suppress(LeaseLost, BackendUnavailable):
            await self.show(stage.snapshot(), at_once=True)
            await self._lease.checkpoint(stage.checkpoint_name, {**stage.to_json(), "held": held})

    async def once(self, name: str, make: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        self._step()
        key = f"once:{name}"
        if key not in self._checkpoints:
            value = await make()
            await self._lease.checkpoint(key, value)
            self._checkpoints[key] = value
        return self._checkpoints[key]

    async def parents(self) -> Mapping[str, JsonValue]:
        return await self._lease.parents()

    async def load(self, name: str) -> JsonValue:
        return self._checkpoints.get(f"own:{name}")

    async def checkpoint(self, name: str, value: JsonValue) -> None:
        await self._lease.checkpoint(f"own:{name}", value)
        self._checkpoints[f"own:{name}"] = value
        self.watch.move()
        self._step()

    async def keep(self, name: str, value: JsonObject) -> None:
        await self._lease.checkpoint(name, value)
        self._checkpoints[name] = value
        self.watch.move()
        self._step()

    async def progress(self, current: int = 0, total: int | None = None, message: str = "", stage: str = "") -> None:
        for name, value in (("current", current), ("total", total)):
            if value is not None and (not is_finite(value) or value < 0):
                raise InvalidOption(name, value, "a number from 0 up")
        if total is not None and current > total:
            raise InvalidOption("current", current, f"at most the total of {total}")
        await self.show(
            Progress(
                current=current,
                total=total,
                message=message,
                stage=stage,
                stage_no=self._stage_no,
                stages=self._stages,
            )
        )
        self._step()

    async def show(self, progress: Progress, *, at_once: bool = False) -> None:
        self.watch.move()
        self._unshown = progress
        wait_s = self._shown_at + SHOW_EVERY_S - self.clock.monotonic()
        if at_once or wait_s <= 0:
            await self.flush()
        elif self._shower is None:
            self._shower = asyncio.create_task(self._show_later(wait_s), name=f"progress-{self.job_id}")

    async def _show_later(self, seconds: float) -> None:
        """The handler may be silent for long from here on."""
        await self.clock.sleep(seconds)
        self._shower = None
        with suppress(LeaseLost, BackendUnavailable):
            await self.flush()

    def close(self) -> None:
        """The run is over: nothing is shown any more but by `flush`."""
        if self._shower is not None:
            self._shower.cancel()
            self._shower = None

    @property
    def has_news(self) -> bool:
        """There is progress that the lease has not been told."""
        return self._unshown is not None

    async def flush(self) -> None:
        """Tell the lease the newest progress."""
        if self._unshown is not None:
            progress, self._unshown = self._unshown, None
            self._shown_at = self.clock.monotonic()
            await self._lease.progress(progress)

    async def log(self, line: str) -> None:
        await self._lease.log(line)

    async def in_process(self, function: Callable[..., T], *args: object) -> T:
        self._step()
        answer = await self._processes.run(function, *args)
        self.watch.move()
        return answer

    async def in_thread(self, function: Callable[..., T], *args: object) -> T:
        self._step()
        answer = await self._threads.run(function, *args)
        self.watch.move()
        return answer

    def _step(self) -> None:
        if self._interrupt is not None:
            raise self._interrupt
