"""`/setup …` and `/help`: what is in the way here, what this server chose, and how to begin."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.answers import quiet
from bot.client import ErrandClient
from bot.desk import words_for
from bot.guards import administrator_of
from bot.guild_settings import known_zone, zones_like
from bot.languages import languages
from bot.setup_check import check_guild, check_writes, invitation, schedule_channel

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
HELP = ("help-what", "help-start", "help-jobs", "help-activity", "help-privacy", "help-administrators", "help-counts")


@app_commands.guild_only()
@app_commands.default_permissions(administrator=True)
@app_commands.allowed_installs(guilds=True, users=False)
class SetupCommands(app_commands.Group):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(name="setup", description="What I need here, and this server's own settings")

    @app_commands.command(name="check", description="What stands in my way here, and how to mend it")
    async def check(self, interaction: Interaction) -> None:
        client = interaction.client
        administrator_of(interaction)
        assert interaction.guild is not None
        await interaction.response.defer(ephemeral=True)
        intent = client.intents.members
        findings = check_guild(interaction.guild, interaction.channel_id, members_intent=intent)
        settings = await client.desk.settings.get(interaction.guild.id)
        findings += schedule_channel(interaction.guild, settings.channel_id)
        words = await words_for(interaction)
        lines = [f"{'✅' if finding.good else '🔧'} {finding.sentence(words)}" for finding in findings]
        place = f"<#{settings.channel_id}>" if settings.channel_id else words("setup-place-added")
        language = languages().get(settings.language or "", words("setup-each-own"))
        lines += ["", words("setup-chosen", zone=settings.time_zone, language=language, place=place)]
        lines.append(words("setup-invite", link=invitation(client)))
        embed = discord.Embed(title=words("setup-title"), description="\n".join(lines), color=client.desk.style.color)
        await interaction.edit_original_response(embed=embed)

    @app_commands.command(
        name="timezone", description="The time zone whose days are counted and whose hours schedules keep"
    )
    @app_commands.describe(name="Like Europe/Berlin or Asia/Jakarta")
    async def timezone(self, interaction: Interaction, name: str) -> None:
        caller = administrator_of(interaction)
        zone = known_zone(name)
        await interaction.response.defer(ephemeral=True)
        await interaction.client.desk.settings.change(caller.guild_id, time_zone=zone)
        sentence = (await words_for(interaction))("setup-zone", zone=zone)
        await interaction.edit_original_response(content=sentence)

    @app_commands.command(name="language", description="The language of my cards and answers in this server")
    @app_commands.describe(name="Leave it out to follow each reader's own Discord")
    @app_commands.choices(name=[app_commands.Choice(name=text, value=tag) for tag, text in languages().items()])
    async def language(self, interaction: Interaction, name: str | None = None) -> None:
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        await interaction.client.desk.settings.change(caller.guild_id, language=name)
        words = await words_for(interaction)
        sentence = words("setup-language", language=languages()[name]) if name else words("setup-language-own")
        await interaction.edit_original_response(content=sentence)

    @app_commands.command(name="channel", description="Where the cards of schedules go when nothing else was said")
    @app_commands.describe(channel="Leave it out to have no such place")
    async def channel(self, interaction: Interaction, channel: discord.TextChannel | None = None) -> None:
        caller = administrator_of(interaction)
        if channel is not None:
            assert interaction.guild is not None
            check_writes(interaction.guild, channel.id)
        await interaction.response.defer(ephemeral=True)
        await interaction.client.desk.settings.change(caller.guild_id, channel_id=channel.id if channel else None)
        words = await words_for(interaction)
        sentence = words("setup-channel", channel=channel.mention) if channel else words("setup-channel-none")
        await interaction.edit_original_response(content=sentence)

    @timezone.autocomplete("name")
    @quiet
    async def _zones(self, interaction: Interaction, typed: str) -> Choices:
        return [app_commands.Choice(name=name, value=name) for name in zones_like(typed)]


@app_commands.command(name="help", description="What I can do here, and how to begin")
@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
async def help_command(interaction: Interaction) -> None:
    """See the module."""
    words = await words_for(interaction)
    text = "\n\n".join(words(key) for key in HELP)
    embed = discord.Embed(title=words("help-title"), description=text, color=interaction.client.desk.style.color)
    await interaction.response.send_message(embed=embed, ephemeral=True)


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(SetupCommands())
    bot.tree.add_command(help_command)


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("setup")
    bot.tree.remove_command("help")
