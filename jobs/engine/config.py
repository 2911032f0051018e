"""The engine's settings as one immutable value; durations in seconds.

Knows nothing of environment variables: an application reads its own settings and builds this.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jobs.engine.errors import InvalidOption
from jobs.engine.model import is_finite
from jobs.engine.retry import Backoff


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `max` starts in any `duration_s` seconds. Raises `InvalidOption` for values out of range."""

    max: int
    duration_s: float

    def __post_init__(self) -> None:
        if not is_finite(self.max) or self.max != int(self.max) or not 1 <= self.max <= 100_000:
            raise InvalidOption("rate max", self.max, "a whole number from 1 to 100,000")
        if not is_finite(self.duration_s) or not 0.001 <= self.duration_s <= 86_400:
            raise InvalidOption("rate duration", self.duration_s, "seconds from 0.001 to a day")


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """Defaults of a queue. Raises `InvalidOption` for values out of range."""

    concurrency: int = 10
    max_queue_size: int = 1000
    """Unfinished jobs that do not run; 0 for no limit."""
    timeout_s: float | None = 300.0
    max_attempts: int = 4
    backoff: Backoff = field(default_factory=Backoff)
    max_crashes: int = 3
    cancel_grace_s: float = 10.0
    shutdown_grace_s: float = 30.0
    poll_interval_s: float = 1.0
    """The fallback poll; work starts by signal."""
    sweep_interval_s: float = 300.0
    completed_retention_s: float = 86_400.0
    failed_retention_s: float = 259_200.0
    keep_completed: int | None = None
    """Completed jobs kept at most, the newest; None keeps all until their time is over."""
    keep_failed: int | None = None
    """The same for failed and cancelled ones, of each."""
    max_log_lines: int = 100

    def __post_init__(self) -> None:
        for name, low, high in (
            ("concurrency", 1, 1000),
            ("max_queue_size", 0, 10_000_000),
            ("max_attempts", 1, 1000),
            ("max_crashes", 1, 100),
            ("max_log_lines", 0, 10_000),
            ("cancel_grace_s", 0, 3600),
            ("shutdown_grace_s", 0, 3600),
            ("poll_interval_s", 0.01, 3600),
            ("sweep_interval_s", 0.01, 86_400),
            ("completed_retention_s", 0, 1e10),
            ("failed_retention_s", 0, 1e10),
        ):
            value = getattr(self, name)
            if not is_finite(value) or not low <= value <= high:
                raise InvalidOption(name, value, f"a number from {low:g} to {high:g}")
        for name in ("keep_completed", "keep_failed"):
            value = getattr(self, name)
            if value is not None and (not is_finite(value) or value < 0):
                raise InvalidOption(name, value, "a number from 0 up, or None")
        if self.timeout_s is not None and (not is_finite(self.timeout_s) or self.timeout_s <= 0):
            raise InvalidOption("timeout_s", self.timeout_s, "a number of seconds above 0, or None")
