"""The right to run one job: fenced writes, volatile progress and signals.

Owns what of a run is kept only in memory. Invariant: every write names the claim's boot and number, so nothing
of a stale run ever lands.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from jobs.engine.backend import Signal, SignalHandler
from jobs.engine.backends.sqlite.connection import SqliteDatabase
from jobs.engine.backends.sqlite.journal import note
from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.rows import dump_progress, job_of
from jobs.engine.clock import Clock
from jobs.engine.errors import JobError, LeaseLost, UnknownIntent
from jobs.engine.events import Event, EventType
from jobs.engine.model import MAX_RESULT_BYTES, Job, JsonValue, Progress, dump_json, storable
from jobs.engine.states import State

KEEP_PROGRESS_EVERY_S = 1.0
MAX_LOG_CHARS = 2000


class SqliteLease:
    """See `jobs.engine.backend.Lease`."""

    def __init__(
        self,
        job: Job,
        seq: int,
        boot: str,
        database: SqliteDatabase,
        clock: Clock,
        publish: Callable[[Event], None],
        max_log_lines: int,
    ) -> None:
        self.job = job
        self.seq = seq
        self.newest = job
        """The job with its newest progress."""
        self.stuck = False
        """Its handler ignored its cancel; the place is given to the next job."""
        self._boot = boot
        self._database = database
        self._clock = clock
        self._publish = publish
        self._max_log_lines = max_log_lines
        self._kept_at = clock.monotonic()
        self._handlers: list[SignalHandler] = []
        self._signals: list[tuple[Signal, str]] = []

    @property
    def fence(self) -> dict[str, Any]:
        return {"id": self.job.id, "boot": self._boot, "claim_no": self.job.claim_no}

    async def progress(self, progress: Progress) -> None:
        now = self._clock.now()
        self.newest = replace(self.newest, progress=progress, updated_at=now)
        self._publish(Event(EventType.JOB_PROGRESS, now, self.newest))
        if self._clock.monotonic() - self._kept_at >= KEEP_PROGRESS_EVERY_S:
            self._kept_at = self._clock.monotonic()
            await self._fenced("keep_progress", {"progress": dump_progress(progress), "now": now})

    async def checkpoints(self) -> Mapping[str, JsonValue]:
        rows = await self._database.read(SQL["checkpoints"], {"id": self.job.id})
        return {row["name"]: json.loads(row["value"]) for row in rows}

    async def parents(self) -> Mapping[str, JsonValue]:
        rows = await self._database.read(SQL["parents"], {"id": self.job.id})
        parents = [job for job in map(job_of, rows) if job.state is State.COMPLETED]
        for parent in parents:
            if "result" in parent.damaged:
                raise JobError(f"The result of {parent.id}, which this job needs, is damaged.", retryable=False)
        return {parent.id: parent.result for parent in parents}

    async def checkpoint(self, name: str, value: JsonValue) -> None:
        text = dump_json(value, "checkpoint", MAX_RESULT_BYTES)
        self._kept_at = self._clock.monotonic()
        values = {"progress": dump_progress(self.newest.progress), "now": self._clock.now()}

        def put(connection: sqlite3.Connection) -> None:
            connection.execute(SQL["put_checkpoint"], {"id": self.job.id, "name": name, "value": text})

        await self._fenced("keep_checkpoint_progress", values, put)

    async def journal(self, intents: Mapping[str, JsonValue], results: Mapping[str, JsonValue]) -> None:
        job, now = self.job.id, self._clock.now()
        made = [(job, key, dump_json(intent, "intent", MAX_RESULT_BYTES), now) for key, intent in intents.items()]
        ended = [(dump_json(result, "result", MAX_RESULT_BYTES), now, job, key) for key, result in results.items()]

        def put(connection: sqlite3.Connection) -> None:
            for values in ended:
                if not connection.execute(SQL["settle_intent"], values).rowcount:
                    raise UnknownIntent(job, values[-1])
            connection.executemany(SQL["add_intent"], made)

        self._kept_at = self._clock.monotonic()
        values = {"progress": dump_progress(self.newest.progress), "now": now}
        await self._fenced("keep_checkpoint_progress", values, put)

    async def open_intents(self) -> Mapping[str, JsonValue]:
        rows = await self._database.read(SQL["open_intents"], {"id": self.job.id})
        return {row["key"]: json.loads(row["intent"]) for row in rows}

    async def log(self, line: str) -> None:
        values = {
            "id": self.job.id,
            "at": self._clock.now(),
            "attempt": self.job.attempts,
            "text": storable(line[:MAX_LOG_CHARS]),
        }

        def add(connection: sqlite3.Connection) -> None:
            connection.execute(SQL["add_log_line"], values)
            connection.execute(SQL["trim_log"], {"id": self.job.id, "keep": self._max_log_lines})

        progress = dump_progress(self.newest.progress)
        await self._fenced("keep_progress", {"progress": progress, "now": self._clock.now()}, add)

    async def mark_stuck(self) -> None:
        now = self._clock.now()

        def body(connection: sqlite3.Connection) -> Event:
            row = connection.execute(SQL["mark_stuck"], {**self.fence, "now": now}).fetchone()
            if row is None:
                raise LeaseLost(self.job.id, self.job.claim_no)
            return note(connection, EventType.JOB_STUCK, job_of(row), now)

        await self._database.writer.submit(body, self._publish)
        self.stuck = True

    def on_signal(self, handler: SignalHandler) -> None:
        self._handlers.append(handler)
        for signal, reason in self._signals:
            handler(signal, reason)

    def end(self) -> None:
        """Nobody is told anything more: the run has ended, and its handlers refer back to this lease."""
        self._handlers.clear()

    def signal(self, signal: Signal, reason: str) -> None:
        """Tell the run; remembered for handlers that come later."""
        self._signals.append((signal, reason))
        for handler in list(self._handlers):
            handler(signal, reason)

    async def _fenced(
        self,
        query: str,
        values: Mapping[str, Any],
        also: Callable[[sqlite3.Connection], None] | None = None,
    ) -> None:
        def body(connection: sqlite3.Connection) -> None:
            if connection.execute(SQL[query], {**self.fence, **values}).rowcount == 0:
                raise LeaseLost(self.job.id, self.job.claim_no)
            if also is not None:
                also(connection)

        await self._database.write(body)
