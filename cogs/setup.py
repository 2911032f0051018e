"""`/setup …` and `/help`: what is in the way here, what this server chose, and how to begin."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.answers import quiet
from bot.client import ErrandClient
from bot.guards import administrator_of
from bot.guild_settings import LANGUAGES, known_zone, zones_like
from bot.setup_check import check_guild, check_writes, invitation, schedule_channel

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
HELP = (
    "I run long errands for this server and keep one message true until they are done.",
    "",
    "`/async-job` starts one. Its message shows how far it is; its buttons pause, stop and repeat it.",
    "`/job list` and `/job status` show what runs and what ran; `/job cancel`, `pause`, `resume` and `retry` steer it; "
    "`/job result`, `logs` and `undo` give its files, tell what it did and take it back.",
    "`/activity report` counts who was active, `/activity inactive` names who was not, `/activity me` shows what I "
    "have counted of you.",
    "",
    "For administrators: `/schedule add` lets a job come back by itself; `/queue pause` holds all jobs here, "
    "`/queue stats` and `health` tell how they stand, `/queue access` lets a role start them; `/setup check` tells "
    "what stands in my way here and how to mend it; `/setup timezone`, `language` and `channel` are this server's own.",
    "",
    "I count messages and minutes in voice. I never read what is written.",
)


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
        lines = [f"{'✅' if finding.good else '🔧'} {finding.sentence}" for finding in findings]
        place = f"<#{settings.channel_id}>" if settings.channel_id else "the channel where it was added"
        language = LANGUAGES.get(settings.language or "", "each reader's own")
        lines += ["", f"Time zone {settings.time_zone} · language: {language} · schedules write to {place}"]
        lines.append(f"[Invite me again with all I need]({invitation(client)})")
        embed = discord.Embed(title="Setup", description="\n".join(lines), color=client.desk.style.color)
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
        sentence = f"Days are those of {zone} from now on. Schedules made before keep their hours."
        await interaction.edit_original_response(content=sentence)

    @app_commands.command(name="language", description="The language of my cards and answers in this server")
    @app_commands.describe(name="Leave it out to follow each reader's own Discord")
    @app_commands.choices(name=[app_commands.Choice(name=text, value=tag) for tag, text in LANGUAGES.items()])
    async def language(self, interaction: Interaction, name: str | None = None) -> None:
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        await interaction.client.desk.settings.change(caller.guild_id, language=name)
        chosen = LANGUAGES[name] if name else "the language of whoever asks"
        await interaction.edit_original_response(content=f"New cards here are in {chosen}.")

    @app_commands.command(name="channel", description="Where the cards of schedules go when nothing else was said")
    @app_commands.describe(channel="Leave it out to have no such place")
    async def channel(self, interaction: Interaction, channel: discord.TextChannel | None = None) -> None:
        caller = administrator_of(interaction)
        if channel is not None:
            assert interaction.guild is not None
            check_writes(interaction.guild, channel.id)
        await interaction.response.defer(ephemeral=True)
        await interaction.client.desk.settings.change(caller.guild_id, channel_id=channel.id if channel else None)
        sentence = f"Schedules write to {channel.mention}." if channel else "Schedules write where they were added."
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
    embed = discord.Embed(title="Help", description="\n".join(HELP), color=interaction.client.desk.style.color)
    await interaction.response.send_message(embed=embed, ephemeral=True)


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(SetupCommands())
    bot.tree.add_command(help_command)


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("setup")
    bot.tree.remove_command("help")
