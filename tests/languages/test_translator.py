from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.client import EXTENSIONS
from bot.languages import ENGLISH, languages, words_in
from bot.languages.catalogue import read_catalogue
from bot.languages.translator import CommandTranslator, key_of
from bot.languages.words import HOME
from jobs.engine.registry import Registry
from jobs.handlers import builtin_types

OTHERS = [language for language in languages() if language != ENGLISH]
REGISTRY = Registry(builtin_types())
NAME = re.compile(r"[-_\w]{1,32}")
"""Discord API documentation, "Application Command Naming"; descriptions and choices: 1 to 100 characters."""
ENDONYMS = {*languages().values()}
"""Languages are offered by their own names."""


@pytest.fixture
async def tree() -> app_commands.CommandTree[Any]:
    tree: app_commands.CommandTree[Any] = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    bot = SimpleNamespace(tree=tree, desk=SimpleNamespace(queue=SimpleNamespace(registry=REGISTRY)))
    for extension in EXTENSIONS:
        await import_module(extension).setup(bot)
    return tree


async def payloads(tree: app_commands.CommandTree[Any]) -> list[dict[str, Any]]:
    translator = CommandTranslator(REGISTRY)
    return [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]


def parts(payload: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """A command, its subcommands, options and choices, each with where it stands."""
    here = f"{path} {payload['name']}".strip()
    yield here, payload
    for inner in (*payload.get("options", ()), *payload.get("choices", ())):
        yield from parts(inner, here)


@pytest.mark.parametrize("language", OTHERS)
async def test_every_description_option_and_choice_is_translated_and_fits(
    tree: app_commands.CommandTree[Any], language: str
) -> None:
    for payload in await payloads(tree):
        for place, part in parts(payload):
            what = "description" if "description" in part else "name"
            if what == "name" and part["name"] in ENDONYMS:
                continue
            said = part.get(f"{what}_localizations", {}).get(language)
            assert said, f"{language} says nothing for {place}"
            assert said != part[what], f"{language} says {place} in English"
            assert len(said) <= 100, f"{place}: {len(said)} characters"


async def test_names_stay_as_they_are_in_every_language(tree: app_commands.CommandTree[Any]) -> None:
    for payload in await payloads(tree):
        for place, part in parts(payload):
            assert "description" not in part or not part.get("name_localizations"), place
            assert "description" not in part or NAME.fullmatch(part["name"]), place


async def test_the_english_catalogue_says_what_the_code_says_and_nothing_was_cut_or_forgotten(
    tree: app_commands.CommandTree[Any],
) -> None:
    words, keys = words_in(), set()
    for command in tree.walk_commands():
        key = key_of(command.qualified_name)
        described = {key: command.description}
        if isinstance(command, app_commands.Command):
            described |= {f"{key}.{parameter.name}": str(parameter.description) for parameter in command.parameters}
            for parameter in command.parameters:
                keys |= {f"choice-{choice.value}" for choice in parameter.choices}
        for key, text in described.items():
            assert words.find(key) == text
            assert not text.endswith("…"), f"{key} is longer than 100 characters, or was never described"
        keys |= described.keys()
    english = read_catalogue(HOME, ENGLISH)
    assert english is not None
    written = {key for key in english.patterns if key.startswith(("command-", "choice-"))}
    assert not written - keys, "there are no such commands"


async def test_english_is_left_to_what_the_code_says(tree: app_commands.CommandTree[Any]) -> None:
    found = {
        locale
        for payload in await payloads(tree)
        for _, part in parts(payload)
        for locale in (*part.get("description_localizations", ()), *part.get("name_localizations", ()))
    }
    assert found == set(OTHERS)
