"""Finding what jobs have stored about somebody, and changing it once they have ended, as a protocol.

For the right to be forgotten: an application says what is to be found and what is to become of it. Invariant: a job
that has not ended is never changed, for its handler would write the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from jobs.engine.model import JsonValue

Change: TypeAlias = Callable[[JsonValue], JsonValue]
"""What becomes of a stored value, text among it; pure, for it runs in the store's own thread."""


@dataclass(frozen=True, slots=True)
class Named:
    """A job that holds a text."""

    job_id: str
    unfinished: bool


@dataclass(frozen=True, slots=True)
class NamedPage:
    """Some of the jobs, the oldest first."""

    jobs: Sequence[Named]
    cursor: int | None
    """Where the next page begins; None on the last one."""


class JobErasure(Protocol):
    """Reads and changes everything that is stored of jobs but who asked for them, where and when."""

    async def naming(self, text: str, *, lane: str | None = None, cursor: int | None = None) -> NamedPage:
        """The jobs (of a lane) in whose payload, result, progress, error, marks, checkpoints, journal, log or broken
        attempts `text` stands; some pages may be empty."""

    async def redact(self, job_id: str, text: str, change: Change) -> bool:
        """Replace each of those values in which `text` stands by what `change` makes of it, all in one step; entries
        of journal and log that it would change are deleted. False when the job is unknown or has not ended."""
