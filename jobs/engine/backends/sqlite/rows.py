"""Rows to values of the engine and back: the only place that knows the columns."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

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

_POLICIES: dict[str, RunPolicy] = {}
"""Parsed policies by their text: thousands of jobs share a few."""
_POLICY_TEXTS: dict[RunPolicy, str] = {}


def parse_policy(text: str) -> RunPolicy:
    policy = _POLICIES.get(text)
    if policy is None:
        if len(_POLICIES) > 1000:
            _POLICIES.clear()
        policy = _POLICIES[text] = RunPolicy.from_json(json.loads(text))
    return policy


def _parse(text: str) -> Any:
    """JSON that is empty most of the time."""
    if text == "{}":
        return {}
    return [] if text == "[]" else json.loads(text)


def _policy_text(policy: RunPolicy) -> str:
    text = _POLICY_TEXTS.get(policy)
    if text is None:
        if len(_POLICY_TEXTS) > 1000:
            _POLICY_TEXTS.clear()
        text = _POLICY_TEXTS[policy] = json.dumps(policy.to_json())
    return text


def job_of(row: sqlite3.Row) -> Job:
    progress, error, result = row["progress"], row["error"], row["result"]
    return Job(
        id=row["id"],
        type=row["type"],
        state=State(row["state"]),
        payload=_parse(row["payload"]),
        policy=parse_policy(row["policy"]),
        created_at=row["created_at"],
        run_at=row["run_at"],
        updated_at=row["updated_at"],
        priority=row["priority"],
        lane=row["lane"],
        owner=row["owner"],
        labels=tuple(_parse(row["labels"])),
        key=row["key"],
        context=_parse(row["context"]),
        metadata=_parse(row["metadata"]),
        attempts=row["attempts"],
        crashes=row["crashes"],
        claim_no=row["claim_no"],
        cancelling=row["cancelling"],
        stuck=bool(row["stuck"]),
        reason=row["reason"],
        progress=Progress.from_json(json.loads(progress)) if progress else None,
        result=json.loads(result) if result is not None else None,
        error=ErrorInfo.from_json(json.loads(error)) if error else None,
        first_started_at=row["first_started_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        expires_at=row["expires_at"],
        depends_on=tuple(_parse(row["depends_on"])),
    )


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
    cached = spec.cached
    return {
        "id": spec.id,
        "type": spec.type,
        "state": _first_state(spec),
        "priority": spec.priority,
        "lane": spec.lane,
        "owner": spec.owner,
        "labels": json.dumps(spec.labels) if spec.labels else "[]",
        "key": spec.key,
        "payload": dump_json(spec.payload, "payload", MAX_PAYLOAD_BYTES),
        "context": dump_json(spec.context, "context", MAX_PAYLOAD_BYTES),
        "metadata": dump_json(_metadata(spec), "metadata", MAX_PAYLOAD_BYTES),
        "result": dump_json(cached.result, "result", MAX_RESULT_BYTES) if cached else None,
        "completed_at": spec.created_at if cached else None,
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


def event_of(row: sqlite3.Row, job: Job | None) -> Event:
    data: JsonObject = json.loads(row["data"])
    return Event(EventType(row["type"]), row["at"], job, data, cursor=str(row["cursor"]))
