"""Whether and when a failed attempt is followed by another: pure arithmetic.

Knows neither clock nor store; randomness is an argument. Invariant: a delay is never negative and never
above `max_delay_s`, jitter included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from jobs.engine.errors import InvalidOption

BackoffKind = Literal["exponential", "linear", "fixed"]
KINDS: tuple[BackoffKind, ...] = ("exponential", "linear", "fixed")


@dataclass(frozen=True, slots=True)
class Backoff:
    """The wait before attempt n + 1. All durations in seconds; `jitter` is a share, 0.2 means ±20 %.

    Raises `InvalidOption` for an unknown kind and for numbers out of range.
    """

    kind: BackoffKind = "exponential"
    base_s: float = 5.0
    factor: float = 2.0
    max_delay_s: float = 60.0
    jitter: float = 0.2

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidOption("backoff kind", self.kind, "one of " + ", ".join(KINDS))
        for name, low, high in (
            ("base_s", 0.0, 86_400.0),
            ("factor", 1.0, 100.0),
            ("max_delay_s", 0.0, 7 * 86_400.0),
            ("jitter", 0.0, 1.0),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not math.isfinite(value) or not low <= value <= high:
                raise InvalidOption(f"backoff {name}", value, f"a number from {low:g} to {high:g}")

    def delay_s(self, attempt: int, random: Callable[[], float]) -> float:
        """Seconds to wait after failed attempt `attempt` (1 is the first); `random` gives 0 ≤ x < 1."""
        match self.kind:
            case "exponential":
                # An exponent above 1,000 would overflow a float long after the cap is reached.
                raw = self.base_s * self.factor ** min(attempt - 1, 150)
            case "linear":
                raw = self.base_s * attempt
            case _:
                raw = self.base_s
        spread = 1.0 + self.jitter * (2.0 * random() - 1.0)
        return max(0.0, min(raw * spread, self.max_delay_s))


@dataclass(frozen=True, slots=True)
class Again:
    """Try again after `delay_s`."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No further attempt; `why` is `not_retryable` or `attempts_used_up`."""

    why: Literal["not_retryable", "attempts_used_up"]


def decide(
    *, retryable: bool, attempt: int, max_attempts: int, backoff: Backoff, random: Callable[[], float]
) -> Again | GiveUp:
    """What follows failed attempt `attempt` of `max_attempts`."""
    if not retryable:
        return GiveUp("not_retryable")
    if attempt >= max_attempts:
        return GiveUp("attempts_used_up")
    return Again(backoff.delay_s(attempt, random))
