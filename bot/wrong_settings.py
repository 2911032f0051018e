"""What is wrong with a setting, in words: its name, what was given, what is allowed; and names that are nearly right.

Knows no setting by name. Invariant: a secret, and whatever looks like a token, is never repeated.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from bot.log import redact

SHOWN = 40
"""Letters of a wrong value that are repeated."""
NEAR = 0.84
"""How alike two names are (0 to 1) before one is taken for the other, mistyped."""


class Kind(StrEnum):
    """What a plain type is called."""

    INT = "a whole number"
    FLOAT = "a number"
    BOOL = "true or false"
    STR = "a text"


KINDS: Mapping[object, Kind] = {int: Kind.INT, float: Kind.FLOAT, bool: Kind.BOOL, str: Kind.STR}


def sentences(error: ValidationError, fields: Mapping[str, FieldInfo]) -> str:
    """All that is wrong, on one line."""
    wrong = {str(e["loc"][0]): e["input"] for e in error.errors() if e["loc"]}
    return " ".join(_sentence(name, given, fields[name]) for name, given in wrong.items() if name in fields)


def _sentence(name: str, given: object, field: FieldInfo) -> str:
    if _plain(field) is SecretStr:
        return f"{name.upper()} cannot be used; give {allowed(field)}."
    shown = redact(str(given)).encode("unicode_escape").decode()
    shown = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    return f"{name.upper()} is '{shown}'; give {allowed(field)}."


def allowed(field: FieldInfo) -> str:
    """What a field takes: its description, or its type and bounds."""
    if field.description:
        return field.description
    plain = _plain(field)
    if get_origin(plain) is Literal:
        *first, last = map(str, get_args(plain))
        return f"{', '.join(first)} or {last}"
    return f"{KINDS.get(plain, Kind.STR)}{_bounds(field)}"


def _plain(field: FieldInfo) -> Any:
    annotation: Any = field.annotation
    if get_origin(annotation) in (Union, UnionType):
        return next(a for a in get_args(annotation) if a is not type(None))
    return annotation


def _bounds(field: FieldInfo) -> str:
    low: Any = None
    above: Any = None
    high: Any = None
    for note in field.metadata:
        match note:
            case Ge():
                low = note.ge
            case Gt():
                above = note.gt
            case Le():
                high = note.le
            case MinLen():
                low = note.min_length
            case MaxLen():
                return f" of {low or 0} to {note.max_length} letters"
    if above is not None:
        return f" above {above:,}" + (f", {high:,} at most" if high is not None else "")
    if low is not None and high is not None:
        return f" from {low:,} to {high:,}"
    return f", {low:,} or more" if low is not None else ""


def misspelt(known: Iterable[str], env_file: Path) -> list[str]:
    """Sentences about names in the environment and in `env_file` that are no setting and nearly one."""
    names = [name.upper() for name in known]
    given = {name.upper() for name in (*os.environ, *(dotenv_values(env_file) if env_file.is_file() else ()))}
    found = []
    for name in sorted(given - set(names)):
        if near := difflib.get_close_matches(name, names, n=1, cutoff=NEAR):
            found.append(f"{name} is no setting. Did you mean {near[0]}?")
    return found
