"""Job types: a name, a payload model, a handler and its policy, each registered once.

Also the handler's view of the engine (`JobContext`, `StageContext`) as protocols, so that a handler module
imports nothing that runs jobs. Invariant: a registered type is complete and checked; nothing is looked up later.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from jobs.engine.clock import Clock
from jobs.engine.config import RateLimit
from jobs.engine.errors import DuplicateJobType, InvalidOption, UnknownJobType
from jobs.engine.model import Job, JsonObject, JsonValue
from jobs.engine.options import instance_of, known_only, limit_of, seconds_of, text_of, whole_of
from jobs.engine.retry import Backoff

if TYPE_CHECKING:
    from jobs.engine.payload import Payload

ServicesT = TypeVar("ServicesT")
ServicesT_co = TypeVar("ServicesT_co", covariant=True)
PayloadT = TypeVar("PayloadT", bound="Payload")
ItemT = TypeVar("ItemT")

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MAX_BATCH = 1000
TAKEN = "a class derived from Payload, or None for nothing"
UNSET: Any = object()
"""Marks a policy option that falls back to the queue's configuration, where None has a meaning of its own."""


def minutes(count: float) -> float:
    """`count` minutes in seconds."""
    return count * 60.0


class Journal(Protocol):
    """For effects that must not happen twice: the intent is kept before the request, its result after it.

    After a crash only what is still open has to be looked up; all else is known. Keys are the job's own.
    """

    async def write(
        self, *, intents: Mapping[str, JsonValue] | None = None, results: Mapping[str, JsonValue] | None = None
    ) -> None:
        """Keep results of what was intended before, and what is intended next: one commit, durable on return.

        Raises `UnknownIntent` for a result without an intent.
        """

    async def open_intents(self) -> Mapping[str, JsonValue]:
        """What was intended, by any attempt of this job, and has no result yet, in order of key."""


class StageContext(Protocol):
    """One named part of a job's work, with its own count."""

    def count(self, verdict: str = "ok", by: int = 1) -> None:
        """Count `by` items as `ok`, `skipped` or `failed`."""

    def set_total(self, total: int | None) -> None: ...

    async def advance(self, by: int = 1, message: str = "") -> None:
        """Move `current` on by `by` and report it."""

    async def reach(self, current: int) -> None:
        """Say that `current` is done by now; for work that knows its own place. Kept like the items of `each`."""

    async def say(self, message: str) -> None:
        """Replace the stage's message."""

    def waiting(self, seconds: float) -> AbstractAsyncContextManager[None]:
        """Show that an outside service asked for a pause; the time counts for no time-out."""

    def each(self, items: Iterable[ItemT], *, key: Callable[[ItemT], str | int]) -> AsyncIterator[ItemT]:
        """The items not yet done. The key of the last finished one is kept every few items, and a later
        attempt goes on behind it: by key, so that inserted or removed items do no harm, and from the start if that
        very item is gone. `items` must come in the same order each time (keep them with `once`)."""


class JobContext(Protocol[ServicesT_co]):
    """What a handler may use while it runs."""

    @property
    def job(self) -> Job:
        """The job as it was claimed: context, metadata, labels, priority and policy among it."""

    @property
    def job_id(self) -> str: ...

    @property
    def attempt(self) -> int:
        """1 for the first run; crashes and restarts do not count."""

    @property
    def lane(self) -> str: ...

    @property
    def owner(self) -> str | None: ...

    @property
    def context(self) -> JsonObject:
        """What was given with the request: where it was made, in which language."""

    @property
    def started_at(self) -> int:
        """Start of the job's *first* attempt (ms), the same in every attempt."""

    @property
    def services(self) -> ServicesT_co: ...

    @property
    def clock(self) -> Clock:
        """The queue's own; nothing a handler does asks another one."""

    @property
    def cancelled(self) -> bool:
        """True once a cancel, hold or stop was asked for; for handlers that look for themselves."""

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this job; give it to services that can drop duplicates."""

    def stage(
        self, title: str, *, total: int | None = None, unit: str = ""
    ) -> AbstractAsyncContextManager[StageContext]:
        """Begin a named stage. Its counts and cursor survive into the next attempt."""

    def announce(self, stages: int) -> None:
        """Say how many stages there will be."""

    async def once(self, name: str, make: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """The value kept under `name`; made, and kept before it is returned, only if there is none."""

    async def parents(self) -> Mapping[str, JsonValue]:
        """Results of the jobs this one waited for, by id; those that did not complete are left out."""

    async def load(self, name: str) -> JsonValue:
        """A checkpoint of this job, or None."""

    async def checkpoint(self, name: str, value: JsonValue) -> None:
        """Keep `value` durably for the next attempt; with it the stage's counts are kept."""

    @property
    def journal(self) -> Journal: ...

    async def progress(self, current: int = 0, total: int | None = None, message: str = "", stage: str = "") -> None:
        """The plain call under the stages."""

    async def log(self, line: str) -> None: ...

    async def in_process(self, function: Callable[..., ItemT], *args: object) -> ItemT:
        """Run a function of a module's top level in another process, for work that keeps a core busy.

        Raises `InvalidOption` for a function or values that cannot be sent there.
        """

    async def in_thread(self, function: Callable[..., ItemT], *args: object) -> ItemT:
        """Run a blocking function off the event loop and wait for it."""


