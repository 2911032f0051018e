"""The values of the engine: job, what is put, progress, error.

Immutable, JSON-able, free of behaviour that needs a store or a clock. Instants are integer milliseconds
since the epoch (UTC) and end in `_at`; durations are seconds and end in `_s`.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from string import ascii_lowercase, digits
from typing import Any, TypeAlias

from jobs.engine.errors import NotSerialisable, ValueTooLarge
from jobs.engine.retry import Backoff
from jobs.engine.states import State
from jobs.engine.values import hot_value

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = "dict[str, JsonValue]"

MAX_PAYLOAD_BYTES = 256 * 1024
MAX_RESULT_BYTES = 1024 * 1024
MAX_ERROR_CHARS = 4096
CACHED_FROM, CACHED_AT = "cached_from", "cached_at"
"""What a job's metadata says of a result from the cache: who made it, and when (ms)."""
DRAWN_AHEAD = 256
_SIGNS = (ascii_lowercase + digits).encode()
_EVEN = 256 // len(_SIGNS) * len(_SIGNS)
_SIGN_OF_BYTE = bytes(_SIGNS[byte % len(_SIGNS)] for byte in range(256))
_UNEVEN = bytes(range(_EVEN, 256))
"""Bytes that would make the first signs likelier than the last."""
_encode = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode

PRIORITIES: Mapping[str, int] = {"low": 0, "normal": 5, "high": 10, "critical": 15}
MIN_PRIORITY, MAX_PRIORITY = 0, 127


_drawn: list[str] = []
"""Ids made ahead: asking the system for each one costs more than all else about it."""
os.register_at_fork(after_in_child=_drawn.clear)


def new_id() -> str:
    """A random job id: ten lower-case letters and digits, from the system's randomness.

    The first is a letter: plain numbers are what other queues hand out themselves.
    """
    while True:
        try:
            return _drawn.pop()
        except IndexError:  # as well when another thread has taken all that were just drawn
            _draw()


def _draw() -> None:
    """Ids of one moment begin alike and so lie together in an index: one page to write instead of fifty."""
    signs = os.urandom(8 * DRAWN_AHEAD).translate(_SIGN_OF_BYTE, _UNEVEN).decode()
    start = secrets.choice(ascii_lowercase) + signs[0]
    _drawn.extend([start + signs[place : place + 8] for place in range(1, len(signs) - 7, 8)])


