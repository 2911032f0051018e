"""`/activity …`: short ways into the analysis, and what the bot has counted of whoever asks."""

from __future__ import annotations

import io

import discord
from discord import app_commands

from bot.cards.text import joined
from bot.client import ErrandClient
from bot.desk import words_for
from bot.guards import caller_of
from bot.inactive import Inactive, table_of
from bot.job_options import AsyncJobOptions, start_with
from bot.languages import Words
from bot.problems import Problem
from bot.reporter.message import Notify
from jobs.handlers.activity_backfill.handler import NAME as BACKFILL
from jobs.handlers.member_activity_analysis.handler import NAME as ANALYSIS
from jobs.services import AccessDenied, NotFound, ServiceUnavailable

Interaction = discord.Interaction[ErrandClient]
OWN_DAYS = 30
NAMED, MAX_CHARS = 20, 3000


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
class ActivityCommands(app_commands.Group):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(name="activity", description="Who was active here, and when")

    @app_commands.command(name="report", description="Analyse the members' activity; a short way to /async-job")
    @app_commands.describe(
        start="First day, like 2026-10-01 or 30d; 30 days if you leave it out",
        end="Last day; today if you leave it out",
        private="Only you see the answer",
        notify="When you are called: for long jobs, failures and pauses; for failures and pauses; never",
    )
    async def report(
        self,
        interaction: Interaction,
        start: str | None = None,
        end: str | None = None,
        private: bool = False,
        notify: Notify = "always",
    ) -> None:
        options = AsyncJobOptions(start=start, end=end, private=private, notify=notify)
        await start_with(interaction, interaction.client.desk, caller_of(interaction), ANALYSIS, options)

    @app_commands.command(
        name="backfill", description="Read back what was written before I was here, or while I was away"
    )
    @app_commands.describe(
        start="First day, like 2026-10-01 or 30d; everything if you leave it out",
        channel="Only this channel and its threads",
        private="Only you see the answer",
        notify="When you are called: for long jobs, failures and pauses; for failures and pauses; never",
    )
    async def backfill(
        self,
        interaction: Interaction,
        start: str | None = None,
        channel: discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | None = None,
        private: bool = False,
        notify: Notify = "always",
    ) -> None:
        options = AsyncJobOptions(start=start, channel=channel.id if channel else None, private=private, notify=notify)
        await start_with(interaction, interaction.client.desk, caller_of(interaction), BACKFILL, options)

    @app_commands.command(name="inactive", description="Who showed no activity lately, for you alone")
    @app_commands.describe(days="How many days back; 30 if you leave it out")
    async def inactive(self, interaction: Interaction, days: app_commands.Range[int, 1, 400] = 30) -> None:
        desk = interaction.client.desk
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        await desk.access.check(caller, ANALYSIS)
        desk.quotas.count_command(caller)
        settings = await desk.settings.get(caller.guild_id)
        try:
            found = await desk.absences.of(caller.guild_id, days, settings, desk.clock.now())
        except AccessDenied:
            raise Problem("inactive-no-members") from None
        except (ServiceUnavailable, NotFound):
            raise Problem("try-in-a-minute") from None
        if found.unread:
            raise Problem("inactive-unknown", unread=found.unread, days=days)
        words = await words_for(interaction)
        text = joined(_lines(found, days, words), MAX_CHARS, words)
        embed = discord.Embed(title=words("inactive-title"), description=text, color=desk.style.color)
        file = discord.File(io.BytesIO(table_of(found.members)), "inactive.csv")
        await interaction.edit_original_response(embed=embed, attachments=[file] if found.members else [])

    @app_commands.command(name="me", description="What I have counted of you in the last 30 days, for you alone")
    async def me(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        if caller.user_id in await desk.activity.opted_out(caller.guild_id):
            raise Problem("opted-out")
        settings = await desk.settings.get(caller.guild_id)
        within = settings.last_days(OWN_DAYS, desk.clock.now())
        own = await desk.activity.of_member(caller.guild_id, caller.user_id, within)
        voice = words.duration(own.voice_ms / 1000)
        sentence = words("counted-of-you", days=OWN_DAYS, messages=own.messages, voice=voice)
        await interaction.edit_original_response(content=sentence)


def _lines(found: Inactive, days: int, words: Words) -> list[str]:
    silent = len(found.members)
    lines = [words("inactive-of", silent=silent, people=found.people, days=days)]
    if found.members:
        named = ", ".join(f"<@{member.id}>" for member in found.members[:NAMED])
        lines.append(words("inactive-more", named=named, rest=silent - NAMED) if silent > NAMED else named)
    lines.append(words("inactive-joined"))
    if found.unsure:
        lines.append(words("inactive-unsure", n=found.unsure))
    if found.voice_share < 0.99:
        lines.append(words("inactive-voice", share=f"{100 * found.voice_share:.0f}"))
    if found.hidden:
        lines.append(words("inactive-hidden", n=found.hidden))
    return lines


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(ActivityCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("activity")
