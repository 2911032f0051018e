"""The search in a guild's messages, with its index that is not always ready or whole.

Source: Discord API documentation, "Search Guild Messages".
"""

from __future__ import annotations

from bot.sandbox import render
from bot.sandbox.call import Answer, Call, snowflake
from bot.sandbox.errors import ApiError, invalid_form, missing_access
from bot.sandbox.permissions import READ_MESSAGE_HISTORY, VIEW_CHANNEL, channel_permissions
from bot.sandbox.rest.guilds import guild_of
from bot.sandbox.rest.route import Route
from bot.sandbox.world import Message

CONTENT_INTENT = 1 << 15
MOST_CHANNELS, MOST_AUTHORS = 500, 100
SEEN = VIEW_CHANNEL | READ_MESSAGE_HISTORY


async def search(call: Call) -> Answer:
    """The messages of channels that the bot may read back."""
    sandbox, guild = call.sandbox, guild_of(call)
    if not sandbox.intents_allowed & CONTENT_INTENT:
        raise missing_access()
    limit, offset = call.number("limit", 25, 1, 25), call.number("offset", 0, 0, 9975)
    after, before = call.place("min_id") or 0, call.place("max_id") or 1 << 63
    channels, authors = _ids(call, "channel_id", MOST_CHANNELS), _ids(call, "author_id", MOST_AUTHORS)
    if sandbox.index.not_ready > 0:
        sandbox.index.not_ready -= 1
        text = "Index not yet available. Try again later"
        raise ApiError(202, 110000, text, documents_indexed=0, retry_after=sandbox.index.retry_after)
    me = guild.members[sandbox.world.bot.id]
    readable = [c for c in guild.channels.values() if channel_permissions(guild, c, me) & SEEN == SEEN]
    found = [
        message
        for channel in readable
        if not channels or channel.id in channels
        for message in channel.messages
        if after < message.id < before and (not authors or message.author_id in authors)
    ]
    found.sort(key=lambda message: message.id, reverse=call.query.get("sort_order") != "asc")
    shown = [message for message in found[offset : offset + limit] if message.id not in sandbox.index.lost]
    return {
        "messages": [[_hit(call, message)] for message in shown],
        "total_results": len(found),
        "doing_deep_historical_index": sandbox.index.deepening,
    }


def _hit(call: Call, message: Message) -> dict[str, object]:
    return {**render.message(message, call.sandbox.world, call.sandbox.origin), "hit": True}


def _ids(call: Call, name: str, most: int) -> set[int]:
    """Values of a filter that may come more than once."""
    values = [snowflake(text, name) for text in call.all(name)]
    if len(values) > most or len(set(values)) != len(values):
        raise invalid_form(name, f"Must be {most} or fewer in length, each once.")
    return set(values)


ROUTES = (Route("GET", "/guilds/{guild_id}/messages/search", search),)
