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
from bot.guards import Caller, administrator_of
from bot.problems import Problem
from bot.reporter import ReplyAddress, message_records
from jobs.engine.errors import BackendUnavailable, EngineError, InvalidPayload, QueueFull, ShuttingDown
from jobs.engine.model import JsonObject, new_id
from jobs.engine.registry import JobType

Interaction = discord.Interaction[ErrandClient]
EXPIRES_S = 86_400.0
TOKEN_LIFE_MS = 15 * 60_000
"""Life of a reply token (Discord API reference, "Receiving and Responding")."""
MAX_CHOICES = 25


def async_job_command(types: Sequence[JobType]) -> app_commands.Command[Any, ..., None]:
    """The command, with `types` as its choices."""

    @app_commands.command(name="async-job", description="Start a long job; its message shows how far it is")
    @app_commands.describe(
        type="What to do",
        start="First day, like 2026-10-01 or 30d (30 days back); 30 days if you leave it out",
        end="Last day, like 2026-10-31, today or yesterday; today if you leave it out",
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
    ) -> None:
        await start_job(interaction, type, start, end)

    return async_job


async def start_job(interaction: Interaction, name: str, start: str | None, end: str | None) -> None:
    """Check, answer, enqueue. Raises `Problem`."""
    client = interaction.client
    caller = administrator_of(interaction)
    type_ = _listed(client, name)
    payload = _payload(type_, caller, _days(client, start, end))
    await client.quotas.check(caller, type_, payload)
    job_id = new_id()
    address = await _answer(interaction, caller)
    try:
        await client.queue.enqueue(
            type_.name,
            payload,
            job_id=job_id,
            key=f"interaction-{interaction.id}",
            lane=caller.lane,
            owner=str(caller.user_id),
            expires=EXPIRES_S,
            context=_context(interaction, caller),
            records=message_records(job_id, address, client.vault, client.clock.now()),
        )
    except EngineError as error:
        raise Problem(_refusal(error)) from error


def _listed(client: ErrandClient, name: str) -> JobType:
    for type_ in client.queue.registry.listed():
        if type_.name == name:
            return type_
    raise Problem("There is no such job type. Choose one from the list.")


def _days(client: ErrandClient, start: str | None, end: str | None) -> Days:
    today = datetime.fromtimestamp(client.clock.now() / 1000, UTC).date()
    try:
        return parse_days(start, end, today)
    except DayRefused as refused:
        raise Problem(str(refused)) from None


def _payload(type_: JobType, caller: Caller, days: Days) -> JsonObject:
    """What the options give of what the type asks for. Raises `Problem` when that is not enough."""
    given: JsonObject = {
        "guild_id": str(caller.guild_id),
        "start_date": days.start.isoformat(),
        "end_date": days.end.isoformat(),
    }
    payload = {name: value for name, value in given.items() if name in type_.payload.model_fields}
    try:
        type_.validate(payload)
    except InvalidPayload as error:
        raise Problem(f"{type_.title} cannot be started this way. {error}") from None
    return payload


async def _answer(interaction: Interaction, caller: Caller) -> ReplyAddress:
    """Answer within Discord's three seconds; where the answer is, and for how long it can be edited."""
    response = await interaction.response.defer(thinking=True)
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
        ephemeral=False,
    )


def _context(interaction: Interaction, caller: Caller) -> JsonObject:
    return {
        "guild_id": str(caller.guild_id),
        "channel_id": str(interaction.channel_id),
        "user_id": str(caller.user_id),
        "locale": str(interaction.locale),
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


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py: offer the listed job types."""
    bot.tree.add_command(async_job_command(bot.queue.registry.listed()))


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("async-job")
