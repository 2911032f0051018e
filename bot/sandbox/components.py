"""What Discord's own client checks before it sends a press, a choice or a filled form.

Pure. Invariant: what passes here is what a real bot could receive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.sandbox.options import CHANNEL, MENTIONABLE, ROLE, USER, SandboxRefused, entities
from bot.sandbox.world import Guild, Json

STRING_SELECT, TEXT_INPUT = 3, 4
SELECTS: Mapping[int, int] = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}
"""Selects of people and places by component type, and the kind of option that takes the same."""


def pressed(rows: Sequence[Json], custom_id: str, values: Sequence[str] | None, guild: Guild) -> Json:
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


def _check_choice(part: Json, values: Sequence[str], guild: Guild) -> None:
    low, high = part.get("min_values", 1), part.get("max_values", 1)
    if not low <= len(values) <= high or len(set(values)) != len(values):
        raise SandboxRefused(f"{low} to {high} different values can be chosen.")
    if part["type"] == STRING_SELECT:
        offered = {option["value"] for option in part["options"]}
    else:
        offered = {str(id_) for id_ in entities(SELECTS[part["type"]], guild)}
    if not set(values) <= offered:
        raise SandboxRefused("That is not offered.")


def filled(modal: Json, values: Mapping[str, str]) -> Json:
    """The interaction's data for a form; what is not filled in keeps its value. Raises `SandboxRefused`."""
    inputs = {part["custom_id"]: part for row in modal["components"] for part in row["components"]}
    for name in values:
        if name not in inputs:
            raise SandboxRefused(f"The form has no field {name}; there are: {', '.join(inputs)}.")
    rows = []
    for name, part in inputs.items():
        text = values.get(name, part.get("value") or "")
        low = part.get("min_length") or (1 if part.get("required", True) else 0)
        if (text or part.get("required", True)) and not low <= len(text) <= (part.get("max_length") or 4000):
            raise SandboxRefused(f"{name} must have {low} to {part.get('max_length') or 4000} letters.")
        rows.append({"type": 1, "components": [{"type": TEXT_INPUT, "custom_id": name, "value": text}]})
    return {"custom_id": modal["custom_id"], "components": rows}
