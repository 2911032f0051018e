"""A request for a job, checked option by option, and turned into the `JobSpec` that is stored.

Pure but for the clock that is given. Invariant: what leaves here is complete and in range; every refusal names
the option, what was given and what is allowed, before anything is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jobs.engine.config import QueueConfig
from jobs.engine.errors import InvalidOption
from jobs.engine.model import (
    MAX_PAYLOAD_BYTES,
    MAX_PRIORITY,
    MIN_PRIORITY,
    PRIORITIES,
    JobSpec,
    JsonObject,
    RecordWrite,
    RunPolicy,
    dump_json,
    is_finite,
    new_id,
)
from jobs.engine.registry import UNSET, JobType, Payload
from jobs.engine.retry import Backoff

MAX_DELAY_S = 366 * 86_400.0
MAX_ATTEMPTS = 1000
_RESERVED = re.compile(r"[0-9.]+")
"""Dots name folders, where a job's files lie by its id; plain numbers are what other queues hand out themselves."""
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class EnqueueRequest:
    """One request; see `JobQueue.enqueue`. Durations in seconds or as `timedelta`."""

    type: str
    payload: Mapping[str, Any] | Payload
    job_id: str | None = None
    key: str | None = None
    priority: str | int = "normal"
    delay: float | timedelta | None = None
    run_at: datetime | None = None
    max_attempts: int | None = None
    max_retries: int | None = None
    backoff: Backoff | None = None
    timeout: float | timedelta | None = UNSET
    stall_timeout: float | timedelta | None = UNSET
    expires: float | timedelta | None = None
    lane: str = ""
    owner: str | None = None
    labels: Sequence[str] = ()
    context: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    records: Sequence[RecordWrite] = ()
    cache: bool = True
    """For types that cache: False runs anew, and its result is given from then on."""
    cache_scope: str = ""
    """What of the world the caller may see: results are shared inside of one scope."""
    depends_on: Sequence[str] = ()
    """Ids of jobs that must have completed before it starts."""
    on_parent_failure: str = "cancel"
    """`cancel`: end with the parent that failed or was cancelled; `run`: start all the same."""


def spec_of(request: EnqueueRequest, type_: JobType, config: QueueConfig, now: int) -> JobSpec:
    """The job to store. Raises `InvalidOption`, `InvalidPayload`, `NotSerialisable`, `ValueTooLarge`."""
    payload = type_.dump(type_.validate(request.payload))
    dump_json(payload, "payload", MAX_PAYLOAD_BYTES)
    dump_json(request.context, "context", MAX_PAYLOAD_BYTES)
    dump_json(request.metadata, "metadata", MAX_PAYLOAD_BYTES)
    expires_s = seconds_of("expires", request.expires) if request.expires is not None else None
    return JobSpec(
        id=_id_of(request.job_id),
        type=type_.name,
        payload=payload,
        policy=policy_of(request, type_, config),
        created_at=now,
        run_at=_run_at(request, now),
        priority=priority_of(request.priority),
        lane=_text("lane", request.lane),
        owner=None if request.owner is None else _text("owner", request.owner),
        labels=tuple(_text("label", label) for label in request.labels),
        key=None if request.key is None else _text("key", request.key, low=1),
        expires_at=None if expires_s is None else now + round(expires_s * 1000),
        context=request.context,
        metadata=request.metadata,
        chosen_id=request.job_id is not None,
        records=tuple(request.records),
        depends_on=tuple(dict.fromkeys(_as_id("depends_on", parent) for parent in request.depends_on)),
        runs_anyway=_runs_anyway(request.on_parent_failure),
    )


def policy_of(request: EnqueueRequest, type_: JobType, config: QueueConfig) -> RunPolicy:
    """The request's options over the type's, over the queue's."""
    timeout = request.timeout if request.timeout is not UNSET else type_.timeout_s
    stall = request.stall_timeout if request.stall_timeout is not UNSET else type_.stall_timeout_s
    return RunPolicy(
        max_attempts=_attempts_of(request) or type_.max_attempts or config.max_attempts,
        backoff=request.backoff or type_.backoff or config.backoff,
        timeout_s=config.timeout_s if timeout is UNSET else _limit_of("timeout", timeout),
        stall_timeout_s=_limit_of("stall_timeout", stall),
        retention_s=type_.retention_s,
    )


def priority_of(given: str | int) -> int:
    """A word's number, or an integer from 0 to 127; higher runs first. Raises `InvalidOption`."""
    if isinstance(given, str) and given in PRIORITIES:
        return PRIORITIES[given]
    if isinstance(given, int) and not isinstance(given, bool) and MIN_PRIORITY <= given <= MAX_PRIORITY:
        return given
    words = ", ".join(PRIORITIES)
    raise InvalidOption("priority", given, f"{words}, or a whole number from {MIN_PRIORITY} to {MAX_PRIORITY}")


def seconds_of(name: str, given: Any) -> float:
    """A duration from 0 seconds to a year. Raises `InvalidOption`."""
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    if not isinstance(seconds, int | float) or not is_finite(seconds) or not 0 <= seconds <= MAX_DELAY_S:
        raise InvalidOption(name, given, "a number of seconds from 0 to a year")
    return float(seconds)


def _limit_of(name: str, given: float | timedelta | None) -> float | None:
    if given is None:
        return None
    seconds = seconds_of(name, given)
    if seconds <= 0:
        raise InvalidOption(name, given, "a number of seconds above 0, or None for no limit")
    return seconds


def _attempts_of(request: EnqueueRequest) -> int | None:
    if request.max_attempts is not None and request.max_retries is not None:
        raise InvalidOption("max_retries", request.max_retries, "either max_attempts or max_retries")
    if request.max_retries is not None:
        return _whole("max_retries", request.max_retries, 0) + 1
    if request.max_attempts is not None:
        return _whole("max_attempts", request.max_attempts, 1)
    return None


def _whole(name: str, given: Any, low: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given < MAX_ATTEMPTS:
        raise InvalidOption(name, given, f"a whole number from {low} to {MAX_ATTEMPTS - 1}")
    return given


def _run_at(request: EnqueueRequest, now: int) -> int:
    if request.delay is not None and request.run_at is not None:
        raise InvalidOption("run_at", request.run_at, "either delay or run_at")
    if request.delay is not None:
        return now + round(seconds_of("delay", request.delay) * 1000)
    if request.run_at is None:
        return now
    if request.run_at.tzinfo is None:
        raise InvalidOption("run_at", request.run_at, "a datetime with a time zone")
    at = round(request.run_at.timestamp() * 1000)
    if at > now + MAX_DELAY_S * 1000:
        raise InvalidOption("run_at", request.run_at, "an instant within a year")
    return max(at, now)


def _id_of(given: Any) -> str:
    if given is None:
        return new_id()
    id_ = _as_id("job_id", given)
    if _RESERVED.fullmatch(id_):
        raise InvalidOption("job_id", given, "an id with a letter in it: numbers and dots alone are reserved")
    return id_


def _as_id(name: str, given: Any) -> str:
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise InvalidOption(name, given, "1 to 64 letters, digits, '.', '_' or '-'")
    return given


def _runs_anyway(given: Any) -> bool:
    if given not in ("cancel", "run"):
        raise InvalidOption("on_parent_failure", given, "cancel or run")
    return bool(given == "run")


def _text(name: str, given: Any, low: int = 0) -> str:
    if not isinstance(given, str) or not low <= len(given) <= 200 or not given.isprintable():
        raise InvalidOption(name, given, f"{low} to 200 printable characters")
    return given
