"""What a job type asks for, read from its payload model.

Pure; knows no Discord. Invariant: every field that a person could fill in has its question, so a job type that is
added in one file has its form without more code.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin
from uuid import UUID

from annotated_types import Ge, GroupedMetadata, Gt, Le, Lt, MaxLen, MinLen
from pydantic.fields import FieldInfo
from pydantic_core import PydanticSerializationError, to_jsonable_python

from jobs.engine.model import JsonValue
from jobs.engine.payload import Payload
from jobs.lists import Members
from jobs.services import Asks

LABEL, DESCRIPTION, OPTIONS, OPTION = 45, 100, 25, 100
"""Limits of forms (Discord API documentation, "Component Reference")."""
GIVEN = frozenset({"guild_id", "job_id", "start_date", "end_date", "time_zone"})
"""Fields that the command fills in by itself."""
SHORT_TEXT = 200
"""A text that may be longer gets a field of several lines."""
Kind: TypeAlias = Literal["text", "yes-no", "choice", "member", "role", "channel", "file"]
Reads: TypeAlias = Literal["words", "whole-number", "number", "day", "instant", "time", "length", "json"]
"""What a text that was typed is read as."""
TYPED: Mapping[Any, Reads] = {
    str: "words",
    int: "whole-number",
    float: "number",
    Decimal: "number",
    date: "day",
    datetime: "instant",
    time: "time",
    timedelta: "length",
    UUID: "words",
}
"""Types that are asked for as text."""


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a payload that a person can answer."""

    name: str
    kind: Kind
    description: str = ""
    required: bool = False
    """Nothing can be started before it was asked."""
    empty: bool = True
    """It can be left out, or answered with nothing."""
    nullable: bool = False
    """The model takes None, so an empty field says "nothing" and not "as usual"."""
    many: bool = False
    most: int = 1
    """How many can be chosen."""
    choices: tuple[JsonValue, ...] = ()
    default: JsonValue = None
    long: bool = False
    """Deserves a field of several lines."""
    reads: Reads = "words"
    bounds: tuple[tuple[str, str], ...] = ()
    """What the model sets, as names of hints with their figure: `("from", "1")`."""
    shortest: int | None = None
    longest: int | None = None
    members: Members | None = None
    """The file names members."""

    @property
    def label(self) -> str:
        """The field's name in words."""
        words = self.name.removesuffix("_ids").removesuffix("_id").replace("_", " ").strip()
        words = f"{words}s" if self.name.endswith("_ids") else words
        return cut(words[:1].upper() + words[1:], LABEL)


def questions_of(payload: type[Payload]) -> list[Question]:
    """The questions in the order of the fields, the needed ones first."""
    found = [_question(name, field) for name, field in payload.model_fields.items() if name not in GIVEN]
    return sorted(found, key=lambda question: not question.required)


def unanswered(questions: Iterable[Question], payload: Mapping[str, JsonValue]) -> list[Question]:
    return [question for question in questions if question.name not in payload]


def _question(name: str, field: FieldInfo) -> Question:
    inner, notes, optional, many = _unwrapped(field)
    needed = field.is_required()
    about = (field.description or "").strip().splitlines()
    more: dict[str, Any] = {
        "description": cut(about[0], DESCRIPTION) if about else "",
        "required": needed,
        "empty": not needed or optional,
        "nullable": optional,
        "many": many,
        "default": None if needed else _plain(field.get_default(call_default_factory=True)),
    }
    lengths = list(_flat(field.metadata)) if many else notes
    most = min([OPTIONS, *(note.max_length for note in lengths if isinstance(note, MaxLen))]) if many else 1
    if asked := next((note for note in notes if isinstance(note, Asks)), None):
        members = next((note for note in notes if isinstance(note, Members)), None)
        return Question(name, asked.value, most=max(most, 1), members=members, **more)
    choices = _choices(inner, optional)
    if inner is bool and not choices:
        return Question(name, "yes-no", **more)
    if choices and len(choices) <= OPTIONS and all(0 < len(str(choice)) <= OPTION for choice in choices):
        return Question(name, "choice", choices=choices, most=max(1, min(most, len(choices))), **more)
    if choices:
        return Question(name, "text", choices=choices, long=many, **more)
    return _text(name, inner, notes, many, more)


def _text(name: str, inner: Any, notes: Sequence[Any], many: bool, more: Mapping[str, Any]) -> Question:
    if inner not in TYPED:
        # A table or a nested model: what is written is read as JSON, and the model checks it.
        return Question(name, "text", long=True, reads="json", **more)
    reads, bounds = TYPED[inner], tuple(_bounds(notes))
    if many:
        return Question(name, "text", long=True, reads=reads, bounds=bounds, **more)
    shortest = max((n.min_length for n in notes if isinstance(n, MinLen)), default=None)
    longest = min((n.max_length for n in notes if isinstance(n, MaxLen)), default=None)
    long = inner is str and longest is not None and longest > SHORT_TEXT
    return Question(name, "text", long=long, reads=reads, bounds=bounds, shortest=shortest, longest=longest, **more)


def _unwrapped(field: FieldInfo) -> tuple[Any, list[Any], bool, bool]:
    """The type that is really asked for, its notes, whether nothing is an answer, and whether there may be several."""
    annotation: Any = field.annotation
    notes = list(_flat(field.metadata))
    optional = many = False
    while True:
        if hasattr(annotation, "__metadata__"):
            notes += _flat(annotation.__metadata__)
            annotation = annotation.__origin__
        elif get_origin(annotation) in (Union, types.UnionType):
            optional = optional or type(None) in get_args(annotation)
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        elif not many and get_origin(annotation) in (list, set, frozenset) and get_args(annotation):
            many = True
            # What is said of the list is not said of what stands in it.
            notes = [note for note in notes if isinstance(note, Asks)]
            annotation = get_args(annotation)[0]
        else:
            return annotation, notes, optional, many


def _flat(notes: Iterable[Any]) -> Iterable[Any]:
    for note in notes:
        if isinstance(note, FieldInfo):
            yield from _flat(note.metadata)
        else:
            yield from note if isinstance(note, GroupedMetadata) else [note]


def _choices(inner: Any, optional: bool) -> tuple[JsonValue, ...]:
    if get_origin(inner) is Literal:
        return tuple(_plain(value) for value in get_args(inner))
    if isinstance(inner, type) and issubclass(inner, Enum):
        return tuple(_plain(item.value) for item in inner)
    return (True, False) if inner is bool and optional else ()


def _bounds(notes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for note in notes:
        for kind, name, figure in ((Ge, "from", "ge"), (Gt, "above", "gt"), (Le, "to", "le"), (Lt, "below", "lt")):
            if isinstance(note, kind):
                yield name, str(getattr(note, figure))


def _plain(value: Any) -> JsonValue:
    try:
        plain: JsonValue = to_jsonable_python(value)
    except PydanticSerializationError:
        return None
    return plain


def cut(text: str, limit: int) -> str:
    """At most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
