"""What a job type asks for, read from its payload model, and how each question is put in a form.

Pure: makes questions, components and payloads; sends nothing. Invariant: a job type that is added in one file has
its form without more code, and what a person gives is checked by the payload model alone.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

import discord
from annotated_types import MaxLen, MinLen
from pydantic.fields import FieldInfo

from jobs.engine.model import JsonValue
from jobs.engine.registry import Payload
from jobs.services import Asks

QUESTIONS_A_FORM, LABEL, DESCRIPTION, OPTIONS = 5, 45, 100, 25
"""Limits of forms (Discord API documentation, "Component Reference")."""
GIVEN = frozenset({"guild_id", "job_id", "start_date", "end_date", "time_zone"})
"""Fields that the command fills in by itself."""
SHORT_TEXT = 200
Field = discord.ui.Item[Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a payload that a person can answer."""

    name: str
    kind: Literal["text", "yes-no", "choice", "member", "role", "channel", "file"]
    description: str
    required: bool
    many: bool = False
    most: int = OPTIONS
    choices: tuple[str, ...] = ()
    default: JsonValue = None
    long: bool = False

    @property
    def label(self) -> str:
        """The field's name in words."""
        words = self.name.removesuffix("_ids").removesuffix("_id").replace("_", " ").strip()
        words = f"{words}s" if self.name.endswith("_ids") else words
        return (words[:1].upper() + words[1:])[:LABEL]


def questions_of(payload: type[Payload]) -> list[Question]:
    """The questions in the order of the fields, the needed ones first."""
    found = [_question(name, field) for name, field in payload.model_fields.items() if name not in GIVEN]
    return sorted((q for q in found if q is not None), key=lambda question: not question.required)


def _question(name: str, field: FieldInfo) -> Question | None:
    inner, metadata, many = _unwrapped(field)
    required = field.is_required() or any(isinstance(m, MinLen) and m.min_length > 0 for m in field.metadata)
    most = min([OPTIONS, *(m.max_length for m in field.metadata if many and isinstance(m, MaxLen))])
    default = None if field.is_required() else _plain(field.get_default(call_default_factory=True))
    more: dict[str, Any] = {"many": many, "most": most if many else 1, "default": default}
    about = (field.description or "").splitlines()
    description = about[0][:DESCRIPTION] if about else ""
    for asked in metadata:
        if isinstance(asked, Asks):
            return Question(name, asked.value, description, required, **more)
    if get_origin(inner) is Literal:
        return Question(name, "choice", description, required, choices=tuple(map(str, get_args(inner))), **more)
    if isinstance(inner, type) and issubclass(inner, Enum):
        values = tuple(str(item.value) for item in inner)
        return Question(name, "choice", description, required, choices=values, **more)
    if inner is bool:
        return Question(name, "yes-no", description, required=False, default=default)
    if inner in (str, int, float, date, datetime):
        return Question(name, "text", description, required, long=many or _is_long(field), **more)
    return None


def _unwrapped(field: FieldInfo) -> tuple[Any, Sequence[Any], bool]:
    """The type that is really asked for, its notes, and whether there may be several."""
    annotation: Any = field.annotation
    metadata = list(field.metadata)
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next((a for a in get_args(annotation) if a is not type(None)), annotation)
    many = get_origin(annotation) in (list, tuple, set, frozenset)
    if many:
        annotation = get_args(annotation)[0]
    if hasattr(annotation, "__metadata__"):
        metadata += annotation.__metadata__
        annotation = annotation.__origin__
    return annotation, metadata, many


def _is_long(field: FieldInfo) -> bool:
    longest = [m.max_length for m in field.metadata if isinstance(m, MaxLen)]
    return bool(longest) and min(longest) > SHORT_TEXT


def _plain(value: Any) -> JsonValue:
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    return value if isinstance(value, str | bool | int | float) else None


def component_of(question: Question) -> discord.ui.Label[Any]:
    """The question as a part of a form."""
    return discord.ui.Label(text=question.label, description=question.description or None, component=_field(question))


def _field(question: Question) -> Field:
    needed, most = question.required, question.most
    least = 1 if needed else 0
    match question.kind:
        case "member":
            return discord.ui.UserSelect(min_values=least, max_values=most, required=needed)
        case "role":
            return discord.ui.RoleSelect(min_values=least, max_values=most, required=needed)
        case "channel":
            return discord.ui.ChannelSelect(min_values=least, max_values=most, required=needed)
        case "file":
            return discord.ui.FileUpload(required=needed, min_values=least, max_values=1)
        case "yes-no":
            return discord.ui.Checkbox(default=bool(question.default))
        case "choice":
            options = [
                discord.SelectOption(label=value, value=value, default=value == question.default)
                for value in question.choices[:OPTIONS]
            ]
            most = min(most, len(options))
            return discord.ui.Select(options=options, min_values=least, max_values=most, required=needed)
    style = discord.TextStyle.paragraph if question.long else discord.TextStyle.short
    default = question.default
    text = "\n".join(map(str, default)) if isinstance(default, list) else "" if default is None else str(default)
    return discord.ui.TextInput(style=style, required=needed, default=text or None)


async def answer_of(question: Question, field: Field) -> JsonValue:
    """What was given, as the payload wants it; None for nothing. Raises `UnicodeDecodeError` for a file."""
    match field:
        case discord.ui.Checkbox():
            return field.value
        case discord.ui.FileUpload():
            return (await field.values[0].read()).decode("utf-8-sig") if field.values else None
        case discord.ui.UserSelect() | discord.ui.RoleSelect() | discord.ui.ChannelSelect():
            ids: list[JsonValue] = [str(chosen.id) for chosen in field.values]
            return _one_or_many(question, ids)
        case discord.ui.Select():
            return _one_or_many(question, list(field.values))
        case discord.ui.TextInput():
            text = field.value.strip()
            if not question.many:
                return text or None
            return [part.strip() for line in text.splitlines() for part in line.split(",") if part.strip()] or None
    raise AssertionError(f"no answer in {field!r}")


def _one_or_many(question: Question, values: list[JsonValue]) -> JsonValue:
    if not values:
        return None
    return values if question.many else values[0]


def words_of(question: Question, value: JsonValue) -> str:
    """An answer as a person reads it."""
    values = value if isinstance(value, list) else [value]
    marks = {"member": "<@{}>", "role": "<@&{}>", "channel": "<#{}>"}
    if question.kind in marks:
        return ", ".join(marks[question.kind].format(item) for item in values)
    if question.kind == "yes-no":
        return "yes" if value else "no"
    if question.kind == "file":
        return "a file"
    return ", ".join(map(str, values))


def pages(questions: Iterable[Question]) -> list[list[Question]]:
    """Questions in portions that fit into one form."""
    listed = list(questions)
    return [listed[at : at + QUESTIONS_A_FORM] for at in range(0, len(listed), QUESTIONS_A_FORM)]


def unanswered(questions: Iterable[Question], payload: Mapping[str, JsonValue]) -> list[Question]:
    return [question for question in questions if question.name not in payload]
