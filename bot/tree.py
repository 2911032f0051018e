"""Every slash command passes here; whatever goes wrong in one becomes a sentence for the person who typed it.

Knows no command. Invariant: nothing internal is shown, and what is logged is found again by the code shown.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.problems import Problem

log = logging.getLogger(__name__)

UNKNOWN_INTERACTION = 10062
Interaction = discord.Interaction[Any]


class ErrandTree(app_commands.CommandTree[Any]):
    """The command tree with one end for all errors."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        await tell(interaction, sentence_for(interaction, _cause(error)))


def sentence_for(interaction: Interaction, error: BaseException) -> str | None:
    """What to tell the person; None when nobody is there to be told."""
    name = interaction.command.qualified_name if interaction.command else "?"
    match error:
        case Problem():
            return error.sentence
        case discord.NotFound() if error.code == UNKNOWN_INTERACTION:
            log.warning("/%s: the first answer came too late; Discord allows three seconds", name)
            return None
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return "This command has changed. Reload Discord (Ctrl+R), then type it again."
        case app_commands.NoPrivateMessage():
            return "Use this command in a server."
        case app_commands.CheckFailure():
            return "You may not use this command here."
    code = f"e-{secrets.token_hex(3)}"
    log.error("/%s failed, shown to the user as %s", name, code, exc_info=error)
    return f"Something went wrong on my side. The operator can find it under `{code}`."


async def tell(interaction: Interaction, sentence: str | None) -> None:
    """Say `sentence` to the caller alone, or in place of "thinking" when the answer was deferred."""
    if sentence is None:
        return
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(content=sentence)
        elif interaction.type is not discord.InteractionType.autocomplete:
            await interaction.response.send_message(sentence, ephemeral=True)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("a sentence could not be delivered (%s)", type(error).__name__)


def _cause(error: BaseException) -> BaseException:
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error
