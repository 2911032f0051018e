"""The ways a card reaches Discord: by reply token, by the bot's token, as a new message, as a reply.

The only place of the reporter that knows discord.py. Invariant: every failure leaves as one of five exceptions,
whose text holds a code and never an address, for addresses hold tokens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import aiohttp
import discord

from jobs.services import snowflake_at

T = TypeVar("T")
NOBODY = discord.AllowedMentions.none()
ANSWER_WITHIN_S = 45.0
DEAD_TOKEN = frozenset({10015, 50027})
"""Unknown webhook; invalid webhook token (Discord API documentation, "Opcodes and Status Codes")."""
TOO_OLD = 30046
"""Maximum number of edits to messages older than one hour reached (same page)."""
BAD_FACE = frozenset({30015, 40005, 50006, 50035, 50046})
"""Too many attachments; request too large; empty message; invalid form; invalid file (same page)."""
CROWDED = frozenset({20016, 20028, 20029, 40062, 130000})
"""Slow mode; too many writes to a channel, to a server; service overloaded, twice (same page)."""
UNNAMED = 0
"""Of an answer that is not Discord's own: a proxy's in front of it, or the refusal of the bot's token."""
PAGE = 100


class EditRefused(Exception):
    """This way is closed for this message, and asking again does not help."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(f"HTTP {status}, code {code}")
        self.code = code


class TokenDead(EditRefused):
    """The reply token has ended."""


class FaceRefused(Exception):
    """Discord does not take what the message is to look like; the way is open for another face."""


class EditFailed(Exception):
    """It did not work this time."""


class EditLimited(EditFailed):
    """Too many; `old` when it is this message that is too old to be edited so often."""

    def __init__(self, text: str, *, old: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(text)
        self.old = old
        self.retry_after = retry_after
        """Seconds that Discord asked to wait."""


@dataclass(frozen=True, slots=True)
class Face:
    """What a message is to look like. `files` replace what is attached; None leaves it."""

    embed: discord.Embed
    files: Sequence[Path] | None = None
    view: discord.ui.View | None = None

    def with_note(self, note: str | None) -> Face:
        """The same, with a line above it."""
        if note is None:
            return self
        embed = self.embed.copy()
        embed.description = f"{note}\n{embed.description or ''}"
        return replace(self, embed=embed)


class Transport(Protocol):
    """All calls raise `EditRefused`, `TokenDead`, `FaceRefused`, `EditFailed` and `EditLimited`, and nothing else."""

    async def edit_by_token(self, application_id: int, token: str, message_id: int, face: Face) -> None: ...

    async def edit_by_bot(self, guild_id: int, channel_id: int, message_id: int, face: Face) -> None: ...

    async def post(self, guild_id: int | None, channel_id: int, face: Face, *, reply_to: int | None, nonce: str) -> int:
        """A new message; its id. The same `nonce` again makes no second one, for some minutes."""

    async def open_direct(self, user_id: int) -> int:
        """The channel of direct messages to this person."""

    async def reply(
        self, guild_id: int | None, channel_id: int, message_id: int | None, text: str, user_id: int, nonce: str
    ) -> None:
        """Answer the message, mentioning `user_id` alone. `nonce` as in `post`."""

    async def whisper(self, application_id: int, token: str, text: str) -> None:
        """Say something to the caller alone, by the reply token."""

    async def find_own(self, guild_id: int | None, channel_id: int, since: int, text: str) -> int | None:
        """The id of a message that the bot wrote after `since` (ms) with `text` in it."""


class DiscordTransport:
    """See `Transport`; `client` must be logged in."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def edit_by_token(self, application_id: int, token: str, message_id: int, face: Face) -> None:
        webhook = discord.Webhook.partial(application_id, token, client=self._client)
        async with _attached(face.files) as attachments:
            await _sent(webhook.edit_message(message_id, embed=face.embed, attachments=attachments, view=face.view))

    async def edit_by_bot(self, guild_id: int, channel_id: int, message_id: int, face: Face) -> None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        message = channel.get_partial_message(message_id)
        async with _attached(face.files) as attachments:
            await _sent(message.edit(embed=face.embed, attachments=attachments, view=face.view))

    async def post(self, guild_id: int | None, channel_id: int, face: Face, *, reply_to: int | None, nonce: str) -> int:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        more: dict[str, Any] = {} if face.view is None else {"view": face.view}
        if reply_to is not None:
            more["reference"] = _reference(guild_id, channel_id, reply_to)
        async with _attached(face.files or ()) as attachments:
            sent = await _sent(
                channel.send(
                    embed=face.embed, files=attachments, nonce=nonce, allowed_mentions=NOBODY, silent=True, **more
                )
            )
        return sent.id

    async def open_direct(self, user_id: int) -> int:
        channel = await _sent(self._client.create_dm(discord.Object(user_id)))
        return channel.id

    async def reply(
        self, guild_id: int | None, channel_id: int, message_id: int | None, text: str, user_id: int, nonce: str
    ) -> None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        only = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)], replied_user=False)
        more: dict[str, Any] = {}
        if message_id is not None:
            more["reference"] = _reference(guild_id, channel_id, message_id)
        await _sent(channel.send(text, allowed_mentions=only, nonce=nonce, **more))

    async def whisper(self, application_id: int, token: str, text: str) -> None:
        webhook = discord.Webhook.partial(application_id, token, client=self._client)
        await _sent(webhook.send(text, ephemeral=True, wait=True, allowed_mentions=NOBODY))

    async def find_own(self, guild_id: int | None, channel_id: int, since: int, text: str) -> int | None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        after = discord.Object(snowflake_at(since))
        page = await _sent(_listed(channel.history(limit=PAGE, after=after, oldest_first=True)))
        found = (message for message in page if message.author == self._client.user and text in _text_of(message))
        return next((message.id for message in found), None)


async def _listed(messages: AsyncIterator[discord.Message]) -> list[discord.Message]:
    return [message async for message in messages]


def _text_of(message: discord.Message) -> str:
    return "\n".join([message.content, *(embed.description or "" for embed in message.embeds)])


def _reference(guild_id: int | None, channel_id: int, message_id: int) -> discord.MessageReference:
    return discord.MessageReference(
        message_id=message_id, channel_id=channel_id, guild_id=guild_id, fail_if_not_exists=False
    )


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
        raise _named(error) from None
    except discord.RateLimited as error:
        raise EditLimited(type(error).__name__, retry_after=error.retry_after) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise EditFailed(type(error).__name__) from None


def _named(error: discord.HTTPException) -> Exception:
    text = f"HTTP {error.status}, code {error.code}"
    if error.code in DEAD_TOKEN:
        return TokenDead(error.status, error.code)
    if error.status == 429:
        return EditLimited(text, old=error.code == TOO_OLD)
    if error.code in BAD_FACE:
        return FaceRefused(f"{text}: {error.text}")
    if error.status >= 500 or error.code in CROWDED or error.code == UNNAMED:
        return EditFailed(text)
    return EditRefused(error.status, error.code)
