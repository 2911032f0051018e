"""What stands in the bot's way in one guild, each with the way to mend it.

Reads the client's cache of the guild alone. Invariant: every finding that is not good says what to do, and where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import discord

from bot.cards.text import escape
from bot.languages import Sentence, Words
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
NEEDED = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history")
TO_WRITE, TO_SEND, IN_THREADS = ("embed_links", "attach_files"), "send_messages", "send_messages_in_threads"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check."""

    good: bool
    sentence: Sentence


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
        raise Problem("channel-unseen")
    to_send = IN_THREADS if isinstance(channel, discord.Thread) else TO_SEND
    allowed = channel.permissions_for(guild.me)
    # Who may not send may not embed or attach either: what is named is the one that mends it.
    if missing := _missing(allowed, (to_send,)) or _missing(allowed, TO_WRITE):
        raise Problem("channel-no-writing", channel=channel.mention, names=missing)


def invitation(client: discord.Client) -> str:
    """The link that adds the bot to a guild, with what it needs."""
    assert client.application_id is not None
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(client.application_id, permissions=PERMISSIONS, scopes=scopes)


def _permissions(me: discord.Member) -> list[Finding]:
    if missing := _missing(me.guild_permissions, NEEDED):
        return [Finding(False, Sentence("check-lacks", names=missing))]
    return [Finding(True, Sentence("check-may"))]


def _missing(allowed: discord.Permissions, needed: Iterable[str]) -> Callable[[Words], str] | None:
    """What is lacking, by the names that Discord has for it; None when nothing is."""
    missing = [name for name in needed if not getattr(allowed, name)]
    return (lambda words: ", ".join(f"*{words(f'permission-{name}')}*" for name in missing)) if missing else None


def schedule_channel(guild: discord.Guild, channel_id: int | None) -> list[Finding]:
    """Whether the place that the guild chose for cards of schedules still takes them."""
    if channel_id is None:
        return []
    try:
        check_writes(guild, channel_id)
    except Problem as problem:
        return [Finding(False, Sentence("check-schedules", problem=problem.sentence))]
    return []


def _channel(guild: discord.Guild, me: discord.Member, channel_id: int | None) -> list[Finding]:
    channel = guild.get_channel_or_thread(channel_id) if channel_id is not None else None
    if channel is None:
        return []
    if missing := _missing(channel.permissions_for(me), NEEDED):
        return [Finding(False, Sentence("check-channel-lacks", channel=channel.mention, names=missing))]
    return [Finding(True, Sentence("check-channel", channel=channel.mention))]


def _unreadable(guild: discord.Guild, me: discord.Member) -> list[Finding]:
    places: list[discord.abc.GuildChannel] = [*guild.text_channels, *guild.voice_channels, *guild.forums]
    hidden = [c for c in places if not _readable(c.permissions_for(me))]
    if not hidden:
        return [Finding(True, Sentence("check-reads-all", n=len(places)))]
    named = ", ".join(f"#{escape(c.name, limit=40)}" for c in hidden[:5]) + (" …" if len(hidden) > 5 else "")
    return [Finding(False, Sentence("check-hidden", hidden=len(hidden), channels=len(places), names=named))]


def _readable(allowed: discord.Permissions) -> bool:
    return allowed.view_channel and allowed.read_message_history


def _role(guild: discord.Guild, me: discord.Member) -> Finding:
    above = [role for role in guild.roles if role > me.top_role and not role.managed]
    if not me.guild_permissions.manage_roles:
        return Finding(False, Sentence("check-no-roles"))
    if above:
        return Finding(True, Sentence("check-roles-above", role=me.top_role.mention, n=len(above)))
    return Finding(True, Sentence("check-roles"))


def _intent(members_intent: bool) -> Finding:
    if members_intent:
        return Finding(True, Sentence("check-members"))
    return Finding(False, Sentence("check-no-members"))
