"""Takes the next jobs within all limits, as the last statement of a writer's group.

Owns the limits and whether claiming is on; the count of what runs is read from the file in the same
transaction, so it cannot drift. Invariant: no more jobs are active than total, type and lane allow.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter, itemgetter

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

    def claim(self, connection: sqlite3.Connection) -> list[Event]:
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
            return [Event(EventType.QUEUE_EMPTY, now)]
        return started

    def _claim(
        self, connection: sqlite3.Connection, limits: Limits, active: dict[str, int], slots: int, now: int
    ) -> list[Event]:
        open_types = self._open_types(connection, limits, active, now)
        if slots <= 0 or not open_types:
            return []
        jobs = claim_jobs(connection, open_types, slots, self._boot, now)
        rated = {name for name, limit in limits.types.items() if limit.rate is not None}
        note_starts(connection, (job.type for job in jobs), rated, now)
        return note_all(connection, EventType.JOB_STARTED, jobs, now) if jobs else []

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
) -> list[Job]:
    """Make up to `slots` waiting jobs active, in the order in which they should start, and pass their lanes' turns on.

    Of each open type its name, how many of its jobs may start, and how many of one lane may run.
    """
    values = {"open": json.dumps(open_types), "slots": slots, "boot": boot, "now": now}
    rows = connection.execute(SQL["claim"], values).fetchall()
    # RETURNING has no order.
    rows.sort(key=itemgetter("seq"))
    jobs = [job_of(row) for row in rows]
    jobs.sort(key=attrgetter("priority"), reverse=True)
    served: dict[int, int] = {}
    for (type_, lane, priority), count in Counter((job.type, job.lane, job.priority) for job in jobs).items():
        (turn,) = connection.execute(SQL["move_on"], (count, type_, lane, priority)).fetchone()
        served[priority] = max(turn - 1, served.get(priority, 0))
    connection.executemany(SQL["serve"], served.items())
    return jobs
