"""One member taken out of files that jobs made: their lines go, and files that cannot be rewritten go whole.

Knows no job; everything here blocks and is run in a thread. Invariant: a file that stays does not name the member.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import zipfile
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, TypeAlias

from bot.privacy.subject import Subject
from jobs.engine.model import JsonValue

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})
"""Charts: they show sums, and no names."""
MOST_JSON = 64 * 1024 * 1024
"""Bytes of a JSON file that is read at once; a larger one goes."""
CHUNK = 1024 * 1024
SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
ROW_ENDS = b"</row>"
TABLE_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
Rewrite: TypeAlias = Callable[[Path, Path, Subject], None]


class CannotRewrite(Exception):
    """The file names the member where it cannot be taken out."""


def names(path: Path, subject: Subject) -> bool:
    """Whether a file names the member. One that cannot be looked into is taken for one that does."""
    return _still_names(path, path.suffix, subject)


def _still_names(path: Path, kind: str, subject: Subject) -> bool:
    suffix = kind.lower()
    if suffix in PICTURES:
        return False
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            return any(_stands_in(book.open(entry), subject) for entry in book.infolist())
    if suffix not in TEXTS:
        return True
    with path.open("rb") as file:
        return _stands_in(file, subject)


def rewrite(old: Path, new: Path, subject: Subject) -> None:
    """Write `new` as `old` without the member. Raises `CannotRewrite`."""
    kind = REWRITES.get(old.suffix.lower())
    try:
        if kind is None:
            raise CannotRewrite(old.name)
        kind(old, new, subject)
        if _still_names(new, old.suffix, subject):
            raise CannotRewrite(old.name)
    except (ValueError, csv.Error, zipfile.BadZipFile) as error:
        raise CannotRewrite(old.name) from error


def rows_of(path: Path, subject: Subject) -> Iterator[dict[str, str]]:
    """The lines of a table (CSV) that are the member's."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if any(subject.is_alone(cell) for cell in row.values()):
                yield {name: cell for name, cell in row.items() if isinstance(name, str)}


def _stands_in(file: IO[bytes], subject: Subject) -> bool:
    """Whether the id stands in a file, read piece by piece."""
    wanted, window, first = re.compile(rb"(?<!\d)%s(?!\d)" % subject.text.encode()), b"", True
    with file:
        while True:
            piece = file.read(CHUNK)
            window += piece
            for found in wanted.finditer(window):
                # What stands at an end is known once its neighbour is there: before, or with the next piece.
                if (found.start() or first) and (found.end() < len(window) or not piece):
                    return True
            if not piece:
                return False
            first = first and len(window) <= len(subject.text)
            window = window[-len(subject.text) - 1 :]


def _csv(old: Path, new: Path, subject: Subject) -> None:
    with old.open("rb") as file:
        encoding = "utf-8-sig" if file.read(len(BOM_UTF8)) == BOM_UTF8 else "utf-8"
    with old.open(encoding=encoding, newline="") as source, new.open("w", encoding=encoding, newline="") as target:
        writer = csv.writer(target)
        for row in csv.reader(source):
            if not any(subject.is_alone(cell) for cell in row):
                writer.writerow(subject.text_without(cell) for cell in row)


def _json(old: Path, new: Path, subject: Subject) -> None:
    if old.stat().st_size > MOST_JSON:
        raise CannotRewrite(old.name)
    value: JsonValue = json.loads(old.read_text(encoding="utf-8"))
    new.write_text(json.dumps(subject.without(value), ensure_ascii=False), encoding="utf-8")


def _lines(old: Path, new: Path, subject: Subject) -> None:
    """Text, and JSON by line: a line that names the member goes."""
    with old.open(encoding="utf-8", newline="") as source, new.open("w", encoding="utf-8", newline="") as target:
        target.writelines(line for line in source if not subject.named_in(line))


def _workbook(old: Path, new: Path, subject: Subject) -> None:
    """An XLSX with its texts in the cells, as XlsxWriter's `constant_memory` leaves it: rows are taken out of the
    sheets, which may lack any row (ECMA-376, part 1, 18.3.1.73)."""
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            with source.open(entry) as part, target.open(entry.filename, "w") as copy:
                if SHEETS.fullmatch(entry.filename):
                    copy.writelines(piece for piece in _rows(part) if not subject.named_in(piece.decode("utf-8")))
                else:
                    shutil.copyfileobj(part, copy)


def _page(old: Path, new: Path, subject: Subject) -> None:
    """HTML: the rows of its tables."""
    text = old.read_text(encoding="utf-8")
    new.write_text(TABLE_ROW.sub(lambda row: "" if subject.named_in(row[0]) else row[0], text), encoding="utf-8")


def _rows(part: IO[bytes]) -> Iterator[bytes]:
    """A sheet in pieces: what stands before the first row, each row, what stands behind the last."""
    rest = b""
    while piece := part.read(CHUNK):
        rest += piece
        *rows, rest = rest.split(ROW_ENDS)
        for row in rows:
            head, mark, body = row.partition(b"<row ")
            if head:
                yield head
            yield mark + body + ROW_ENDS
    yield rest


REWRITES: Mapping[str, Rewrite] = {
    ".csv": _csv,
    ".json": _json,
    ".ndjson": _lines,
    ".txt": _lines,
    ".log": _lines,
    ".xlsx": _workbook,
    ".html": _page,
}
TEXTS = frozenset({*REWRITES, ".md", ".xml", ".svg"})
"""Kinds of files in which a search for the id finds it; in any other it may stand in another way."""
