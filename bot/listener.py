"""Tells the recorder what the gateway's events say.

Knows discord.py's events and the recorder, no command and no store. Invariant: an event is read as soon as it comes,
for discord.py changes the values that it handed over when the next one does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import discord

from bot.services.rules import REPLY, by_person
from jobs.activity.recorder import Recorder
from jobs.activity.store import Source


def sources_of(intents: discord.Intents) -> Source:
    """What the gateway tells with these intents."""
    asked = {
        Source.MESSAGES: intents.guild_messages,
        Source.VOICE: intents.voice_states,
        Source.REACTIONS: intents.guild_reactions,
        Source.MEMBERS: intents.members,
    }
    told = Source(0)
    for source, is_asked in asked.items():
        if is_asked:
            told |= source
    return told


class Listener:
    """See the module."""

    def __init__(self, client: discord.Client, recorder: Recorder) -> None:
        self._client = client
        self._recorder = recorder
        self._bots: set[int] = set()
        """Bots that have written something: who opens a thread is only an id."""
        self._ears: Mapping[str, Callable[..., None]] = {
            "message": self._message,
            "thread_create": self._thread,
            "raw_reaction_add": self._reaction,
            "member_join": self._join,
            "raw_member_remove": self._leave,
            "voice_state_update": self._voice,
            "guild_available": self._see,
            "guild_join": self._see,
            "resumed": self._resume,
            "guild_unavailable": self._lose,
            "guild_remove": self._lose,
            "guild_channel_create": self._channel,
            "guild_channel_update": self._channel_changed,
            "guild_channel_delete": self._channel_gone,
            "guild_role_update": self._role_changed,
            "guild_role_delete": self._role_gone,
            "guild_update": self._guild,
            "member_update": self._member,
            "disconnect": self._drop,
        }

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """`event` is discord.py's name of it, without "on_"."""
        ear = self._ears.get(event)
        if ear is not None:
            ear(*args)

    def _message(self, message: discord.Message) -> None:
        guild, author = message.guild, message.author
        if guild is None:
            return
        if author.bot and message.webhook_id is None:
            self._bots.add(author.id)
        type_ = message.type.value
        self._recorder.message(
            guild_id=guild.id,
            channel_id=message.channel.id,
            member_id=author.id,
            message_id=message.id,
            bot=not by_person(author.bot, message.webhook_id, type_),
            reply=type_ == REPLY,
        )

    def _thread(self, thread: discord.Thread) -> None:
        self._recorder.thread(
            guild_id=thread.guild.id,
            channel_id=thread.parent_id,
            member_id=thread.owner_id,
            thread_id=thread.id,
            bot=self._is_bot(thread.guild, thread.owner_id),
        )

    def _is_bot(self, guild: discord.Guild, user_id: int) -> bool:
        """A bot has written something, or has a role that came with its invitation."""
        return user_id in self._bots or any(role.tags and role.tags.bot_id == user_id for role in guild.roles)

    def _reaction(self, reaction: discord.RawReactionActionEvent) -> None:
        if reaction.guild_id is None or reaction.member is None:
            return
        self._recorder.reaction(
            guild_id=reaction.guild_id,
            channel_id=reaction.channel_id,
            member_id=reaction.user_id,
            message_id=reaction.message_id,
            emoji=reaction.emoji.id or reaction.emoji.name,
            bot=reaction.member.bot,
        )

    def _join(self, member: discord.Member) -> None:
        if member.joined_at is not None:
            at = round(member.joined_at.timestamp() * 1000)
            self._recorder.joined(guild_id=member.guild.id, member_id=member.id, joined_at=at, bot=member.bot)

    def _leave(self, leave: discord.RawMemberRemoveEvent) -> None:
        socket = self._client.ws
        self._recorder.left(
            guild_id=leave.guild_id,
            member_id=leave.user.id,
            event=(socket.session_id, socket.sequence),
            bot=leave.user.bot,
        )

    def _voice(self, member: discord.Member, _: object, after: discord.VoiceState) -> None:
        guild = member.guild
        self._recorder.voice(guild_id=guild.id, member_id=member.id, channel_id=_counted(guild, after), bot=member.bot)

    def _see(self, guild: discord.Guild) -> None:
        """From here on the gateway tells what happens in `guild`; who is in voice now is known."""
        self._look(guild)
        self._recorder.connected(guild.id)
        self._look_into_voice(guild)

    def _resume(self) -> None:
        """What was missed was told before this."""
        guilds = [guild for guild in self._client.guilds if not guild.unavailable]
        for guild in guilds:
            self._look(guild)
        self._recorder.resumed([guild.id for guild in guilds])
        for guild in guilds:
            self._look_into_voice(guild)

    def _drop(self) -> None:
        self._recorder.disconnected()

    def _lose(self, guild: discord.Guild) -> None:
        self._recorder.disconnected(guild.id)
        # When the guild is back, discord.py adds who is in voice then, and would keep who was there before.
        guild._voice_states.clear()

    def _channel(self, channel: discord.abc.GuildChannel) -> None:
        self._look(channel.guild)

    def _channel_changed(self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        # Who moves one channel changes the places of all others: hundreds of events, none of which hides or shows any.
        me = after.guild.me
        if _tells(before, me) != _tells(after, me):
            self._look(after.guild)

    def _role_changed(self, before: discord.Role, after: discord.Role) -> None:
        if before.permissions != after.permissions:
            self._look(after.guild)

    def _role_gone(self, role: discord.Role) -> None:
        own = role.guild.me._roles
        if own.has(role.id):
            # discord.py would go on to show the bot what the role alone has shown it.
            own.remove(role.id)
        self._look(role.guild)

    def _channel_gone(self, channel: discord.abc.GuildChannel) -> None:
        self._look(channel.guild)
        self._recorder.channel_gone(channel.guild.id, channel.id)

    def _guild(self, before: discord.Guild, after: discord.Guild) -> None:
        self._look(after)
        if before.afk_channel != after.afk_channel:
            self._look_into_voice(after)

    def _member(self, _: discord.Member, member: discord.Member) -> None:
        if member == member.guild.me:
            self._look(member.guild)

    def _look(self, guild: discord.Guild) -> None:
        """Which channels show themselves to the bot may have changed."""
        self._recorder.visible(guild.id, [channel.id for channel in guild.channels if _tells(channel, guild.me)])

    def _look_into_voice(self, guild: discord.Guild) -> None:
        # The cache holds nobody else; to ask each channel for its members reads all of them each time.
        found = ((member, member.voice) for member in guild.members if not member.bot)
        present = {member.id: place for member, voice in found if (place := _counted(guild, voice)) is not None}
        self._recorder.voice_snapshot(guild.id, present)


def _counted(guild: discord.Guild, voice: discord.VoiceState | None) -> int | None:
    """The channel in which time counts; the one of those who are away is none."""
    channel = None if voice is None else voice.channel
    return None if channel is None or channel == guild.afk_channel else channel.id


def _tells(channel: discord.abc.GuildChannel, me: discord.Member) -> bool:
    """Whether the gateway tells what is written there; the chat of a voice channel needs *Connect* too."""
    allowed = channel.permissions_for(me)
    spoken = isinstance(channel, discord.VoiceChannel | discord.StageChannel)
    return allowed.view_channel and (allowed.connect or not spoken)
