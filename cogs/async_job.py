"""`/async-job`: starts a job of any listed type; what its options leave open is asked in a form.

Thin: knows no store and no handler. Invariant: the choices are the listed types of the registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.client import ErrandClient
from bot.desk import words_for
from bot.guards import caller_of
from bot.job_lists import listed_types
from bot.job_options import AsyncJobOptions, start_with
from bot.reporter.message import Notify
from jobs.engine.registry import JobType

Interaction = discord.Interaction[ErrandClient]
MAX_CHOICES = 25
DESCRIPTIONS = {
    "type": "What to do",
    "start": "First day, like 2026-10-01 or 30d (30 days back); 30 days if you leave it out",
    "end": "Last day, like 2026-10-31, today or yesterday; today if you leave it out",
    "channel": "The channel it is about, for types that take one",
    "role": "The role it is about, for types that take one",
    "details": "Ask for everything that can be chosen",
    "private": "Only you see the answer; it moves to a direct message when it takes long",
    "notify": "When you are called: for long jobs, failures and pauses; for failures and pauses; never",
}


def async_job_command(types: Sequence[JobType]) -> app_commands.Command[Any, ..., None]:
    """The command, with `types` as its choices; more of them than Discord takes are offered while typing."""

    @app_commands.command(name="async-job", description="Start a long job; its message shows how far it is")
    @app_commands.describe(**DESCRIPTIONS)
    @app_commands.default_permissions(administrator=True)
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    async def async_job(
        interaction: Interaction,
        type: str,  # noqa: A002 - the option's name
        start: str | None = None,
        end: str | None = None,
        channel: discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | None = None,
        role: discord.Role | None = None,
        details: bool = False,
        private: bool = False,
        notify: Notify = "always",
    ) -> None:
        options = AsyncJobOptions(
            start=start,
            end=end,
            channel=channel.id if channel else None,
            role=role.id if role else None,
            details=details,
            private=private,
            notify=notify,
        )
        await start_with(interaction, interaction.client.desk, caller_of(interaction), type, options)

    if len(types) <= MAX_CHOICES:
        choices = [app_commands.Choice(name=app_commands.locale_str(t.title[:100]), value=t.name) for t in types]
        return app_commands.choices(type=choices)(async_job)
    async_job.autocomplete("type")(_types)
    return async_job


async def _types(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return listed_types(interaction.client.desk, await words_for(interaction), typed)


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py: offer the listed job types."""
    bot.tree.add_command(async_job_command(bot.desk.queue.registry.listed()))


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("async-job")
