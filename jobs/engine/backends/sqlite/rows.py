"""Rows to values of the engine and back: the only place that knows the columns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from zlib import crc32

from jobs.engine.errors import EngineError
from jobs.engine.events import Event, EventType
from jobs.engine.model import (
    MAX_PAYLOAD_BYTES,
    MAX_RESULT_BYTES,
    ErrorInfo,
    Job,
    JobSpec,
    JsonObject,
    Progress,
    RunPolicy,
    dump_json,
)
from jobs.engine.records import Record
from jobs.engine.states import State

T = TypeVar("T")
_POLICIES: dict[str, RunPolicy] = {}
"""Parsed policies by their text: thousands of jobs share a few."""
STATES = {str(state): state for state in State}
_POLICY_TEXTS: dict[RunPolicy, str] = {}


def parse_policy(text: str) -> RunPolicy:
    policy = _POLICIES.get(text)
    if policy is None:
        if len(_POLICIES) > 1000:
            _POLICIES.clear()
        policy = _POLICIES[text] = RunPolicy.from_json(json.loads(text))
    return policy


def sum_of(text: str | None) -> int | None:
    """What is kept beside a payload or a result, to notice damage."""
    return None if text is None else crc32(text.encode())


def _parse(row: sqlite3.Row, column: str, empty: Any, damaged: list[str], kept_sum: int | None = None) -> Any:
    """A JSON column; one that cannot be read is named in `damaged` and left empty."""
    text = row[column]
    if text is None:
        return empty
    try:
        if kept_sum is not None and crc32(text.encode()) != kept_sum:
            raise ValueError(column)
        return json.loads(text)
    except ValueError:
        damaged.append(column)
        return empty


def _parse_as(row: sqlite3.Row, column: str, make: Callable[[Any], T], damaged: list[str]) -> T | None:
    data = _parse(row, column, None, damaged)
    try:
        return make(data) if data else None
    except (TypeError, KeyError, AttributeError):
        damaged.append(column)
        return None


def _policy(row: sqlite3.Row, damaged: list[str]) -> RunPolicy:
    try:
        return parse_policy(row["policy"])
    except (ValueError, TypeError, KeyError, EngineError):
        damaged.append("policy")
        return RunPolicy()


def _policy_text(policy: RunPolicy) -> str:
    text = _POLICY_TEXTS.get(policy)
    if text is None:
        if len(_POLICY_TEXTS) > 1000:
            _POLICY_TEXTS.clear()
        text = _POLICY_TEXTS[policy] = json.dumps(policy.to_json())
    return text


def job_of(row: sqlite3.Row) -> Job:
    """A row of `job`. Runs for every claim: columns that are mostly empty are looked at before they are parsed."""
    damaged: list[str] = []
    labels, depends_on, context, metadata = row["labels"], row["depends_on"], row["context"], row["metadata"]
    job = Job(
        row["id"],
        row["type"],
        STATES[row["state"]],
        _parse(row, "payload", {}, damaged, row["payload_sum"]),
        _policy(row, damaged),
        row["created_at"],
        row["run_at"],
        row["updated_at"],
        priority=row["priority"],
        lane=row["lane"],
        owner=row["owner"],
        labels=() if labels == "[]" else tuple(_parse(row, "labels", (), damaged)),
        key=row["key"],
        context={} if context == "{}" else _parse(row, "context", {}, damaged),
        metadata={} if metadata == "{}" else _parse(row, "metadata", {}, damaged),
        attempts=row["attempts"],
        crashes=row["crashes"],
        claim_no=row["claim_no"],
        cancelling=row["cancelling"],
        stuck=bool(row["stuck"]),
        reason=row["reason"],
        progress=row["progress"] and _parse_as(row, "progress", Progress.from_json, damaged),
        result=None if row["result"] is None else _parse(row, "result", None, damaged, row["result_sum"]),
        error=row["error"] and _parse_as(row, "error", ErrorInfo.from_json, damaged),
        first_started_at=row["first_started_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        expires_at=row["expires_at"],
        depends_on=() if depends_on == "[]" else tuple(_parse(row, "depends_on", (), damaged)),
    )
    return replace(job, damaged=tuple(damaged)) if damaged else job


def new_job(spec: JobSpec) -> Job:
    """The job as `row_of` stores it."""
    cached = spec.cached
    return Job(
        id=spec.id,
        type=spec.type,
        state=_first_state(spec),
        payload=spec.payload,
        policy=spec.policy,
        created_at=spec.created_at,
        run_at=spec.run_at,
        updated_at=spec.created_at,
        priority=spec.priority,
        lane=spec.lane,
        owner=spec.owner,
        labels=spec.labels,
        key=spec.key,
        context=spec.context,
        metadata=_metadata(spec),
        result=cached.result if cached else None,
        completed_at=spec.created_at if cached else None,
        expires_at=spec.expires_at,
        depends_on=spec.depends_on,
    )


def row_of(spec: JobSpec) -> dict[str, Any]:
    """The columns of a new job. Raises `NotSerialisable`, `ValueTooLarge`."""
    payload = dump_json(spec.payload, "payload", MAX_PAYLOAD_BYTES)
    result = dump_json(spec.cached.result, "result", MAX_RESULT_BYTES) if spec.cached else None
    return {
        "id": spec.id,
        "type": spec.type,
        "state": _first_state(spec),
        "priority": spec.priority,
        "lane": spec.lane,
        "owner": spec.owner,
        "labels": json.dumps(spec.labels) if spec.labels else "[]",
        "key": spec.key,
        "payload": payload,
        "payload_sum": sum_of(payload),
        "context": dump_json(spec.context, "context", MAX_PAYLOAD_BYTES),
        "metadata": dump_json(_metadata(spec), "metadata", MAX_PAYLOAD_BYTES),
        "result": result,
        "result_sum": sum_of(result),
        "completed_at": spec.created_at if spec.cached else None,
        "policy": _policy_text(spec.policy),
        "created_at": spec.created_at,
        "run_at": spec.run_at,
        "expires_at": spec.expires_at,
        "depends_on": json.dumps(spec.depends_on) if spec.depends_on else "[]",
    }


def _metadata(spec: JobSpec) -> JsonObject:
    if spec.cached is None:
        return spec.metadata
    return {**spec.metadata, "cached_from": spec.cached.job_id, "cached_at": spec.cached.at}


def _first_state(spec: JobSpec) -> State:
    if spec.cached is not None:
        return State.COMPLETED
    if spec.depends_on:
        return State.BLOCKED
    return State.DELAYED if spec.run_at > spec.created_at else State.WAITING


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
    """An event with its job as it stands now, if it is still there."""
    data: JsonObject = json.loads(row["data"])
    job = job_of(row) if row["id"] is not None else None
    return Event(EventType(row["event_type"]), row["event_at"], job, data, cursor=str(row["cursor"]))
