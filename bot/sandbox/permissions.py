"""Discord's rule book of permissions: from a member's roles and a channel's overwrites to what is allowed.

Pure. Source: Discord API documentation, "Permissions" (computation of base permissions and overwrites).
"""

from __future__ import annotations

from bot.sandbox.world import PRIVATE_THREAD, THREADS, Channel, Guild, Member

ADMINISTRATOR = 1 << 3
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
CONNECT = 1 << 20
MANAGE_GUILD = 1 << 5
MANAGE_ROLES = 1 << 28
MANAGE_THREADS = 1 << 34
ALL = (1 << 53) - 1
EVERYONE_DEFAULT = (
    VIEW_CHANNEL | SEND_MESSAGES | ATTACH_FILES | READ_MESSAGE_HISTORY | CONNECT | 1 << 14 | 1 << 21 | 1 << 31
)
"""What a new guild lets everyone do: see, write, embed, attach, read back, join voice and speak, use commands."""


def guild_permissions(guild: Guild, member: Member) -> int:
    """What `member` may do in the whole guild."""
    if member.user.id == guild.owner_id:
        return ALL
    granted = guild.everyone.permissions
    for role_id in member.roles:
        granted |= guild.roles[role_id].permissions
    return ALL if granted & ADMINISTRATOR else granted


def sees(guild: Guild, channel: Channel, user_id: int) -> bool:
    """Whether this member is told of what happens in `channel`."""
    member = guild.members.get(user_id)
    return member is not None and bool(channel_permissions(guild, channel, member) & VIEW_CHANNEL)


def active_threads(guild: Guild, user_id: int) -> list[Channel]:
    """The threads that are not archived and show themselves to this member."""
    return [c for c in guild.channels.values() if c.type in THREADS and not c.archived and sees(guild, c, user_id)]


def channel_permissions(guild: Guild, channel: Channel, member: Member) -> int:
    """What `member` may do in `channel`; a thread has the permissions of its parent.

    A private thread shows itself to who was let in, and to who may manage threads.
    """
    granted = guild_permissions(guild, member)
    if granted == ALL:
        return ALL
    parent = guild.channels.get(channel.parent_id or 0, channel)
    overwrites = {o.id: o for o in parent.overwrites}
    if everyone := overwrites.get(guild.id):
        granted = granted & ~everyone.deny | everyone.allow
    of_roles = [overwrites[role] for role in member.roles if role in overwrites]
    for overwrite in of_roles:
        granted &= ~overwrite.deny
    for overwrite in of_roles:
        granted |= overwrite.allow
    if own := overwrites.get(member.user.id):
        granted = granted & ~own.deny | own.allow
    let_in = channel.type != PRIVATE_THREAD or member.user.id in channel.members or granted & MANAGE_THREADS
    return granted if granted & VIEW_CHANNEL and let_in else 0
