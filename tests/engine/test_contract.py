"""The contract suite, run on a real file and in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.testing.contract import BackendContract


class SqliteStore:
    def __init__(self, path: Path | str) -> None:
        self._path = path
        self.persistent = isinstance(path, Path)

    def backend(self) -> SqliteBackend:
        database = SqliteDatabase(self._path, migrations=ENGINE_MIGRATIONS)
        return SqliteBackend(database, clock=SystemClock(), config=QueueConfig(cancel_grace_s=1.0))


class TestSqliteFile(BackendContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> SqliteStore:
        return SqliteStore(tmp_path / "errand.db")


class TestSqliteMemory(BackendContract):
    @pytest.fixture
    def store(self) -> SqliteStore:
        return SqliteStore(":memory:")
