"""Starts a job for a person: checks, answers, and puts the job with its message into the queue.

Invariant: what can be refused is refused to the caller alone; after the answer nothing is lost, for the job and its
message are stored together; and the answer comes in time, however slow the checks are.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import aiohttp
import discord

from bot.answers import give_away, in_time, think
from bot.cards.text import escape
from bot.desk import Desk, words_for
from bot.guards import Caller
from bot.languages import Words
from bot.problems import Problem
from bot.reporter import ReplyAddress, message_records
from bot.reporter.message import Notify
from jobs.engine.errors import EngineError, InvalidPayload, QueueFull, ValueTooLarge
from jobs.engine.model import Job, JsonObject, new_id
from jobs.engine.registry import JobType

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]
EXPIRES_S = 86_400.0
TOKEN_LIFE_MS = 15 * 60_000
"""Life of a reply token (Discord API reference, "Receiving and Responding")."""
LONGEST_WAIT_MIN = 120


async def start_job(
    interaction: Interaction,
    desk: Desk,
    caller: Caller,
    type_: JobType,
    payload: JsonObject,
    *,
    private: bool = False,
    notify: Notify = "always",
    key: str | None = None,
    anew: bool = False,
) -> None:
    """Check, answer, enqueue; with a `key` that an unfinished job has, say so instead. Raises `Problem`.

    A result that is kept of an equal request is given again, unless it shall be made `anew`.
    """
    checks = _check(desk, caller, type_, payload)
    await in_time(interaction, desk.clock, checks, ephemeral=private)
    job_id = new_id()
    address = await _answer(interaction, caller, private=private, notify=notify)
    try:
        job = await desk.queue.enqueue(
            type_.name,
            payload,
            job_id=job_id,
            key=key or f"interaction-{interaction.id}",
            lane=caller.lane,
            owner=str(caller.user_id),
            expires=EXPIRES_S,
            cache=False if anew else None,
            cache_scope=await _scope(desk, caller.guild_id, address.language),
            context=_context(interaction, caller, address.language),
            records=message_records(job_id, address, desk.vault, desk.clock.now()),
        )
    except QueueFull as full:
        raise await _full(desk, full) from full
    if job.id != job_id:
        raise Problem("asked-before", job=job.id)
    give_away(interaction)
    await _tell_ahead(interaction, desk, caller, type_, job)


async def _scope(desk: Desk, guild_id: int, language: str) -> str:
    """Whose results may be given again: everybody who may start a type may see the same of it, in their language, and
    nobody a result from before somebody opted out, or came back."""
    out = ",".join(map(str, sorted(await desk.activity.opted_out(guild_id))))
    return f"{language}-{sha256(out.encode()).hexdigest()[:16]}"


async def check_may_start(desk: Desk, caller: Caller, type_: JobType) -> None:
    """Raises `Problem` for who may not, and while the guild's jobs are held."""
    await desk.access.check(caller, desk.right_of(type_.name))
    await desk.pauses.check(caller.lane, type_.name)


def check_payload(type_: JobType, payload: JsonObject) -> None:
    """Raises `Problem` with the field and the reason, and for more than a job takes."""
    try:
        type_.stored(payload)
    except InvalidPayload as error:
        raise Problem("not-this-way", title=type_, problems=_problems(type_, error)) from None
    except ValueTooLarge as error:
        raise Problem("payload-too-large", size=error.size, limit=error.limit) from None


def _problems(type_: JobType, refused: InvalidPayload) -> Callable[[Words], str]:
    """Each field with its reason."""
    found = [(field, why.removeprefix("Value error, ")) for field, why in refused.problems]
    return lambda words: "; ".join(f"{escape(field)}: {escape(words.within(type_).of(why))}" for field, why in found)


async def _check(desk: Desk, caller: Caller, type_: JobType, payload: JsonObject) -> None:
    await check_may_start(desk, caller, type_)
    check_payload(type_, payload)
    await desk.quotas.check(caller, type_, payload)


async def _answer(interaction: Interaction, caller: Caller, *, private: bool, notify: Notify) -> ReplyAddress:
    """Answer within Discord's three seconds; where the answer is, and for how long it can be edited."""
    message_id = await think(interaction, ephemeral=private)
    assert interaction.channel_id is not None
    return ReplyAddress(
        application_id=interaction.application_id,
        token=interaction.token,
        token_expires_at=round(interaction.created_at.timestamp() * 1000) + TOKEN_LIFE_MS,
        channel_id=interaction.channel_id,
        message_id=message_id,
        guild_id=caller.guild_id,
        user_id=caller.user_id,
        ephemeral=private,
        notify=notify,
        direct=interaction.guild_id is None,
        language=(await words_for(interaction)).language,
    )


async def _tell_ahead(interaction: Interaction, desk: Desk, caller: Caller, type_: JobType, job: Job) -> None:
    """Tell the caller alone what their job waits for. The job stands, whatever becomes of this."""
    try:
        if sentence := await desk.quotas.ahead(job, type_, caller, await words_for(interaction)):
            await desk.reporter.shown(job.id)
            await interaction.followup.send(sentence, ephemeral=True)
    except (EngineError, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("what job %s waits for could not be told (%s)", job.id, type(error).__name__)


def _context(interaction: Interaction, caller: Caller, language: str) -> JsonObject:
    return {
        "guild_id": str(caller.guild_id),
        "channel_id": str(interaction.channel_id),
        "user_id": str(caller.user_id),
        "locale": str(interaction.locale),
        "language": language,
    }


async def _full(desk: Desk, full: QueueFull) -> Problem:
    """With how long it takes, at the pace of the last hour, until a place is free."""
    a_minute = (await desk.queue.statistics()).throughput_per_minute
    minutes = math.ceil(1 / a_minute) if a_minute else 0
    if not 0 < minutes <= LONGEST_WAIT_MIN:
        return Problem("queue-full", limit=full.limit)
    if minutes == 1:
        return Problem("queue-full-minute", limit=full.limit)
    return Problem("queue-full-minutes", limit=full.limit, minutes=minutes)
