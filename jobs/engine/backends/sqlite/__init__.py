"""Jobs in one SQLite file: durable, fair and fast, for one process."""

from jobs.engine.backends.sqlite.backend import SqliteBackend
from jobs.engine.backends.sqlite.connection import SqliteDatabase
from jobs.engine.backends.sqlite.migrator import load_migrations

ENGINE_MIGRATIONS = tuple(load_migrations("jobs.engine.backends.sqlite.migrations", "engine"))

__all__ = ["ENGINE_MIGRATIONS", "SqliteBackend", "SqliteDatabase", "load_migrations"]
