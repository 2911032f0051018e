"""What an exception of a handler means, as an `ErrorInfo`; safe for any exception whatever it does.

Owns the words of failures that nobody classified. Invariant: never raises, never longer than 4 kB.
"""

from __future__ import annotations

from collections.abc import Callable
from traceback import extract_tb

from jobs.engine.errors import BackendUnavailable, InvalidPayload, JobError, NotSerialisable, ValueTooLarge
from jobs.engine.model import MAX_ERROR_CHARS, ErrorInfo, storable

Classify = Callable[[BaseException], ErrorInfo | None]
"""An application's own reading of its exceptions; None leaves it to the engine."""


def describe(error: BaseException, classify: Classify | None = None) -> ErrorInfo:
    """The failure that `error` stands for."""
    known = classify(error) if classify is not None else None
    if known is not None:
        return known
    match error:
        case JobError():
            return ErrorInfo(
                _cut(error.message),
                category=_cut(error.category),
                severity=_cut(error.severity),
                retryable=bool(error.retryable),
                detail=_place(error),
            )
        case InvalidPayload():
            return ErrorInfo(str(error), kind="invalid_payload", category="payload", retryable=False)
        case NotSerialisable() | ValueTooLarge():
            text = f"{error} What the job did is done."
            return ErrorInfo(
                _cut(text), kind="unserialisable_result", category="result", retryable=False, detail=_place(error)
            )
        case BackendUnavailable():
            return ErrorInfo("The database could not be written.", category="store", detail=_place(error))
    return ErrorInfo("Something went wrong inside this job.", detail=_place(error))


def timed_out(seconds: float) -> ErrorInfo:
    return ErrorInfo(f"It took longer than {seconds:,.0f} seconds.", kind="timeout", category="engine")


def stalled(seconds: float) -> ErrorInfo:
    return ErrorInfo(f"It made no progress for {seconds:,.0f} seconds.", kind="stall", category="engine")


def _place(error: BaseException) -> str:
    frames = extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return _cut(f"{type(error).__name__}{where}: {_text(error)}")


def _text(given: object) -> str:
    try:
        return str(given)
    except Exception:  # noqa: BLE001 - a __str__ may raise anything
        return "(no text)"


def _cut(given: object) -> str:
    """What people are shown and the store keeps of a text, or of what was given for one."""
    text = storable(_text(given))
    return text if len(text) <= MAX_ERROR_CHARS else text[: MAX_ERROR_CHARS - 1] + "…"
