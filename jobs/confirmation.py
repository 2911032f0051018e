"""Jobs that ask before they do something: what is asked, until when, and the answer.

Kept in the records, so that question and answer outlive a restart; the job is paused meanwhile. Invariant: an answer
is to one question: whoever was shown another one, or comes too late, confirms nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from jobs.engine.errors import RecordConflict
from jobs.engine.model import JsonObject
from jobs.engine.records import Record, Records

KIND = "confirmation"
VALID_MS = 15 * 60_000
KEPT_MS = 31 * 86_400_000
WAITS = "It waits for your confirmation."
"""Why such a job is paused."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one job asked last."""

    number: int
    """1 for its first question; a later one takes its place."""
    shown: JsonObject
    """What the job type's `preview` makes the card of."""
    count: int
    """How many changes it is about."""
    typed: bool
    """The number of changes has to be typed."""
    until: int
    """It can be confirmed before this instant (ms)."""
    confirmed_at: int | None = None


class Confirmations:
    """See the module."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def of(self, job_id: str) -> Question | None:
        """What the job asked last, confirmed or not."""
        record = await self._records.get(KIND, job_id)
        return _load(record) if record else None

    async def ask(self, job_id: str, lane: str, question: Question) -> None:
        """Put a question in the place of the one before."""
        value: JsonObject = asdict(question)
        await self._records.put(KIND, job_id, value, lane=lane, expires_at=question.until + KEPT_MS)

    async def confirm(self, job_id: str, number: int, now: int) -> bool:
        """False when another question stands there by now, or it is too late; confirmed before is confirmed."""
        record = await self._records.get(KIND, job_id)
        question = _load(record) if record else None
        if record is None or question is None or question.number != number:
            return False
        if question.confirmed_at is not None:
            return True
        if now >= question.until:
            return False
        value: JsonObject = asdict(replace(question, confirmed_at=now))
        try:
            await self._records.put(
                KIND, job_id, value, lane=record.lane, expires_at=record.expires_at, expect=record.version
            )
        except RecordConflict:
            return await self.confirm(job_id, number, now)
        return True


def _load(record: Record) -> Question | None:
    value: Any = record.value
    try:
        return Question(**value)
    except TypeError:
        # Kept by another version.
        return None
