"""The ways a card can reach people, from the best to the last; a way that breaks is left for the next.

Reply token, the same message by bot token, a new message in its place, a direct message to the requester; then it
is kept for `/job status`. Knows no job. Invariant: what was written to one person alone is never put into a channel,
and a message that was sent is stored before the next one is thought of.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from bot.cards import Card
from bot.languages import words_in
from bot.reporter.message import MessageStore, ProgressMessage
from bot.reporter.pacing import token_is_good
from bot.reporter.transport import EditRefused, Face, TokenDead, Transport
from jobs.engine.clock import Clock

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, MISSING_ACCESS, MISSING_PERMISSIONS, ARCHIVED = 10003, 10008, 50001, 50013, 50083
"""Discord API documentation, "Opcodes and Status Codes"."""
NONCE_CHARS = 25


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of one card: where it stands now."""

    message: ProgressMessage
    anew: bool = False
    """It went into a message of its own, not into the one that was there."""


class Ladder:
    """Of one job's message."""

    def __init__(self, job_id: str, transport: Transport, messages: MessageStore, clock: Clock) -> None:
        self._job_id = job_id
        self._transport = transport
        self._messages = messages
        self._clock = clock
        self._token_dead = False

    async def show(self, card: Card, face: Face, message: ProgressMessage) -> Shown:
        """Send the card. Raises `EditFailed` to be asked again, `EditRefused` when no way is left."""
        if not message.message_id:
            return await self._anew(face, message, linked=False)
        if token := await self._token():
            try:
                await self._transport.edit_by_token(message.application_id, token, message.message_id, face)
                return Shown(message)
            except EditRefused as refused:
                await self._forget_token()
                if not isinstance(refused, TokenDead):
                    return await self._after(refused, card, face, message)
        if message.ephemeral:
            return await self._directly(face, message)
        try:
            await self._transport.edit_by_bot(message.guild_id, message.channel_id, message.message_id, face)
        except EditRefused as refused:
            return await self._after(refused, card, face, message)
        return Shown(message)

    async def renew(self, face: Face, message: ProgressMessage) -> Shown:
        """Go on in a new message, for the old one may be edited too rarely. Raises like `show`."""
        return await self._anew(face, message, linked=True)

    async def leave(self, card: Card, face: Face, message: ProgressMessage) -> Shown:
        """Move an answer that only the requester sees into a direct message before it dies, and say so in it.

        Raises `EditFailed`; without a way to write to them, `EditRefused`.
        """
        token = await self._token()
        try:
            shown = await self._directly(face, message)
        except EditRefused:
            await self._say_last(token, card, card.words("cannot-go-on", job=self._job_id), message)
            raise
        await self._say_last(token, card, card.words("goes-on-in-direct", link=shown.message.link), message)
        return shown

    async def say(self, text: str, message: ProgressMessage, nonce: str) -> None:
        """Say an end once: as a reply to the message, to the caller alone, or directly. Raises like `show`."""
        user_id = message.user_id
        if message.ephemeral:
            if token := await self._token():
                await self._transport.whisper(message.application_id, token, text)
            return
        guild_id = None if message.direct else message.guild_id
        try:
            await self._transport.reply(guild_id, message.channel_id, message.message_id, text, user_id, nonce)
        except EditRefused:
            if message.direct:
                raise
            channel_id = await self._transport.open_direct(user_id)
            await self._transport.reply(None, channel_id, None, f"{text}\n{message.link}", user_id, nonce)

    async def _say_last(self, token: str | None, card: Card, note: str, message: ProgressMessage) -> None:
        if token is not None:
            face = Face(replace(card, lines=(*card.lines, note), image=None, buttons=()).embed())
            with suppress(EditRefused):
                await self._transport.edit_by_token(message.application_id, token, message.message_id, face)
        await self._forget_token()

    async def _after(self, refused: EditRefused, card: Card, face: Face, message: ProgressMessage) -> Shown:
        """The rung below the one that broke."""
        if message.ephemeral or refused.code in (UNKNOWN_CHANNEL, MISSING_ACCESS):
            return await self._directly(face, message)
        if message.direct and refused.code != UNKNOWN_MESSAGE:
            raise refused
        return await self._anew(face, message, linked=refused.code != UNKNOWN_MESSAGE)

    async def _anew(self, face: Face, message: ProgressMessage, *, linked: bool) -> Shown:
        """A new message in the old one's place."""
        old = message.link if linked else None
        try:
            message_id = await self._transport.post(
                message.guild_id if not message.direct else None,
                message.channel_id,
                face.with_note(_note(message, old)),
                reply_to=message.message_id if linked else None,
                nonce=self._nonce(message),
            )
        except EditRefused:
            if message.direct:
                raise
            return await self._directly(face, message)
        return await self._moved(message, channel_id=message.channel_id, message_id=message_id, follows=old)

    async def _directly(self, face: Face, message: ProgressMessage) -> Shown:
        """A direct message to the requester; nothing lies below it."""
        old = message.link if message.message_id and not message.ephemeral else None
        channel_id = await self._transport.open_direct(message.user_id)
        nonce = self._nonce(message)
        message_id = await self._transport.post(
            None, channel_id, face.with_note(_note(message, old)), reply_to=None, nonce=nonce
        )
        return await self._moved(message, channel_id=channel_id, message_id=message_id, follows=old, direct=True)

    async def _moved(self, message: ProgressMessage, *, direct: bool | None = None, **place: object) -> Shown:
        now = self._clock.now()
        direct = message.direct if direct is None else direct
        changes = {"created_at": now, "ephemeral": False, "direct": direct, "moves": message.moves + 1, **place}
        await self._forget_token()
        return Shown(await self._messages.change(self._job_id, message, **changes), anew=True)

    def _nonce(self, message: ProgressMessage) -> str:
        """The same for the same move, so that one repeated after a crash makes no second message."""
        return f"{self._job_id[:18]}-m{message.moves}"[:NONCE_CHARS]

    async def _token(self) -> str | None:
        if self._token_dead:
            return None
        found = await self._messages.token(self._job_id)
        if found is None or not token_is_good(found[1], self._clock.now()):
            self._token_dead = True
            return None
        return found[0]

    async def _forget_token(self) -> None:
        self._token_dead = True
        await self._messages.drop_token(self._job_id)


def _note(message: ProgressMessage, follows: str | None) -> str | None:
    """The line of a message that took another's place."""
    return words_in(message.language)("goes-on-from", link=follows) if follows else None
