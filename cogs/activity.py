"""`/activity …`: short ways into the analysis, and what the bot has counted of whoever asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import discord
from discord import app_commands

from bot.client import ErrandClient
from bot.desk import words_for
from bot.guards import caller_of
from bot.job_options import AsyncJobOptions, start_with
from bot.reporter.message import Notify
from jobs.services import Interval

Interaction = discord.Interaction[ErrandClient]
ANALYSIS = "member-activity-analysis"
OWN_DAYS = 30


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

    @app_commands.command(name="me", description="What I have counted of you in the last 30 days, for you alone")
    async def me(self, interaction: Interaction) -> None:
        client = interaction.client
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        settings = await client.desk.settings.get(caller.guild_id)
        zone = ZoneInfo(settings.time_zone)
        first = settings.today(client.desk.clock.now()) - timedelta(days=OWN_DAYS - 1)
        since = round(datetime(first.year, first.month, first.day, tzinfo=zone).timestamp() * 1000)
        assert interaction.guild is not None
        channels = [c.id for c in interaction.guild.channels]
        within = Interval(since, client.desk.clock.now())
        activity = client.desk.activity
        if caller.user_id in await activity.opted_out(caller.guild_id):
            await interaction.edit_original_response(content="You opted out: nothing of you is counted here.")
            return
        totals = await activity.totals(caller.guild_id, channels, within, zone, members=[caller.user_id])
        own = totals.members.get(caller.user_id)
        messages, voice_s = (own.messages, own.voice_ms / 1000) if own else (0, 0)
        words = await words_for(interaction)
        sentence = (
            f"In the last {OWN_DAYS} days I counted {words.count(messages, 'messages')} of yours and "
            f"{words.duration(voice_s)} in voice. What happened while I was not here is not in it."
        )
        await interaction.edit_original_response(content=sentence)


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(ActivityCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("activity")
