"""Gives Discord the commands' descriptions, options and choices in every language.

Names of commands and options stay as they are: every sentence that tells someone to use one would be wrong otherwise.
Invariant: English is what the code says, and what a catalogue lacks is left to Discord's own fallback.
"""

from __future__ import annotations

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Location
from discord.app_commands import TranslationContextTypes, locale_str

from bot.languages.words import ENGLISH, Words, language_of, words_in
from jobs.engine.registry import Registry


class CommandTranslator(app_commands.Translator):
    """See the module. Choices that are job types are called by their titles."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def translate(self, string: locale_str, locale: Locale, context: TranslationContextTypes) -> str | None:
        if language_of(locale.value) == ENGLISH:
            return None
        return self._said(words_in(locale.value), context)

    def _said(self, words: Words, context: TranslationContextTypes) -> str | None:
        match context.location:
            case Location.command_description | Location.group_description:
                return words.find(key_of(context.data.qualified_name))
            case Location.parameter_description:
                parameter = context.data
                return words.find(f"{key_of(parameter.command.qualified_name)}.{parameter.name}")
            case Location.choice_name:
                value = context.data.value
                if value in self._registry:
                    return words.title(self._registry.get(value))
                return words.find(f"choice-{value}")
        return None


def key_of(command: str) -> str:
    """`command-job-status` for `job status`."""
    return f"command-{command.replace(' ', '-')}"
