"""From the options of `/async-job` to a payload: what the options give, and who is asked for the rest.

Invariant: nothing is started before everything needed is there, and an option that a type has no use for is
refused instead of ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

from bot.answers import in_time
from bot.days import MAX_DAYS, check_kept, parse_days
from bot.desk import Desk
from bot.forms import Question, questions_of, unanswered
from bot.guards import Caller
from bot.problems import Problem
from bot.reporter.message import Notify
from bot.starting import check_may_start, start_job
from bot.views.drafts import Draft
from bot.views.job_forms import ask
from jobs.engine.errors import InvalidPayload
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobType

Interaction = discord.Interaction[Any]


@dataclass(frozen=True, slots=True)
class AsyncJobOptions:
    """As typed; ids of the channel and role chosen."""

    start: str | None = None
    end: str | None = None
    channel: int | None = None
    role: int | None = None
    details: bool = False
    """Ask for everything that the type can be told."""
    private: bool = False
    notify: Notify = "always"


async def start_with(
    interaction: Interaction, desk: Desk, caller: Caller, type_name: str, options: AsyncJobOptions
) -> None:
    """Start a job, or ask for what it still needs. Raises `Problem`."""
    type_ = listed_type(desk, type_name)
    questions = questions_of(type_.model)
    payload = await in_time(
        interaction, desk.clock, _payload(desk, caller, type_, questions, options), ephemeral=options.private
    )
    open_questions = unanswered(questions, payload)
    needs_more = any(question.required for question in open_questions) or not _is_enough(type_, payload)
    if open_questions and (needs_more or options.details):
        draft = Draft(
            type_.name,
            guild_id=caller.guild_id,
            owner=caller.user_id,
            answers=payload,
            open=tuple(question.name for question in open_questions),
            private=options.private,
            notify=options.notify,
        )
        await ask(interaction, desk, draft)
        return
    await start_job(interaction, desk, caller, type_, payload, private=options.private, notify=options.notify)


def _is_enough(type_: JobType, payload: JsonObject) -> bool:
    """Whether the type can be started with what is given."""
    try:
        type_.validate(payload)
    except InvalidPayload:
        return False
    return True


def listed_type(desk: Desk, name: str) -> JobType:
    """The job type of this name that people may choose. Raises `Problem`."""
    for type_ in desk.queue.registry.listed():
        if type_.name == name:
            return type_
    raise Problem("no-type")


async def _payload(
    desk: Desk, caller: Caller, type_: JobType, questions: list[Question], options: AsyncJobOptions
) -> JsonObject:
    await check_may_start(desk, caller, type_)
    return {**await _given(desk, caller, type_, options), **_chosen(type_, questions, options)}


async def _given(desk: Desk, caller: Caller, type_: JobType, options: AsyncJobOptions) -> JsonObject:
    """What the command itself knows of what the type asks for."""
    settings = await desk.settings.get(caller.guild_id)
    fields = type_.model.model_fields
    given: JsonObject = {"guild_id": caller.lane, "time_zone": settings.time_zone}
    if "start_date" in fields:
        given |= await _days(desk, caller, type_, options)
    elif options.start or options.end:
        raise Problem("no-days", title=type_)
    return {name: value for name, value in given.items() if name in fields}


async def _days(desk: Desk, caller: Caller, type_: JobType, options: AsyncJobOptions) -> JsonObject:
    """The days that the type is given. One that does without a first day may reach as far back as anything does."""
    fields = type_.model.model_fields
    needed = fields["start_date"].is_required()
    if "end_date" not in fields and options.end:
        raise Problem("no-end-day", title=type_)
    if not needed and options.start is None:
        return {}
    settings = await desk.settings.get(caller.guild_id)
    today = settings.today(desk.clock.now())
    days = parse_days(options.start, options.end, today, most=MAX_DAYS if needed else None)
    check_kept(days, await desk.activity.kept_since(caller.guild_id), settings.zone)
    return {"start_date": days.start.isoformat(), "end_date": days.end.isoformat()}


def _chosen(type_: JobType, questions: list[Question], options: AsyncJobOptions) -> JsonObject:
    """The channel and the role, in the first question that asks for one."""
    chosen: JsonObject = {}
    for kind, id_ in (("channel", options.channel), ("role", options.role)):
        if id_ is None:
            continue
        question = next((q for q in questions if q.kind == kind), None)
        if question is None:
            raise Problem(f"no-{kind}-option", title=type_)
        chosen[question.name] = [str(id_)] if question.many else str(id_)
    return chosen
