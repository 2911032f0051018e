"""`/async-job`: checks the caller and the days, answers, and puts the job with its message into the queue.

Thin: knows no store and no handler. Invariant: what can be refused without asking anybody is refused first, to
the caller alone; after the answer nothing is lost, for the job and its message are stored together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands

from bot.client import ErrandClient
from bot.days import DayRefused, Days, parse_days
from bot.desk import Desk
from bot.guards import Caller, caller_of
from bot.problems import Problem
from bot.reporter.message import Notify
from bot.starting import start_job
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobType

Interaction = discord.Interaction[ErrandClient]
MAX_CHOICES = 25


def async_job_command(types: Sequence[JobType]) -> app_commands.Command[Any, ..., None]:
    """The command, with `types` as its choices."""

    @app_commands.command(name="async-job", description="Start a long job; its message shows how far it is")
    @app_commands.describe(
        type="What to do",
        start="First day, like 2026-10-01 or 30d (30 days back); 30 days if you leave it out",
        end="Last day, like 2026-10-31, today or yesterday; today if you leave it out",
        private="Only you see the answer; it moves to a direct message when it takes long",
        notify="When you are called: for long jobs, failures and pauses; for failures and pauses; never",
    )
    @app_commands.choices(type=[app_commands.Choice(name=t.title, value=t.name) for t in types[:MAX_CHOICES]])
    @app_commands.default_permissions(administrator=True)
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    async def async_job(
        interaction: Interaction,
        type: str,  # noqa: A002 - the option's name
        start: str | None = None,
        end: str | None = None,
        private: bool = False,
        notify: Notify = "always",
    ) -> None:
        await run(interaction, type, start, end, private=private, notify=notify)

    return async_job


async def run(interaction: Interaction, name: str, start: str | None, end: str | None, **more: Any) -> None:
    """Check the caller and the options, then start the job. Raises `Problem`."""
    desk = interaction.client.desk
    caller = caller_of(interaction)
    type_ = _listed(desk, name)
    await desk.access.check(caller, type_.name)
    payload = _payload(type_, caller, _days(desk, start, end))
    await start_job(interaction, desk, caller, type_, payload, **more)


def _listed(desk: Desk, name: str) -> JobType:
    for type_ in desk.queue.registry.listed():
        if type_.name == name:
            return type_
    raise Problem("There is no such job type. Choose one from the list.")


def _days(desk: Desk, start: str | None, end: str | None) -> Days:
    today = datetime.fromtimestamp(desk.clock.now() / 1000, UTC).date()
    try:
        return parse_days(start, end, today)
    except DayRefused as refused:
        raise Problem(str(refused)) from None


def _payload(type_: JobType, caller: Caller, days: Days) -> JsonObject:
    """What the options give of what the type asks for."""
    given: JsonObject = {
        "guild_id": str(caller.guild_id),
        "start_date": days.start.isoformat(),
        "end_date": days.end.isoformat(),
    }
    return {name: value for name, value in given.items() if name in type_.payload.model_fields}


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py: offer the listed job types."""
    bot.tree.add_command(async_job_command(bot.desk.queue.registry.listed()))


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("async-job")
