"""How a question is put in a form, and what comes back of it.

Makes components and reads submitted ones; sends nothing. Invariant: what was given is kept as it was given, right
or wrong, so that the form can be shown again with it filled in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, TypeAlias

import discord

from bot.days import parse_day
from bot.forms.questions import DESCRIPTION, LABEL, OPTION, OPTIONS, Question, cut
from bot.languages import Words
from jobs.engine.errors import EngineError
from jobs.engine.model import MAX_PAYLOAD_BYTES, JsonValue, dump_json

SLOTS = 5
"""Questions of one form (Discord API documentation, "Component Reference", "Modal")."""
TEXT, HINT = 4000, 100
Given: TypeAlias = "str | bool | list[str]"
"""What stands in one field of a form that was sent: text, a tick, or the values chosen."""
PLACES = [kind for kind in discord.ChannelType if kind.name in ("text", "news", "voice", "stage_voice", "forum")]
SELECTS = {"member": discord.ui.UserSelect, "role": discord.ui.RoleSelect, "channel": discord.ui.ChannelSelect}
DEFAULTS = {
    "member": discord.SelectDefaultValueType.user,
    "role": discord.SelectDefaultValueType.role,
    "channel": discord.SelectDefaultValueType.channel,
}
LABEL_TYPE, ROW_TYPE = 18, 1
EMPTY = object()


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when somebody writes: what "today" and "18:00" mean."""

    today: date
    zone: tzinfo


def label_of(question: Question, words: Words) -> str:
    """The question's name, in the words of its job type where it has some."""
    return cut(words.find(f"field-{question.name}") or question.label, LABEL)


def choice_label(choice: JsonValue, words: Words) -> str:
    """A choice as a person reads it."""
    if isinstance(choice, bool):
        return words("form-yes") if choice else words("form-no")
    plain = str(choice).replace("_", " ")
    return cut(words.find(f"choice-{choice}") or plain[:1].upper() + plain[1:], OPTION)


def component_of(
    question: Question, words: Words, value: JsonValue | object = EMPTY, *, kept: str = ""
) -> discord.ui.Label[Any]:
    """The question as a part of a form, with `value` filled in; `kept` names a file that was given before."""
    about = words.find(f"field-{question.name}.description") or question.description
    if kept:
        about = words("form-file-kept", name=cut(kept, 40))
    field = _field(question, words, question.default if value is EMPTY else value, bool(kept))
    return discord.ui.Label(
        text=label_of(question, words), description=cut(about, DESCRIPTION) or None, component=field
    )


def hint_of(question: Question, words: Words) -> str:
    """What stands in the empty field."""
    hints = []
    if question.choices:
        hints.append(words("hint-one-of", choices=cut(", ".join(map(str, question.choices)), HINT)))
    elif question.reads != "words":
        hints.append(words(f"hint-{question.reads}"))
    hints += [words(f"hint-{name}", figure=figure) for name, figure in question.bounds]
    if question.many and question.reads != "json":
        hints.append(words("hint-lines"))
    hint = ", ".join(hints)
    return cut(hint[:1].upper() + hint[1:], HINT)


def _field(question: Question, words: Words, value: Any, kept: bool) -> discord.ui.Item[Any]:
    needed, name = not question.empty, question.name
    least = 1 if needed else 0
    if question.kind in SELECTS:
        chosen = [discord.SelectDefaultValue(id=id_, type=DEFAULTS[question.kind]) for id_ in _ids(value)]
        more: dict[str, Any] = {"channel_types": PLACES} if question.kind == "channel" else {}
        return SELECTS[question.kind](
            custom_id=name,
            min_values=least,
            max_values=question.most,
            required=needed,
            default_values=chosen[: question.most],
            **more,
        )
    match question.kind:
        case "file":
            needed = needed and not kept
            return discord.ui.FileUpload(custom_id=name, required=needed, min_values=int(needed), max_values=1)
        case "yes-no":
            return discord.ui.Checkbox(custom_id=name, default=bool(value))
        case "choice":
            chosen_ = value if isinstance(value, list) else [value]
            options = [
                discord.SelectOption(
                    label=choice_label(choice, words), value=str(choice)[:OPTION], default=_is_in(choice, chosen_)
                )
                for choice in question.choices[:OPTIONS]
            ]
            return discord.ui.Select(
                custom_id=name, options=options, min_values=least, max_values=question.most, required=needed
            )
    text = _text(question, value)
    return discord.ui.TextInput(
        custom_id=name,
        style=discord.TextStyle.paragraph if question.long else discord.TextStyle.short,
        required=needed,
        default=text if text and len(text) <= TEXT else None,
        placeholder=hint_of(question, words) or None,
        min_length=question.shortest if needed else None,
        max_length=min(question.longest or TEXT, TEXT),
    )


