"""The journal of one role job: the intent before each request, its result with the next intent in one commit.

Knows no Discord. Invariant: a member whose result is kept is never changed again by this job, and at most one result is
not kept yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from jobs.engine.backend import JournalEntry
from jobs.engine.model import JsonObject, JsonValue
from jobs.engine.registry import JobContext
from jobs.handlers.bulk_role_assignment.plan import Change
from jobs.job_store import JobStore
from jobs.services import Services

PAGE = 1000
OK, RIGHT, GONE, FAILED = "ok", "right", "gone", "failed"
VERDICTS: Mapping[str, str] = {OK: "ok", RIGHT: "skipped", GONE: "skipped", FAILED: "failed"}
"""What a stage counts for each result."""


class Ledger:
    """See the module."""

    def __init__(self, ctx: JobContext[Services]) -> None:
        self._ctx = ctx
        self._results: dict[str, str] = {}
        self._open: dict[str, JsonValue] = {}
        self._unkept: dict[str, JsonObject] = {}

    async def read(self) -> None:
        """Take what earlier attempts kept."""
        async for entry in entries_of(self._ctx.services.jobs, self._ctx.job_id):
            if isinstance(entry.result, dict):
                self._results[entry.key] = str(entry.result["s"])
            else:
                self._open[entry.key] = entry.intent

    def reopen(self, keys: Iterable[str]) -> None:
        """Let those of `keys` that were refused be tried again."""
        for key in keys:
            if self._results.get(key) == FAILED:
                del self._results[key]

    def verdict(self, change: Change) -> str | None:
        """What a stage counts for a member who is done; None for who is not."""
        result = self._results.get(change.key)
        return None if result is None else VERDICTS[result]

    def is_open(self, change: Change) -> bool:
        """A request was meant to be made, and nobody knows whether it was."""
        return change.key in self._open

    async def begin(self, change: Change) -> None:
        """Durable on return: what is meant to be done, and what was done before."""
        results, self._unkept = self._unkept, {}
        try:
            await self._ctx.journal.write(intents={change.key: change.intent()}, results=results)
        except BaseException:
            self._unkept = results
            raise

    def end(self, change: Change, result: JsonObject) -> None:
        """Kept with the next `begin`, or by `flush`."""
        self._open.pop(change.key, None)
        self._unkept[change.key] = result
        self._results[change.key] = str(result["s"])

    async def flush(self) -> None:
        if self._unkept:
            await self._ctx.journal.write(results=self._unkept)
            self._unkept = {}

    def counts(self) -> dict[str, int]:
        """How many members ended with which result."""
        return dict(Counter(self._results.values()))


async def entries_of(jobs: JobStore, job_id: str) -> AsyncIterator[JournalEntry]:
    """The whole journal of a job, in order of key."""
    after = ""
    while page := await jobs.journal(job_id, after=after, limit=PAGE):
        for entry in page:
            yield entry
        after = page[-1].key


def done(before: Any, after: Any) -> JsonObject:
    """The result of a change, with the roles it is about that the member had before and has now."""
    return {"s": OK, "before": [*map(str, sorted(before))], "after": [*map(str, sorted(after))]}
