"""Starts a job for a person: checks, answers, and puts the job with its message into the queue.

Invariant: what can be refused without asking anybody is refused first, to the caller alone; after the answer
nothing is lost, for the job and its message are stored together.
"""

from __future__ import annotations

from typing import Any

import discord

from bot.desk import Desk, words_for
from bot.guards import Caller
from bot.problems import Problem
from bot.reporter import ReplyAddress, message_records
from bot.reporter.message import Notify
from jobs.engine.errors import (
    BackendUnavailable,
    EngineError,
    InvalidPayload,
    QueueFull,
    ShuttingDown,
    ValueTooLarge,
)
from jobs.engine.model import JsonObject, new_id
from jobs.engine.registry import JobType

Interaction = discord.Interaction[Any]
EXPIRES_S = 86_400.0
TOKEN_LIFE_MS = 15 * 60_000
"""Life of a reply token (Discord API reference, "Receiving and Responding")."""


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
) -> None:
    """Check, answer, enqueue; with a `key` that an unfinished job has, say so instead. Raises `Problem`."""
    await check_may_start(desk, caller, type_)
    check_payload(type_, payload)
    await desk.quotas.check(caller, type_, payload)
    job_id = new_id()
    language = (await words_for(interaction)).language
    address = await _answer(interaction, caller, language, private=private, notify=notify)
    try:
        job = await desk.queue.enqueue(
            type_.name,
            payload,
            job_id=job_id,
            key=key or f"interaction-{interaction.id}",
            lane=caller.lane,
            owner=str(caller.user_id),
            expires=EXPIRES_S,
            context=_context(interaction, caller, language),
            records=message_records(job_id, address, desk.vault, desk.clock.now()),
        )
    except ValueTooLarge as error:
        raise Problem("payload-too-large", size=error.size, limit=error.limit) from error
    except EngineError as error:
        raise Problem(_refusal(error)) from error
    if job.id != job_id:
        raise Problem("asked-before", job=job.id)


async def check_may_start(desk: Desk, caller: Caller, type_: JobType) -> None:
    """Raises `Problem` for who may not, and while the guild's jobs are held."""
    await desk.access.check(caller, type_.name)
    await desk.pauses.check(caller.lane)


def check_payload(type_: JobType, payload: JsonObject) -> None:
    """Raises `Problem` with the field and the reason."""
    try:
        type_.validate(payload)
    except InvalidPayload as error:
        raise Problem(f"{type_.title} cannot be started this way. {error}") from None


async def _answer(
    interaction: Interaction, caller: Caller, language: str, *, private: bool, notify: Notify
) -> ReplyAddress:
    """Answer within Discord's three seconds; where the answer is, and for how long it can be edited."""
    response = await interaction.response.defer(thinking=True, ephemeral=private)
    message_id = response.message_id if response is not None else None
    if message_id is None:
        message_id = (await interaction.original_response()).id
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
        language=language,
    )


def _context(interaction: Interaction, caller: Caller, language: str) -> JsonObject:
    return {
        "guild_id": str(caller.guild_id),
        "channel_id": str(interaction.channel_id),
        "user_id": str(caller.user_id),
        "locale": str(interaction.locale),
        "language": language,
    }


def _refusal(error: EngineError) -> str:
    match error:
        case QueueFull():
            return f"{error} Nothing was started; try again in a few minutes."
        case ShuttingDown():
            return "I am restarting. Nothing was started; try again in a minute."
        case BackendUnavailable():
            return "My database cannot be written now. Nothing was started; please tell the operator."
    raise error