Given: TypeAlias = "Mapping[str, Any] | Payload"
"""A payload as callers give it: its fields by name, or the model itself."""
NOTHING: Given = MappingProxyType({})
"""What a type without a payload is given; and one whose fields all have defaults may be."""
Handler: TypeAlias = Callable[[Any, Any], Any]
"""`handler(ctx, payload)`: async, or plain (then it runs in a thread). Its return value is the job's result.
The payload is None for a type that takes nothing. With a `batch_size`: see `JobType`."""


@dataclass(frozen=True, slots=True)
class JobType:
    """A registered job type. Durations in seconds; `UNSET` takes the queue's default, None means "no limit"."""

    name: str
    title: str
    payload: type[Payload] | None
    """The model of what it takes; None for nothing."""
    handler: Handler
    concurrency: int | None = None
    per_lane: Any = UNSET
    """Jobs of one lane that may run at once; None, and `UNSET` if nobody fills it in, is no limit."""
    rate: RateLimit | None = None
    batch_size: int | None = 1
    """Above 1, and with None for the queue's own number, the handler is called as `handler(contexts, payloads)` for up
    to so many jobs of one lane that start together, and returns a result for each; an exception in that list fails its
    job alone. A batch is never larger than the places that are free, and one of its jobs that is cancelled ends with
    it."""
    hooks: Any = None
    """A `jobs.engine.hooks.Hooks` of this type alone."""
    cached: bool = False
    """Give the result of an earlier, equal request while it is fresh; equal requests at once share one job."""
    cache_ttl_s: float | None = None
    """Seconds a result stays fresh; None takes the cache's default."""
    timeout_s: Any = UNSET
    stall_timeout_s: float | None = None
    max_attempts: int | None = None
    backoff: Backoff | None = None
    listed: bool = True
    """Offered to people to start."""
    internal: bool = False
    """Kept out of lists, quotas and statistics unless asked for."""
    retention_s: float | None = None
    """Seconds to keep a finished job; None takes the queue's default for its state."""
    undo: str | None = None
    """Name of the type whose job takes back what one of this type did; its payload is `guild_id` and `job_id`."""
    preview: Callable[[Any, Any, Any], Any] | None = None
    """`preview(job, asked, words)` makes what people see of a `Job` that waits for somebody to confirm what it `asked`
    for; opaque to the engine. The undo of such a type asks by itself before it does anything."""
    subject: Callable[[Any, Any], Any] | None = None
    """`subject(job, words)` makes one line of what a `Job` is about, for as long as it has no report; None for nothing.
    Opaque to the engine."""
    until_now: Callable[[Any, Any], Any] | None = None
    """`until_now(job, words)` makes the lines that say what a `Job` has done and what not, when it stands still
    before its end; None where it has nothing to say. Opaque to the engine."""
    files_early: bool = False
    """Its files are worth having before it has completed: while it is paused, and when it failed or was cancelled."""
    report: Callable[[Any, Any], Any] | None = None
    """`report(job, words)` makes what people see of a finished `Job`; opaque to the engine."""
    languages: str | PathLike[str] | None = None
    """Folder of the type's own catalogues, one a language; opaque to the engine."""

    def check(self) -> None:
        """Raises `InvalidOption` for what cannot be."""
        if not _NAME.fullmatch(text_of("job type", self.name)) or len(self.name) > 64:
            raise InvalidOption("job type", self.name, "lower-case words joined by '-', at most 64 letters")
        text_of("title", self.title, low=1)
        if self.payload is not None:
            model = instance_of("payload", self.payload, type, TAKEN)
            if not issubclass(model, _models().Payload):
                raise InvalidOption("payload", self.payload, TAKEN)
        if not callable(self.handler):
            raise InvalidOption("handler", self.handler, "a function, or an object that can be called")
        if self.batch_size is not None:
            whole_of("batch_size", self.batch_size, 1, MAX_BATCH)
        for name in ("concurrency", "per_lane", "max_attempts"):
            if (most := getattr(self, name)) not in (None, UNSET):
                whole_of(name, most, 1, 999)
        for name, kind in (("rate", RateLimit), ("backoff", Backoff)):
            if (value := getattr(self, name)) is not None:
                instance_of(name, value, kind, f"a {kind.__name__}")
        if self.timeout_s is not UNSET:
            limit_of("timeout", self.timeout_s)
        limit_of("stall_timeout", self.stall_timeout_s)
        limit_of("cache_ttl_s", self.cache_ttl_s)
        if self.retention_s is not None:
            seconds_of("retention_s", self.retention_s)

    @property
    def is_batching(self) -> bool:
        """Whether the handler is called for several jobs at once."""
        return self.batch_size != 1

    @property
    def is_async(self) -> bool:
        return inspect.iscoroutinefunction(self.handler)

    @property
    def model(self) -> type[Payload]:
        """What its payload is checked by: that of a type that takes nothing has no fields."""
        model: type[Payload] = self.payload or _models().Payload
        return model

    def validate(self, given: Given) -> Payload | None:
        """The payload as its model, None for a type that takes nothing. Raises `InvalidPayload`, field and reason."""
        if self.payload is None and given == NOTHING:
            return None
        payload: Payload = _models().validated(self.name, self.model, given)
        return None if self.payload is None else payload

    def stored(self, given: Given) -> tuple[JsonObject, str]:
        """The payload as the JSON object that is stored, and its text.

        Raises `InvalidPayload`, `NotSerialisable`, `ValueTooLarge`.
        """
        if self.payload is None and given == NOTHING:
            return {}, "{}"
        stored: tuple[JsonObject, str] = _models().stored(self.name, self.model, given)
        return stored


