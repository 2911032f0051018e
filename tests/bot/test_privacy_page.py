"""What is kept is told: every table, every kind of record, and who sweeps it away with its server."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from bot.guild_data import KINDS
from jobs.activity.sqlite import MIGRATIONS
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteDatabase
from tests.languages.sources import ROOT

PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
OF_NO_SERVER = {
    "guild": "that the server was there; deleted with the last of it",
    "health": "when the database was written last",
    "outbox": "where a follower of events has got to",
    "pause": "by the operator, of all servers",
    "progress-message-claim": "which process keeps a message; a minute",
    "synced-commands": "what Discord was told of the commands",
}
"""Kinds of records that an erasure of a server leaves alone, and what they hold."""


def constants(tree: ast.Module) -> dict[str, str]:
    """Texts that a module has names for."""
    found: dict[str, str] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts, strict=True))
            for name, value in pairs:
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[name.id] = value.value
    return found


def kinds_in(path: Path) -> Iterator[str]:
    """Kinds of the records that a module writes, by the name it has for them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = constants(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = ast.unparse(node.func)
        if not (called.endswith("records.put") or called == "RecordWrite"):
            continue
        match node.args[0]:
            case ast.Constant(value=str(kind)):
                yield kind
            case ast.Name(id=name):
                yield known[name]


def test_every_kind_of_record_is_erased_with_its_server_or_is_of_none() -> None:
    """A kind that is written somewhere and not erased fails here."""
    modules = [p for room in ("bot", "jobs", "cogs") for p in (ROOT / room).rglob("*.py") if "testing" not in p.parts]
    written = {kind for path in modules for kind in kinds_in(path)}
    assert len(written) > 10
    assert written == {*KINDS, *OF_NO_SERVER}


def test_every_kind_of_record_is_told_on_the_page() -> None:
    assert [kind for kind in (*KINDS, *OF_NO_SERVER) if f"`{kind}`" not in PAGE] == []


async def test_every_table_is_told_on_the_page() -> None:
    database = SqliteDatabase(":memory:", migrations=(*ENGINE_MIGRATIONS, *MIGRATIONS))
    await database.open()
    rows = await database.read("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    await database.close()
    assert [row["name"] for row in rows if f"`{row['name']}`" not in PAGE] == []
