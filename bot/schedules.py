"""Recurring jobs as people ask for them: when in words, the last days as of each run, and where the card goes.

Pure but for `ScheduledJobs`, which the engine's scheduler asks at each firing. Invariant: a schedule's job has a
message like any other, posted by the bot itself, and days are those of the guild's own time zone at that moment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from bot.guild_settings import GuildSettings, GuildSettingsStore
from bot.languages import language_of
from bot.problems import Problem
from bot.reporter import ProgressMessage
from jobs.engine.cron import Cron
from jobs.engine.errors import InvalidOption
from jobs.engine.model import JsonObject, RecordWrite
from jobs.engine.scheduler import Schedule

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FORMS = "Give `daily 09:00`, `weekly monday 09:00`, `monthly 1 09:00`, or a cron expression like `0 9 * * 1`."
SHORTEST_MS = 3_600_000
_DAILY = re.compile(r"(?:daily|every day)(?: at)? (\d{1,2}):(\d{2})")
_WEEKLY = re.compile(r"(?:weekly(?: on)?|every) ([a-z]+)(?: at)? (\d{1,2}):(\d{2})")
_MONTHLY = re.compile(r"monthly(?: on)? (\d{1,2})(?: at)? (\d{1,2}):(\d{2})")


def cron_of(text: str, time_zone: str, now: int) -> str:
    """The cron expression of words like `weekly monday 09:00`. Raises `Problem`."""
    expression = _expression(" ".join(text.lower().split()))
    try:
        cron = Cron(expression, time_zone)
    except InvalidOption:
        raise Problem(f"I cannot read when that is. {FORMS}") from None
    first = cron.next_after(now)
    if cron.next_after(first) - first < SHORTEST_MS:
        raise Problem("That is more often than once an hour. Choose a longer pause.")
    return expression


def _expression(text: str) -> str:
    if found := _DAILY.fullmatch(text):
        return f"{int(found[2])} {int(found[1])} * * *"
    if found := _WEEKLY.fullmatch(text):
        day = next((n for n, name in enumerate(WEEKDAYS) if len(found[1]) >= 3 and name.startswith(found[1])), None)
        return "" if day is None else f"{int(found[3])} {int(found[2])} * * {(day + 1) % 7}"
    if found := _MONTHLY.fullmatch(text):
        return f"{int(found[3])} {int(found[2])} {int(found[1])} * *"
    return text


def suggestions(typed: str) -> list[str]:
    """What to offer for `when` while it is typed."""
    offered = ["daily 09:00", *(f"weekly {day} 09:00" for day in WEEKDAYS), "monthly 1 09:00"]
    return [text for text in offered if typed.strip().lower() in text] or [typed.strip()[:100] or offered[0]]


def dated(payload: JsonObject, context: Mapping[str, object], settings: GuildSettings, now: int) -> JsonObject:
    """The payload with the last `days` days, whole ones up to yesterday, as of `now` (ms)."""
    days = context.get("days")
    if not isinstance(days, int) or "start_date" not in payload:
        return payload
    yesterday = settings.today(now) - timedelta(days=1)
    first = yesterday - timedelta(days=days - 1)
    return {**payload, "start_date": first.isoformat(), "end_date": yesterday.isoformat()}


class ScheduledJobs:
    """What is made of a schedule when it fires."""

    def __init__(self, settings: GuildSettingsStore) -> None:
        self._settings = settings

    async def prepare(self, schedule: Schedule, job_id: str, now: int) -> tuple[JsonObject, tuple[RecordWrite, ...]]:
        """See `jobs.engine.scheduler.Prepare`."""
        if not schedule.lane.isdigit():
            return schedule.payload, ()
        settings = await self._settings.get(int(schedule.lane))
        payload = dated(schedule.payload, schedule.context, settings, now)
        channel_id = schedule.context.get("channel_id") or settings.channel_id
        if not channel_id or not schedule.owner:
            return payload, ()
        message = ProgressMessage(
            application_id=0,
            channel_id=int(str(channel_id)),
            message_id=0,
            guild_id=int(schedule.lane),
            user_id=int(schedule.owner),
            ephemeral=False,
            created_at=now,
            notify="failure",
            language=language_of(settings.language, str(schedule.context.get("language") or "")),
        )
        return payload, message.records(job_id)
