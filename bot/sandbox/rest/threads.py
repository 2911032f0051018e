"""Archived threads of a channel, as a bot inside may list them.

Source: Discord API documentation, "List Public Archived Threads" and the two below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from bot.sandbox import render
from bot.sandbox.call import Answer, Call
from bot.sandbox.errors import ApiError, invalid_form, missing_permissions
from bot.sandbox.permissions import MANAGE_THREADS, READ_MESSAGE_HISTORY
from bot.sandbox.rest.guilds import visible_channel
from bot.sandbox.rest.route import Route
from bot.sandbox.world import FORUM, PRIVATE_THREAD, TEXT, Channel, time_of

NEWS = 5
MOST = 100


async def public(call: Call) -> Answer:
    """Those archived last come first; `before` is an instant."""
    channel = _channel(call, (TEXT, NEWS, FORUM))
    return _by_archiving(call, channel, lambda thread: thread.type != PRIVATE_THREAD)


async def private(call: Call) -> Answer:
    """The same of private ones, for those who manage threads."""
    channel = _channel(call, (TEXT,), MANAGE_THREADS)
    return _by_archiving(call, channel, lambda thread: thread.type == PRIVATE_THREAD)


async def joined(call: Call) -> Answer:
    """Private ones that the bot was let into, the newest first; `before` is an id."""
    channel = _channel(call, (TEXT,))
    before, bot = call.place("before"), call.sandbox.world.bot.id
    threads = _archived(call, channel, lambda thread: thread.type == PRIVATE_THREAD and bot in thread.members)
    ordered = sorted(threads, key=lambda thread: -thread.id)
    return _page(call, [thread for thread in ordered if before is None or thread.id < before])


def _channel(call: Call, types: Iterable[int], more: int = 0) -> Channel:
    channel, allowed = visible_channel(call)
    if channel.type not in types:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    needed = READ_MESSAGE_HISTORY | more
    if allowed & needed != needed:
        raise missing_permissions()
    return channel


def _archived(call: Call, parent: Channel, wanted: Callable[[Channel], bool]) -> list[Channel]:
    guild = call.sandbox.world.guild_of(parent)
    assert guild is not None
    return [c for c in guild.channels.values() if c.parent_id == parent.id and c.archived and wanted(c)]


def _by_archiving(call: Call, parent: Channel, wanted: Callable[[Channel], bool]) -> Answer:
    before = call.query.get("before")
    try:
        limit = None if before is None else round(datetime.fromisoformat(before).timestamp() * 1000)
    except ValueError:
        raise invalid_form("before", "Could not parse the timestamp.") from None
    ordered = sorted(_archived(call, parent, wanted), key=lambda thread: (-_at(thread), -thread.id))
    return _page(call, [thread for thread in ordered if limit is None or _at(thread) < limit])


def _at(thread: Channel) -> int:
    return time_of(thread.id) if thread.archived_at is None else thread.archived_at


def _page(call: Call, threads: list[Channel]) -> Answer:
    limit = call.number("limit", 50, 2, MOST)
    shown = [render.channel(thread, call.sandbox.world) for thread in threads[:limit]]
    return {"threads": shown, "members": [], "has_more": len(threads) > limit}


ROUTES = (
    Route("GET", "/channels/{channel_id}/threads/archived/public", public),
    Route("GET", "/channels/{channel_id}/threads/archived/private", private),
    Route("GET", "/channels/{channel_id}/users/@me/threads/archived/private", joined),
)
