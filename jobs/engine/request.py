"""A request for a job, checked option by option, and turned into the `JobSpec` that is stored.

Pure but for the clock that is given. Invariant: what leaves here is complete and in range; every refusal names
the option, what was given and what is allowed, before anything is stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from jobs.engine.backend import RetryOverrides
from jobs.engine.config import QueueConfig
from jobs.engine.errors import InvalidOption, InvalidPayload
from jobs.engine.model import (
    MAX_PAYLOAD_BYTES,
    MAX_PRIORITY,
    MAX_RESULT_BYTES,
    MIN_PRIORITY,
    PRIORITIES,
    Job,
    JobSpec,
    JsonObject,
    RecordWrite,
    RunPolicy,
    dump_json,
    new_id,
)
from jobs.engine.options import (
    MAX_DELAY_S,
    instance_of,
    instant_of,
    known_only,
    limit_of,
    list_of,
    seconds_of,
    text_of,
    whole_of,
)
from jobs.engine.registry import UNSET, Given, JobType
from jobs.engine.retry import Backoff
from jobs.engine.values import hot_value

MAX_ATTEMPTS = 999
MAX_LABELS = 100
_RESERVED = re.compile(r"[0-9.]+")
"""Dots name folders, where a job's files lie by its id; plain numbers are what other queues hand out themselves."""
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@hot_value(frozen=True, slots=True)
class EnqueueRequest:
    """One request; see `JobQueue.enqueue`. Durations in seconds or as `timedelta`."""

    type: str
    payload: Given = field(default_factory=dict)
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
    """Cancelled, with that reason, if it has not started by then."""
    retention: float | timedelta | None = None
    """How long the finished job is kept; None takes the type's, else the queue's for its state."""
    lane: str = ""
    owner: str | None = None
    labels: Sequence[str] = ()
    context: JsonObject = field(default_factory=dict)
    metadata: JsonObject = field(default_factory=dict)
    records: Sequence[RecordWrite] = ()
    cache: bool | None = None
    """Whether an earlier, equal result may be given: None does as the type says, True also for a type that does not
    say so (which is not read back after a restart), False runs anew, and its result is given from then on. Equal
    requests at once share one job, but for those with a `key` of their own."""
    cache_scope: str = ""
    """What of the world the caller may see: results are shared inside of one scope."""
    depends_on: Sequence[str] = ()
    """Ids of jobs that must have completed before it starts."""
    on_parent_failure: str = "cancel"
    """`cancel`: end with the parent that failed or was cancelled; `run`: start all the same."""


OPTIONS = tuple(option.name for option in fields(EnqueueRequest))[2:]
"""What may be given beside type and payload."""
RETRIED = {
    "backoff": "backoff",
    "timeout": "timeout_s",
    "stall_timeout": "stall_timeout_s",
    "retention": "retention_s",
}
"""Options that a retry by hand may change, and where the policy keeps them."""


def spec_of(request: EnqueueRequest, type_: JobType, config: QueueConfig, now: int) -> JobSpec:
    """The job to store. Raises `InvalidOption`, `InvalidPayload`, `NotSerialisable`, `ValueTooLarge`."""
    payload, payload_text = type_.stored(request.payload)
    expires_s = seconds_of("expires", request.expires) if request.expires is not None else None
    if request.cache is not None:
        instance_of("cache", request.cache, bool, "True, False or None")
    if request.cache_scope != "":
        text_of("cache_scope", request.cache_scope)
    return JobSpec(
        id=new_id() if request.job_id is None else _chosen_id(request.job_id),
        type=type_.name,
        payload=payload,
        policy=policy_of(request, type_, config),
        created_at=now,
        run_at=now if request.delay is None and request.run_at is None else _run_at(request, now),
        priority=priority_of(request.priority),
        lane="" if request.lane == "" else text_of("lane", request.lane),
        owner=None if request.owner is None else text_of("owner", request.owner),
        labels=_labels(request.labels) if request.labels != () else (),
        key=None if request.key is None else text_of("key", request.key, low=1),
        expires_at=None if expires_s is None else now + round(expires_s * 1000),
        context=_object("context", request.context),
        metadata=_object("metadata", request.metadata),
        chosen_id=request.job_id is not None,
        records=_records(request.records) if request.records != () else (),
        depends_on=_parents(request.depends_on) if request.depends_on != () else (),
        runs_anyway=_runs_anyway(request.on_parent_failure),
        payload_text=payload_text,
    )


def policy_of(request: EnqueueRequest, type_: JobType, config: QueueConfig) -> RunPolicy:
    """The request's options over the type's, over the queue's."""
    timeout = request.timeout if request.timeout is not UNSET else type_.timeout_s
    stall = request.stall_timeout if request.stall_timeout is not UNSET else type_.stall_timeout_s
    return RunPolicy(
        max_attempts=_attempts_of(request) or type_.max_attempts or config.max_attempts,
        backoff=_backoff(request.backoff) or type_.backoff or config.backoff,
        timeout_s=config.timeout_s if timeout is UNSET else limit_of("timeout", timeout),
        stall_timeout_s=None if stall is None else limit_of("stall_timeout", stall),
        retention_s=type_.retention_s if request.retention is None else seconds_of("retention", request.retention),
    )


