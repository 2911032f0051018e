"""What exists in the stand-in: guilds, members, roles, channels, messages, interactions, and who hears of changes.

Plain mutable values; no HTTP and no JSON. Invariant: ids are snowflakes of the world's own clock and never repeat,
and a channel's messages are in order of their ids.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

EPOCH_MS = 1_420_070_400_000
"""Zero of every snowflake (Discord API reference, "Snowflakes")."""
EPHEMERAL, LOADING = 1 << 6, 1 << 7
"""Flags of messages (Discord API reference, "Message Flags")."""
TEXT, VOICE, PUBLIC_THREAD, PRIVATE_THREAD, DM, FORUM = 0, 2, 11, 12, 1, 15
THREADS = frozenset({10, PUBLIC_THREAD, PRIVATE_THREAD})
"""Types of channels (Discord API reference, "Channel Types")."""
DEFAULT, REPLY, CHAT_INPUT = 0, 19, 20
"""Types of messages (Discord API reference, "Message Types")."""
WRITTEN = frozenset({DEFAULT, REPLY})
Json: TypeAlias = dict[str, Any]


class Clock(Protocol):
    """Milliseconds since the epoch, seconds that never go back, and sleeping."""

    def now(self) -> int: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


def time_of(snowflake: int) -> int:
    """The instant (ms) in which `snowflake` was made."""
    return (snowflake >> 22) + EPOCH_MS


@dataclass(slots=True)
class User:
    id: int
    username: str
    global_name: str | None = None
    bot: bool = False


@dataclass(slots=True)
class Role:
    id: int
    name: str
    permissions: int = 0
    position: int = 0
    color: int = 0
    managed: bool = False
    tags: Json = field(default_factory=dict)


@dataclass(slots=True)
class Member:
    user: User
    joined_at: int
    roles: list[int] = field(default_factory=list)
    nick: str | None = None

    @property
    def display_name(self) -> str:
        return self.nick or self.user.global_name or self.user.username


@dataclass(slots=True)
class Overwrite:
    """Permissions of a role (`kind` 0) or a member (1) in one channel."""

    id: int
    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True)
class Attachment:
    id: int
    filename: str
    content_type: str
    data: bytes


@dataclass(slots=True, eq=False)
class Message:
    """One message. `author_bot` is kept with it, for its author may be gone."""

    id: int
    channel_id: int
    author_id: int
    content: str = ""
    type: int = DEFAULT
    author_bot: bool = False
    flags: int = 0
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: list[int] = field(default_factory=list)
    reference: int | None = None
    interaction_token: str | None = None
    nonce: str | None = None
    edited_at: int | None = None
    edits: int = 0

    @property
    def at(self) -> int:
        return time_of(self.id)

    @property
    def by_person(self) -> bool:
        """Written by a person, not by a bot and not by Discord itself."""
        return not self.author_bot and self.type in WRITTEN

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)


@dataclass(slots=True)
class Channel:
    id: int
    guild_id: int | None
    name: str
    type: int = TEXT
    position: int = 0
    overwrites: list[Overwrite] = field(default_factory=list)
    parent_id: int | None = None
    recipient_id: int | None = None
    archived: bool = False
    locked: bool = False
    """Of threads: an archived one opens again when somebody writes, a locked one does not."""
    archived_at: int | None = None
    """When (ms) a thread was archived or opened again last; None for when it was made."""
    opened_by: int | None = None
    """Of threads: who opened it; None for the bot."""
    members: set[int] = field(default_factory=set)
    """Of private threads: who was let in."""
    messages: list[Message] = field(default_factory=list)

    def add(self, message: Message) -> None:
        if not self.messages or self.messages[-1].id < message.id:
            self.messages.append(message)
        else:
            insort(self.messages, message, key=lambda m: m.id)

    def find(self, message_id: int) -> Message | None:
        place = bisect_left(self.messages, message_id, key=lambda m: m.id)
        found = self.messages[place] if place < len(self.messages) else None
        return found if found is not None and found.id == message_id else None

    def page(self, *, after: int | None, before: int | None, limit: int) -> list[Message]:
        """The messages next behind `after` or next in front of `before` (else the newest), oldest first."""
        if after is not None:
            begin = bisect_left(self.messages, after + 1, key=lambda m: m.id)
            return self.messages[begin : begin + limit]
        end = len(self.messages)
        if before is not None:
            end = bisect_left(self.messages, before, key=lambda m: m.id)
        return self.messages[max(0, end - limit) : end]


@dataclass(frozen=True, slots=True)
class VoiceSession:
    """A past stay of a member in a voice channel; instants in ms."""

    member_id: int
    channel_id: int
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class RoleChange:
    """A role that the bot gave or took, at `at` (ms)."""

    at: int
    guild_id: int
    member_id: int
    role_id: int
    given: bool
    reason: str | None


@dataclass(slots=True)
class Guild:
    id: int
    name: str
    owner_id: int
    locale: str = "en-US"
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    voice: dict[int, int] = field(default_factory=dict)
    """Who is in voice now: member to channel."""
    afk_channel_id: int | None = None
    """The voice channel that people are moved to when they do nothing."""
    voice_sessions: list[VoiceSession] = field(default_factory=list)
    unreachable: bool = False
    """Discord cannot reach it at the moment."""
    truth: list[Message] = field(default_factory=list)
    """Every message the seed made, whatever happens to the channels later."""

    @property
    def everyone(self) -> Role:
        return self.roles[self.id]

    @property
    def default_channel(self) -> Channel:
        return min((c for c in self.channels.values() if c.type == TEXT), key=lambda c: c.position)


@dataclass(slots=True)
class Interaction:
    """A command, a press or a form that was sent to the application."""

    id: int
    token: str
    guild_id: int | None
    """None in a direct message."""
    channel_id: int
    user_id: int
    created_at: int
    expires_at: int
    kind: int
    command: str = ""
    locale: str = "en-US"
    source_id: int | None = None
    """The message whose component was pressed."""
    answer: int | None = None
    """The callback's type, once it was answered."""
    message: Message | None = None
    messages: list[Message] = field(default_factory=list)
    """Follow-ups, in order."""
    choices: list[Json] | None = None
    modal: Json | None = None


