"""Ids of members as people write them: plain, as mentions, in lines, and in the first column of a table. Pure."""

from __future__ import annotations

import csv
import io
import re

_ID = re.compile(r"(?:<@!?|id:)?(\d{15,20})>?")
"""A plain id, a mention, or an id as this bot's own tables hold it."""
_SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+?\d\d")
"""What a spreadsheet makes of an id that it takes for a number."""
_BETWEEN = re.compile(r"[\s,;]+")
SHOWN = 20


def ids_of(text: str) -> list[int]:
    """The ids of a text, each once, in order. Raises `ValueError` with what is none."""
    return list(dict.fromkeys(_id_of(word) for word in _BETWEEN.split(text) if word))


def ids_of_table(text: str) -> list[int]:
    """The ids in the first column of a CSV, each once; a first cell without a digit is its header.

    Raises `ValueError` with what is none, and for a table without any.
    """
    mark = next((mark for mark in (";", "\t") if mark in text.partition("\n")[0]), ",")
    cells = [row[0].strip() for row in csv.reader(io.StringIO(text), delimiter=mark) if row and row[0].strip()]
    if cells and not any(map(str.isdigit, cells[0])):
        cells = cells[1:]
    if not cells and text.strip():
        raise ValueError("the file holds no id of a member")
    return list(dict.fromkeys(map(_id_of, cells)))


def _id_of(word: str) -> int:
    found = _ID.fullmatch(word)
    if found is None:
        if _SHORTENED.fullmatch(word):
            raise ValueError(
                f"“{word[:SHOWN]}” is an id that a spreadsheet has shortened; "
                "make the column text there, and fill it again"
            )
        raise ValueError(f"“{word[:SHOWN]}” is no id of a member")
    return int(found[1])