def request_of(type_: str, payload: Any, options: Mapping[str, Any]) -> EnqueueRequest:
    """The request with these options. Raises `UnknownOption`."""
    known_only(options, OPTIONS)
    return EnqueueRequest(type_, payload, **options)


def retry_of(job: Job, type_: JobType, config: QueueConfig, options: Mapping[str, Any]) -> RetryOverrides:
    """What a retry by hand changes: what is not named stays as the job had it, but for a fresh budget of attempts.

    Raises `UnknownOption`, `InvalidOption`, `InvalidPayload`.
    """
    known_only(options, (*RETRIED, "max_attempts", "max_retries", "priority", "payload"))
    if "payload" in job.damaged and "payload" not in options:
        raise InvalidPayload(job.type, [("payload", "its row is damaged; give the payload anew")])
    request = replace(EnqueueRequest(job.type, job.payload), **options)
    policy = policy_of(request, type_, config)
    if "policy" not in job.damaged:
        kept = {column: getattr(job.policy, column) for name, column in RETRIED.items() if name not in options}
        policy = replace(policy, **kept)
    priority = priority_of(request.priority) if "priority" in options else None
    payload, _ = type_.stored(request.payload)
    return RetryOverrides(policy, priority, payload if "payload" in options else None)


def priority_of(given: str | int) -> int:
    """A word's number, or an integer from 0 to 127; higher runs first. Raises `InvalidOption`."""
    if isinstance(given, str) and given in PRIORITIES:
        return PRIORITIES[given]
    if isinstance(given, int) and not isinstance(given, bool) and MIN_PRIORITY <= given <= MAX_PRIORITY:
        return given
    words = ", ".join(PRIORITIES)
    raise InvalidOption("priority", given, f"{words}, or a whole number from {MIN_PRIORITY} to {MAX_PRIORITY}")


def _attempts_of(request: EnqueueRequest) -> int | None:
    if request.max_attempts is not None and request.max_retries is not None:
        raise InvalidOption("max_retries", request.max_retries, "either max_attempts or max_retries")
    if request.max_retries is not None:
        return whole_of("max_retries", request.max_retries, 0, MAX_ATTEMPTS - 1) + 1
    if request.max_attempts is not None:
        return whole_of("max_attempts", request.max_attempts, 1, MAX_ATTEMPTS)
    return None


def _backoff(given: Any) -> Backoff | None:
    return None if given is None else instance_of("backoff", given, Backoff, "a Backoff")


def _object(name: str, given: Any) -> JsonObject:
    """As it will be read back: keys are texts, tuples are lists."""
    if given == {} and isinstance(given, dict):
        return given
    value = json.loads(dump_json(given, name, MAX_PAYLOAD_BYTES))
    return dict(instance_of(name, value, dict, "an object of JSON values"))


def _labels(given: Any) -> tuple[str, ...]:
    labels = list_of("labels", given, "texts")
    if len(labels) > MAX_LABELS:
        raise InvalidOption("labels", given, f"at most {MAX_LABELS} of them")
    return tuple(text_of("label", label) for label in labels)


def _records(given: Any) -> tuple[RecordWrite, ...]:
    return tuple(_record(record) for record in list_of("records", given, "records"))


def _record(given: Any) -> RecordWrite:
    record = instance_of("records", given, RecordWrite, "a list of RecordWrite")
    text_of("records kind", record.kind, low=1)
    text_of("records key", record.key, low=1)
    text_of("records lane", record.lane)
    instant_of("records expires_at", record.expires_at)
    dump_json(record.value, "records value", MAX_RESULT_BYTES)
    return record


def _parents(given: Any) -> tuple[str, ...]:
    parents = list_of("depends_on", given, "ids")
    return tuple(dict.fromkeys(_as_id("depends_on", parent) for parent in parents))


def _run_at(request: EnqueueRequest, now: int) -> int:
    if request.delay is not None and request.run_at is not None:
        raise InvalidOption("run_at", request.run_at, "either delay or run_at")
    if request.delay is not None:
        return now + round(seconds_of("delay", request.delay) * 1000)
    run_at = instance_of("run_at", request.run_at, datetime, "a datetime with a time zone")
    if run_at.tzinfo is None:
        raise InvalidOption("run_at", run_at, "a datetime with a time zone")
    at = round(run_at.timestamp() * 1000)
    if at > now + MAX_DELAY_S * 1000:
        raise InvalidOption("run_at", request.run_at, "an instant within a year")
    return max(at, now)


def _chosen_id(given: Any) -> str:
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
