"""`Records` in the jobs' own file, and the statement that other transactions use to write one along."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from jobs.engine.backends.sqlite.queries import SQL
from jobs.engine.backends.sqlite.rows import record_of
from jobs.engine.clock import Clock
from jobs.engine.database import Database
from jobs.engine.errors import RecordConflict
from jobs.engine.model import MAX_RESULT_BYTES, JsonValue, RecordWrite, dump_json
from jobs.engine.records import Record


def write_records(connection: sqlite3.Connection, writes: Iterable[RecordWrite], now: int) -> None:
    """Store `writes` in the transaction that is open. Raises `NotSerialisable`, `ValueTooLarge`."""
    for write in writes:
        values = {
            "kind": write.kind,
            "key": write.key,
            "lane": write.lane,
            "value": dump_json(write.value, "record", MAX_RESULT_BYTES),
            "expires_at": write.expires_at,
            "now": now,
        }
        connection.execute(SQL["put_record"], values).fetchall()


class SqliteRecords:
    """See `jobs.engine.records.Records`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, kind: str, key: str) -> Record | None:
        values = {"kind": kind, "key": key, "now": self._clock.now()}
        rows = await self._database.read(SQL["get_record"], values)
        return record_of(rows[0]) if rows else None

    async def put(
        self,
        kind: str,
        key: str,
        value: JsonValue,
        *,
        lane: str = "",
        expires_at: int | None = None,
        expect: int | None = None,
    ) -> Record:
        now = self._clock.now()
        text = dump_json(value, "record", MAX_RESULT_BYTES)

        def body(connection: sqlite3.Connection) -> Record:
            _expect(connection, kind, key, expect, now)
            values = {"kind": kind, "key": key, "lane": lane, "value": text, "expires_at": expires_at, "now": now}
            return record_of(connection.execute(SQL["put_record"], values).fetchone())

        return await self._database.write(body)

    async def delete(self, kind: str, key: str, *, expect: int | None = None) -> bool:
        now = self._clock.now()

        def body(connection: sqlite3.Connection) -> bool:
            _expect(connection, kind, key, expect, now)
            return connection.execute(SQL["delete_record"], {"kind": kind, "key": key}).fetchone() is not None

        return await self._database.write(body)

    async def find(self, kind: str, *, lane: str | None = None, after: str = "", limit: int = 100) -> Sequence[Record]:
        values = {"kind": kind, "lane": lane, "after": after, "limit": limit, "now": self._clock.now()}
        return [record_of(row) for row in await self._database.read(SQL["find_records"], values)]


def _expect(connection: sqlite3.Connection, kind: str, key: str, expect: int | None, now: int) -> None:
    row = connection.execute(SQL["get_record"], {"kind": kind, "key": key, "now": now}).fetchone()
    found = row["version"] if row else 0
    if expect is not None and found != expect:
        raise RecordConflict(kind, key, expect, found)
    if row is None:
        # An expired record that was not swept yet would pass its version on to the new one.
        connection.execute(SQL["delete_record"], {"kind": kind, "key": key}).fetchall()
