"""One SQL file that the engine shares with whoever embeds it, as a protocol.

For rooms that keep tables of their own beside the jobs. They bring numbered migrations and plain functions
that run in the database's thread. Invariant: a body is one transaction; it never awaits, so it is never half done.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

T = TypeVar("T")
Parameters: TypeAlias = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Migration:
    """Step `number` (1, 2, 3, …) of `component`: SQL statements applied once, in one transaction."""

    component: str
    number: int
    sql: str


class Database(Protocol):
    """Writes go through one writer in groups; reads use read-only connections beside it."""

    @property
    def path(self) -> Path | str:
        """Where the file lies, for whoever reads it from another process; `:memory:` is in this one alone."""

    async def write(self, body: Callable[[sqlite3.Connection], T]) -> T:
        """Run `body` inside the writer's transaction and return its answer after COMMIT.

        An exception of `body` rolls back `body` alone and is raised here. A cancelled caller does not stop it.
        Keep it short (≤ 500 rows): claims wait for it.
        """

    async def read(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of one query, from a `query_only` connection beside the writer; columns by name."""