MessageListener: TypeAlias = Callable[[Message, str], None]


@dataclass(slots=True)
class World:
    clock: Clock
    application_id: int
    bot: User
    guilds: dict[int, Guild] = field(default_factory=dict)
    users: dict[int, User] = field(default_factory=dict)
    dms: dict[int, Channel] = field(default_factory=dict)
    """Direct-message channels by channel id."""
    closed_dms: set[int] = field(default_factory=set)
    """People who take no direct messages from the bot."""
    commands: list[Json] = field(default_factory=list)
    """The application's global commands, as registered."""
    interactions: dict[str, Interaction] = field(default_factory=dict)
    uploads: dict[int, Attachment] = field(default_factory=dict)
    """Files sent with forms and commands, by id."""
    role_changes: list[RoleChange] = field(default_factory=list)
    """What the bot really changed, in order; what changed nothing is not in it."""
    listeners: list[MessageListener] = field(default_factory=list)
    _last_id: int = 0
    _pulse: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def owner_id(self) -> int:
        """Owner of the first guild."""
        return next(iter(self.guilds.values())).owner_id

    def snowflake(self) -> int:
        """A new id of now."""
        self._last_id = max(self._last_id + 1, (self.clock.now() - EPOCH_MS) << 22)
        return self._last_id

    def channel(self, channel_id: int) -> Channel | None:
        for guild in self.guilds.values():
            if channel := guild.channels.get(channel_id):
                return channel
        return self.dms.get(channel_id)

    def sent_by_token(self, token: str | None) -> list[Message]:
        """Every message that answered this interaction, those for its caller alone among them."""
        interaction = self.interactions.get(token or "")
        if interaction is None:
            return []
        own = [m for m in (interaction.message, *interaction.messages) if m is not None]
        return [message for message in own if message.interaction_token == token]

    def ephemeral(self, message_id: int) -> Message | None:
        """A message for one person alone; no channel holds it."""
        for token in self.interactions:
            for message in self.sent_by_token(token):
                if message.id == message_id and message.ephemeral:
                    return message
        return None

    def forget(self, message: Message) -> None:
        """No interaction knows `message` any more."""
        for interaction in self.interactions.values():
            if interaction.message is message:
                interaction.message = None
            interaction.messages = [known for known in interaction.messages if known is not message]

    def attachment(self, channel_id: int, attachment_id: int) -> Attachment | None:
        """A file of a message of this channel, or one that a person sent."""
        channel = self.channel(channel_id)
        shown = list(channel.messages) if channel else []
        shown += [m for token in self.interactions for m in self.sent_by_token(token) if m.ephemeral]
        for message in reversed(shown):
            for attachment in message.attachments:
                if attachment.id == attachment_id:
                    return attachment
        return self.uploads.get(attachment_id)

    def guild_of(self, channel: Channel) -> Guild | None:
        return self.guilds.get(channel.guild_id) if channel.guild_id is not None else None

    def user(self, user_id: int) -> User | None:
        if user_id == self.bot.id:
            return self.bot
        return self.users.get(user_id)

    def add_users(self, users: Iterable[User]) -> None:
        self.users.update((user.id, user) for user in users)

    def tell(self, message: Message, what: str) -> None:
        """A message was `created`, `edited` or `deleted`."""
        for listener in list(self.listeners):
            listener(message, what)
        self.touch()

    def touch(self) -> None:
        """Something changed: wake who waits in `until`."""
        pulse, self._pulse = self._pulse, asyncio.Event()
        pulse.set()

    async def until(self, true: Callable[[], object], timeout_s: float = 30.0) -> None:
        """Return once `true()` is; it is asked again after each change. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            while not true():
                await self._pulse.wait()
