"""What is paused on purpose: the whole queue, or single types. Kept in records, so a restart changes nothing.

Invariant: a paused type is not claimed; what runs goes on.
"""

from __future__ import annotations

from collections.abc import Mapping

from jobs.engine.records import Records

KIND = "pause"
WHOLE_QUEUE = "*"


class Pauses:
    """The reasons by type; `WHOLE_QUEUE` stands for all of them."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._reasons: dict[str, str] = {}

    @property
    def reasons(self) -> Mapping[str, str]:
        return dict(self._reasons)

    def holds(self, type_: str) -> bool:
        return WHOLE_QUEUE in self._reasons or type_ in self._reasons

    async def load(self) -> None:
        """Read what an earlier process paused."""
        self._reasons = {record.key: str(record.value) for record in await self._records.find(KIND, limit=1000)}

    async def set(self, name: str, reason: str) -> bool:
        """Pause. False when it was paused before; the reason is the newest."""
        known = name in self._reasons
        await self._records.put(KIND, name, reason)
        self._reasons[name] = reason
        return not known

    async def clear(self, name: str) -> bool:
        """Resume. False when it was not paused."""
        self._reasons.pop(name, None)
        return await self._records.delete(KIND, name)
