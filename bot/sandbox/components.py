"""What Discord's own client checks before it sends a press, a choice or a filled form.

Pure. Invariant: what passes here is what a real bot could receive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.sandbox.options import CHANNEL, MENTIONABLE, ROLE, USER, SandboxRefused, entities
from bot.sandbox.world import Attachment, Guild, Json

ROW, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY, LABEL, FILE_UPLOAD = 1, 3, 4, 10, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23
"""Types of components (Discord API reference, "Component Reference")."""
SELECTS: Mapping[int, int] = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}
"""Selects of people and places by component type, and the kind of option that takes the same."""
OFFERING = (STRING_SELECT, RADIO_GROUP, CHECKBOX_GROUP)
"""Components whose values are among their own options."""
Answer: TypeAlias = "str | bool | Sequence[str]"
"""What a person put into one field: text, a tick, or values chosen."""


def pressed(rows: Sequence[Json], custom_id: str, values: Sequence[str] | None, guild: Guild | None) -> Json:
    """The interaction's data for a press of a button or a choice in a select. Raises `SandboxRefused`."""
    parts = [part for row in rows for part in row.get("components", [])]
    part = next((p for p in parts if p.get("custom_id") == custom_id), None)
    if part is None or part.get("disabled"):
        raise SandboxRefused("There is no such button to press.")
    data: Json = {"custom_id": custom_id, "component_type": part["type"]}
    chooses = part["type"] == STRING_SELECT or part["type"] in SELECTS
    if chooses != (values is not None):
        raise SandboxRefused("A select takes values, a button none.")
    if values is not None:
        _check_choice(part, values, guild)
        data["values"] = list(values)
    return data


def _check_choice(part: Json, values: Sequence[str], guild: Guild | None) -> None:
    low, high = part.get("min_values", 1), part.get("max_values", 1)
    if not low <= len(values) <= high or len(set(values)) != len(values):
        raise SandboxRefused(f"{low} to {high} different values can be chosen.")
    if part["type"] in OFFERING:
        offered = {option["value"] for option in part["options"]}
    elif guild is None:
        offered = set()
    else:
        offered = {str(id_) for id_ in entities(SELECTS[part["type"]], guild)}
    if not set(values) <= offered:
        raise SandboxRefused("That is not offered.")


@dataclass(slots=True)
class Filled:
    """A form as it is sent: the interaction's data, and what of it has to be resolved."""

    data: Json
    ids: set[int] = field(default_factory=set)
    """People and places chosen."""
    files: list[Attachment] = field(default_factory=list)


def filled(
    modal: Json, answers: Mapping[str, Answer], files: Mapping[str, Sequence[Attachment]], guild: Guild | None
) -> Filled:
    """What is not answered keeps the value that the form came with. Raises `SandboxRefused`."""
    fields = {part["custom_id"]: part for part in fields_of(modal)}
    for name in (*answers, *files):
        if name not in fields:
            raise SandboxRefused(f"The form has no field {name}; there are: {', '.join(fields)}.")
    form = Filled({"custom_id": modal["custom_id"], "components": []})
    for top in modal["components"]:
        form.data["components"].append(_sent(top, answers, files, guild, form))
    return form


def fields_of(modal: Json) -> list[Json]:
    """The parts of a form that take an answer."""
    parts: list[Json] = []
    for top in modal["components"]:
        if top["type"] == ROW:
            parts += top["components"]
        elif top["type"] == LABEL:
            parts.append(top["component"])
    return parts


def _sent(
    top: Json,
    answers: Mapping[str, Answer],
    files: Mapping[str, Sequence[Attachment]],
    guild: Guild | None,
    form: Filled,
) -> Json:
    if top["type"] == TEXT_DISPLAY:
        return {"type": TEXT_DISPLAY, "id": top.get("id", 0)}
    if top["type"] == ROW:
        return {"type": ROW, "components": [_field(part, answers, files, guild, form) for part in top["components"]]}
    return {"type": LABEL, "id": top.get("id", 0), "component": _field(top["component"], answers, files, guild, form)}


def _field(
    part: Json,
    answers: Mapping[str, Answer],
    files: Mapping[str, Sequence[Attachment]],
    guild: Guild | None,
    form: Filled,
) -> Json:
    kind, name = part["type"], part["custom_id"]
    sent: Json = {"type": kind, "id": part.get("id", 0), "custom_id": name}
    if kind == FILE_UPLOAD:
        uploaded = list(files.get(name, ()))
        _check_amount(part, len(uploaded))
        form.files += uploaded
        return {**sent, "values": [str(file.id) for file in uploaded]}
    if kind == TEXT_INPUT:
        return {**sent, "value": _text(part, answers.get(name))}
    if kind == CHECKBOX:
        return {**sent, "value": bool(answers.get(name, part.get("default", False)))}
    values = _values(part, answers.get(name))
    if values or part.get("required", True):
        _check_choice({**part, "min_values": part.get("min_values", 1) if values else 1}, values, guild)
    if kind in SELECTS:
        form.ids |= {int(value) for value in values}
    if kind == RADIO_GROUP:
        return {**sent, "value": values[0] if values else None}
    return {**sent, "values": values}


def _text(part: Json, answer: Answer | None) -> str:
    text = str(part.get("value") or "" if answer is None else answer)
    low = part.get("min_length") or (1 if part.get("required", True) else 0)
    high = part.get("max_length") or 4000
    if (text or part.get("required", True)) and not low <= len(text) <= high:
        raise SandboxRefused(f"{part['custom_id']} must have {low} to {high} letters.")
    return text


def _values(part: Json, answer: Answer | None) -> list[str]:
    if isinstance(answer, str):
        return [answer] if answer else []
    if answer is not None and not isinstance(answer, bool):
        return list(answer)
    if part["type"] in OFFERING:
        return [option["value"] for option in part["options"] if option.get("default")]
    return [str(value["id"]) for value in part.get("default_values") or []]


def _check_amount(part: Json, amount: int) -> None:
    low = part.get("min_values", 1) if part.get("required", True) else 0
    if not low <= amount <= part.get("max_values", 1):
        raise SandboxRefused(f"{low} to {part.get('max_values', 1)} files can be sent.")
