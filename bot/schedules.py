"""Recurring jobs as people ask for them: when in words, the last days as of each run, and where the card goes.

`ScheduledJobs` is what the engine's scheduler asks at each firing; the rest is pure. Invariant: a schedule's job has a
message like any other, posted by the bot itself; days are those of the guild's own time zone at that moment; and
nothing is done for somebody who may not ask for it any more, nor kept from the guild that it stopped.
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Protocol

from bot.cards.text import escape
from bot.guild_pauses import GuildPauses
from bot.guild_settings import GuildSettings, GuildSettingsStore
from bot.languages import Words, language_of, words_in
from bot.problems import Problem
from bot.reporter import ProgressMessage
from jobs.engine.cron import Cron
from jobs.engine.errors import InvalidOption, JobError
from jobs.engine.model import JsonObject, RecordWrite
from jobs.engine.registry import JobType, Registry
from jobs.engine.scheduler import PassedOver, Schedule, Stopped
from jobs.services import AccessDenied, NotFound, Rights, ServiceUnavailable

log = logging.getLogger(__name__)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HELD = "The jobs of this server are paused."
NO_ANSWER = "Discord did not answer."
TYPE_GONE = "This job type is not there any more."
OWNER_GONE = "Whoever made it may not start this here any more."
SHORTEST_MS = 3_600_000
LOOKED_AHEAD = 3
"""Two runs in one hour show among the next three, whichever of them is the next."""
_DAILY = re.compile(r"(?:daily|every day)(?: at)? (\d{1,2}):(\d{2})")
_WEEKLY = re.compile(r"(?:weekly(?: on)?|every) ([a-z]+)(?: at)? (\d{1,2}):(\d{2})")
_MONTHLY = re.compile(r"monthly(?: on)? (\d{1,2})(?: at)? (\d{1,2}):(\d{2})")


def cron_of(text: str, time_zone: str, now: int) -> str:
    """The cron expression of words like `weekly monday 09:00`. Raises `Problem`."""
    expression = _expression(" ".join(text.lower().split()))
    try:
        cron = Cron(expression, time_zone)
        at = cron.next_after(now)
        for _ in range(LOOKED_AHEAD - 1):
            before, at = at, cron.next_after(at)
            if at - before < SHORTEST_MS:
                raise Problem("schedule-too-often")
    except InvalidOption:
        raise Problem("schedule-unreadable") from None
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


def blank(type_: JobType, lane: str) -> JsonObject:
    """The parts of a payload that each run fills in."""
    given: JsonObject = {"guild_id": lane, "start_date": "", "end_date": ""}
    return {name: value for name, value in given.items() if name in type_.model.model_fields}


def dated(payload: JsonObject, type_: JobType, days: object, settings: GuildSettings, now: int) -> JsonObject:
    """The payload with the last `days` days, whole ones up to yesterday in the guild's own time zone, as of `now`."""
    if not isinstance(days, int) or "start_date" not in type_.model.model_fields:
        return payload
    yesterday = settings.today(now) - timedelta(days=1)
    first = yesterday - timedelta(days=days - 1)
    filled: JsonObject = {**payload, "start_date": first.isoformat(), "end_date": yesterday.isoformat()}
    if "time_zone" in type_.model.model_fields:
        filled["time_zone"] = settings.time_zone
    return filled


class Crier(Protocol):
    """Says something in a channel."""

    async def notify(self, kind: str, recipient: str, message: str) -> None:
        """Raises `JobError`."""


class ScheduledJobs:
    """What is made of a schedule when it fires."""

    def __init__(
        self, registry: Registry, settings: GuildSettingsStore, pauses: GuildPauses, rights: Rights, crier: Crier
    ) -> None:
        self._registry = registry
        self._settings = settings
        self._pauses = pauses
        self._rights = rights
        self._crier = crier

    async def prepare(self, schedule: Schedule, job_id: str, now: int) -> tuple[JsonObject, tuple[RecordWrite, ...]]:
        """See `jobs.engine.scheduler.Prepare`."""
        lane = schedule.lane
        if not lane.isdigit():
            return schedule.payload, ()
        if schedule.type not in self._registry:
            raise Stopped(TYPE_GONE)
        type_ = self._registry.get(schedule.type)
        if await self._pauses.reason(lane) or await self._pauses.reason(lane, schedule.type):
            raise PassedOver(HELD)
        settings = await self._settings.get(int(lane))
        if not await self._may(schedule):
            await self._tell(schedule, type_, words_in(_language(schedule, settings)))
            raise Stopped(OWNER_GONE)
        payload = dated(schedule.payload, type_, schedule.context.get("days"), settings, now)
        return payload, self._message(schedule, job_id, settings, now)

    async def _may(self, schedule: Schedule) -> bool:
        if not schedule.owner:
            return True
        try:
            return await self._rights.may_start(int(schedule.lane), int(schedule.owner), schedule.type)
        except (ServiceUnavailable, AccessDenied, NotFound):
            raise PassedOver(NO_ANSWER) from None

    async def _tell(self, schedule: Schedule, type_: JobType, words: Words) -> None:
        """What stops by itself is said where its cards went."""
        text = words("schedule-stopped", title=type_, when=escape(schedule.title), user=f"<@{schedule.owner}>")
        try:
            await self._crier.notify("channel", str(schedule.context.get("channel_id", "")), text)
        except JobError as error:
            log.info("the end of schedule %s could not be told: %s", schedule.id, error.message)

    @staticmethod
    def _message(schedule: Schedule, job_id: str, settings: GuildSettings, now: int) -> tuple[RecordWrite, ...]:
        channel_id = schedule.context.get("channel_id") or settings.channel_id
        if not channel_id or not schedule.owner:
            return ()
        message = ProgressMessage(
            application_id=0,
            channel_id=int(str(channel_id)),
            message_id=0,
            guild_id=int(schedule.lane),
            user_id=int(schedule.owner),
            ephemeral=False,
            created_at=now,
            notify="failure",
            language=_language(schedule, settings),
        )
        return message.records(job_id)


def _language(schedule: Schedule, settings: GuildSettings) -> str:
    """What the guild chose, else that of whoever made the schedule."""
    return language_of(settings.language, str(schedule.context.get("language") or ""))
