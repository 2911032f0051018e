"""How a job ended, in the five fields that people and other programs ask for. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.engine.model import ErrorInfo, Job, JsonObject, JsonValue
from jobs.engine.states import State


@dataclass(frozen=True, slots=True)
class JobResult:
    """The end of a job."""

    success: bool
    data: JsonValue
    """What the handler returned; `{"artifact": name, "bytes": size}` when it was too large for a row."""
    error: ErrorInfo | None
    """Why it failed; None when it completed or was cancelled."""
    execution_time_s: float | None
    """Seconds of the last attempt; None for a job that never ran."""
    retry_count: int
    """Attempts behind the first one."""

    def to_json(self) -> JsonObject:
        return {
            "success": self.success,
            "data": self.data,
            "error": self.error.to_json() if self.error is not None else None,
            "execution_time_s": self.execution_time_s,
            "retry_count": self.retry_count,
        }


def result_of(job: Job) -> JobResult | None:
    """How `job` ended; None while it has not."""
    if not job.state.is_final or job.completed_at is None:
        return None
    return JobResult(
        success=job.state is State.COMPLETED,
        data=job.result,
        error=job.error,
        execution_time_s=(job.completed_at - job.started_at) / 1000 if job.started_at is not None else None,
        retry_count=max(0, job.attempts - 1),
    )
