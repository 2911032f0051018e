"""What stands in the bot's way in one guild, each with the way to mend it.

Reads the client's cache of the guild alone. Invariant: every finding that is not good says what to do, and where.
"""

from __future__ import annotations

from dataclasses import dataclass

import discord

from bot.cards.text import escape
from bot.problems import Problem

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    manage_roles=True,
)
"""What the bot asks for in its invitation."""
NEEDED = {
    "view_channel": "View Channels",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
FOR_ROLES = "Manage Roles"
TO_WRITE = {"embed_links": "Embed Links", "attach_files": "Attach Files"}
TO_SEND = {"send_messages": "Send Messages"}
IN_THREADS = {"send_messages_in_threads": "Send Messages in Threads"}
UNSEEN_CHANNEL = "I cannot see that channel. Give me *View Channel* there, or choose another one."
NO_WRITING = "I cannot write in {channel}: I lack {names}. Give them in its settings → Permissions."


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check."""

    good: bool
    sentence: str


def check_guild(guild: discord.Guild, channel_id: int | None, *, members_intent: bool) -> list[Finding]:
    """Everything that matters here, in the order in which to mend it."""
    me = guild.me
    return [
        *_permissions(me),
        *_channel(guild, me, channel_id),
        *_unreadable(guild, me),
        _role(guild, me),
        _intent(members_intent),
    ]


def check_writes(guild: discord.Guild, channel_id: int | None) -> None:
    """Raises `Problem` for a channel where a card could not be shown."""
    channel = guild.get_channel_or_thread(channel_id) if channel_id is not None else None
    if channel is None or not channel.permissions_for(guild.me).view_channel:
        raise Problem(UNSEEN_CHANNEL)
    allowed = channel.permissions_for(guild.me)
    needed = {**TO_WRITE, **(IN_THREADS if isinstance(channel, discord.Thread) else TO_SEND)}
    missing = [name for key, name in needed.items() if not getattr(allowed, key)]
    if missing:
        raise Problem(NO_WRITING.format(channel=channel.mention, names=", ".join(f"*{name}*" for name in missing)))


def invitation(client: discord.Client) -> str:
    """The link that adds the bot to a guild, with what it needs."""
    assert client.application_id is not None
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(client.application_id, permissions=PERMISSIONS, scopes=scopes)


def _permissions(me: discord.Member) -> list[Finding]:
    allowed = me.guild_permissions
    missing = [name for key, name in NEEDED.items() if not getattr(allowed, key)]
    if not missing:
        return [Finding(True, "I may read, write and attach files.")]
    names = ", ".join(f"*{name}*" for name in missing)
    return [Finding(False, f"I lack {names}. Give them to my role in Server Settings → Roles.")]


def schedule_channel(guild: discord.Guild, channel_id: int | None) -> list[Finding]:
    """Whether the place that the guild chose for cards of schedules still takes them."""
    if channel_id is None:
        return []
    try:
        check_writes(guild, channel_id)
    except Problem as problem:
        return [Finding(False, f"The channel of schedules: {problem}")]
    return []


def _channel(guild: discord.Guild, me: discord.Member, channel_id: int | None) -> list[Finding]:
    channel = guild.get_channel_or_thread(channel_id) if channel_id is not None else None
    if channel is None:
        return []
    allowed = channel.permissions_for(me)
    missing = [name for key, name in NEEDED.items() if not getattr(allowed, key)]
    if not missing:
        return [Finding(True, f"In {channel.mention} I may do all I need.")]
    names = ", ".join(f"*{name}*" for name in missing)
    return [Finding(False, f"In {channel.mention} I lack {names}. Give them in its settings → Permissions.")]


def _unreadable(guild: discord.Guild, me: discord.Member) -> list[Finding]:
    places: list[discord.abc.GuildChannel] = [*guild.text_channels, *guild.voice_channels, *guild.forums]
    hidden = [c for c in places if not _readable(c.permissions_for(me))]
    if not hidden:
        return [Finding(True, f"I can read all {len(places)} channels.")]
    named = ", ".join(f"#{escape(c.name, limit=40)}" for c in hidden[:5]) + (" …" if len(hidden) > 5 else "")
    sentence = (
        f"{len(hidden)} of {len(places)} channels are hidden from me: {named}. Reports leave them out; give me "
        "*View Channel* and *Read Message History* there to have them counted."
    )
    return [Finding(False, sentence)]


def _readable(allowed: discord.Permissions) -> bool:
    return allowed.view_channel and allowed.read_message_history


def _role(guild: discord.Guild, me: discord.Member) -> Finding:
    above = [role for role in guild.roles if role > me.top_role and not role.managed]
    if not me.guild_permissions.manage_roles:
        return Finding(False, f"I cannot give roles: give my role *{FOR_ROLES}*, if role jobs are wanted.")
    if above:
        sentence = (
            f"I can give roles below {me.top_role.mention}; {len(above)} stand above it. Move my role up in Server "
            "Settings → Roles to give those too."
        )
        return Finding(True, sentence)
    return Finding(True, "I can give every role.")


def _intent(members_intent: bool) -> Finding:
    if members_intent:
        return Finding(True, "I can read the member list.")
    return Finding(False, "I cannot read the member list: the operator has to switch on the Server Members intent.")
