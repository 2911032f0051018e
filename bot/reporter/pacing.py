"""When a message may be edited next, and by which way. Pure.

Invariant: never two edits of one message within the interval, and never a request with a token that may have
ended: it would count as an invalid one, and ten thousand of those close the door to the whole bot.
"""

from __future__ import annotations

from dataclasses import dataclass

TOKEN_MARGIN_MS = 60_000
"""Clocks differ, and an edit on its way takes time."""
OLD_AFTER_MS = 55 * 60_000
OLD_INTERVAL_S, OLDEST_INTERVAL_S = 10.0, 60.0
"""Messages over an hour old have a stricter limit of their own, whose figures are not published (code 30046)."""
OLD_REST_S = 4.0
"""Between edits of any old messages in one channel: bot authors report three in six seconds for all of them."""
TICK_S, OLD_TICK_S = 60.0, 300.0
"""How long a card whose job tells nothing new may be behind the clock."""
RENEWED_AFTER = 3
"""So many refusals for age in a row, and a new message takes the old one's place."""
LEAVE_MARGIN_MS = 120_000
"""An answer that only the requester sees is left so long before its token ends."""
FAILURE_PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)


@dataclass(slots=True)
class Pacing:
    """Of one message. Times in seconds of the monotonic clock, `created_at` and `now` in ms."""

    interval_s: float
    created_at: int
    edited_at: float | None = None
    failures: int = 0
    limited: int = 0
    """How often in a row Discord said that the message is too old for so many edits."""
    old_interval_s: float = OLD_INTERVAL_S
    earliest: float = 0.0

    def edited(self, at: float) -> None:
        self.edited_at, self.failures, self.limited = at, 0, 0

    def failed(self, at: float) -> None:
        self.edited_at, self.failures = at, self.failures + 1

    def too_old(self, at: float) -> None:
        """The limit for edits of old messages was hit."""
        self.failed(at)
        self.limited += 1
        self.old_interval_s = min(self.old_interval_s * 2, OLDEST_INTERVAL_S)

    def not_before(self, at: float) -> None:
        """Nothing is to be done before `at`."""
        self.earliest = max(self.earliest, at)

    def is_old(self, now: int) -> bool:
        """Discord limits how often messages of this age may be edited."""
        return now - self.created_at >= OLD_AFTER_MS

    def tick_s(self, now: int) -> float:
        """Seconds until time alone is a reason for an edit."""
        return OLD_TICK_S if self.is_old(now) else TICK_S

    @property
    def renews(self) -> bool:
        """A new message is due in place of one that is too old."""
        return self.limited >= RENEWED_AFTER

    def moved(self, at: float, now: int) -> None:
        """The card stands in a new message."""
        self.created_at, self.old_interval_s = now, OLD_INTERVAL_S
        self.edited(at)

    def wait_s(self, at: float, now: int) -> float:
        """Seconds until the next edit may go out; 0 when it may go now."""
        due = self.earliest if self.edited_at is None else self.edited_at + self._gap_s(now)
        return max(0.0, due - at, self.earliest - at)

    def _gap_s(self, now: int) -> float:
        gap = self.old_interval_s if self.limited or self.is_old(now) else self.interval_s
        if self.failures:
            gap = max(gap, FAILURE_PAUSES_S[min(self.failures, len(FAILURE_PAUSES_S)) - 1])
        return gap


def token_is_good(expires_at: int, now: int) -> bool:
    """Whether a token may still be used for an edit."""
    return now < expires_at - TOKEN_MARGIN_MS