def dump_json(value: object, what: str, limit: int) -> str:
    """`value` as compact JSON text.

    Raises `NotSerialisable` for what JSON cannot hold (NaN, sets, cycles, lone surrogates) and
    `ValueTooLarge` above `limit` bytes.
    """
    if value is None:
        return "null"
    if value == {} and isinstance(value, dict):
        return "{}"
    try:
        text = _encode(value)
        size = len(text) if text.isascii() else len(text.encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise NotSerialisable(what, str(error)[:200]) from None
    if size > limit:
        raise ValueTooLarge(what, size, limit)
    return text


def storable(text: str) -> str:
    """`text` as a store can hold it: halves of surrogate pairs, as in file names that are no UTF-8, become `?`."""
    return text if text.isascii() else text.encode(errors="replace").decode()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is, as people are shown it."""

    current: int = 0
    total: int | None = None
    unit: str = ""
    """What is counted: "messages", "members"."""
    message: str = ""
    stage: str = ""
    stage_no: int = 0
    stages: int = 0
    """How many stages the handler announced; 0 when it did not."""
    ok: int = 0
    skipped: int = 0
    failed: int = 0
    eta_s: float | None = None
    """Seconds to the end of the stage by the sliding rate; None while unknown."""
    waiting_s: float | None = None
    """Set while an outside service asked for a pause of this many seconds."""
    resumed_at: int | None = None
    """`current` at which this attempt went on; None for a first run."""

    @property
    def percentage(self) -> float | None:
        """0 to 100, or None while the total is unknown."""
        if not self.total:
            return None
        return min(100.0, max(0.0, 100.0 * self.current / self.total))

    def to_json(self) -> JsonObject:
        return {**asdict(self), "percentage": self.percentage}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Progress:
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """Why an attempt or a job ended badly."""

    message: str
    kind: str = "error"
    """`error timeout stall crashed invalid_payload unserialisable_result corrupt_payload`."""
    category: str = "handler"
    severity: str = "error"
    retryable: bool = True
    detail: str = ""
    """For the operator: exception class and place. Never shown in Discord."""

    def to_json(self) -> JsonObject:
        return dict(asdict(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ErrorInfo:
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


@hot_value(frozen=True, slots=True)
class RunPolicy:
    """How one job is run; fixed when it is enqueued."""

    max_attempts: int = 4
    backoff: Backoff = field(default_factory=Backoff)
    timeout_s: float | None = 300.0
    stall_timeout_s: float | None = None
    retention_s: float | None = None
    """Seconds to keep the finished job; None takes the queue's default for its state."""

    def to_json(self) -> JsonObject:
        return dict(asdict(self))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunPolicy:
        return cls(
            max_attempts=data["max_attempts"],
            backoff=Backoff(**data["backoff"]),
            timeout_s=data["timeout_s"],
            stall_timeout_s=data["stall_timeout_s"],
            retention_s=data.get("retention_s"),
        )


@dataclass(frozen=True, slots=True)
class RecordWrite:
    """A record stored in the same transaction as a job; see `records.Records`."""

    kind: str
    key: str
    value: JsonValue
    lane: str = ""
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Cached:
    """A result that an earlier job made, for a request that is the same."""

    job_id: str
    at: int
    """When it was made (ms)."""
    result: JsonValue


@hot_value(frozen=True, slots=True)
class JobSpec:
    """What `Backend.put_many` stores: a checked request for one job."""

    id: str
    type: str
    payload: JsonObject
    policy: RunPolicy
    created_at: int
    run_at: int
    priority: int = PRIORITIES["normal"]
    lane: str = ""
    owner: str | None = None
    labels: tuple[str, ...] = ()
    key: str | None = None
    expires_at: int | None = None
    context: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    chosen_id: bool = False
    """The caller chose `id`: one that exists is an error."""
    records: tuple[RecordWrite, ...] = ()
    depends_on: tuple[str, ...] = ()
    cached: Cached | None = None
    """The job is complete as soon as it is put."""
    payload_text: str | None = field(default=None, compare=False)
    """`payload` as `dump_json` makes it, where it was made before."""
    runs_anyway: bool = False
    """Run when a parent failed or was cancelled, instead of being cancelled with it."""


@hot_value(frozen=True, slots=True)
class Put:
    """Answer of `put_many` for one spec."""

    id: str
    existed: bool
    """An unfinished job with the same key was there; `id` is that job's."""
    job: Job
    """The job as it was stored, or found."""


@hot_value(frozen=True, slots=True)
class Job:
    """One request for a type, as stored."""

    id: str
    type: str
    state: State
    payload: JsonObject
    policy: RunPolicy
    created_at: int
    run_at: int
    updated_at: int
    priority: int = PRIORITIES["normal"]
    lane: str = ""
    owner: str | None = None
    labels: tuple[str, ...] = ()
    key: str | None = None
    context: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    attempts: int = 0
    """Attempts begun and charged; a deploy gives one back, a crash is counted in `crashes`."""
    crashes: int = 0
    claim_no: int = 0
    cancelling: str | None = None
    """Reason of a cancel that an active job has not obeyed yet."""
    stuck: bool = False
    reason: str | None = None
    """Why it is paused, cancelled, deferred or failed, in a sentence."""
    progress: Progress | None = None
    result: JsonValue = None
    error: ErrorInfo | None = None
    first_started_at: int | None = None
    started_at: int | None = None
    """Start of the newest attempt."""
    completed_at: int | None = None
    expires_at: int | None = None
    depends_on: tuple[str, ...] = ()
    """Ids of the jobs it waits for, or waited for."""
    damaged: tuple[str, ...] = ()
    """Fields that the store could not read back as they were written; they are empty here."""

    @property
    def made_by(self) -> str:
        """Id of the job that made the result, and the files with it: another one's where it came from the cache."""
        return str(self.metadata.get(CACHED_FROM, self.id))

    @property
    def made_at(self) -> int | None:
        """When another job made the result (ms); None where this one did."""
        at = self.metadata.get(CACHED_AT)
        return at if isinstance(at, int) else None

    def to_json(self) -> JsonObject:
        """All fields as JSON values; `from_json` reads them back."""
        data: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["state"] = str(self.state)
        for name in ("labels", "depends_on", "damaged"):
            data[name] = list(getattr(self, name))
        data["policy"] = self.policy.to_json()
        data["progress"] = self.progress.to_json() if self.progress else None
        data["error"] = self.error.to_json() if self.error else None
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Job:
        values = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        values["state"] = State(values["state"])
        for name in ("labels", "depends_on", "damaged"):
            values[name] = tuple(values.get(name, ()))
        values["policy"] = RunPolicy.from_json(values["policy"])
        if values.get("progress"):
            values["progress"] = Progress.from_json(values["progress"])
        if values.get("error"):
            values["error"] = ErrorInfo.from_json(values["error"])
        return cls(**values)


_FIELDS = tuple(Job.__dataclass_fields__)
_PLACES = {name: place for place, name in enumerate(_FIELDS)}
_values_of = attrgetter(*_FIELDS)


def evolve(job: Job, **changes: Any) -> Job:
    """`dataclasses.replace` for the way that every job takes: two thirds of its time."""
    values = list(_values_of(job))
    for name, value in changes.items():
        values[_PLACES[name]] = value
    return Job(*values)


def is_finite(value: float) -> bool:
    """Whether `value` is a usable number (not NaN, not infinite, not a bool)."""
    return not isinstance(value, bool) and -1e300 < value < 1e300
