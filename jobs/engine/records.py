"""A small keyed store beside the jobs, as a protocol.

For what must survive with the jobs but is no job: message rows, frozen lists, schedules, access.
Invariant: a write with `expect` lands only on the version it names, so two writers cannot both win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jobs.engine.model import JsonValue


@dataclass(frozen=True, slots=True)
class Record:
    """One stored value; `version` grows by one with each write."""

    kind: str
    key: str
    value: JsonValue
    version: int
    lane: str = ""
    expires_at: int | None = None
    updated_at: int = 0


class Records(Protocol):
    """Get, put, delete and list records. An expired record is not there."""

    async def get(self, kind: str, key: str) -> Record | None: ...

    async def put(
        self,
        kind: str,
        key: str,
        value: JsonValue,
        *,
        lane: str = "",
        expires_at: int | None = None,
        expect: int | None = None,
    ) -> Record:
        """Store `value`. `expect=0` means "must not be there"; None writes whatever is there.

        Raises `RecordConflict` when `expect` is not the version found.
        """

    async def delete(self, kind: str, key: str, *, expect: int | None = None) -> bool:
        """Remove; False when nothing was there. Raises `RecordConflict` like `put`."""

    async def find(self, kind: str, *, lane: str | None = None, after: str = "", limit: int = 100) -> Sequence[Record]:
        """Records of `kind` in order of key, beginning behind `after`."""
