"""Jobs in one SQLite file: durable, fair and fast, for one process."""

from jobs.engine.backends.sqlite.backend import SqliteBackend
from jobs.engine.backends.sqlite.connection import SqliteDatabase
from jobs.engine.backends.sqlite.migrator import ENGINE_MIGRATIONS, load_migrations

__all__ = ["ENGINE_MIGRATIONS", "SqliteBackend", "SqliteDatabase", "load_migrations"]
