"""Rows to values of the engine and back: the only place that knows the columns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar
from zlib import crc32

from jobs.engine.errors import EngineError
from jobs.engine.events import Event, EventType
from jobs.engine.model import (
    CACHED_AT,
    CACHED_FROM,
    MAX_PAYLOAD_BYTES,
    MAX_RESULT_BYTES,
    ErrorInfo,
    Job,
    JobSpec,
    JsonObject,
    Progress,
    RunPolicy,
    dump_json,
    evolve,
)
from jobs.engine.records import Record
from jobs.engine.retry import Backoff
from jobs.engine.states import State

T = TypeVar("T")
STATES = {str(state): state for state in State}
COLUMNS = 31
"""Columns of `job` behind `seq` that make a `Job`: its fields in their order, then the two sums."""
USUAL = RunPolicy(
    max_attempts=4, backoff=Backoff("exponential", 5.0, 2.0, 60.0, 0.2), timeout_s=300.0, stall_timeout_s=None
).to_json()
"""What a stored policy that says nothing means. Never to be changed: it belongs to the files that are out there."""
KNOWN_POLICIES = 1000
_policies: dict[str, RunPolicy] = {}
"""Parsed policies by their text: thousands of jobs share a few."""
_policy_texts: dict[RunPolicy, str] = {}
_latest: tuple[RunPolicy | None, str] = (None, "")
"""Jobs of one type come one after the other with the same policy, and to hash it costs as much as all else in a row."""


def sum_of(text: str | None) -> int | None:
    """What is kept beside a payload or a result, to notice damage."""
    return None if text is None else crc32(text.encode())


def policy_text(policy: RunPolicy) -> str:
    """A policy as it is stored: what differs from the usual one."""
    global _latest  # noqa: PLW0603 - a pair that is replaced as one
    latest, text = _latest
    if latest is not policy:
        text = _policy_text(policy)
        _latest = (policy, text)
    return text


def _policy_text(policy: RunPolicy) -> str:
    text = _policy_texts.get(policy)
    if text is None:
        if len(_policy_texts) > KNOWN_POLICIES:
            _policy_texts.clear()
        own = {name: value for name, value in policy.to_json().items() if value != USUAL[name]}
        text = _policy_texts[policy] = json.dumps(own)
    return text


def _policy_of(text: str) -> RunPolicy:
    policy = _policies.get(text)
    if policy is None:
        if len(_policies) > KNOWN_POLICIES:
            _policies.clear()
        policy = _policies[text] = RunPolicy.from_json({**USUAL, **json.loads(text)})
    return policy


def _parse(column: str, text: str, empty: Any, damaged: list[str], kept_sum: int | None = None) -> Any:
    """A JSON column; one that cannot be read is named in `damaged` and left empty."""
    try:
        if kept_sum is not None and crc32(text.encode()) != kept_sum:
            raise ValueError(column)
        return json.loads(text)
    except ValueError:
        damaged.append(column)
        return empty


def _parse_as(column: str, text: str, make: Callable[[Any], T], damaged: list[str]) -> T | None:
    data = _parse(column, text, None, damaged)
    try:
        return make(data) if data else None
    except (TypeError, KeyError, AttributeError):
        damaged.append(column)
        return None


def _parse_policy(text: str, damaged: list[str]) -> RunPolicy:
    try:
        return _policy_of(text)
    except (ValueError, TypeError, KeyError, EngineError):
        damaged.append("policy")
        return RunPolicy()


def job_of(row: sqlite3.Row, place: int = 0) -> Job:
    """A row of `job` that begins at `place`. Runs for every claim: what is mostly empty is not parsed."""
    (
        *plain, payload, policy, created_at, run_at, updated_at, priority, lane, owner, labels, key, context, metadata,
        attempts, crashes, claim_no, cancelling, stuck, reason, progress, result, error, first_started_at, started_at,
        completed_at, expires_at, depends_on, payload_sum, result_sum,
    ) = row[place + 1 : place + 1 + COLUMNS]  # fmt: skip
    id_, type_, state = plain
    damaged: list[str] = []
    return Job(
        id_,
        type_,
        STATES[state],
        _parse("payload", payload, {}, damaged, payload_sum),
        _parse_policy(policy, damaged),
        created_at,
        run_at,
        updated_at,
        priority,
        lane,
        owner,
        () if labels is None else tuple(_parse("labels", labels, (), damaged)),
        key,
        {} if context is None else _parse("context", context, {}, damaged),
        {} if metadata is None else _parse("metadata", metadata, {}, damaged),
        attempts,
        crashes,
        claim_no,
        cancelling,
        bool(stuck),
        reason,
        None if progress is None else _parse_as("progress", progress, Progress.from_json, damaged),
        None if result is None else _parse("result", result, None, damaged, result_sum),
        None if error is None else _parse_as("error", error, ErrorInfo.from_json, damaged),
        first_started_at,
        started_at,
        completed_at,
        expires_at,
        () if depends_on is None else tuple(_parse("depends_on", depends_on, (), damaged)),
        tuple(damaged),
    )


def new_job(spec: JobSpec) -> Job:
    """The job as `row_of` stores it."""
    job = Job(
        spec.id,
        spec.type,
        STATES[_first_state(spec)],
        spec.payload,
        spec.policy,
        spec.created_at,
        spec.run_at,
        spec.created_at,
        spec.priority,
        spec.lane,
        spec.owner,
        spec.labels,
        spec.key,
        spec.context,
        _metadata(spec),
    )
    cached = spec.cached
    if cached is None and spec.expires_at is None and not spec.depends_on:
        return job
    return evolve(
        job,
        result=cached.result if cached else None,
        completed_at=spec.created_at if cached else None,
        expires_at=spec.expires_at,
        depends_on=spec.depends_on,
    )


def is_bare(spec: JobSpec) -> bool:
    """Whether `bare_row_of` is all there is to store."""
    return (
        spec.owner is None
        and spec.key is None
        and spec.cached is None
        and spec.expires_at is None
        and not (spec.labels or spec.context or spec.metadata or spec.depends_on)
    )


def bare_row_of(spec: JobSpec) -> tuple[object, ...]:
    """The values of `insert_bare_job`. Raises `NotSerialisable`, `ValueTooLarge`."""
    payload = spec.payload_text or dump_json(spec.payload, "payload", MAX_PAYLOAD_BYTES)
    return (
        spec.id,
        spec.type,
        _first_state(spec),
        payload,
        policy_text(spec.policy),
        spec.created_at,
        spec.run_at,
        spec.created_at,
        spec.priority,
        spec.lane,
        crc32(payload.encode()),
    )


def row_of(spec: JobSpec) -> tuple[object, ...]:
    """The values of `insert_job`. Raises `NotSerialisable`, `ValueTooLarge`."""
    result = dump_json(spec.cached.result, "result", MAX_RESULT_BYTES) if spec.cached else None
    metadata = _metadata(spec)
    return (
        *bare_row_of(spec),
        spec.owner,
        json.dumps(spec.labels) if spec.labels else None,
        spec.key,
        dump_json(spec.context, "context", MAX_PAYLOAD_BYTES) if spec.context else None,
        dump_json(metadata, "metadata", MAX_PAYLOAD_BYTES) if metadata else None,
        result,
        sum_of(result),
        spec.created_at if spec.cached else None,
        spec.expires_at,
        json.dumps(spec.depends_on) if spec.depends_on else None,
    )


def _metadata(spec: JobSpec) -> JsonObject:
    if spec.cached is None:
        return spec.metadata
    return {**spec.metadata, CACHED_FROM: spec.cached.job_id, CACHED_AT: spec.cached.at}


def _first_state(spec: JobSpec) -> str:
    """As text: to bind an enum's member costs sqlite3 twice as much as a text, through an exception."""
    if spec.cached is not None:
        return "completed"
    if spec.depends_on:
        return "blocked"
    return "delayed" if spec.run_at > spec.created_at else "waiting"


def attempt_row(claim: Job, ended_at: int, ended_as: str, error: str | None = None) -> dict[str, Any]:
    """The columns of an attempt that has ended."""
    return {
        "id": claim.id,
        "claim_no": claim.claim_no,
        "number": claim.attempts,
        "type": claim.type,
        "started_at": claim.started_at,
        "now": ended_at,
        "ended_as": ended_as,
        "error": error,
    }


def dump_progress(progress: Progress | None) -> str | None:
    return json.dumps(progress.to_json()) if progress else None


def record_of(row: sqlite3.Row) -> Record:
    return Record(
        kind=row["kind"],
        key=row["key"],
        value=json.loads(row["value"]),
        version=row["version"],
        lane=row["lane"],
        expires_at=row["expires_at"],
        updated_at=row["updated_at"],
    )


def event_of(row: sqlite3.Row) -> Event:
    """A row of `events`: an event with its job as it stands now, if it is still there."""
    cursor, at, type_, data, seq = row[:5]
    job = job_of(row, 4) if seq is not None else None
    return Event(EventType(type_), at, job, json.loads(data) if data else {}, cursor=str(cursor))
