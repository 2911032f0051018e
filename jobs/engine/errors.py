"""Every exception the engine raises, each a sentence with fields.

Callers match on the class and read the fields; people read the text. Nothing here imports anything else
of the project. Invariant: an error of this module is raised before anything was stored, unless it says so.
"""

from __future__ import annotations

from collections.abc import Sequence


class EngineError(Exception):
    """Root of all errors that the engine raises on purpose."""


class InvalidOption(EngineError):
    """An option was refused at the edge."""

    def __init__(self, name: str, given: object, allowed: str) -> None:
        self.name = name
        self.given = given
        self.allowed = allowed
        super().__init__(f"{name} cannot be {_short(given)}; give {allowed}.")


class UnknownOption(EngineError):
    """There is no option of this name."""

    def __init__(self, name: str, close: str | None, known: Sequence[str]) -> None:
        self.name = name
        self.close = close
        self.known = tuple(known)
        hint = f"did you mean {close}?" if close else f"there are: {', '.join(self.known)}."
        super().__init__(f"There is no option {_short(name)}; {hint}")


class UnknownJobType(EngineError):
    """No handler is registered under this name."""

    def __init__(self, type_: str, known: Sequence[str] = ()) -> None:
        self.type = type_
        self.known = tuple(known)
        hint = f" Known types: {', '.join(self.known)}." if known else ""
        super().__init__(f"There is no job type {_short(type_)}.{hint}")


class DuplicateJobType(EngineError):
    """A handler is already registered under this name."""

    def __init__(self, type_: str) -> None:
        self.type = type_
        super().__init__(f"The job type {_short(type_)} is registered already; choose another name.")


class InvalidPayload(EngineError):
    """A payload does not match its type's model."""

    def __init__(self, type_: str, problems: Sequence[tuple[str, str]]) -> None:
        self.type = type_
        self.problems = tuple(problems)
        listed = "; ".join(f"{field}: {why}" for field, why in self.problems)
        super().__init__(f"The payload of {type_} was refused: {listed}.")


class ValueTooLarge(EngineError):
    """A payload, result or checkpoint is larger than may be stored in a row."""

    def __init__(self, what: str, size: int, limit: int) -> None:
        self.what = what
        self.size = size
        self.limit = limit
        super().__init__(f"The {what} has {size:,} bytes; at most {limit:,} can be kept.")


class NotSerialisable(EngineError):
    """A value cannot be written as JSON."""

    def __init__(self, what: str, why: str) -> None:
        self.what = what
        self.why = why
        super().__init__(f"The {what} cannot be stored as JSON: {why}.")


class UnknownJob(EngineError):
    """No job has this id."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"There is no job {_short(job_id)}.")


class JobExists(EngineError):
    """A job with this caller-chosen id exists."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"A job {_short(job_id)} exists already; choose another id or give a key.")


class NotRetryable(EngineError):
    """A retry by hand was asked for a job that is not failed or cancelled."""

    def __init__(self, job_id: str, state: str) -> None:
        self.job_id = job_id
        self.state = state
        super().__init__(f"Job {job_id} is {state}; only a failed or cancelled job can be retried.")


class QueueFull(EngineError):
    """The queue's limit of unfinished jobs is reached."""

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(f"The queue is full ({limit:,} jobs). Try again later.")


class UnknownIntent(EngineError):
    """A result for something that the journal does not know as intended."""

    def __init__(self, job_id: str, key: str) -> None:
        super().__init__(f"The journal of {job_id} has no intent {key!r}; write the intent before the request.")
        self.job_id = job_id
        self.key = key


class UnknownDependency(EngineError):
    """A job was to wait for one that does not exist."""

    def __init__(self, job_id: str, parent: str) -> None:
        super().__init__(f"The job {_short(job_id)} cannot wait for {_short(parent)}: there is no such job.")
        self.job_id = job_id
        self.parent = parent


