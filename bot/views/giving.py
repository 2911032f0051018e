"""From a report's inactive members to a role job about exactly them.

Invariant: the list is frozen at the press, so that what is asked for is what the report found, whatever comes after;
and who may not have the list, or not start role jobs, gets neither.
"""

from __future__ import annotations

from typing import Any

import discord

from bot.answers import in_time
from bot.desk import Desk
from bot.guards import Caller
from bot.kept_lists import inactive_of, keep, lists_of
from bot.problems import Problem
from bot.starting import check_may_start
from bot.views.drafts import Draft
from bot.views.job_forms import ask
from jobs.engine.model import Job
from jobs.handlers.bulk_role_assignment.handler import NAME as ROLES

Interaction = discord.Interaction[Any]
ASKED = ("role_ids", "action", "until", "reason")
"""Questions of the form; who is meant is decided."""


async def give_role(interaction: Interaction, desk: Desk, caller: Caller, job: Job) -> None:
    """Open the form of a role job for the inactive members of a report. Raises `Problem`."""
    draft = await in_time(interaction, desk.clock, _draft(interaction, desk, caller, job), ephemeral=True)
    await ask(interaction, desk, draft)


async def _draft(interaction: Interaction, desk: Desk, caller: Caller, job: Job) -> Draft:
    if not await desk.access.may_start(caller, job.type):
        raise Problem("files-not-yours")
    if interaction.guild_id is None:
        raise Problem("in-a-server")
    await check_may_start(desk, caller, desk.queue.registry.get(ROLES))
    # One press more finds the list of the first one.
    name = f"inactive {job.id}"
    found = await lists_of(desk).get(caller.guild_id, name)
    if found is None:
        found = await keep(desk, caller, name, await inactive_of(desk, job), {"job": job.id})
    settings = await desk.settings.get(caller.guild_id)
    return Draft(
        ROLES,
        guild_id=caller.guild_id,
        owner=caller.user_id,
        answers={"guild_id": caller.lane, "list_name": found.id, "time_zone": settings.time_zone},
        open=ASKED,
    )
