"""One SQLite file: its process lock, its one read-write connection, its readers and its migrations.

Implements `jobs.engine.database.Database`; knows nothing of jobs. Readers are aiosqlite connections that
cannot write. Invariant: one process, one writing connection, and it alone checkpoints; SQLite before 3.51.3
(3.50.7, 3.44.6) can lose commits when two connections do.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import aiosqlite

from jobs.engine.backends.sqlite.migrator import migrate
from jobs.engine.backends.sqlite.writer import Probe, Rider, Writer, is_undecodable, lenient
from jobs.engine.database import Migration, Parameters
from jobs.engine.errors import BackendUnavailable, StoreDamaged, StoreInUse

log = logging.getLogger(__name__)

T = TypeVar("T")
READERS = 2
STATEMENTS = 512
"""Prepared statements kept: more than there are, so that none is prepared twice."""
PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 5000;
PRAGMA foreign_keys = ON;
PRAGMA wal_autocheckpoint = 1000;
PRAGMA journal_size_limit = 67108864;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -8000;
"""


class SqliteDatabase:
    """A file (or `:memory:`) that this process alone runs jobs on."""

    def __init__(self, path: Path | str, *, migrations: Sequence[Migration] = (), probe: Probe | None = None) -> None:
        self._probe = probe
        self.path = path if path == ":memory:" else Path(path)
        self._migrations = tuple(migrations)
        self._lock: int | None = None
        self._connection: sqlite3.Connection | None = None
        self._writer: Writer | None = None
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        self._reader_count = 0

    @property
    def writer(self) -> Writer:
        if self._writer is None:
            raise BackendUnavailable("The database is not open.")
        return self._writer

    async def open(self) -> None:
        """Lock, check, migrate and connect.

        Raises `StoreInUse`, `StoreDamaged`, `SchemaTooNew`, `BackendUnavailable`.
        """
        try:
            self._connection = await asyncio.to_thread(self._open)
            self._writer = Writer(self._connection, self._probe)
            await self._open_readers()
        except sqlite3.Error as error:
            await self.close()
            raise BackendUnavailable(f"The database {self.path} cannot be opened: {error}.") from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Commit what is queued and let go of everything; safe to call twice."""
        if self._writer is not None:
            await self._writer.stop()
            self._writer = None
        for _ in range(self._reader_count):
            await (await self._readers.get()).close()
        self._reader_count = 0
        if self._connection is not None:
            await asyncio.to_thread(self._connection.close)
            self._connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def write(self, body: Callable[[sqlite3.Connection], T]) -> T:
        """See `Database.write`."""
        answer: T = await self.writer.submit(body)
        return answer

    async def read(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """See `Database.read`. In memory there is one connection, so reads pass through the writer."""
        if not self._reader_count:
            return await self.write(lambda connection: connection.execute(sql, parameters).fetchall())
        reader = await self._readers.get()
        try:
            try:
                return list(await reader.execute_fetchall(sql, parameters))
            except sqlite3.Error as error:
                # A statement that broke off may hold its connection to the file as it was then; a new one sees it anew.
                broken, reader = reader, await self._open_reader()
                await broken.close()
                if not is_undecodable(error):
                    raise
            reader.text_factory = lenient
            return list(await reader.execute_fetchall(sql, parameters))
        except sqlite3.Error as error:
            raise BackendUnavailable(f"The database cannot be read: {error}.") from error
        finally:
            self._readers.put_nowait(reader)

    def set_rider(self, rider: Rider) -> None:
        """Let `rider` end every group from now on."""
        self.writer.set_rider(rider)

    def _open(self) -> sqlite3.Connection:
        if isinstance(self.path, Path):
            self._prepare_file(self.path)
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
        )
        try:
            connection.row_factory = sqlite3.Row
            self._check(connection)
            connection.executescript(PRAGMAS)
            migrate(connection, self.path, self._migrations)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare_file(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _lock_file(path)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if _has_wal_reset_bug(sqlite3.sqlite_version_info):
            log.info(
                "SQLite %s has the WAL-reset bug; this process keeps one writing connection, which avoids it",
                sqlite3.sqlite_version,
            )

    def _check(self, connection: sqlite3.Connection) -> None:
        try:
            finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise StoreDamaged(str(self.path), str(error)) from None
        if finding != "ok":
            raise StoreDamaged(str(self.path), finding)

    async def _open_readers(self) -> None:
        if isinstance(self.path, Path):
            for _ in range(READERS):
                self._readers.put_nowait(await self._open_reader())
                self._reader_count += 1

    async def _open_reader(self) -> aiosqlite.Connection:
        assert isinstance(self.path, Path)
        reader = await aiosqlite.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            reader.row_factory = sqlite3.Row
            await reader.execute_fetchall("PRAGMA query_only = ON")
            await reader.execute_fetchall("PRAGMA busy_timeout = 5000")
        except BaseException:
            await reader.close()
            raise
        return reader


def _lock_file(path: Path) -> int:
    """Take the process lock beside `path`; the kernel frees it with the process. Raises `StoreInUse`."""
    lock = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(lock, 32, 0).decode(errors="replace").strip()
        os.close(lock)
        raise StoreInUse(str(path), int(owner) if owner.isdigit() else None) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """Source: SQLite's release notes of 3.51.3 and the back-ports 3.50.7 and 3.44.6."""
    if version >= (3, 51, 3):
        return False
    return not (version[:2] == (3, 50) and version >= (3, 50, 7)) and not (
        version[:2] == (3, 44) and version >= (3, 44, 6)
    )
