"""`/privacy …`: not to be counted, to be given what is kept of oneself, and to have it erased.

In a server it is about that server, in a direct message about all of them, so that who left one is heard too.
"""

from __future__ import annotations

import io

import discord
from discord import app_commands

from bot.client import ErrandClient
from bot.desk import words_for
from bot.guards import Caller
from bot.languages import Words
from bot.privacy.export import FORMATS, Format, packed
from bot.problems import Problem
from bot.views.privacy_buttons import check_may_erase, count_again, place_of, privacy_view
from jobs.activity.members import EVERYWHERE

Interaction = discord.Interaction[ErrandClient]


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
class PrivacyCommands(app_commands.Group):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(name="privacy", description="What I keep of you: see it, erase it, or not be counted")

    @app_commands.command(name="opt-out", description="Not be counted any more; in a direct message: in no server")
    @app_commands.describe(back="True to be counted again")
    async def opt_out(self, interaction: Interaction, back: bool = False) -> None:
        await interaction.response.defer(ephemeral=True)
        words, place = await words_for(interaction), place_of(interaction)
        if back:
            await interaction.edit_original_response(content=await count_again(interaction, words))
            return
        members, user_id = interaction.client.desk.activity.members, interaction.user.id
        before = await members.wish(place, user_id)
        await members.opt_out(place, user_id)
        where = _where(place)
        said = words(f"opted-out-before-{where}") if before.out else words(f"opted-out-now-{where}")
        view = privacy_view(("erase", "keep", "back") if before.out else ("erase", "keep"), user_id, words)
        await interaction.edit_original_response(content=f"{said} {words('opted-out-keep')}", view=view)

    @app_commands.command(name="export", description="All that I keep of you, as a file for you alone")
    @app_commands.describe(format="JSON if you leave it out")
    @app_commands.choices(format=[app_commands.Choice(name=name, value=value) for value, name in FORMATS.items()])
    async def export(self, interaction: Interaction, format: str = "json") -> None:  # noqa: A002 - the option's name
        await interaction.response.defer(ephemeral=True)
        desk, words, place = interaction.client.desk, await words_for(interaction), place_of(interaction)
        kind: Format = "csv" if format == "csv" else "json"
        desk.quotas.count_command(Caller(place, interaction.user.id, administrator=False))
        found = packed(await desk.exporter.export(place, interaction.user.id, kind), interaction.filesize_limit)
        if found is None:
            raise Problem("export-too-large")
        files = [discord.File(io.BytesIO(file.data), file.name) for file in found]
        await interaction.edit_original_response(content=words(f"exported-{_where(place)}"), attachments=files)

    @app_commands.command(name="erase", description="Erase what I keep of you, for good")
    @app_commands.describe(member="For administrators: somebody who is not in this server any more")
    async def erase(self, interaction: Interaction, member: discord.User | None = None) -> None:
        await interaction.response.defer(ephemeral=True)
        words, place = await words_for(interaction), place_of(interaction)
        member_id = interaction.user.id if member is None else member.id
        await check_may_erase(interaction, member_id)
        question = _question(place, member_id, interaction.user.id, words)
        view = privacy_view(("erase", "keep"), member_id, words)
        await interaction.edit_original_response(content=question, view=view)


def _where(place: int) -> str:
    return "everywhere" if place == EVERYWHERE else "here"


def _question(place: int, member_id: int, user_id: int, words: Words) -> str:
    if member_id != user_id:
        return words("erase-other", user=f"<@{member_id}>")
    return words(f"erase-{_where(place)}")


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(PrivacyCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("privacy")
