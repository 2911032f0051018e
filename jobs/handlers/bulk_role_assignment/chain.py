"""What is left of what a role job did, once its undos, and theirs, are taken into account.

Knows no Discord. Invariant: what was taken back is not taken back again, so that a role which somebody gives anew is
theirs; and an undo that was undone counts as none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobs.engine.backend import JournalEntry
from jobs.engine.clock import Clock
from jobs.engine.records import Records
from jobs.handlers.bulk_role_assignment.ledger import OK, entries_of
from jobs.handlers.bulk_role_assignment.plan import change_of, ids_in
from jobs.job_store import JobStore

KIND = "role-undo"
KEPT_MS = 400 * 86_400_000
"""As long as roles for a time can last, and what is done at their end can be undone."""
PAGE = 20


@dataclass(frozen=True, slots=True)
class Done:
    """What a job did to one member; `sure` is False where nobody knows whether it did."""

    gave: frozenset[int]
    took: frozenset[int]
    sure: bool

    def without(self, back: Done) -> Done:
        """What is left where another job took `back` of it what it gave."""
        return replace(self, gave=self.gave - back.took, took=self.took - back.gave)


NOTHING = Done(frozenset(), frozenset(), sure=True)


class Chain:
    """Of the role jobs of one lane."""

    def __init__(self, jobs: JobStore, records: Records, clock: Clock, lane: str) -> None:
        self._jobs = jobs
        self._records = records
        self._clock = clock
        self._lane = lane

    async def note(self, job_id: str, undo_id: str, *, whole: bool) -> None:
        """`undo_id` takes back what `job_id` did; `whole` once it has done all of it."""
        expires_at = self._clock.now() + KEPT_MS
        await self._records.put(KIND, f"{job_id}/{undo_id}", whole, lane=self._lane, expires_at=expires_at)

    async def left_of(self, job_id: str, *, but: str) -> Mapping[int, Done]:
        """By member, with nothing in it where all was taken back. The undo `but` is not looked at."""
        done = {int(e.key): did async for e in entries_of(self._jobs, job_id) if (did := _did(e))}
        for undo_id, whole in await self._undos(job_id):
            if undo_id == but:
                continue
            back = await self.left_of(undo_id, but=but)
            if not back and whole and not await self._undos(undo_id):
                # It is kept no longer than others, and what it did not take back it could not.
                return dict.fromkeys(done, NOTHING)
            done = {member: did.without(back.get(member, NOTHING)) for member, did in done.items()}
        return done

    async def _undos(self, job_id: str) -> list[tuple[str, bool]]:
        found = list[tuple[str, bool]]()
        after = start = f"{job_id}/"
        while page := await self._records.find(KIND, lane=self._lane, after=after, limit=PAGE):
            mine = [record for record in page if record.key.startswith(start)]
            found += [(record.key.removeprefix(start), bool(record.value)) for record in mine]
            if len(mine) < len(page):
                break
            after = page[-1].key
        return found


def _did(entry: JournalEntry) -> Done | None:
    """None where nothing was changed."""
    if not isinstance(entry.result, dict):
        intended = change_of(entry.key, entry.intent)
        return Done(frozenset(intended.add), frozenset(intended.remove), sure=False)
    if entry.result["s"] != OK:
        return None
    before, after = (frozenset(ids_in(entry.result, side)) for side in ("before", "after"))
    return Done(after - before, before - after, sure=True)
