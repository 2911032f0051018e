"""What a person is told: a sentence for them alone, whatever they used and whatever went wrong.

Knows no command. Invariant: nothing internal is shown, what is logged is found again by the code shown, and a
message that others see is never overwritten with an answer for one.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.desk import words_for
from bot.languages import Words
from bot.problems import Problem

log = logging.getLogger(__name__)

UNKNOWN_INTERACTION = 10062
Interaction = discord.Interaction[Any]
UPDATES = (discord.InteractionResponseType.deferred_message_update, discord.InteractionResponseType.message_update)


@asynccontextmanager
async def answering(interaction: Interaction, name: str) -> AsyncIterator[None]:
    """Whatever is raised inside becomes a sentence; for buttons and forms, whose errors nobody else catches."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the one end of all errors of a press
        await tell(interaction, sentence_for(name, error, await words_for(interaction)))


def sentence_for(name: str, error: BaseException, words: Words) -> str | None:
    """What to tell the person; None when nobody is there to be told."""
    match error:
        case Problem():
            return error.said(words)
        case discord.NotFound() if error.code == UNKNOWN_INTERACTION:
            log.warning("%s: the first answer came too late; Discord allows three seconds", name)
            return None
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return words("reload")
        case app_commands.NoPrivateMessage():
            return words("in-a-server")
        case app_commands.CheckFailure():
            return words("may-not")
    code = f"e-{secrets.token_hex(3)}"
    log.error("%s failed, shown to the user as %s", name, code, exc_info=error)
    return words("went-wrong", code=code)


async def tell(interaction: Interaction, sentence: str | None) -> None:
    """Say `sentence` to the caller alone, or in place of "thinking" when the answer was deferred."""
    if sentence is None:
        return
    try:
        if interaction.type is discord.InteractionType.autocomplete:
            return
        if not interaction.response.is_done():
            await interaction.response.send_message(sentence, ephemeral=True)
        elif interaction.response.type in UPDATES:
            await interaction.followup.send(sentence, ephemeral=True)
        else:
            await interaction.edit_original_response(content=sentence)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("a sentence could not be delivered (%s)", type(error).__name__)