def _ids(value: Any) -> Iterator[int]:
    for item in value if isinstance(value, list) else [value]:
        if item is not None and str(item).isdigit():
            yield int(item)


def _is_in(choice: JsonValue, chosen: Iterable[JsonValue]) -> bool:
    # `1 == True` in Python; a form must not take one for the other.
    return any(type(one) is type(choice) and one == choice for one in chosen)


def _text(question: Question, value: Any) -> str:
    if value is None:
        return ""
    if question.reads == "json" and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, indent=1)
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def given_in(components: Iterable[Mapping[str, Any]]) -> dict[str, Given]:
    """What a form that was sent holds, by field (Discord API documentation, "Modal Submit Data Structure")."""
    given: dict[str, Given] = {}
    for top in components:
        parts = [top["component"]] if top["type"] == LABEL_TYPE else top.get("components", [])
        for part in parts:
            if "values" in part:
                given[part["custom_id"]] = [str(value) for value in part["values"]]
            elif part.get("value") is not None:
                value = part["value"]
                given[part["custom_id"]] = value if isinstance(value, bool) else str(value)
    return given


def answer_of(question: Question, given: Given | None, moment: Moment) -> JsonValue:
    """What was given, as the payload wants it; None for nothing. What cannot be read is left for the model to refuse.

    The text of a file is not in a form; `given` are the ids of the files.
    """
    if isinstance(given, bool) or question.kind == "yes-no":
        return bool(given)
    values = [given] if isinstance(given, str) else list(given or ())
    if question.kind == "text":
        text = values[0].strip() if values else ""
        values = _entries(question, text) if question.many and question.reads != "json" else [text]
        read = [_read(question, one, moment) for one in values if one]
    elif question.kind == "choice":
        read = [_chosen(question, one) for one in values]
    else:
        read = list(values)
    if not read:
        return None
    return read if question.many and question.reads != "json" else read[0]


def _entries(question: Question, text: str) -> list[str]:
    return [part.strip() for line in text.splitlines() for part in line.split(",") if part.strip()]


def _read(question: Question, text: str, moment: Moment) -> JsonValue:
    match question.reads:
        case "day":
            day = parse_day(text.lower(), moment.today)
            return day.isoformat() if day else text
        case "instant":
            try:
                at = datetime.fromisoformat(text)
            except ValueError:
                return text
            # Whoever writes no zone means the clock on their own wall.
            return (at if at.tzinfo else at.replace(tzinfo=moment.zone)).isoformat()
        case "json":
            try:
                read: JsonValue = json.loads(text)
                dump_json(read, "answer", MAX_PAYLOAD_BYTES)  # Python reads some that nobody could keep, such as NaN
            except (ValueError, RecursionError, EngineError):
                return text
            return read
    return _chosen(question, text) if question.choices else text


def _chosen(question: Question, text: str) -> JsonValue:
    """The choice that was meant: a number or a yes is no text to the model."""
    exact = next((choice for choice in question.choices if str(choice) == text), None)
    if exact is not None:
        return exact
    return next((choice for choice in question.choices if str(choice).casefold() == text.casefold()), text)
