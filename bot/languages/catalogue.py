"""One file of sentences in one language (Project Fluent), and how they are said.

Knows no job and no Discord. Invariant: a file that cannot be read whole is refused, and a sentence that is said
always comes out as text, whatever is put into it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast

log = logging.getLogger(__name__)

STORED = "stored-"
"""Keys of what the engine and job types write down in English, and what is found again by its English text."""
LONGEST_VALUE = 2000
"""Fluent itself refuses values above 2,500 characters."""


LONGEST_STORED = 1000
"""Longer texts are somebody's own words."""


class CatalogueError(ValueError):
    """A file that is no catalogue; the text says where."""


class Catalogue:
    """See the module. `language` is one of Discord's locales, like `id` or `pt-BR`."""

    def __init__(self, language: str, text: str) -> None:
        self.language = language
        self._resource = FluentResource(text)
        for entry in self._resource.body:
            if isinstance(entry, ast.Junk):
                raise CatalogueError(f"{language}: cannot be read: {(entry.content or '').strip()[:80]}")
        self._bundle = FluentBundle([language], use_isolating=False)
        self._bundle.add_resource(self._resource)

    @cached_property
    def patterns(self) -> Mapping[str, ast.Pattern]:
        """Every sentence by its key; the parts of a message stand under `key.part`."""
        found: dict[str, ast.Pattern] = {}
        for entry in self._resource.body:
            if isinstance(entry, ast.Message):
                if entry.id.name in found:
                    raise CatalogueError(f"{self.language}: {entry.id.name} stands there twice")
                if entry.value is not None:
                    found[entry.id.name] = entry.value
                found |= {f"{entry.id.name}.{part.id.name}": part.value for part in entry.attributes}
        return found

    def __contains__(self, key: str) -> bool:
        return key in self.patterns

    def say(self, key: str, values: Mapping[str, object]) -> str:
        """The sentence with `values` put in. Raises `KeyError`."""
        name, _, part = key.partition(".")
        message = self._bundle.get_message(name)
        pattern = message.attributes[part] if part else message.value
        if pattern is None:
            raise KeyError(key)
        cut = {name: value[:LONGEST_VALUE] if isinstance(value, str) else value for name, value in values.items()}
        text, errors = self._bundle.format_pattern(pattern, cut)
        for error in errors:
            log.error("%s: the sentence %s is incomplete: %s", self.language, key, error)
        return str(text)

    def values(self, key: str) -> frozenset[str]:
        """Names of the values that a sentence takes, also by the sentences that it names. Raises `KeyError`."""
        return frozenset(self._variables(self.patterns[key], chosen_by=True))

    def shown(self, key: str) -> frozenset[str]:
        """The same without those that only choose between forms of words."""
        return frozenset(self._variables(self.patterns[key], chosen_by=False))

    def _variables(self, node: object, *, chosen_by: bool) -> Iterator[str]:
        if isinstance(node, ast.VariableReference):
            yield node.id.name
        elif isinstance(node, ast.MessageReference):
            yield from self._variables(self.patterns[node.id.name], chosen_by=chosen_by)
        elif isinstance(node, ast.SelectExpression) and not chosen_by:
            yield from self._variables(node.variants, chosen_by=False)
        else:
            parts = vars(node).values() if isinstance(node, ast.BaseNode) else node if isinstance(node, list) else ()
            for part in parts:
                yield from self._variables(part, chosen_by=chosen_by)

    def key_of(self, text: str) -> tuple[str, Mapping[str, str]] | None:
        """The stored sentence that `text` is, with the values in it; None for any other text."""
        if key := self._plain.get(text):
            return key, {}
        if len(text) > LONGEST_STORED:
            return None
        for key, pattern in self._filled:
            if found := pattern.fullmatch(text):
                return key, found.groupdict()
        return None

    @cached_property
    def _plain(self) -> Mapping[str, str]:
        return {text: key for key, pattern in self._stored() if (text := _text_of(pattern)) is not None}

    @cached_property
    def _filled(self) -> list[tuple[str, re.Pattern[str]]]:
        """Those with values in them, the ones that say most first."""
        found = [(key, pattern) for key, pattern in self._stored() if _text_of(pattern) is None]
        found.sort(key=lambda entry: -sum(len(e.value) for e in entry[1].elements if isinstance(e, ast.TextElement)))
        return [(key, re.compile("".join(_expressions(pattern)), re.DOTALL)) for key, pattern in found]

    def _stored(self) -> Iterator[tuple[str, ast.Pattern]]:
        return ((key, pattern) for key, pattern in self.patterns.items() if key.startswith(STORED))


@cache
def read_catalogue(folder: Path, language: str) -> Catalogue | None:
    """The file of `language` in `folder`; None where there is none. Raises `CatalogueError`."""
    path = folder / f"{language}.ftl"
    return Catalogue(language, path.read_text(encoding="utf-8")) if path.is_file() else None


def _text_of(pattern: ast.Pattern) -> str | None:
    texts = [element.value for element in pattern.elements if isinstance(element, ast.TextElement)]
    return "".join(texts) if len(texts) == len(pattern.elements) else None


def _expressions(pattern: ast.Pattern) -> Iterator[str]:
    """The sentence as a regular expression that finds its values."""
    for element in pattern.elements:
        if isinstance(element, ast.TextElement):
            yield re.escape(element.value)
        else:
            assert isinstance(element, ast.Placeable)
            if not isinstance(element.expression, ast.VariableReference):
                raise CatalogueError(f"a stored sentence holds plain values only: {_text_of(pattern)}")
            yield f"(?P<{element.expression.id.name}>.+)"
