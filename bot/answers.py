"""What a person is told: in time, for them alone, whatever they used and whatever went wrong.

Knows no command. Invariant: nothing internal is shown, what is logged is found again by the code shown, a message
that others see is never overwritten with an answer for one, and no answer waits for the database longer than Discord
waits for it.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot.desk import words_for
from bot.languages import Words
from bot.problems import Problem
from jobs.engine.clock import Clock
from jobs.engine.errors import BackendUnavailable, EngineError, ShuttingDown

log = logging.getLogger(__name__)
T = TypeVar("T")
GroupT = TypeVar("GroupT")

UNKNOWN_INTERACTION = 10062
ANSWER_WITHIN_S = 1.5
"""Discord waits three seconds (Discord API reference, "Receiving and Responding"); half of them are the network's."""
OFFER_WITHIN_S = 2.0
"""Of the same three; nothing comes behind an offer."""
Interaction = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]
UPDATES = (discord.InteractionResponseType.deferred_message_update, discord.InteractionResponseType.message_update)
ANSWER_BY, PUBLIC, MESSAGE_ID = "answer-by", "public-answer", "message-id"
"""What is remembered of an interaction (`Interaction.extras`)."""


@asynccontextmanager
async def answering(interaction: Interaction, name: str) -> AsyncIterator[None]:
    """Whatever is raised inside becomes a sentence; for buttons and forms, whose errors nobody else catches."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the one end of all errors of a press
        await tell(interaction, sentence_for(name, error, await words_for(interaction)))


async def in_time(interaction: Interaction, clock: Clock, work: Coroutine[Any, Any, T], *, ephemeral: bool | None) -> T:
    """The outcome of `work`, which may be refused to the caller alone as long as nothing was answered.

    Where it takes so long that Discord would give up, the answer is deferred meanwhile: to one that is `ephemeral` or
    not, or with None to the message that was pressed, which stays as it is until then (see `hold`).
    """
    by: float = interaction.extras.setdefault(ANSWER_BY, clock.monotonic() + ANSWER_WITHIN_S)
    task = asyncio.create_task(work, name="interaction-work")
    alarm = asyncio.create_task(clock.sleep(max(0.0, by - clock.monotonic())), name="interaction-alarm")
    try:
        await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await (hold(interaction) if ephemeral is None else think(interaction, ephemeral=ephemeral))
        return await task
    finally:
        task.cancel()
        alarm.cancel()
        await asyncio.wait({task, alarm})


async def think(interaction: Interaction, *, ephemeral: bool) -> int:
    """Show "thinking", unless it is shown; the id of the message that the answer will be in."""
    extras = interaction.extras
    if not interaction.response.is_done():
        response = await interaction.response.defer(thinking=True, ephemeral=ephemeral)
        extras[PUBLIC] = not ephemeral
        extras[MESSAGE_ID] = response.message_id if response is not None else None
    if extras.get(MESSAGE_ID) is None:
        extras[MESSAGE_ID] = (await interaction.original_response()).id
    message_id: int = extras[MESSAGE_ID]
    return message_id


async def hold(interaction: Interaction) -> None:
    """Have Discord wait, with nothing to be seen of it, for what follows from a message; without one, "thinking"."""
    if interaction.message is None:
        await think(interaction, ephemeral=True)
    elif not interaction.response.is_done():
        await interaction.response.defer()


def give_away(interaction: Interaction) -> None:
    """The first answer is a job's message from now on: nothing else is written there."""
    interaction.extras[PUBLIC] = None


def sentence_for(name: str, error: BaseException, words: Words) -> str | None:
    """What to tell the person; None when nobody is there to be told."""
    match error:
        case Problem():
            return error.said(words)
        case discord.NotFound() if error.code == UNKNOWN_INTERACTION:
            log.warning("%s: the first answer came too late; Discord allows three seconds", name)
            return None
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return words("reload")
        case app_commands.TransformerError():
            return words("not-here-any-more")
        case app_commands.NoPrivateMessage():
            return words("in-a-server")
        case app_commands.CheckFailure():
            return words("may-not")
        case BackendUnavailable():
            log.error("%s: %s", name, error)
            return words("no-database")
        case ShuttingDown():
            return words("restarting")
    code = f"e-{secrets.token_hex(3)}"
    log.error("%s failed, shown to the user as %s", name, code, exc_info=error)
    return words("went-wrong", code=code)


async def tell(interaction: Interaction, sentence: str | None) -> None:
    """Say `sentence` to the caller alone; a public "thinking" goes away for it."""
    if sentence is None:
        return
    try:
        if interaction.type is not discord.InteractionType.autocomplete:
            await whisper(interaction, content=sentence)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("a sentence could not be delivered (%s)", type(error).__name__)


async def whisper(interaction: Interaction, **said: Any) -> None:
    """Answer the caller alone, in a message of its own; a public "thinking" goes away for it.

    `said` are arguments of `discord.abc.Messageable.send`.
    """
    response = interaction.response
    if not response.is_done():
        await response.send_message(**said, ephemeral=True)
    elif response.type in UPDATES or interaction.extras.get(PUBLIC, False) is None:
        await interaction.followup.send(**said, ephemeral=True)
    elif interaction.extras.get(PUBLIC):
        await interaction.delete_original_response()
        await interaction.followup.send(**said, ephemeral=True)
    else:
        await interaction.edit_original_response(**said)


async def replace(interaction: Interaction, **shown: Any) -> None:
    """Change the message that was pressed; where none was, or another one is to be the answer, say it there.

    `shown` are arguments of `discord.InteractionResponse.edit_message`.
    """
    response = interaction.response
    if interaction.message is not None and not response.is_done():
        await response.edit_message(**shown)
    elif response.type in UPDATES:
        await interaction.edit_original_response(**shown)
    else:
        await whisper(interaction, **shown)


def quiet(
    offer: Callable[[GroupT, Interaction, str], Coroutine[Any, Any, Choices]],
) -> Callable[[GroupT, Interaction, str], Coroutine[Any, Any, Choices]]:
    """For autocompletes: who may not choose is offered nothing, and nothing of it goes into the log.

    Nor is there an offer that would come too late: Discord shows an empty list, and asks again at the next letter.
    """

    @functools.wraps(offer)
    async def offered(group: GroupT, interaction: Interaction, typed: str) -> Choices:
        try:
            async with asyncio.timeout(OFFER_WITHIN_S):
                return await offer(group, interaction, typed)
        except Problem:
            return []
        except (EngineError, TimeoutError) as error:
            log.warning("nothing can be offered: %s", str(error) or "it took too long")
            return []

    return offered


async def take_away(interaction: Interaction) -> None:
    """Remove the answer for one person alone whose button was pressed, once it has done its work."""
    message = interaction.message
    if message is None or not message.flags.ephemeral:
        return
    try:
        await interaction.followup.delete_message(message.id)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.debug("an answer that is done with stays (%s)", type(error).__name__)
