"""The seam between policy and store, as protocols.

The backend keeps jobs and pushes leases: it claims, calls `execute(lease)`, and makes the outcome durable in
one step. It owns no policy. Invariant: per job and `claim_no` at most one finish lands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, TypeVar

from jobs.engine.config import RateLimit
from jobs.engine.events import Event
from jobs.engine.model import Job, JobSpec, JsonValue, Progress, Put, RunPolicy
from jobs.engine.options import LAST_INSTANT, whole_of
from jobs.engine.outcome import Settlement
from jobs.engine.records import Records
from jobs.engine.states import State

T = TypeVar("T")
MAX_PAGE = 100_000


class Signal(StrEnum):
    """What a lease is told while its job runs."""

    CANCEL = "cancel"
    HOLD = "hold"
    STOP = "stop"
    LOST = "lost"


SignalHandler: TypeAlias = Callable[[Signal, str], None]
"""Called on the event loop with the signal and its reason."""


class CancelAnswer(StrEnum):
    CANCELLED = "cancelled"
    """It was not running and is cancelled now."""
    REQUESTED = "requested"
    """It runs and has been asked to stop."""
    FINISHED = "finished"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """How a backend's promises differ; policy never asks which backend it is."""

    name: str
    durable: bool
    """An acknowledged put survives a power cut."""
    transactional_put: bool
    """Jobs and a caller's own rows can be committed together."""
    distributed: bool
    delay_resolution_s: float
    sliding_rate: bool = True


@dataclass(frozen=True, slots=True)
class TypeLimits:
    """How many jobs of one type may run at once; None is unlimited."""

    concurrency: int | None = None
    per_lane: int | None = None
    rate: RateLimit | None = None
    """Starts in a sliding window, exact over restarts; a fixed window where `capabilities.sliding_rate` is False."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What `consume` may run at once. Types that are not named here are not claimed."""

    total: int
    types: Mapping[str, TypeLimits]


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Filter of `find`: newest first. Empty fields do not filter."""

    types: tuple[str, ...] = ()
    without_types: tuple[str, ...] = ()
    """Leaves these types out."""
    states: tuple[State, ...] = ()
    lane: str | None = None
    owner: str | None = None
    label: str | None = None
    key: str | None = None
    id_prefix: str | None = None
    category: str | None = None
    """Of the error; with `severity`, the words of a `JobError`."""
    severity: str | None = None
    since: int | None = None
    """Created at or after (ms)."""
    until: int | None = None
    """Created before (ms)."""
    newest: int | None = None
    """Look at no more than so many of the newest jobs (of the lane), for answers that must come at once."""
    cursor: str | None = None
    limit: int = 50

    def __post_init__(self) -> None:
        """Raises `InvalidOption` for numbers that are none."""
        whole_of("limit", self.limit, 1, MAX_PAGE)
        if self.newest is not None:
            whole_of("newest", self.newest, 0, LAST_INSTANT)


@dataclass(frozen=True, slots=True)
class JobPage:
    jobs: tuple[Job, ...]
    cursor: str | None
    """Give it to the next query; None on the last page."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of jobs by type and state."""

    by_type: Mapping[str, Mapping[State, int]] = field(default_factory=dict)

    def state(self, state: State) -> int:
        return sum(states.get(state, 0) for states in self.by_type.values())


@dataclass(frozen=True, slots=True)
class RunTotals:
    """Sums over attempts that ended in a window, per type."""

    ended: int = 0
    failed: int = 0
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RetryOverrides:
    """What a retry by hand may change."""

    policy: RunPolicy | None = None
    """Its `max_attempts` are given on top of those made; None grants one more attempt."""
    priority: int | None = None
    payload: Mapping[str, JsonValue] | None = None
    """Another one begins anew: what was kept for the old one (plans, cursors) is dropped, the journal is not."""


class Lease(Protocol):
    """The right to run a job now. Every write is fenced by `job.claim_no`; raises `LeaseLost` when it is over."""

    @property
    def job(self) -> Job:
        """The job as it was claimed; `job.attempts` counts this attempt."""

    async def progress(self, progress: Progress) -> None:
        """Publish `progress`, volatile; what is kept for a restart may lag by a second."""

    async def checkpoints(self) -> Mapping[str, JsonValue]:
        """All checkpoints of this job, of earlier attempts too."""

    async def parents(self) -> Mapping[str, JsonValue]:
        """Results of the jobs it waited for, by id; those that did not complete are left out.

        Raises `JobError` when a result cannot be read.
        """

    async def checkpoint(self, name: str, value: JsonValue) -> None:
        """Keep `value` under `name`, durable on return. Also stores the newest progress."""

    async def journal(self, intents: Mapping[str, JsonValue], results: Mapping[str, JsonValue]) -> None:
        """Keep results of earlier intents and new intents, by key, all or none, durable on return.

        An intent that is written again is open again. Raises `UnknownIntent` for a result without an intent.
        """

    async def open_intents(self) -> Mapping[str, JsonValue]:
        """Intents of this job, of earlier attempts too, that have no result yet, in order of key."""

    async def log(self, line: str) -> None:
        """Append a line to the job's log; the newest 100 are kept."""

    async def mark_stuck(self) -> None:
        """Mark the job `stuck`: its handler ignored its cancel."""

    def on_signal(self, handler: SignalHandler) -> None:
        """Tell `handler` of signals; called at once for one that came before."""


