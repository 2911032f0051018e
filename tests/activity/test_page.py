"""docs/activity.md names every table of activity and every column of it, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.activity.sqlite import MIGRATIONS
from jobs.engine.backends.sqlite import SqliteDatabase

PAGE = Path(__file__).parent.parent.parent / "docs" / "activity.md"


async def test_every_table_stands_on_the_page_with_its_columns() -> None:
    database = SqliteDatabase(":memory:", migrations=MIGRATIONS)
    await database.open()
    try:
        columns = await database.read(
            "SELECT m.name AS tab, c.name AS col FROM sqlite_schema m JOIN pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND m.name LIKE 'activity%'"
        )
    finally:
        await database.close()
    tables: dict[str, set[str]] = {}
    for row in columns:
        tables.setdefault(row["tab"], set()).add(row["col"])
    _, _, text = PAGE.read_text(encoding="utf-8").partition("## The tables")
    sections = re.findall(r"^### (\w+)\n(.*?)(?=^##)", text, re.DOTALL | re.MULTILINE)
    shown = {name: set(re.findall(r"`([a-z_]+)`", about)) - tables.keys() for name, about in sections}
    assert shown == tables
