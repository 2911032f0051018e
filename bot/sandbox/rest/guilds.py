"""Guilds, their channels, roles and members, as a bot inside may read them."""

from __future__ import annotations

from bot.sandbox import render
from bot.sandbox.call import Answer, Call
from bot.sandbox.errors import (
    ApiError,
    invalid_form,
    missing_access,
    unknown_channel,
    unknown_guild,
    unknown_member,
)
from bot.sandbox.permissions import VIEW_CHANNEL, active_threads, channel_permissions
from bot.sandbox.rest.route import Route
from bot.sandbox.world import PRIVATE_THREAD, THREADS, Channel, Guild, Member

MEMBERS_INTENT = 1 << 1


def guild_of(call: Call) -> Guild:
    """The guild of the path. Raises 404/10004 where the bot is not a member."""
    guild = call.sandbox.world.guilds.get(call.id("guild_id"))
    if guild is None or call.sandbox.world.bot.id not in guild.members:
        raise unknown_guild()
    return guild


def visible_channel(call: Call) -> tuple[Channel, int]:
    """The channel of the path and what the bot may do there. Raises 404/10003, 403/50001."""
    world = call.sandbox.world
    channel = world.channel(call.id("channel_id"))
    if channel is None:
        raise unknown_channel()
    guild = world.guild_of(channel)
    if guild is None:
        return channel, (1 << 53) - 1
    member = guild.members.get(world.bot.id)
    allowed = channel_permissions(guild, channel, member) if member else 0
    if not allowed & VIEW_CHANNEL:
        raise missing_access()
    return channel, allowed


async def guild(call: Call) -> Answer:
    value = guild_of(call)
    answer = render.guild(value)
    if call.query.get("with_counts") in ("1", "true"):
        answer |= {"approximate_member_count": len(value.members), "approximate_presence_count": 0}
    return answer


async def channels(call: Call) -> Answer:
    value = guild_of(call)
    return [render.channel(c, call.sandbox.world) for c in value.channels.values() if c.type not in THREADS]


async def threads(call: Call) -> Answer:
    value = guild_of(call)
    world = call.sandbox.world
    shown = {thread.id for thread in active_threads(value, world.bot.id)}
    active = (c for c in value.channels.values() if c.type in THREADS and not c.archived)
    found = [render.channel(c, world) for c in active if c.type != PRIVATE_THREAD or c.id in shown]
    return {"threads": found, "members": [], "has_more": False}


async def channel(call: Call) -> Answer:
    return render.channel(visible_channel(call)[0], call.sandbox.world)


async def roles(call: Call) -> Answer:
    return [render.role(role) for role in guild_of(call).roles.values()]


async def members(call: Call) -> Answer:
    """A page in order of ids. The privileged intent must be switched on, whatever the connection asked for."""
    value = guild_of(call)
    if not call.sandbox.intents_allowed & MEMBERS_INTENT:
        raise missing_access()
    limit, after = call.number("limit", 1, 1, 1000), call.place("after") or 0
    page = sorted((m for m in value.members.values() if m.user.id > after), key=lambda m: m.user.id)
    return [render.member(m) for m in page[:limit]]


async def member(call: Call) -> Answer:
    return render.member(_member(call, guild_of(call)))


async def search(call: Call) -> Answer:
    value = guild_of(call)
    query = call.query.get("query", "").lower()
    if not query:
        raise invalid_form("query", "This field is required")
    found = [m for m in value.members.values() if _matches(m, query)]
    return [render.member(m) for m in found[: call.number("limit", 1, 1, 1000)]]


async def voice_state(call: Call) -> Answer:
    value = guild_of(call)
    who = _member(call, value)
    if who.user.id not in value.voice:
        raise ApiError(404, 10065, "Unknown Voice State")
    return render.voice_state(value, who.user.id, value.voice[who.user.id])


def _member(call: Call, value: Guild) -> Member:
    found = value.members.get(call.id("user_id"))
    if found is None:
        raise unknown_member()
    return found


def _matches(value: Member, query: str) -> bool:
    return any(name.lower().startswith(query) for name in (value.user.username, value.display_name))


ROUTES = (
    Route("GET", "/guilds/{guild_id}", guild),
    Route("GET", "/guilds/{guild_id}/channels", channels),
    Route("GET", "/guilds/{guild_id}/threads/active", threads),
    Route("GET", "/guilds/{guild_id}/roles", roles),
    Route("GET", "/guilds/{guild_id}/members", members),
    Route("GET", "/guilds/{guild_id}/members/search", search),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", member),
    Route("GET", "/guilds/{guild_id}/voice-states/{user_id}", voice_state),
    Route("GET", "/channels/{channel_id}", channel),
)
