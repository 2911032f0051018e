"""Brings a file's tables to the version of this code, step by step, or refuses a newer file.

Each component (the engine, and rooms that share the file) counts its own steps. Invariant: a step is applied
whole or not at all, and a file that was not new is copied aside before its first step.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jobs.engine.database import Migration
from jobs.engine.errors import SchemaTooNew

log = logging.getLogger(__name__)


def load_migrations(package: str, component: str) -> list[Migration]:
    """The steps that lie in `package` as `0001_name.sql`, `0002_name.sql`, …"""
    names = sorted(entry.name for entry in files(package).iterdir() if entry.name.endswith(".sql"))
    return [
        Migration(component, int(name.split("_")[0]), files(package).joinpath(name).read_text(encoding="utf-8"))
        for name in names
    ]


ENGINE_MIGRATIONS = tuple(load_migrations("jobs.engine.backends.sqlite.migrations", "engine"))


def migrate(connection: sqlite3.Connection, path: Path | str, migrations: Sequence[Migration]) -> None:
    """Apply what is missing. Raises `SchemaTooNew`."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (component TEXT PRIMARY KEY, number INTEGER NOT NULL)"
    )
    found: dict[str, int] = dict(connection.execute("SELECT component, number FROM schema_version").fetchall())
    known: dict[str, int] = {}
    for step in migrations:
        known[step.component] = max(known.get(step.component, 0), step.number)
    for component, number in found.items():
        if component in known and number > known[component]:
            raise SchemaTooNew(component, number, known[component])
    missing = [step for step in migrations if step.number > found.get(step.component, 0)]
    if missing and found and isinstance(path, Path):
        _copy_aside(connection, path, found)
    for step in sorted(missing, key=lambda step: (step.component, step.number)):
        _apply(connection, step)


def _apply(connection: sqlite3.Connection, step: Migration) -> None:
    # executescript would commit an open transaction first, so the transaction is part of the script.
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{step.sql}\n;")
        connection.execute(
            "INSERT INTO schema_version VALUES (?, ?) ON CONFLICT DO UPDATE SET number = excluded.number",
            (step.component, step.number),
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _copy_aside(connection: sqlite3.Connection, path: Path, found: dict[str, int]) -> None:
    versions = "-".join(f"{component}{number}" for component, number in sorted(found.items()))
    backup = path.with_name(f"{path.name}.before-{versions}.bak")
    partial = backup.with_name(backup.name + ".part")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    copy = sqlite3.connect(partial)
    try:
        connection.backup(copy, pages=-1)
    finally:
        copy.close()
    partial.replace(backup)
    log.info("the database will be upgraded; a copy lies at %s", backup)
