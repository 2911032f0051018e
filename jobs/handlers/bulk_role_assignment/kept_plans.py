"""Changes that were planned, kept with their job in portions that the store takes.

Invariant: what was planned is made once; a crash in the middle of keeping it leaves nothing that is taken for a plan.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from jobs.engine.model import JsonObject
from jobs.engine.registry import JobContext
from jobs.handlers.bulk_role_assignment.plan import Change, from_chunk, to_chunks
from jobs.services import Services


class KeptPlans:
    """Of one job, by name."""

    def __init__(self, ctx: JobContext[Services]) -> None:
        self._ctx = ctx

    async def once(
        self, name: str, make: Callable[[], Awaitable[tuple[Sequence[Change], JsonObject]]]
    ) -> tuple[Sequence[Change], JsonObject]:
        """Changes and what is known with them: made and kept, only if there are none of this name."""
        if (kept := await self.load(name)) is not None:
            return kept
        changes, head = await make()
        await self.keep(name, changes, head)
        return changes, head

    async def keep(self, name: str, changes: Sequence[Change], head: JsonObject) -> None:
        """The head comes last: what is found is whole."""
        chunks = to_chunks(changes)
        for number, chunk in enumerate(chunks):
            await self._ctx.checkpoint(f"{name}-{number}", chunk)
        await self._ctx.checkpoint(name, {"chunks": len(chunks), "head": head})

    async def load(self, name: str) -> tuple[list[Change], JsonObject] | None:
        """What is kept under a name; None where nothing is, or not all of it."""
        kept: Any = await self._ctx.load(name)
        if kept is None:
            return None
        chunks = [from_chunk(await self._ctx.load(f"{name}-{number}")) for number in range(kept["chunks"])]
        return [change for chunk in chunks for change in chunk], kept["head"]
