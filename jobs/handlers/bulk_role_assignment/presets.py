"""Choices that are kept under a name, for the next assignment of the same guild."""

from __future__ import annotations

from jobs.engine.errors import JobError
from jobs.engine.records import Records
from jobs.handlers.bulk_role_assignment.payload import BulkRoleAssignment

KIND = "role-preset"
NAMED = 10
"""Most that are named where another one was wanted."""


class Presets:
    """Of one guild; names are the same whatever their case."""

    def __init__(self, records: Records, guild_id: int) -> None:
        self._records = records
        self._lane = str(guild_id)

    async def applied(self, payload: BulkRoleAssignment) -> BulkRoleAssignment:
        """With the choices of the preset it names, and kept as one itself if it says so. Raises `JobError`."""
        if payload.preset:
            payload = await self._over(payload)
        if payload.keep_as:
            await self._records.put(KIND, self._key(payload.keep_as), payload.kept(), lane=self._lane)
        return payload

    async def _over(self, payload: BulkRoleAssignment) -> BulkRoleAssignment:
        record = await self._records.get(KIND, self._key(payload.preset))
        if record is None or not isinstance(record.value, dict):
            raise await self._unknown(payload.preset)
        try:
            return payload.over(record.value)
        except ValueError as error:
            text = f"The choices kept as {payload.preset} do not fit any more. Keep them anew."
            raise JobError(text, retryable=False, category="payload") from error

    async def _unknown(self, name: str) -> JobError:
        """Names those that there are."""
        kept = [record.key for record in await self._records.find(KIND, lane=self._lane, limit=NAMED)]
        if names := ", ".join(key.partition("/")[2] for key in kept):
            text = f"No choices are kept here under the name {name}. There are: {names}. Ask again with one of them."
        else:
            text = f"No choices are kept here under the name {name}. Ask again, and choose them."
        return JobError(text, retryable=False, category="payload")

    def _key(self, name: str) -> str:
        return f"{self._lane}/{' '.join(name.casefold().split())}"
