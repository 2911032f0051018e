"""Runs one handler by itself: no store, no queue, the real executor.

`MemoryLease` keeps what a run would keep, so that a test can look at it, or give it what an earlier attempt left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobs.engine.backend import Signal, SignalHandler
from jobs.engine.clock import Clock, SystemClock
from jobs.engine.errors import UnknownIntent
from jobs.engine.executor import Executor
from jobs.engine.model import Job, JsonValue, Progress, RunPolicy, new_id
from jobs.engine.outcome import Done, Outcome
from jobs.engine.registry import NOTHING, Given, JobType, Registry
from jobs.engine.states import State


@dataclass
class MemoryLease:
    """See `jobs.engine.backend.Lease`; everything is kept in plain attributes."""

    job: Job
    shown: list[Progress] = field(default_factory=list)
    kept: dict[str, JsonValue] = field(default_factory=dict)
    """Checkpoints, by the engine's own names for them."""
    lines: list[str] = field(default_factory=list)
    results_of_parents: dict[str, JsonValue] = field(default_factory=dict)
    intents: dict[str, JsonValue] = field(default_factory=dict)
    settled: dict[str, JsonValue] = field(default_factory=dict)
    stuck: bool = False
    _handlers: list[SignalHandler] = field(default_factory=list)

    async def progress(self, progress: Progress) -> None:
        self.shown.append(progress)

    async def checkpoints(self) -> Mapping[str, JsonValue]:
        return dict(self.kept)

    async def parents(self) -> Mapping[str, JsonValue]:
        return self.results_of_parents

    async def checkpoint(self, name: str, value: JsonValue) -> None:
        self.kept[name] = value

    async def journal(self, intents: Mapping[str, JsonValue], results: Mapping[str, JsonValue]) -> None:
        for key in results:
            if key not in self.intents:
                raise UnknownIntent(self.job.id, key)
        self.settled.update(results)
        self.intents.update(intents)
        for key in intents:
            self.settled.pop(key, None)

    async def open_intents(self) -> Mapping[str, JsonValue]:
        return {key: self.intents[key] for key in sorted(self.intents) if key not in self.settled}

    async def log(self, line: str) -> None:
        self.lines.append(line)

    async def mark_stuck(self) -> None:
        self.stuck = True

    def on_signal(self, handler: SignalHandler) -> None:
        self._handlers.append(handler)

    def signal(self, signal: Signal, reason: str = "asked") -> None:
        """Send what a cancel, a hold or a stop would."""
        for handler in self._handlers:
            handler(signal, reason)


@dataclass(frozen=True)
class Ran:
    """One run of a handler, and what it left behind."""

    outcome: Outcome
    lease: MemoryLease

    @property
    def result(self) -> JsonValue:
        """What the handler returned. Raises `AssertionError` with the outcome when it did not complete."""
        assert isinstance(self.outcome, Done), self.outcome
        return self.outcome.result


async def run_inline(
    type_: JobType,
    payload: Given = NOTHING,
    *,
    services: object = None,
    clock: Clock | None = None,
    attempt: int = 1,
    lane: str = "",
    owner: str | None = None,
    after: Ran | None = None,
    parents: Mapping[str, JsonValue] | None = None,
) -> Ran:
    """Run the handler of `type_` once; `after` is an earlier run whose checkpoints and journal it finds.

    Raises `InvalidPayload`, as enqueueing it would.
    """
    clock = clock or SystemClock()
    now = clock.now()
    policy = RunPolicy(timeout_s=None)
    data, _ = type_.stored(payload)
    number = after.lease.job.attempts + 1 if after is not None else attempt
    job = Job(
        id=after.lease.job.id if after is not None else new_id(),
        type=type_.name,
        state=State.ACTIVE,
        payload=data,
        policy=policy,
        created_at=now,
        run_at=now,
        updated_at=now,
        lane=lane,
        owner=owner,
        attempts=number,
        claim_no=number,
        first_started_at=after.lease.job.first_started_at if after is not None else now,
        started_at=now,
    )
    lease = MemoryLease(job, results_of_parents=dict(parents or {}))
    if after is not None:
        lease.kept, lease.intents, lease.settled = after.lease.kept, after.lease.intents, after.lease.settled
    executor = Executor(Registry([type_]), services=services, clock=clock)
    try:
        settlement = await executor.run(lease)
    finally:
        await executor.stop()
    return Ran(settlement.outcome, lease)
