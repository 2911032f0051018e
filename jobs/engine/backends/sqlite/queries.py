"""The named statements of `queries.sql`, read once, and their form for many rows at once."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import chain

WIDTHS = (64, 50, 40, 32, 25, 20, 16, 12, 10, 8, 6, 5, 4, 3, 2, 1)
"""Rows that one step of a widened statement may take: near enough to each other that two or three steps do for any
number, and few enough to be prepared once and kept."""
_COMMENT = re.compile(r"\A(?:--.*\n)+")
_ONE_ROW = re.compile(r"\(\?(?:, \?)*\)")


def load_queries() -> dict[str, str]:
    """Every statement by its name, without the comment in front of it."""
    text = files(__package__).joinpath("queries.sql").read_text(encoding="utf-8")
    blocks = text.split("-- name: ")[1:]
    named = (block.partition("\n") for block in blocks)
    return {name.strip(): _COMMENT.sub("", sql.strip()) for name, _, sql in named}


SQL = load_queries()


def run_wide(connection: sqlite3.Connection, name: str, rows: Sequence[Sequence[object]], *shared: object) -> int:
    """Run a statement with one row of marks, `VALUES (?, ?, …)`, for many rows; how many rows it changed.

    `shared` are the values, `?1`, `?2`, …, that all rows have in common.

    One step for up to 64 rows costs a fraction of as many steps: each step gives up the interpreter's lock and takes
    it again, sets up triggers and counts AUTOINCREMENT on.
    """
    changed, start = 0, 0
    while (left := len(rows) - start) > 0:
        width = next(width for width in WIDTHS if width <= left)
        values = (*shared, *chain.from_iterable(rows[start : start + width]))
        changed += connection.execute(_widened(name, width), values).rowcount
        start += width
    return changed


@cache
def _widened(name: str, width: int) -> str:
    return _ONE_ROW.sub(lambda marks: ", ".join([marks[0]] * width), SQL[name], count=1)
