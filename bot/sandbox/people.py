"""What people do besides writing and speaking: react, come, go, open threads, be muted.

Changes the world and lets the gateway tell of it, as Discord does. Invariant: a client hears only what its intents
ask for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.sandbox import render
from bot.sandbox.gateway import GUILDS, MEMBERS, REACTIONS
from bot.sandbox.permissions import sees
from bot.sandbox.world import PRIVATE_THREAD, PUBLIC_THREAD, Channel, Guild, Json, Member, Message, User

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox


async def react(sandbox: Sandbox, message: Message, member_id: int, emoji: str = "🦊") -> None:
    """MESSAGE_REACTION_ADD; the stand-in keeps no reactions."""
    guild, channel = _place(sandbox, message.channel_id)
    if sees(guild, channel, sandbox.world.bot.id):
        data: Json = {
            "user_id": str(member_id),
            "channel_id": str(channel.id),
            "message_id": str(message.id),
            "guild_id": str(guild.id),
            "member": render.member(guild.members[member_id]),
            "emoji": {"id": None, "name": emoji},
            "message_author_id": str(message.author_id),
            "burst": False,
            "type": 0,
        }
        await sandbox.gateway.dispatch("MESSAGE_REACTION_ADD", data, intents=REACTIONS)


async def join(sandbox: Sandbox, guild: Guild, user: User) -> Member:
    """GUILD_MEMBER_ADD."""
    member = Member(user, sandbox.clock.now())
    guild.members[user.id] = member
    sandbox.world.add_users([user])
    data = {**render.member(member), "guild_id": str(guild.id)}
    await sandbox.gateway.dispatch("GUILD_MEMBER_ADD", data, intents=MEMBERS)
    return member


async def leave(sandbox: Sandbox, guild: Guild, user_id: int) -> None:
    """GUILD_MEMBER_REMOVE; out of a voice channel first."""
    await sandbox.leave_voice(user_id)
    user = guild.members.pop(user_id).user
    data = {"guild_id": str(guild.id), "user": render.user(user)}
    await sandbox.gateway.dispatch("GUILD_MEMBER_REMOVE", data, intents=MEMBERS)


async def open_thread(
    sandbox: Sandbox, parent: Channel, member_id: int, name: str = "a thread", *, private: bool = False
) -> Channel:
    """THREAD_CREATE."""
    kind = PRIVATE_THREAD if private else PUBLIC_THREAD
    thread = Channel(sandbox.world.snowflake(), parent.guild_id, name, kind, parent_id=parent.id, opened_by=member_id)
    guild, _ = _place(sandbox, parent.id)
    guild.channels[thread.id] = thread
    if sees(guild, thread, sandbox.world.bot.id):
        data = {**render.channel(thread, sandbox.world), "newly_created": True}
        await sandbox.gateway.dispatch("THREAD_CREATE", data, intents=GUILDS)
    return thread


async def archive(sandbox: Sandbox, thread: Channel) -> None:
    """THREAD_UPDATE."""
    thread.archived, thread.archived_at = True, sandbox.clock.now()
    await sandbox.gateway.dispatch("THREAD_UPDATE", render.channel(thread, sandbox.world), intents=GUILDS)


async def mute(sandbox: Sandbox, member_id: int) -> None:
    """VOICE_STATE_UPDATE of somebody whom a moderator mutes where they are."""
    guild = next(guild for guild in sandbox.world.guilds.values() if member_id in guild.voice)
    await sandbox.gateway.voice_changed(guild, member_id, guild.voice[member_id], muted=True)


async def delete_role(sandbox: Sandbox, guild: Guild, role_id: int) -> None:
    """GUILD_ROLE_DELETE; whoever had it has it no more."""
    del guild.roles[role_id]
    for member in guild.members.values():
        member.roles = [role for role in member.roles if role != role_id]
    await sandbox.gateway.dispatch(
        "GUILD_ROLE_DELETE", {"guild_id": str(guild.id), "role_id": str(role_id)}, intents=GUILDS
    )


async def change_role(
    sandbox: Sandbox, guild: Guild, role_id: int, *, position: int | None = None, permissions: int | None = None
) -> None:
    """GUILD_ROLE_UPDATE."""
    role = guild.roles[role_id]
    role.position = role.position if position is None else position
    role.permissions = role.permissions if permissions is None else permissions
    data = {"guild_id": str(guild.id), "role": render.role(role)}
    await sandbox.gateway.dispatch("GUILD_ROLE_UPDATE", data, intents=GUILDS)


async def change_roles(sandbox: Sandbox, guild: Guild, member_id: int, roles: Iterable[int]) -> None:
    """GUILD_MEMBER_UPDATE, as when a moderator gives or takes roles."""
    member = guild.members[member_id]
    member.roles = list(roles)
    await sandbox.gateway.member_changed(guild, member)


async def set_afk_channel(sandbox: Sandbox, guild: Guild, channel_id: int | None) -> None:
    """GUILD_UPDATE."""
    guild.afk_channel_id = channel_id
    await sandbox.gateway.dispatch("GUILD_UPDATE", render.guild(guild), intents=GUILDS)


def _place(sandbox: Sandbox, channel_id: int) -> tuple[Guild, Channel]:
    channel = sandbox.world.channel(channel_id)
    assert channel is not None
    guild = sandbox.world.guild_of(channel)
    assert guild is not None
    return guild, channel
