"""Makes a schedule for a person: the one way for the command and for the button under a report.

Invariant: nothing is scheduled that could not run or be shown, and nothing twice by a second press.
"""

from __future__ import annotations

import discord

from bot.cards.text import escape, instant
from bot.desk import Desk
from bot.guards import Caller
from bot.languages import Words
from bot.problems import Problem
from bot.schedules import cron_of, dated
from bot.setup_check import check_writes
from bot.starting import check_payload
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobType
from jobs.engine.scheduler import Schedule

WEEK = 7
"""Days of a report whose days nobody chose."""
MOST = 25
"""Schedules of one guild."""


class NeedsMore(Problem):
    """What was given is not enough, or does not fit together."""


async def add_schedule(
    desk: Desk,
    caller: Caller,
    guild: discord.Guild,
    type_: JobType,
    payload: JsonObject,
    *,
    when: str,
    place: int | None,
    days: int,
    language: str,
) -> Schedule:
    """Keep a schedule whose card goes to the channel `place`, over the `days` days before each run.

    Raises `NeedsMore` for the payload, and `Problem`.
    """
    if len(await desk.scheduler.list(lane=caller.lane)) >= MOST:
        raise Problem("schedules-too-many", most=MOST)
    settings = await desk.settings.get(caller.guild_id)
    cron = cron_of(when, settings.time_zone, desk.clock.now())
    check_writes(guild, place)
    context: JsonObject = {"days": days, "channel_id": str(place), "guild_id": caller.lane, "language": language}
    filled = dated(payload, type_, days, settings, desk.clock.now())
    try:
        check_payload(type_, filled)
    except Problem as problem:
        raise NeedsMore(problem.sentence.key, **problem.sentence.values) from None
    return await desk.scheduler.add(
        type_.name,
        filled,
        cron,
        time_zone=settings.time_zone,
        lane=caller.lane,
        owner=str(caller.user_id),
        title=" ".join(when.split())[:60],
        context=context,
    )


def told(words: Words, type_: JobType, schedule: Schedule) -> str:
    """What its maker is told of a new schedule."""
    return words(
        "schedule-added",
        title=type_,
        when=escape(schedule.title),
        zone=schedule.time_zone,
        first=instant(schedule.next_at),
        place=f"<#{schedule.context['channel_id']}>",
        id=schedule.id,
    )