class DependencyCycle(EngineError):
    """Jobs were to wait for each other in a circle."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__("These jobs would wait for each other for ever: " + ", ".join(map(_short, ids)) + ".")
        self.ids = tuple(ids)


class RecordConflict(EngineError):
    """A record's version is not the expected one: somebody else wrote it first."""

    def __init__(self, kind: str, key: str, expected: int, found: int) -> None:
        self.kind = kind
        self.key = key
        self.expected = expected
        self.found = found
        super().__init__(f"Record {kind}/{key} is at version {found}, not {expected}; read it again.")


class LeaseLost(EngineError):
    """The right to run this job has gone to another claim; whatever this run still writes is dropped."""

    def __init__(self, job_id: str, claim_no: int) -> None:
        self.job_id = job_id
        self.claim_no = claim_no
        super().__init__(f"Claim {claim_no} of job {job_id} is no longer valid.")


class BackendUnavailable(EngineError):
    """The store cannot be reached or written now."""


class StoreInUse(EngineError):
    """Another process runs jobs on this file."""

    def __init__(self, path: str, pid: int | None) -> None:
        self.path = path
        self.pid = pid
        who = f" (process {pid})" if pid else ""
        super().__init__(
            f"Another process{who} runs jobs on {path}; stop it first, or give this one a file of its own."
        )


class SchemaTooNew(EngineError):
    """The file was written by a newer version."""

    def __init__(self, component: str, found: int, known: int) -> None:
        self.component = component
        self.found = found
        self.known = known
        super().__init__(
            f"The database holds {component} schema {found}, this version knows up to {known}; "
            "start the newer version, or restore the backup made before the upgrade."
        )


class StoreDamaged(EngineError):
    """The file's own check found damage."""

    def __init__(self, path: str, finding: str) -> None:
        self.path = path
        self.finding = finding
        super().__init__(f"The database {path} is damaged ({finding}); restore a backup.")


class UnknownSchedule(EngineError):
    """No schedule has this id."""

    def __init__(self, schedule_id: str) -> None:
        super().__init__(f"There is no schedule {_short(schedule_id)}.")
        self.schedule_id = schedule_id


class EventsTrimmed(EngineError):
    """What lay behind a cursor of the event log is not kept any more."""

    def __init__(self, cursor: str) -> None:
        super().__init__(f"Events behind {_short(cursor)} are not kept any more; begin again without a cursor.")
        self.cursor = cursor


class CircuitOpen(EngineError):
    """A service that keeps failing is not asked for a while."""

    def __init__(self, name: str, retry_in_s: float) -> None:
        super().__init__(f"{name} keeps failing and is not asked for another {retry_in_s:.0f} s.")
        self.name = name
        self.retry_in_s = retry_in_s


class NotSupported(EngineError):
    """A capability that this backend does not have."""

    def __init__(self, what: str, backend: str) -> None:
        super().__init__(f"{what} is not possible on the {backend} backend.")
        self.what = what
        self.backend = backend


class ShuttingDown(EngineError):
    """The queue is stopping and takes nothing new."""

    def __init__(self) -> None:
        super().__init__("The queue is stopping; try again after the restart.")


class JobError(Exception):
    """What a handler raises to end its attempt with a sentence people can read.

    `retryable=False` ends the job at once. `severity` and `category` are free words for filters and metrics.
    """

    def __init__(
        self,
        message: str,
        *,
        retryable: bool = True,
        severity: str = "error",
        category: str = "handler",
    ) -> None:
        self.message = message
        self.retryable = retryable
        self.severity = severity
        self.category = category
        super().__init__(message)


class DeferJob(Exception):
    """What a handler raises to go on later without using an attempt."""

    def __init__(self, delay_s: float, reason: str) -> None:
        self.delay_s = delay_s
        self.reason = reason
        super().__init__(reason)


class HoldJob(Exception):
    """What a handler raises to pause its job until a person resumes it, or until instant `until` (ms)."""

    def __init__(self, reason: str, until: int | None = None) -> None:
        self.reason = reason
        self.until = until
        super().__init__(reason)


class CancelJob(Exception):
    """What a handler raises to end its job as cancelled: nobody wants it any more, and nothing went wrong."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def _short(value: object, limit: int = 80) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a caller's __repr__ may raise anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"
