"""A circuit breaker: stops asking a service that keeps failing, and probes it now and then.

Pure but for the clock. Invariant: while it is open nothing is sent but one probe after each pause.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum

from jobs.engine.clock import Clock
from jobs.engine.errors import CircuitOpen, InvalidOption


class Circuit(StrEnum):
    CLOSED = "closed"
    """All goes through."""
    OPEN = "open"
    """Nothing goes through until the pause is over."""
    HALF_OPEN = "half open"
    """One probe is on its way."""


class CircuitBreaker:
    """Opens after `failures` in a row, for `pause_s` seconds; a failed probe doubles the pause, up to `longest_s`.

    Raises `InvalidOption` for values out of range.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        failures: int = 5,
        pause_s: float = 30.0,
        longest_s: float = 600.0,
        counts: Callable[[BaseException], bool] = lambda error: isinstance(error, Exception),
    ) -> None:
        if failures < 1:
            raise InvalidOption("failures", failures, "a whole number above 0")
        if not 0 < pause_s <= longest_s:
            raise InvalidOption("pause_s", pause_s, "seconds above 0, at most longest_s")
        self.name = name
        self._clock = clock
        self._limit = failures
        self._first_pause_s = self._pause_s = pause_s
        self._longest_s = longest_s
        self._counts = counts
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def circuit(self) -> Circuit:
        if self._opened_at is None:
            return Circuit.CLOSED
        return Circuit.HALF_OPEN if self._probing else Circuit.OPEN

    @property
    def retry_in_s(self) -> float:
        """Seconds until the next probe may go; 0 while it is closed."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._pause_s - self._clock.monotonic())

    @asynccontextmanager
    async def guard(self) -> AsyncIterator[None]:
        """Around each call of the service. Raises `CircuitOpen` instead of letting it through."""
        if self._opened_at is not None and (self._probing or self.retry_in_s > 0):
            raise CircuitOpen(self.name, self.retry_in_s)
        probe = self._probing = self._opened_at is not None
        try:
            yield
        except BaseException as error:
            if self._counts(error):
                self._failed(probe)
            raise
        else:
            self._failures, self._opened_at, self._pause_s = 0, None, self._first_pause_s
        finally:
            if probe:
                self._probing = False

    def _failed(self, probe: bool) -> None:
        self._failures += 1
        if probe:
            self._pause_s = min(2 * self._pause_s, self._longest_s)
        if probe or self._failures >= self._limit:
            self._opened_at = self._clock.monotonic()
