"""Takes the next jobs within all limits, as the last statement of a writer's group.

Owns the limits and whether claiming is on; the count of what runs is read from the file in the same
transaction, so it cannot drift. Invariant: no more jobs are active than total, type and lane allow.
"""

from __future__ import annotations

import json
import sqlite3

from jobs.engine.backend import Limits
from jobs.engine.backends.sqlite.journal import note
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.clock import Clock
from jobs.engine.events import Event, EventType

UNLIMITED = 1_000_000


class Claimer:
    """`claim` runs in the writer's thread; the attributes are set on the loop."""

    def __init__(self, boot: str, clock: Clock) -> None:
        self._boot = boot
        self._clock = clock
        self.limits: Limits | None = None
        """None while claiming is off."""

    def claim(self, connection: sqlite3.Connection) -> list[Event]:
        """Claim what fits; the `job_started` events carry the claimed jobs in the order they should start."""
        limits = self.limits
        if limits is None:
            return []
        active: dict[str, int] = dict(tuple(row) for row in connection.execute(SQL["count_active"]))
        slots = limits.total - sum(active.values())
        open_types = self._open_types(limits, active)
        if slots <= 0 or not open_types:
            return []
        now = self._clock.now()
        values = {"open": json.dumps(open_types), "slots": slots, "boot": self._boot, "now": now}
        rows = connection.execute(SQL["claim"], values).fetchall()
        # RETURNING has no order.
        rows.sort(key=lambda row: (-row["priority"], row["seq"]))
        for row in rows:
            names = ("id", "claim_no", "attempts", "type", "started_at")
            connection.execute(SQL["open_attempt"], {name: row[name] for name in names})
        return [note(connection, EventType.JOB_STARTED, row, now) for row in rows]

    @staticmethod
    def _open_types(limits: Limits, active: dict[str, int]) -> list[tuple[str, int, int]]:
        open_types = []
        for name, limit in limits.types.items():
            room = UNLIMITED if limit.concurrency is None else limit.concurrency - active.get(name, 0)
            if room > 0:
                open_types.append((name, room, UNLIMITED if limit.per_lane is None else limit.per_lane))
        return open_types
