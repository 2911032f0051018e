"""What handlers may know of other jobs of the same queue, and what they may have done later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from jobs.engine.backend import JournalEntry
from jobs.engine.model import Job, JsonObject


class JobStore(Protocol):
    """Other jobs of the same queue."""

    async def get(self, job_id: str) -> Job | None: ...

    async def journal(self, job_id: str, *, after: str = "", limit: int = 100) -> Sequence[JournalEntry]:
        """What a job intended and what came of it, in order of key, beginning behind `after`."""

    async def follow_up(self, job: Job, type_name: str, payload: JsonObject, *, job_id: str, run_at: int) -> None:
        """Have another job done at `run_at` (ms) on behalf of whoever asked for `job`, its card in the same channel.

        A second one with the same `job_id` is none.
        """
