"""What the services' exceptions mean for a job that let them pass: the engine's `classify`.

Invariant: the sentence is fit for the card; what Discord's library said stays in the operator's detail.
"""

from __future__ import annotations

from jobs.engine.model import ErrorInfo
from jobs.services import AccessDenied, NotFound, ServiceUnavailable


def classify(error: BaseException) -> ErrorInfo | None:
    """The failure that an exception of `jobs.services` stands for; None for any other."""
    detail = f"{type(error).__name__}: {error}"
    match error:
        case ServiceUnavailable():
            return ErrorInfo("Discord did not answer.", category="discord", detail=detail)
        case AccessDenied():
            text = "Discord refused to show me something this job needs. Check my permissions, then press Retry."
            return ErrorInfo(text, category="permission", retryable=False, detail=detail)
        case NotFound():
            text = "Something this job needs is not there any more."
            return ErrorInfo(text, category="discord", retryable=False, detail=detail)
    return None
