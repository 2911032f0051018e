"""The engine's settings as one immutable value; durations in seconds.

Knows nothing of environment variables: an application reads its own settings and builds this.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jobs.engine.options import instance_of, limit_of, number_of, whole_of
from jobs.engine.retry import Backoff


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `max` starts in any `duration_s` seconds. Raises `InvalidOption` for values out of range."""

    max: int
    duration_s: float

    def __post_init__(self) -> None:
        whole_of("rate max", self.max, 1, 100_000)
        number_of("rate duration", self.duration_s, 0.001, 86_400, " of seconds")


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
    batching: bool = True
    """False: handlers of batching types are given one job at a time."""
    batch_size: int = 5
    """Jobs of a batch at the most, for batching types that name no number."""

    def __post_init__(self) -> None:
        whole_of("concurrency", self.concurrency, 1, 1000)
        whole_of("max_queue_size", self.max_queue_size, 0, 10_000_000)
        whole_of("max_attempts", self.max_attempts, 1, 999)
        whole_of("max_crashes", self.max_crashes, 1, 100)
        whole_of("batch_size", self.batch_size, 1, 1000)
        instance_of("batching", self.batching, bool, "True or False")
        whole_of("max_log_lines", self.max_log_lines, 0, 10_000)
        for name in ("keep_completed", "keep_failed"):
            if (most := getattr(self, name)) is not None:
                whole_of(name, most, 0, 1_000_000_000)
        instance_of("backoff", self.backoff, Backoff, "a Backoff")
        limit_of("timeout_s", self.timeout_s)
        for name, low, high in (
            ("cancel_grace_s", 0, 3600),
            ("shutdown_grace_s", 0, 3600),
            ("poll_interval_s", 0.01, 3600),
            ("sweep_interval_s", 0.01, 86_400),
            ("completed_retention_s", 0, 1e10),
            ("failed_retention_s", 0, 1e10),
        ):
            number_of(name, getattr(self, name), low, high)
