"""Which process keeps a message, where several may: a short claim in the records.

Asked before each look at a job, so that a process that dies is followed by another when its claim has run out.
Invariant: at most one process acts within a claim's first half, and nobody renews what another has taken.
"""

from __future__ import annotations

from contextlib import suppress

from jobs.engine.clock import Clock
from jobs.engine.errors import RecordConflict
from jobs.engine.records import Records

CLAIM = "progress-message-claim"
LIFE_S = 60.0
CONTESTED_S = 1.0
"""Pause after a claim that another process took at the same moment."""


class Claims:
    """Of one process, which `holder` names."""

    def __init__(self, records: Records, clock: Clock, holder: str) -> None:
        self._records = records
        self._clock = clock
        self._holder = holder
        self._renew_at: dict[str, float] = {}

    async def take(self, job_id: str) -> float:
        """0 when this process keeps the message now, else the seconds until it may ask again."""
        if self._clock.monotonic() < self._renew_at.get(job_id, 0.0):
            return 0.0
        now = self._clock.now()
        found = await self._records.get(CLAIM, job_id)
        if found is not None and found.value != self._holder:
            self._renew_at.pop(job_id, None)
            return max(CONTESTED_S, ((found.expires_at or now) - now) / 1000)
        try:
            await self._records.put(
                CLAIM,
                job_id,
                self._holder,
                expires_at=now + round(LIFE_S * 1000),
                expect=found.version if found else 0,
            )
        except RecordConflict:
            return CONTESTED_S
        self._renew_at[job_id] = self._clock.monotonic() + LIFE_S / 2
        return 0.0

    async def leave(self, job_id: str) -> None:
        """Let another process keep it."""
        if self._renew_at.pop(job_id, None) is None:
            return
        found = await self._records.get(CLAIM, job_id)
        if found is not None and found.value == self._holder:
            with suppress(RecordConflict):
                await self._records.delete(CLAIM, job_id, expect=found.version)
