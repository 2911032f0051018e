"""Every refusal that the bot can give is read by a test: its English words stand in one.

The keys are collected from the source, so a refusal that is added without a test fails here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.syntax import ast as fluent

from bot.languages.catalogue import read_catalogue
from bot.languages.words import HOME
from tests.languages.sources import ROOT, nodes

MARKS = " .,:;`"
SHORTEST = 14
"""Letters that make a sentence known from others."""
INDIRECT = {
    "no-{}-option": ("no-channel-option", "no-role-option"),
}
"""Keys that are put together where they are raised."""


def keys() -> Iterator[str]:
    """Keys of all problems, written where they are made or in a table of them."""
    for path, node in nodes((ROOT / "bot", ROOT / "cogs")):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "DayRefused") and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in first.values]
                yield from INDIRECT["".join(map(str, parts))]
            elif isinstance(first, ast.Subscript):
                yield from table(path, getattr(first.value, "id", ""))


def table(path: Path, name: str) -> Iterator[str]:
    """The values of a module's mapping."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        named = isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name
        if named and isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict):
            yield from (str(value.value) for value in node.value.values if isinstance(value, ast.Constant))


def pieces(pattern: fluent.Pattern) -> list[str]:
    """What stands between the values of a sentence, the longest first."""
    texts = [element.value for element in pattern.elements if isinstance(element, fluent.TextElement)]
    return sorted((line.strip(MARKS) for text in texts for line in text.splitlines()), key=len, reverse=True)


def said_in_tests() -> set[str]:
    found: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path == Path(__file__) or path.parent.name == "languages":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


KEYS = sorted(set(keys()))
SAID = said_in_tests()


def test_there_are_refusals_to_look_at() -> None:
    assert len(KEYS) > 40


@pytest.mark.parametrize("key", KEYS)
def test_every_refusal_is_read_by_a_test(key: str) -> None:
    catalogue = read_catalogue(HOME, "en")
    assert catalogue is not None
    assert key in catalogue, "a refusal is a key of the catalogue"
    longest = pieces(catalogue.patterns[key])[0]
    assert any(
        longest in said or (len(said) >= SHORTEST and said.strip() in longest) for said in SAID if said.strip()
    ), f"no test reads: {longest}"
