"""How many jobs of a type may still start in its sliding window, from the starts that are in the file.

Bodies of the claim. Invariant: in no window of the limit's length do more jobs start than it allows, restarts and
clocks that were set back included.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable
from dataclasses import dataclass

from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.config import RateLimit


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of a window."""

    starts: int
    frees_at: int | None
    """When (ms) the next start leaves the window; None while there is room."""


def room_of(connection: sqlite3.Connection, type_: str, limit: RateLimit, now: int) -> Room:
    """The room of one type at `now` (ms)."""
    window_ms = round(limit.duration_s * 1000)
    values = {"type": type_, "since": now - window_ms, "now": now}
    connection.execute(SQL["forget_starts"], values)
    used, oldest = connection.execute(SQL["count_starts"], values).fetchone()
    left = max(0, limit.max - used)
    return Room(left, None if left else oldest + window_ms)


def note_starts(connection: sqlite3.Connection, types: Iterable[str], limited: Container[str], now: int) -> None:
    """Remember that jobs of these types start now; only those that have a limit."""
    connection.executemany(SQL["add_start"], [(type_, now) for type_ in types if type_ in limited])
