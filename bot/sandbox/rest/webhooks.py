"""Answers to interactions: the first response, its edits and the follow-ups, by the interaction's own token."""

from __future__ import annotations

from bot.sandbox import composing, render
from bot.sandbox.call import Answer, Call, snowflake
from bot.sandbox.errors import (
    already_acknowledged,
    dead_token,
    invalid_form,
    unknown_channel,
    unknown_interaction,
    unknown_message,
    unknown_webhook,
)
from bot.sandbox.limits import check_choices, check_modal
from bot.sandbox.rest.route import Route
from bot.sandbox.world import LOADING, Channel, Interaction, Message, World

FIRST_ANSWER_MS = 3000
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
"""Types of callbacks (Discord API reference, "Interaction Callback Type")."""


async def callback(call: Call) -> Answer:
    """The first response: within three seconds, and once."""
    world = call.sandbox.world
    interaction = world.interactions.get(call.places["token"])
    late = interaction is not None and call.sandbox.clock.now() - interaction.created_at > FIRST_ANSWER_MS
    if interaction is None or interaction.id != call.id("interaction_id") or (late and interaction.answer is None):
        raise unknown_interaction()
    if interaction.answer is not None:
        raise already_acknowledged()
    await _respond(call, interaction)
    world.touch()
    if call.query.get("with_response") not in ("1", "true"):
        return None
    return render.callback(interaction, world, call.sandbox.origin)


async def _respond(call: Call, interaction: Interaction) -> None:
    body = call.body or {}
    kind, data = body.get("type"), body.get("data") or {}
    call.body = data
    channel = _channel(call, interaction)
    if kind == MESSAGE:
        message = composing.compose(call, channel, interaction=interaction)
        interaction.message = message
        await composing.publish(call, channel, message)
    elif kind == DEFERRED:
        message = composing.blank(call.sandbox.world, channel, interaction)
        message.flags = LOADING
        composing.with_flag(message, data.get("flags"))
        interaction.message = message
        await composing.publish(call, channel, message)
    elif kind in (DEFERRED_UPDATE, UPDATE):
        interaction.message = _source(call.sandbox.world, channel, interaction)
        if kind == UPDATE:
            composing.edit(call, interaction.message)
    elif kind == CHOICES:
        check_choices(data.get("choices") or [])
        interaction.choices = list(data.get("choices") or [])
    elif kind == MODAL:
        check_modal(data)
        interaction.modal = data
    else:
        raise invalid_form("type", "Value must be one of {4, 5, 6, 7, 8, 9}.")
    interaction.answer = kind


async def follow_up(call: Call) -> Answer:
    """A further message; right after a deferral it takes the place of "thinking"."""
    interaction = _living(call)
    channel = _channel(call, interaction)
    first = interaction.message
    if first is not None and first.flags & LOADING:
        composing.edit(call, first)
        return render.message(first, call.sandbox.world, call.sandbox.origin)
    message = composing.compose(call, channel, interaction=interaction, follow_up=True)
    interaction.messages.append(message)
    await composing.publish(call, channel, message)
    return render.message(message, call.sandbox.world, call.sandbox.origin)


async def get(call: Call) -> Answer:
    message = _message(call, _living(call))
    return render.message(message, call.sandbox.world, call.sandbox.origin)


async def patch(call: Call) -> Answer:
    message = _message(call, _living(call))
    composing.edit(call, message)
    return render.message(message, call.sandbox.world, call.sandbox.origin)


async def delete(call: Call) -> Answer:
    interaction = _living(call)
    message = _message(call, interaction)
    world = call.sandbox.world
    channel = _channel(call, interaction)
    if message in channel.messages:
        channel.messages.remove(message)
    world.forget(message)
    world.tell(message, "deleted")
    return None


def _living(call: Call) -> Interaction:
    """The interaction of the path's token. Raises 404/10015 and, past its life, 401/50027."""
    world = call.sandbox.world
    interaction = world.interactions.get(call.places["token"])
    if interaction is None or call.id("webhook_id") != world.application_id:
        raise unknown_webhook()
    if call.sandbox.clock.now() >= interaction.expires_at:
        raise dead_token()
    if interaction.answer is None:
        raise unknown_webhook()
    return interaction


def _message(call: Call, interaction: Interaction) -> Message:
    place = call.places["message_id"]
    known = [m for m in (interaction.message, *interaction.messages) if m is not None]
    # The message whose button was pressed can be changed by the press's token too, whatever the first answer was.
    world = call.sandbox.world
    if interaction.source_id and (source := world.ephemeral(interaction.source_id)):
        known.append(source)
    if place == "@original":
        wanted = interaction.message.id if interaction.message else 0
    else:
        wanted = snowflake(place, "message_id")
    found = next((m for m in known if m.id == wanted), None)
    if found is None or (not found.ephemeral and _channel(call, interaction).find(found.id) is None):
        raise unknown_message()
    return found


def _channel(call: Call, interaction: Interaction) -> Channel:
    channel = call.sandbox.world.channel(interaction.channel_id)
    if channel is None:
        raise unknown_channel()
    return channel


def _source(world: World, channel: Channel, interaction: Interaction) -> Message:
    wanted = interaction.source_id or 0
    message = channel.find(wanted) or world.ephemeral(wanted)
    if message is None:
        raise unknown_message()
    return message


ROUTES = (
    Route("POST", "/interactions/{interaction_id}/{token}/callback", callback, by_bot=False),
    Route("POST", "/webhooks/{webhook_id}/{token}", follow_up, by_bot=False),
    Route("GET", "/webhooks/{webhook_id}/{token}/messages/{message_id}", get, by_bot=False),
    Route("PATCH", "/webhooks/{webhook_id}/{token}/messages/{message_id}", patch, by_bot=False),
    Route("DELETE", "/webhooks/{webhook_id}/{token}/messages/{message_id}", delete, by_bot=False),
)
