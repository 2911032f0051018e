"""The ways a card can reach people, from the best to the last; a way that breaks is left for the next.

Reply token, the same message by bot token, a new message in its place, a direct message to the requester; then it
is kept for `/job status`. Knows no job. Invariant: what was written to one person alone is never put into a channel,
and that a message goes out is stored before it is sent, so that it is sent once however often a process dies.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from bot.cards import Card
from bot.languages import words_in
from bot.reporter.message import MessageStore, ProgressMessage
from bot.reporter.pacing import token_is_good
from bot.reporter.transport import EditRefused, Face, TokenDead, Transport
from bot.reporter.words import nonce
from jobs.engine.clock import Clock

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, MISSING_ACCESS, NO_HISTORY = 10003, 10008, 50001, 160002
"""Discord API documentation, "Opcodes and Status Codes"; the last is a reply without the right to read history."""
NONCE_GOOD_MS = 120_000
"""So long a nonce is sure to be known; Discord says "a few minutes" (API documentation, "Create Message")."""
SKEW_MS = 60_000
"""How far Discord's clock may be from this one."""


class Ladder:
    """Of one job's message, whose row it keeps. All calls raise `EditFailed` to be asked again, `FaceRefused`, and
    `EditRefused` when no way is left."""

    def __init__(
        self, job_id: str, message: ProgressMessage, transport: Transport, messages: MessageStore, clock: Clock
    ) -> None:
        self.message = message
        self._job_id = job_id
        self._transport = transport
        self._messages = messages
        self._clock = clock
        self._token_read = False
        self._reply_token: tuple[str, int] | None = None

    async def keep(self, **changes: Any) -> None:
        """Store `changes` of the row. Raises `RecordConflict`."""
        self.message = await self._messages.change(self._job_id, self.message, **changes)

    async def show(self, face: Face) -> bool:
        """Send the card. Answers whether it went into a message of its own, not into the one that was there."""
        message = self.message
        if not message.message_id:
            return await self._anew(face, linked=False)
        if token := await self._token():
            try:
                await self._transport.edit_by_token(message.application_id, token, message.message_id, face)
                return False
            except EditRefused as refused:
                await self._forget_token()
                if not isinstance(refused, TokenDead):
                    return await self._after(refused, face)
        if message.ephemeral:
            return await self._directly(face)
        try:
            await self._transport.edit_by_bot(message.guild_id, message.channel_id, message.message_id, face)
        except EditRefused as refused:
            return await self._after(refused, face)
        return False

    async def by_token(self) -> bool:
        """Whether the next edit goes by the reply token, which has a limit of its own."""
        return await self._token() is not None

    async def renew(self, face: Face) -> bool:
        """Go on in a new message, for the old one may be edited too rarely."""
        return await self._anew(face, linked=True)

    async def leave(self, card: Card, face: Face) -> bool:
        """Move an answer that only the requester sees into a direct message before it dies, and say so in it."""
        token, old = await self._token(), self.message
        try:
            await self._directly(face)
        except EditRefused:
            await self._say_last(token, card, card.words("cannot-go-on", job=self._job_id), old)
            raise
        await self._say_last(token, card, card.words("goes-on-in-direct", link=self.message.link), old)
        return True

    async def link_back(self, card: Card) -> None:
        """Let the older message in the channel say where it goes on."""
        message = self.message
        assert message.left is not None
        face = _last_face(card, card.words("goes-on-anew", link=message.link))
        with suppress(EditRefused):
            await self._transport.edit_by_bot(message.guild_id, message.channel_id, message.left, face)
        await self.keep(left=None)

    async def say(self, text: str, mark: str) -> None:
        """Say an end once: as a reply to the message, to the caller alone, or directly."""
        message = self.message
        if message.ephemeral:
            await self._whisper(text, mark)
        else:
            try:
                await self._reply(None if message.direct else message.guild_id, message.channel_id, text, mark)
            except EditRefused:
                if message.direct:
                    raise
                channel_id = await self._transport.open_direct(message.user_id)
                await self._reply(None, channel_id, f"{text}\n{message.link}", mark)
        await self.keep(said=mark, sending=None)

    async def _whisper(self, text: str, mark: str) -> None:
        """A whisper cannot be found again, so one that may have been heard is not repeated."""
        heard = self.message.sending == self._nonce(mark)
        await self._sending(mark)
        if not heard and (token := await self._token()):
            await self._transport.whisper(self.message.application_id, token, text)

    async def _reply(self, guild_id: int | None, channel_id: int, text: str, mark: str) -> None:
        await self._sending(mark)
        if await self._sent_before(guild_id, channel_id, text, mark) is not None:
            return
        message, nonce_ = self.message, self._nonce(mark)
        target = message.message_id if channel_id == message.channel_id else None
        try:
            await self._transport.reply(guild_id, channel_id, target, text, message.user_id, nonce_)
        except EditRefused as refused:
            if refused.code != NO_HISTORY:
                raise
            await self._transport.reply(guild_id, channel_id, None, f"{text}\n{message.link}", message.user_id, nonce_)

    async def _say_last(self, token: str | None, card: Card, note: str, message: ProgressMessage) -> None:
        if token is not None:
            with suppress(EditRefused):
                face = _last_face(card, note)
                await self._transport.edit_by_token(message.application_id, token, message.message_id, face)
        await self._forget_token()

    async def _after(self, refused: EditRefused, face: Face) -> bool:
        """The rung below the one that broke."""
        message = self.message
        if message.ephemeral or refused.code in (UNKNOWN_CHANNEL, MISSING_ACCESS):
            return await self._directly(face)
        if message.direct and refused.code != UNKNOWN_MESSAGE:
            raise refused
        return await self._anew(face, linked=refused.code != UNKNOWN_MESSAGE)

    async def _anew(self, face: Face, *, linked: bool) -> bool:
        """A new message in the old one's place."""
        message = self.message
        guild_id = None if message.direct else message.guild_id
        old, reply_to = (message.link, message.message_id) if linked else (None, None)
        try:
            await self._post(
                guild_id, message.channel_id, face.with_note(self._note(old)), reply_to, follows=old, left=reply_to
            )
        except EditRefused:
            if message.direct:
                raise
            return await self._directly(face)
        return True

    async def _directly(self, face: Face) -> bool:
        """A direct message to the requester; nothing lies below it."""
        message = self.message
        old = message.link if message.message_id and not message.ephemeral else None
        channel_id = await self._transport.open_direct(message.user_id)
        await self._post(None, channel_id, face.with_note(self._note(old)), None, follows=old, left=None, direct=True)
        return True

    async def _post(
        self, guild_id: int | None, channel_id: int, face: Face, reply_to: int | None, **changes: Any
    ) -> None:
        """Send a message of its own, and go on there."""
        move = f"move-{self.message.moves}"
        again = self.message.sending == self._nonce(move)
        await self._sending(move)
        sent = await self._sent_before(guild_id, channel_id, f"`{self._job_id}`", move)
        if sent is None or sent == self.message.message_id:
            sent = await self._post_now(guild_id, channel_id, face, reply_to, move)
        moved = {"created_at": self._clock.now(), "ephemeral": False, "moves": self.message.moves + 1}
        await self._forget_token()
        await self.keep(**moved, channel_id=channel_id, message_id=sent, sending=None, **changes)
        if again:
            # It may be one that was sent before, and looks as the job was then.
            await self._transport.edit_by_bot(self.message.guild_id, channel_id, sent, face)

    async def _post_now(
        self, guild_id: int | None, channel_id: int, face: Face, reply_to: int | None, move: str
    ) -> int:
        nonce_ = self._nonce(move)
        try:
            return await self._transport.post(guild_id, channel_id, face, reply_to=reply_to, nonce=nonce_)
        except EditRefused as refused:
            if refused.code != NO_HISTORY:
                raise
            return await self._transport.post(guild_id, channel_id, face, reply_to=None, nonce=nonce_)

    async def _sending(self, what: str) -> None:
        """Keep that a message goes out now, for whoever has to find out whether it arrived."""
        if self.message.sending != self._nonce(what):
            await self.keep(sending=self._nonce(what), sending_since=self._clock.now())

    async def _sent_before(self, guild_id: int | None, channel_id: int, text: str, what: str) -> int | None:
        """The message, where it may have been sent so long ago that its nonce is no protection any more."""
        since = self.message.sending_since
        if self.message.sending != self._nonce(what) or self._clock.now() - since < NONCE_GOOD_MS:
            return None
        try:
            return await self._transport.find_own(guild_id, channel_id, since - SKEW_MS, text)
        except EditRefused:
            return None

    def _note(self, follows: str | None) -> str | None:
        """The line of a message that took another's place."""
        return words_in(self.message.language)("goes-on-from", link=follows) if follows else None

    def _nonce(self, what: str) -> str:
        return nonce(self._job_id, what)

    async def _token(self) -> str | None:
        if not self._token_read:
            self._reply_token = await self._messages.token(self._job_id)
            self._token_read = True
        if self._reply_token is not None and token_is_good(self._reply_token[1], self._clock.now()):
            return self._reply_token[0]
        return None

    async def _forget_token(self) -> None:
        self._token_read, self._reply_token = True, None
        await self._messages.drop_token(self._job_id)


def _last_face(card: Card, note: str) -> Face:
    """What a message shows from which the card has gone: how it stood, where it went, and no buttons."""
    return Face(replace(card, lines=(*card.lines, note), image=None, buttons=()).embed())
