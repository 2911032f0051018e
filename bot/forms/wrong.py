"""What is wrong with answers, as sentences, and answers as a person reads them.

Pure. Invariant: the payload model alone decides; nothing here knows better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bot.cards.text import escape
from bot.forms.fields import choice_label, label_of
from bot.forms.questions import Question
from bot.languages import Words
from jobs.engine.model import JsonValue
from jobs.engine.payload import Payload

KEYS: Mapping[str, str] = {
    "missing": "missing",
    "int_parsing": "whole-number",
    "int_from_float": "whole-number",
    "float_parsing": "number",
    "decimal_parsing": "number",
    "finite_number": "number",
    "date_parsing": "day",
    "date_from_datetime_parsing": "day",
    "datetime_parsing": "instant",
    "datetime_from_date_parsing": "instant",
    "time_parsing": "time",
    "time_delta_parsing": "length",
    "greater_than": "above",
    "greater_than_equal": "from",
    "less_than": "below",
    "less_than_equal": "to",
    "string_too_short": "too-short",
    "string_too_long": "too-long",
    "too_short": "too-few",
    "too_long": "too-many",
    "string_pattern_mismatch": "pattern",
    "literal_error": "choice",
    "enum": "choice",
    "uuid_parsing": "uuid",
    "dict_type": "json",
    "list_type": "json",
    "model_type": "json",
    "model_attributes_type": "json",
}
"""Sentences by the name of what the model found (pydantic documentation, "Validation Errors")."""
FIGURES = ("gt", "ge", "lt", "le", "min_length", "max_length", "expected")
"""What the model says of its bounds, under the names that pydantic gives them."""
RAISED = ("value_error", "assertion_error")
"""The model's own checks, which bring a sentence of their own."""
MARKS = {"member": "<@{}>", "role": "<@&{}>", "channel": "<#{}>"}
SHOWN, REASON = 60, 200


def wrong_in(
    payload: type[Payload],
    questions: Sequence[Question],
    answers: Mapping[str, JsonValue],
    asked: Sequence[str],
    words: Words,
) -> dict[str, str]:
    """A sentence for each answer that the model does not take, by field; under "" what is wrong with all together.

    A needed answer is missed only once it was `asked` for.
    """
    try:
        payload.model_validate(answers)
    except ValidationError as error:
        known = {question.name: question for question in questions}
        wrong: dict[str, str] = {}
        for found in error.errors(include_url=False):
            name = str(found["loc"][0]) if found["loc"] else ""
            if found["type"] == "missing" and len(found["loc"]) == 1 and name not in asked:
                continue
            wrong.setdefault(name if name in known else "", _sentence(known.get(name), found, answers, words))
        return wrong
    return {}


def _sentence(
    question: Question | None, found: Mapping[str, Any], answers: Mapping[str, JsonValue], words: Words
) -> str:
    place = next((part for part in found["loc"][1:] if isinstance(part, int)), None)
    of_many = question is not None and question.many and place is not None
    if question is not None:
        label = escape(label_of(question, words))
    else:
        label = escape(str(found["loc"][0])) if found["loc"] else ""
    if of_many and place is not None:
        label = words("wrong-entry", label=label, n=place + 1)
    value = found.get("input") if of_many else answers.get(question.name) if question else None
    sentence = _said(found, label, words)
    if question is None or question.kind != "text" or not isinstance(value, str) or not escape(value, code=True):
        return sentence
    return f"{sentence} {words('wrong-wrote', value=escape(value, limit=SHOWN, code=True))}"


def _said(found: Mapping[str, Any], label: str, words: Words) -> str:
    context = found.get("ctx") or {}
    key = KEYS.get(found["type"])
    if key is not None:
        figure = next((escape(str(context[name]), limit=REASON) for name in FIGURES if name in context), None)
        values = {"label": label} if figure is None else {"label": label, "figure": figure}
        return words(f"wrong-{key}", **values)
    reason = str(context.get("error") or found["msg"]) if found["type"] in RAISED else str(found["msg"])
    reason = escape(words.of(reason), limit=REASON).rstrip(".")
    return f"**{label}**: {reason}." if label else f"{reason[:1].upper()}{reason[1:]}."


def shown(question: Question, value: JsonValue, words: Words, *, file: str = "") -> str:
    """An answer as a person reads it; it can neither format nor ping."""
    values = value if isinstance(value, list) else [value]
    if question.kind in MARKS:
        return ", ".join(MARKS[question.kind].format(item) for item in values if str(item).isdigit())
    if question.kind == "file":
        return escape(file, limit=SHOWN)
    if question.kind in ("yes-no", "choice"):
        return escape(", ".join(choice_label(item, words) for item in values), limit=300)
    return escape(", ".join(map(str, values)), limit=300)
