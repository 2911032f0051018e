"""One budget of edits for all messages together, so that many jobs at once leave the others room.

Knows no message. Invariant: never more than `per_s` edits in any second, first come first served; a limit that
Discord names halves the pace, and the pace comes back by itself.
"""

from __future__ import annotations

from jobs.engine.clock import Clock

EDITS_PER_S = 15.0
"""Of the 50 requests a second that a bot may send in all (Discord API documentation, "Rate Limits")."""
SLOWEST_PER_S = 1.0
RECOVERY_S = 60.0
"""From the slowest pace back to the full one."""


class EditBudget:
    """Hands out moments at which an edit may go out."""

    def __init__(self, clock: Clock, per_s: float = EDITS_PER_S) -> None:
        self._clock = clock
        self._full = self._pace = per_s
        self._paced_at = clock.monotonic()
        self._free_at = 0.0

    @property
    def per_s(self) -> float:
        """The pace now, in edits a second."""
        passed = self._clock.monotonic() - self._paced_at
        return min(self._full, self._pace + passed / RECOVERY_S * self._full)

    async def wait(self) -> None:
        """Return when it is this edit's turn."""
        now = self._clock.monotonic()
        turn = max(now, self._free_at)
        self._free_at = turn + 1 / self.per_s
        if turn > now:
            await self._clock.sleep(turn - now)

    def limited(self) -> None:
        """Discord asked for less."""
        self._pace = max(SLOWEST_PER_S, self.per_s / 2)
        self._paced_at = self._clock.monotonic()