@cache
def _models() -> Any:
    """The module of payload models, which loads pydantic: only where a type has one."""
    from jobs.engine import payload

    return payload


class Registry:
    """The job types of one queue, by name."""

    def __init__(self, types: Iterable[JobType] = ()) -> None:
        self._types: dict[str, JobType] = {}
        for type_ in types:
            self.add(type_)

    def add(self, type_: JobType) -> JobType:
        """Register. Raises `DuplicateJobType`, `InvalidOption`."""
        instance_of("job type", type_, JobType, "a JobType, as `job_type` makes it")
        type_.check()
        if type_.name in self._types:
            raise DuplicateJobType(type_.name)
        self._types[type_.name] = type_
        return type_

    def register(self, name: str, handler: Handler, *, payload: type[Payload] | None = None, **policy: Any) -> JobType:
        """`add` by parts; `title` defaults to the name in words."""
        policy.setdefault("title", name.replace("-", " ").title())
        known_only(policy, JobType.__dataclass_fields__)
        return self.add(JobType(name=name, handler=handler, payload=payload, **policy))

    def get(self, name: str) -> JobType:
        """Raises `UnknownJobType`."""
        try:
            return self._types[name]
        except (KeyError, TypeError):
            raise UnknownJobType(name, sorted(self._types)) from None

    def __contains__(self, name: Hashable) -> bool:
        return name in self._types

    def __iter__(self) -> Iterator[JobType]:
        return iter(self._types.values())

    def listed(self) -> Sequence[JobType]:
        return [t for t in self._types.values() if t.listed and not t.internal]


def job_type(
    name: str,
    *,
    title: str,
    payload: type[Payload] | None = None,
    timeout: float | None = UNSET,
    stall_timeout: float | None = None,
    **policy: Any,
) -> Callable[[Handler], JobType]:
    """Declare a function as the handler of a job type: the decorated name is the `JobType`.

    `timeout` and `stall_timeout` are seconds; the other options are the fields of `JobType`.
    """

    known_only(policy, JobType.__dataclass_fields__)

    def declare(handler: Handler) -> JobType:
        return JobType(
            name=name,
            title=title,
            payload=payload,
            handler=handler,
            timeout_s=timeout,
            stall_timeout_s=stall_timeout,
            **policy,
        )

    return declare


__all__ = [
    "NOTHING",
    "UNSET",
    "Given",
    "Handler",
    "JobContext",
    "JobType",
    "Journal",
    "Registry",
    "StageContext",
    "job_type",
    "minutes",
]
