"""The ways a card reaches Discord: by reply token, by the bot's token, as a reply.

The only place of the reporter that knows discord.py. Invariant: every failure leaves as one of three exceptions,
whose text holds a code and never an address, for addresses hold tokens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import aiohttp
import discord

T = TypeVar("T")
ANSWER_WITHIN_S = 45.0
DEAD_TOKEN = frozenset({10015, 50027})
"""Unknown webhook; invalid webhook token (Discord API documentation, "Opcodes and Status Codes")."""


class EditRefused(Exception):
    """This way is closed for this message, and asking again does not help."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(f"HTTP {status}, code {code}")
        self.code = code


class TokenDead(EditRefused):
    """The reply token has ended."""


class EditFailed(Exception):
    """It did not work this time."""


class Transport(Protocol):
    """All calls raise `EditRefused`, `TokenDead` and `EditFailed`, and nothing else.

    `files` replace what is attached; None leaves it.
    """

    async def edit_by_token(
        self, application_id: int, token: str, message_id: int, embed: discord.Embed, files: Sequence[Path] | None
    ) -> None: ...

    async def edit_by_bot(
        self, guild_id: int, channel_id: int, message_id: int, embed: discord.Embed, files: Sequence[Path] | None
    ) -> None: ...

    async def reply(self, guild_id: int, channel_id: int, message_id: int, text: str, user_id: int, nonce: str) -> None:
        """Answer the message, mentioning `user_id` alone. The same `nonce` again makes no second message."""


class DiscordTransport:
    """See `Transport`; `client` must be logged in."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def edit_by_token(
        self, application_id: int, token: str, message_id: int, embed: discord.Embed, files: Sequence[Path] | None
    ) -> None:
        webhook = discord.Webhook.partial(application_id, token, client=self._client)
        async with _attached(files) as attachments:
            await _sent(webhook.edit_message(message_id, embed=embed, attachments=attachments))

    async def edit_by_bot(
        self, guild_id: int, channel_id: int, message_id: int, embed: discord.Embed, files: Sequence[Path] | None
    ) -> None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        async with _attached(files) as attachments:
            await _sent(channel.get_partial_message(message_id).edit(embed=embed, attachments=attachments))

    async def reply(self, guild_id: int, channel_id: int, message_id: int, text: str, user_id: int, nonce: str) -> None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        target = discord.MessageReference(
            message_id=message_id, channel_id=channel_id, guild_id=guild_id, fail_if_not_exists=False
        )
        only = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)], replied_user=False)
        await _sent(channel.send(text, reference=target, allowed_mentions=only, nonce=nonce))


@asynccontextmanager
async def _attached(files: Sequence[Path] | None) -> AsyncIterator[list[discord.File]]:
    """Open files for one request; discord.py's own marker stands for "as they are"."""
    if files is None:
        yield discord.utils.MISSING
        return
    opened = [await asyncio.to_thread(discord.File, path) for path in files]
    try:
        yield opened
    finally:
        for file in opened:
            file.close()


async def _sent(call: Awaitable[T]) -> T:
    with _worded():
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await call


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except discord.HTTPException as error:
        if error.code in DEAD_TOKEN:
            raise TokenDead(error.status, error.code) from None
        if error.status >= 500 or error.status == 429:
            raise EditFailed(f"HTTP {error.status}, code {error.code}") from None
        raise EditRefused(error.status, error.code) from None
    except (discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise EditFailed(type(error).__name__) from None
