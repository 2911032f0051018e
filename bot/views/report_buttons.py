"""What the buttons under a report do: the list of inactive members, and the same again each week.

Buttons of their own kind of work (roles, exports) are added here with the job types that do it. Invariant: what names
members is shown to those alone who could ask for it now, and a second press schedules nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import discord

from bot.answers import think
from bot.cards.text import escape
from bot.desk import Desk, words_for
from bot.guards import Caller
from bot.kept_lists import inactive_file
from bot.problems import Problem
from bot.scheduling import WEEK, add_schedule, told
from jobs.engine.model import Job, JsonObject
from jobs.engine.registry import JobType
from jobs.engine.scheduler import Schedule
from jobs.handlers.member_activity_analysis.report import INACTIVE

Interaction = discord.Interaction[Any]
WEEKLY = "weekly monday 09:00"
DATED = frozenset({"start_date", "end_date", "time_zone"})
"""Parts of a payload that each run fills in."""


async def show_inactive(interaction: Interaction, desk: Desk, caller: Caller, job: Job) -> None:
    """The inactive members that a report found, as a file for the caller alone. Raises `Problem`."""
    await think(interaction, ephemeral=True)
    if not await desk.access.may_start(caller, job.type):
        raise Problem("files-not-yours")
    path = inactive_file(desk, job)
    try:
        file = await asyncio.to_thread(discord.File, path)
    except OSError:
        raise Problem("files-gone") from None
    if path.stat().st_size > interaction.filesize_limit:
        file.close()
        raise Problem("files-too-large", names=f"`{INACTIVE}`")
    found: Any = job.result
    counts = {name: found["inactive"][name] for name in ("members", "never")}
    sentence = (await words_for(interaction))("inactive-list", job=job.id, **counts)
    await interaction.edit_original_response(content=sentence, attachments=[file])


async def schedule_weekly(interaction: Interaction, desk: Desk, caller: Caller, job: Job) -> None:
    """The same report each week, where the button stands. Raises `Problem`."""
    await think(interaction, ephemeral=True)
    if not caller.administrator:
        raise Problem("administrators-only")
    type_, guild = desk.type_of(job), interaction.client.get_guild(caller.guild_id)
    if type_ is None:
        raise Problem("type-gone")
    if guild is None:
        raise Problem("server-unseen")
    settings = await desk.settings.get(caller.guild_id)
    words = await words_for(interaction)
    here = interaction.channel_id if interaction.guild_id is not None else settings.channel_id
    if (known := await _scheduled(desk, caller, type_, job.payload)) is not None:
        place = f"<#{known.context.get('channel_id')}>"
        raise Problem("scheduled-already", when=escape(known.title), place=place, id=known.id)
    schedule = await add_schedule(
        desk, caller, guild, type_, dict(job.payload), when=WEEKLY, place=here, days=WEEK, language=words.language
    )
    await interaction.edit_original_response(content=told(words, type_, schedule))


async def _scheduled(desk: Desk, caller: Caller, type_: JobType, payload: Mapping[str, object]) -> Schedule | None:
    """The weekly schedule that asks for the same already."""
    wanted = _choices(type_, payload)
    for schedule in await desk.scheduler.list(lane=caller.lane):
        same = schedule.type == type_.name and schedule.title == WEEKLY and schedule.context.get("days") == WEEK
        if same and _choices(type_, schedule.payload) == wanted:
            return schedule
    return None


def _choices(type_: JobType, payload: Mapping[str, object]) -> JsonObject:
    """What was asked for, with defaults and without days."""
    dumped: JsonObject = type_.model.model_validate(payload).model_dump(mode="json")
    return {name: value for name, value in dumped.items() if name not in DATED}
