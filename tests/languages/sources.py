"""The product's source text as the catalogues' tests read it: which keys it says, and which sentences it writes down."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SPEAKERS = frozenset({"words", "Problem", "DayRefused", "Sentence"})
"""Calls of these names take a key first and the sentence's values by name."""
KEY = re.compile(r"[a-z][a-z0-9_]*(-[a-z0-9_]+)+(\.[a-z_]+)?|[a-z]+")


@dataclass(frozen=True)
class Said:
    """One call that says a sentence."""

    place: str
    key: str
    values: frozenset[str]
    open: bool
    """More values may come from a mapping."""


@cache
def trees(folder: Path) -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(folder.rglob("*.py"))]


def said_in(folders: Iterable[Path]) -> Iterator[Said]:
    """Every sentence that is said by a key written where it is said."""
    for path, node in nodes(folders):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        if name.lstrip("_") in SPEAKERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            values = frozenset(keyword.arg for keyword in node.keywords if keyword.arg is not None)
            is_open = any(keyword.arg is None for keyword in node.keywords)
            yield Said(f"{path.relative_to(ROOT)}:{node.lineno}", first.value, values, is_open)


def nodes(folders: Iterable[Path]) -> Iterator[tuple[Path, ast.AST]]:
    for folder in folders:
        for path, tree in trees(folder):
            for node in ast.walk(tree):
                yield path, node


def texts_in(folders: Iterable[Path]) -> tuple[set[str], set[tuple[str, ...]]]:
    """All plain strings, and of all f-strings what stands between their values."""
    plain: set[str] = set()
    filled: set[tuple[str, ...]] = set()
    for _, node in nodes(folders):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            plain.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            filled.add(pieces_of(node))
    return plain, filled


def pieces_of(node: ast.JoinedStr) -> tuple[str, ...]:
    """`("a ", " b")` for `f"a {x} b"`."""
    pieces = [""]
    for value in node.values:
        if isinstance(value, ast.Constant):
            pieces[-1] += str(value.value)
        else:
            pieces.append("")
    return tuple(pieces)


SENDERS = frozenset(
    [
        "Embed",
        "Button",
        "Select",
        "Modal",
        "Label",
        "TextInput",
        "SelectOption",
        "set_footer",
        "add_field",
        "send",
        "send_message",
        "edit_message",
        "edit_original_response",
    ]
)
SHOWN = frozenset({"content", "title", "description", "label", "placeholder", "text", "name", "value"})
ELSEWHERE = ("bot/sandbox/", "bot/demo/")
"""What the stand-in and the demonstration's terminal say is not the bot's."""


def texts_sent(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Words that are written right where something is made that people see."""
    for path, node in nodes(folders):
        place = str(path.relative_to(ROOT))
        if not isinstance(node, ast.Call) or place.startswith(ELSEWHERE):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in SENDERS:
            continue
        for value in (*node.args, *(k.value for k in node.keywords if k.arg in SHOWN)):
            pieces = pieces_of(value) if isinstance(value, ast.JoinedStr) else [getattr(value, "value", "")]
            text = "".join(piece for piece in pieces if isinstance(piece, str))
            if re.search(r"[A-Za-z]{2,}", text):
                yield f"{place}:{node.lineno}", text
