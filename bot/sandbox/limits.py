"""What Discord refuses to store: texts too long, too many embeds, files too large, malformed commands.

Pure checks that raise `ApiError` 400/50035 with the field's name. Source of the figures: Discord API
documentation, "Message", "Embed Limits", "Component Reference", "Application Commands".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.sandbox.errors import invalid_form, too_large
from bot.sandbox.world import Json

MIB = 1024 * 1024
FILE_BYTES, REQUEST_BYTES = 10 * MIB, 25 * MIB
_LOCALES = """
id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko
"""
LOCALES = frozenset(_LOCALES.split())
"""Discord API documentation, "Locales"."""
EMBED_TEXTS = {"title": 256, "description": 4096}
COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")
SUBCOMMAND, SUBCOMMAND_GROUP = 1, 2
BUTTON, TEXT_INPUT = 2, 4


def check_message(body: Json, files: Sequence[tuple[str, bytes]]) -> None:
    """A message to send or an edit."""
    _length("content", body.get("content"), 2000)
    embeds = body.get("embeds") or []
    _count("embeds", embeds, 10)
    for number, embed in enumerate(embeds):
        _check_embed(f"embeds[{number}]", embed)
    if sum(_weight(embed) for embed in embeds) > 6000:
        raise invalid_form("embeds", "Embed size exceeds maximum size of 6000")
    _count("attachments", body.get("attachments") or [], 10)
    _count("files", files, 10)
    if any(len(data) > FILE_BYTES for _, data in files) or sum(len(data) for _, data in files) > REQUEST_BYTES:
        raise too_large()
    _check_rows(body.get("components") or [])
    nonce = body.get("nonce")
    _length("nonce", None if nonce is None else str(nonce), 25)


def check_not_empty(body: Json, files: Sequence[tuple[str, bytes]]) -> None:
    """A new message must hold something. Raises 400/50006."""
    if not (body.get("content") or body.get("embeds") or files or body.get("components")):
        error = invalid_form("content", "Cannot send an empty message")
        error.body.update(code=50006, message="Cannot send an empty message")
        raise error


def check_commands(commands: Sequence[Json]) -> None:
    """What a bulk overwrite of commands may hold."""
    _count("commands", commands, 100)
    names = [command.get("name") for command in commands]
    if len(set(names)) != len(names):
        raise invalid_form("name", "Application command names must be unique")
    for command in commands:
        _check_command(command)
        if _characters(command) > 8000:
            raise invalid_form(command["name"], "Command exceeds maximum size (8000)")


def _check_command(command: Json) -> None:
    name = command.get("name") or ""
    if not COMMAND_NAME.fullmatch(name) or name != name.lower():
        raise invalid_form("name", "Command name is invalid")
    if not 1 <= len(command.get("description") or "") <= 100:
        raise invalid_form(name, "description must be 1 to 100 in length")
    _check_localizations(name, command)
    options = command.get("options") or []
    _count(name, options, 25)
    optional_seen = False
    for option in options:
        if option.get("required") and optional_seen:
            raise invalid_form(name, "Required options must be placed before non-required options")
        optional_seen |= not option.get("required") and option.get("type") not in (SUBCOMMAND, SUBCOMMAND_GROUP)
        _check_command(option)
        choices = option.get("choices") or []
        _count(f"{name}.choices", choices, 25)
        if choices and option.get("autocomplete"):
            raise invalid_form(name, "Choices and autocomplete exclude each other")
        for choice in choices:
            _length(f"{name}.choice", choice["name"], 100)
            _check_localizations(f"{name}.choice", choice)
            _length(f"{name}.choice", str(choice["value"]), 100)


def _check_localizations(where: str, part: Json) -> None:
    """What a name or a description is called in other languages holds to the same limits."""
    for what in ("name", "description"):
        for locale, text in (part.get(f"{what}_localizations") or {}).items():
            if locale not in LOCALES:
                raise invalid_form(where, f"{what}_localizations: {locale} is no locale")
            if not 1 <= len(text) <= 100:
                raise invalid_form(where, f"{what}_localizations.{locale} must be 1 to 100 in length")


def check_choices(choices: Sequence[Json]) -> None:
    """The answer to an autocomplete."""
    _count("choices", choices, 25)
    for choice in choices:
        if not 1 <= len(choice.get("name") or "") <= 100:
            raise invalid_form("choices.name", "Must be between 1 and 100 in length")
        _length("choices.value", str(choice.get("value")), 100)


def check_modal(modal: Json) -> None:
    """A form: its title, its parts, and what each holds."""
    if not 1 <= len(modal.get("title") or "") <= 45:
        raise invalid_form("title", "Must be between 1 and 45 in length.")
    parts = modal.get("components") or []
    if not 1 <= len(parts) <= 5:
        raise invalid_form("components", "Must be between 1 and 5 in length.")
    seen: set[str] = set()
    for part in parts:
        _length("components.label", part.get("label"), 45)
        _length("components.description", part.get("description"), 100)
        for inner in (part["component"],) if "component" in part else part.get("components") or []:
            _check_part(inner, seen)


def _characters(part: Mapping[str, Any]) -> int:
    own = _longest(part, "name") + _longest(part, "description")
    inner: Iterable[Mapping[str, Any]] = [*(part.get("options") or []), *(part.get("choices") or [])]
    return own + len(str(part.get("value") or "")) + sum(_characters(child) for child in inner)


def _longest(part: Mapping[str, Any], what: str) -> int:
    """Characters of the longest wording, which is the one that counts."""
    return max(len(text) for text in (part.get(what) or "", *(part.get(f"{what}_localizations") or {}).values()))


def _check_embed(where: str, embed: Json) -> None:
    for name, limit in EMBED_TEXTS.items():
        _length(f"{where}.{name}", embed.get(name), limit)
    _length(f"{where}.footer", (embed.get("footer") or {}).get("text"), 2048)
    _length(f"{where}.author", (embed.get("author") or {}).get("name"), 256)
    fields = embed.get("fields") or []
    _count(f"{where}.fields", fields, 25)
    for field in fields:
        for name, limit in (("name", 256), ("value", 1024)):
            if not (field.get(name) or "").strip():
                raise invalid_form(f"{where}.fields.{name}", "This field is required")
            _length(f"{where}.fields.{name}", field[name], limit)


def _weight(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description"), (embed.get("footer") or {}).get("text")]
    texts += [(embed.get("author") or {}).get("name")]
    texts += [text for field in embed.get("fields") or [] for text in (field.get("name"), field.get("value"))]
    return sum(len(text) for text in texts if text)


def _check_rows(rows: Sequence[Json]) -> None:
    """Components of the first kind: rows of buttons, or of one select."""
    _count("components", rows, 5)
    seen: set[str] = set()
    for row in rows:
        parts = row.get("components") or []
        _count("components.row", parts, 5)
        for part in parts:
            _check_part(part, seen)


def _check_part(part: Json, seen: set[str]) -> None:
    """A button, a select or a field; `seen` holds the custom ids of its message or form."""
    _length("components.label", part.get("label"), 80 if part.get("type") == BUTTON else 45)
    _length("components.placeholder", part.get("placeholder"), 150 if part.get("type") != TEXT_INPUT else 100)
    _length("components.value", part.get("value"), 4000)
    options = part.get("options") or []
    _count("components.options", options, 25)
    for option in options:
        for name, limit in (("label", 100), ("value", 100), ("description", 100)):
            _length(f"components.options.{name}", option.get(name), limit)
    custom_id = part.get("custom_id")
    if custom_id is None:
        return
    if not 1 <= len(custom_id) <= 100 or custom_id in seen:
        raise invalid_form("components.custom_id", "Must be unique, 1 to 100 in length")
    seen.add(custom_id)


def _length(where: str, text: str | None, limit: int) -> None:
    if text is not None and len(text) > limit:
        raise invalid_form(where, f"Must be {limit} or fewer in length.")


def _count(where: str, items: Sequence[object], limit: int) -> None:
    if len(items) > limit:
        raise invalid_form(where, f"Must be {limit} or fewer in length.")
