"""Messages by the bot's token: reading history, writing, editing, deleting."""

from __future__ import annotations

from bot.sandbox import composing, render
from bot.sandbox.call import Answer, Call
from bot.sandbox.errors import (
    ApiError,
    archived_thread,
    cannot_message,
    invalid_form,
    missing_permissions,
    no_history,
    not_your_message,
    unknown_channel,
    unknown_message,
)
from bot.sandbox.permissions import ATTACH_FILES, READ_MESSAGE_HISTORY, SEND_MESSAGES
from bot.sandbox.rest.guilds import visible_channel
from bot.sandbox.rest.route import Route
from bot.sandbox.world import DM, THREADS, VOICE, Channel, Json, Message

CONTENT_INTENT = 1 << 15


async def history(call: Call) -> Answer:
    """A page, newest first. Without the right to read history it is empty, and no refusal."""
    channel, allowed = visible_channel(call)
    ends = [name for name in ("before", "after", "around") if name in call.query]
    if len(ends) > 1:
        raise invalid_form(ends[1], "Only one of before, after and around can be passed")
    limit = call.number("limit", 50, 1, 100)
    if channel.type not in (0, 1, VOICE, 5, *THREADS):
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    if not allowed & READ_MESSAGE_HISTORY:
        return []
    if around := call.place("around"):
        half = channel.page(after=None, before=around, limit=limit // 2)
        page = half + channel.page(after=around - 1, before=None, limit=limit - len(half))
    else:
        page = channel.page(after=call.place("after"), before=call.place("before"), limit=limit)
    return [_rendered(call, message) for message in reversed(page)]


async def get(call: Call) -> Answer:
    channel, _ = visible_channel(call)
    return _rendered(call, _message(call, channel))


async def post(call: Call) -> Answer:
    channel, allowed = visible_channel(call)
    if not allowed & SEND_MESSAGES or (call.files and not allowed & ATTACH_FILES):
        raise missing_permissions()
    if (call.body or {}).get("message_reference") and not allowed & READ_MESSAGE_HISTORY:
        raise no_history()
    _check_open(call, channel)
    message = composing.repeated(call, channel)
    if message is None:
        message = composing.compose(call, channel)
        await composing.publish(call, channel, message)
    return {**_rendered(call, message), "nonce": message.nonce}


async def patch(call: Call) -> Answer:
    channel, _ = visible_channel(call)
    message = _own(call, channel)
    if channel.archived:
        raise archived_thread()
    composing.edit(call, message)
    return _rendered(call, message)


async def delete(call: Call) -> Answer:
    channel, _ = visible_channel(call)
    message = _own(call, channel)
    channel.messages.remove(message)
    call.sandbox.world.tell(message, "deleted")
    return None


async def open_dm(call: Call) -> Answer:
    world = call.sandbox.world
    recipient = int((call.body or {}).get("recipient_id") or 0)
    if world.user(recipient) is None:
        raise unknown_channel()
    known = next((c for c in world.dms.values() if c.recipient_id == recipient), None)
    if known is None:
        known = Channel(world.snowflake(), None, "", DM, recipient_id=recipient)
        world.dms[known.id] = known
    return render.channel(known, world)


def _check_open(call: Call, channel: Channel) -> None:
    """Whether somebody is there to be written to; writing opens an archived thread again."""
    world = call.sandbox.world
    if channel.type == DM:
        recipient = channel.recipient_id or 0
        shared = any(recipient in g.members and world.bot.id in g.members for g in world.guilds.values())
        if recipient in world.closed_dms or not shared:
            raise cannot_message()
    if channel.archived and channel.locked:
        raise archived_thread()
    channel.archived = False


def _message(call: Call, channel: Channel) -> Message:
    found = channel.find(call.id("message_id"))
    if found is None:
        raise unknown_message()
    return found


def _own(call: Call, channel: Channel) -> Message:
    message = _message(call, channel)
    if message.author_id != call.sandbox.world.bot.id:
        raise not_your_message()
    return message


def _rendered(call: Call, message: Message) -> Json:
    sandbox = call.sandbox
    content = bool(sandbox.intents_allowed & CONTENT_INTENT)
    return render.message(message, sandbox.world, sandbox.origin, content=content)


ROUTES = (
    Route("GET", "/channels/{channel_id}/messages", history),
    Route("POST", "/channels/{channel_id}/messages", post),
    Route("GET", "/channels/{channel_id}/messages/{message_id}", get),
    Route("PATCH", "/channels/{channel_id}/messages/{message_id}", patch),
    Route("DELETE", "/channels/{channel_id}/messages/{message_id}", delete),
    Route("POST", "/users/@me/channels", open_dm),
)
