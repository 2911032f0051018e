"""Every slash command passes here; whatever goes wrong in one becomes a sentence for the person who typed it."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.answers import sentence_for, tell
from bot.desk import words_for


class ErrandTree(app_commands.CommandTree[Any]):
    """The command tree with one end for all errors."""

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        name = f"/{interaction.command.qualified_name}" if interaction.command else "a command"
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await tell(interaction, sentence_for(name, cause, await words_for(interaction)))
