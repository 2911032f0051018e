"""Takes the next jobs within all limits, as the last statement of a writer's group.

Owns the limits and whether claiming is on; the count of what runs is read from the file in the same
transaction, so it cannot drift. Invariant: no more jobs are active than total, type and lane allow.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from jobs.engine.backend import Limits
from jobs.engine.backends.sqlite.journal import note_all
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.rates import note_starts, room_of
from jobs.engine.backends.sqlite.rows import job_of
from jobs.engine.clock import Clock
from jobs.engine.config import RateLimit
from jobs.engine.events import Event, EventType
from jobs.engine.model import Job

UNLIMITED = 1_000_000


class Started(NamedTuple):
    """A start to be told, and where its job's row is."""

    event: Event
    seq: int


class Claimer:
    """`claim` runs in the writer's thread; the attributes are set on the loop."""

    def __init__(self, boot: str, clock: Clock) -> None:
        self._boot = boot
        self._clock = clock
        self.limits: Limits | None = None
        """None while claiming is off."""
        self._worked = False
        """Something was there to do since the queue was last empty."""
        self.rate_frees_at: int | None = None
        """When (ms) the first type held back by its rate may start again; None when none is."""

    def claim(self, connection: sqlite3.Connection) -> list[Started]:
        """Claim what fits: `job_started` events with the jobs in the order they should start, or `queue_empty`."""
        self.rate_frees_at = None
        limits = self.limits
        if limits is None:
            return []
        now = self._clock.now()
        active: dict[str, int] = dict(tuple(row) for row in connection.execute(SQL["count_active"]))
        running = sum(active.values())
        started = self._claim(connection, limits, active, limits.total - running, now)
        self._worked |= bool(started or running)
        if self._worked and not started and not running and connection.execute(SQL["any_waiting"]).fetchone() is None:
            self._worked = False
            return [Started(Event(EventType.QUEUE_EMPTY, now), 0)]
        return started

    def _claim(
        self, connection: sqlite3.Connection, limits: Limits, active: dict[str, int], slots: int, now: int
    ) -> list[Started]:
        open_types = self._open_types(connection, limits, active, now)
        if slots <= 0 or not open_types:
            return []
        claimed = claim_jobs(connection, open_types, slots, self._boot, now)
        jobs = [job for job, _ in claimed]
        if rated := {name for name, limit in limits.types.items() if limit.rate is not None}:
            note_starts(connection, (job.type for job in jobs), rated, now)
        events = note_all(connection, EventType.JOB_STARTED, jobs, now) if jobs else []
        return [Started(event, seq) for event, (_, seq) in zip(events, claimed, strict=True)]

    def _open_types(
        self, connection: sqlite3.Connection, limits: Limits, active: dict[str, int], now: int
    ) -> list[tuple[str, int, int]]:
        open_types = []
        for name, limit in limits.types.items():
            room = UNLIMITED if limit.concurrency is None else limit.concurrency - active.get(name, 0)
            if room > 0 and limit.rate is not None:
                room = min(room, self._rate_room(connection, name, limit.rate, now))
            if room > 0:
                open_types.append((name, room, UNLIMITED if limit.per_lane is None else limit.per_lane))
        return open_types

    def _rate_room(self, connection: sqlite3.Connection, name: str, limit: RateLimit, now: int) -> int:
        room = room_of(connection, name, limit, now)
        if room.frees_at is not None:
            self.rate_frees_at = min(room.frees_at, self.rate_frees_at or room.frees_at)
        return room.starts


def claim_jobs(
    connection: sqlite3.Connection, open_types: Sequence[tuple[str, int, int]], slots: int, boot: str, now: int
) -> list[tuple[Job, int]]:
    """Make up to `slots` waiting jobs active, in the order in which they should start, and pass their lanes' turns on.

    The jobs and where their rows are.

    Of each open type its name, how many of its jobs may start, and how many of one lane may run.
    """
    values = {"open": _text_of(tuple(open_types)), "slots": slots, "boot": boot, "now": now}
    rows = connection.execute(SQL["claim"], values).fetchall()
    # RETURNING has no order.
    claimed = [(job_of(row), row["seq"]) for row in rows]
    claimed.sort(key=lambda found: (-found[0].priority, found[1]))
    served: dict[int, int] = {}
    for (type_, lane, priority), count in Counter((job.type, job.lane, job.priority) for job, _ in claimed).items():
        (turn,) = connection.execute(SQL["move_on"], (count, type_, lane, priority)).fetchone()
        served[priority] = max(turn - 1, served.get(priority, 0))
    connection.executemany(SQL["serve"], served.items())
    return claimed


@lru_cache(maxsize=64)
def _text_of(open_types: tuple[tuple[str, int, int], ...]) -> str:
    """They are the same from one claim to the next, unless a type has a limit."""
    return json.dumps(open_types)
