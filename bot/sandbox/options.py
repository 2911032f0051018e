"""What Discord's own client checks before it sends a command: that it exists, its options, who may use it.

Pure. Invariant: what passes here is what a real bot could receive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.world import Guild, Json

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = range(1, 11)


class SandboxRefused(ValueError):
    """Discord's client would not send this; the text says why."""


def build(
    commands: Sequence[Json], name: str, given: Mapping[str, Any], guild: Guild, *, focused: str | None = None
) -> tuple[Json, list[Json]]:
    """The command and the `options` of its interaction. Raises `SandboxRefused`."""
    words = name.split()
    command = next((c for c in commands if words and c["name"] == words[0] and c.get("type", 1) == 1), None)
    if command is None:
        raise SandboxRefused(f"There is no command /{name}.")
    level, path = command, []
    for word in words[1:]:
        level = next(
            (o for o in level.get("options", []) if o["name"] == word and o["type"] in (SUBCOMMAND, GROUP)), {}
        )
        if not level:
            raise SandboxRefused(f"There is no command /{name}.")
        path.append(level)
    known = level.get("options", [])
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in known):
        raise SandboxRefused(f"/{name} needs one of: " + ", ".join(option["name"] for option in known))
    options = _values(known, given, guild, focused)
    for step in reversed(path):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    return command, options


def typed(commands: Sequence[Json], name: str, texts: Mapping[str, str], *, focused: str = "") -> dict[str, Any]:
    """Options as people type them, in the types that the command asks for; what does not fit stays text."""
    kinds = {option["name"]: option["type"] for option in options_of(commands, name)}
    return {key: text if key == focused else _typed(kinds.get(key, STRING), text) for key, text in texts.items()}


def options_of(commands: Sequence[Json], name: str) -> list[Json]:
    """What `/name` can be given; nothing for an unknown command."""
    words = name.split()
    level: list[Json] = list(commands)
    for word in words:
        found = next((part for part in level if part["name"] == word), None)
        level = found.get("options", []) if found else []
    return level


def _typed(kind: int, text: str) -> Any:
    try:
        match kind:
            case _ if kind == INTEGER:
                return int(text)
            case _ if kind == NUMBER:
                return float(text)
            case _ if kind == BOOLEAN:
                return {"true": True, "false": False}[text.lower()]
    except (ValueError, KeyError):
        return text
    return text


def _values(known: Sequence[Json], given: Mapping[str, Any], guild: Guild, focused: str | None) -> list[Json]:
    by_name = {option["name"]: option for option in known}
    for name in given:
        if name not in by_name:
            raise SandboxRefused(f"There is no option {name}; there are: {', '.join(by_name) or 'none'}.")
    answer = []
    for name, option in by_name.items():
        if name not in given:
            if option.get("required") and focused is None:
                raise SandboxRefused(f"The option {name} is required.")
            continue
        value: Json = {"name": name, "type": option["type"], "value": given[name]}
        if name == focused:
            value["focused"] = True
        else:
            value["value"] = _checked(option, given[name], guild)
        answer.append(value)
    return answer


def _checked(option: Json, value: Any, guild: Guild) -> Any:
    name, kind = option["name"], option["type"]
    choices = option.get("choices")
    if choices and value not in [choice["value"] for choice in choices]:
        raise SandboxRefused(f"{name} must be one of: " + ", ".join(str(choice["value"]) for choice in choices))
    if kind in (USER, CHANNEL, ROLE, MENTIONABLE):
        if not str(value).isdigit() or not _may_be_named(int(value), kind, guild):
            raise SandboxRefused(f"{name}: there is no such one here.")
        if (types := option.get("channel_types")) and guild.channels[int(value)].type not in types:
            raise SandboxRefused(f"{name}: not this kind of channel.")
        return str(value)
    right: Any = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}[kind]
    if not isinstance(value, right) or (kind == INTEGER and isinstance(value, bool)):
        raise SandboxRefused(f"{name} has the wrong kind of value.")
    length = len(value) if isinstance(value, str) else None
    if length is not None and not option.get("min_length", 0) <= length <= option.get("max_length", 6000):
        raise SandboxRefused(f"{name} is too short or too long.")
    if isinstance(value, int | float) and not option.get("min_value", value) <= value <= option.get("max_value", value):
        raise SandboxRefused(f"{name} is out of range.")
    return value


def _may_be_named(id_: int, kind: int, guild: Guild) -> bool:
    """A person can be named by id who is not in the guild; whether there is one, the world knows."""
    if kind == USER:
        return id_ not in guild.roles and id_ not in guild.channels
    return id_ in entities(kind, guild)


def entities(kind: int, guild: Guild) -> set[int]:
    """Ids that an option or a select of this kind may name."""
    return {
        USER: set(guild.members),
        ROLE: set(guild.roles),
        CHANNEL: set(guild.channels),
        MENTIONABLE: {*guild.members, *guild.roles},
    }[kind]


def named(values: Sequence[Json]) -> set[int]:
    """Ids of people and places in the options of an interaction."""
    kinds = (USER, CHANNEL, ROLE, MENTIONABLE)
    return {int(option["value"]) for option in _flat(values) if option["type"] in kinds}


def _flat(options: Sequence[Json]) -> list[Json]:
    return [leaf for o in options for leaf in (_flat(o["options"]) if "options" in o else [o])]