Execute: TypeAlias = Callable[[Lease], Awaitable[Settlement]]
"""Runs one lease to its end. Never raises; a cancelled call means that the process gives up."""


@dataclass(frozen=True, slots=True)
class LogLine:
    at: int
    attempt: int
    text: str


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One effect of a job: what was intended, and what came of it."""

    key: str
    intent: JsonValue
    result: JsonValue
    intended_at: int
    settled_at: int | None
    """None while nothing is known of what came of it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a job."""

    claim_no: int
    number: int
    started_at: int
    ended_at: int | None
    ended_as: str | None
    """The outcome's name in lower case, or `crashed`."""
    error: str | None


PutNow: TypeAlias = Callable[[Sequence[JobSpec]], Sequence[Put]]
"""Stores jobs inside a transaction that is open."""


class Backend(Protocol):
    """Keeps and hands out jobs. Every method takes and gives plain values of this package."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def records(self) -> Records: ...

    async def open(self) -> None:
        """Check the store, migrate it, put orphans of dead processes back. Before anything else.

        Raises `StoreInUse`, `SchemaTooNew`, `StoreDamaged`, `BackendUnavailable`.
        """

    async def close(self) -> None:
        """Let go of the store. Nothing may be running."""

    def subscribe(self, publish: Callable[[Event], None]) -> None:
        """Give every event to `publish`, on the loop, after its transaction's COMMIT."""

    async def put_many(self, specs: Sequence[JobSpec], *, max_unfinished: int = 0) -> Sequence[Put]:
        """Store all or none. A spec is delayed when `run_at` lies ahead, else waiting.

        One that depends on unfinished jobs is blocked until they have completed; one that depends on a failed or
        cancelled job is cancelled, unless it runs anyway. Specs come behind those of the batch they depend on.

        Raises `JobExists` for a chosen id that is taken, `UnknownDependency`, `QueueFull` above `max_unfinished`
        (0: no limit), `BackendUnavailable`.
        """

    async def transact(self, body: Callable[[Any, PutNow], T]) -> T:
        """Run `body(connection, put)` in one transaction of the store; `put` stores jobs inside of it.

        Only where `capabilities.transactional_put`. An exception of `body` rolls everything back and is raised here.
        """

    async def consume(self, limits: Limits, execute: Execute) -> None:
        """Start to claim, up to `limits`, and to call `execute`. Returns at once."""

    async def set_limits(self, limits: Limits) -> None: ...

    async def stop_claiming(self) -> None:
        """No new claim from now on; running jobs go on."""

    async def drain(self, grace_s: float) -> int:
        """Wait for running jobs; after `grace_s` signal STOP and wait for the cancel grace and the last writes.

        Returns how many were still running at the end; those are orphans for the next start.
        """

    async def cancel(self, job_id: str, settlement: Settlement) -> CancelAnswer:
        """Cancel with the reason of the settlement's `Cancelled`; stored whole for a job that is not running."""

    async def retry(self, job_id: str, overrides: RetryOverrides) -> Job:
        """Bring a failed or cancelled job back to waiting with further attempts.

        Raises `UnknownJob`, `NotRetryable`, and `JobExists` when its key is taken by an unfinished job.
        """

    async def hold(self, job_id: str, reason: str, until: int | None = None) -> bool:
        """Pause; a running job is signalled HOLD. False when unknown or final."""

    async def unhold(self, job_id: str) -> bool:
        """Let a paused job go on; one that runs and was asked to pause does not pause, or goes on at once.

        False when it neither is paused nor was asked to.
        """

    async def settle_idle(self, job_id: str, settlement: Settlement) -> bool:
        """End a job that is not running, as `Fail` or `Cancelled`. False when it runs, is final or unknown.

        Raises `InvalidOption` for any other outcome.
        """

    async def get(self, job_id: str) -> Job | None: ...

    async def find(self, query: JobQuery) -> JobPage: ...

    async def place(self, job_id: str) -> int | None:
        """How many jobs of its type start before a waiting job, plus one; None when it does not wait."""

    async def counts(self, *, lane: str | None = None) -> Counts: ...

    async def totals(self, since: int, *, lane: str | None = None) -> Mapping[str, RunTotals]:
        """Attempts that ended at or after `since` (ms), by type: done, failed, crashed or cancelled."""

    async def logs(self, job_id: str) -> Sequence[LogLine]: ...

    async def journal(self, job_id: str, *, after: str = "", limit: int = 100) -> Sequence[JournalEntry]:
        """The entries of a job's journal in order of key, beginning behind `after`."""

    async def attempts(self, job_id: str) -> Sequence[Attempt]: ...

    async def events(self, after: str | None = None, *, limit: int = 100) -> Sequence[Event]:
        """Durable events behind the cursor, oldest first; None begins at the oldest kept.

        Raises `EventsTrimmed` when events behind the cursor are gone.
        """

    async def oldest_waiting(self) -> int | None:
        """Since when (ms) the first of the waiting jobs could run; None when none waits."""

    async def clean_up(self, before: int, *, lane: str | None = None, dry_run: bool = False) -> int:
        """Delete, or with `dry_run` count, jobs (of a lane) that ended before `before` (ms), whatever their retention.

        Those that an unfinished job waits for stay.
        """

    async def sweep(self) -> None:
        """One round of upkeep: due delays, expired jobs, retention, expired records."""
