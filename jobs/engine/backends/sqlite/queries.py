"""The named statements of `queries.sql`, read once, and their form for many rows at once."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import chain

WIDEST = 64
"""Rows that one step of a widened statement takes at the most."""
_ONE_ROW = re.compile(r"\(\?(?:, \?)*\)")


def load_queries() -> dict[str, str]:
    """Every statement by its name."""
    text = files(__package__).joinpath("queries.sql").read_text(encoding="utf-8")
    blocks = text.split("-- name: ")[1:]
    return {name.strip(): sql.strip() for name, _, sql in (block.partition("\n") for block in blocks)}


SQL = load_queries()


def run_wide(connection: sqlite3.Connection, name: str, rows: Sequence[Sequence[object]], *shared: object) -> int:
    """Run a statement with one row of marks, `VALUES (?, ?, …)`, for many rows; how many rows it changed.

    `shared` are the values, `?1`, `?2`, …, that all rows have in common.

    One step for up to 64 rows costs a fraction of as many steps: each step gives up the interpreter's lock and takes
    it again, sets up triggers and counts AUTOINCREMENT on. Widths are powers of two, so few statements are prepared.
    """
    changed, start = 0, 0
    while (left := len(rows) - start) > 0:
        width = min(WIDEST, 1 << (left.bit_length() - 1))
        values = (*shared, *chain.from_iterable(rows[start : start + width]))
        changed += connection.execute(_widened(name, width), values).rowcount
        start += width
    return changed


@cache
def _widened(name: str, width: int) -> str:
    return _ONE_ROW.sub(lambda marks: ", ".join([marks[0]] * width), SQL[name], count=1)
