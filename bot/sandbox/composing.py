"""Makes and changes messages from request bodies, the same for the bot's token and for reply tokens.

Invariant: an edit keeps what it does not name; attachments that a named list leaves out are gone.
"""

from __future__ import annotations

import mimetypes
import re
from typing import Any

from bot.sandbox.call import Call, File
from bot.sandbox.errors import ApiError, invalid_form
from bot.sandbox.limits import check_message, check_not_empty
from bot.sandbox.world import (
    CHAT_INPUT,
    DEFAULT,
    EPHEMERAL,
    LOADING,
    REPLY,
    Attachment,
    Channel,
    Interaction,
    Json,
    Message,
    World,
)

HOUR_MS = 3_600_000
OLD_EDITS, OLD_EDITS_S = 3, 6.0
"""Edits of messages over an hour old, a channel; figures are unpublished, these are what bot authors report."""
NONCE_LIFE_MS = 180_000
_MENTION = re.compile(r"<@!?(\d+)>")


def compose(
    call: Call, channel: Channel, *, interaction: Interaction | None = None, follow_up: bool = False
) -> Message:
    """A new message of the bot, kept and told. Raises 400/50035 and 400/50006."""
    body: Json = call.body or {}
    check_message(body, call.files)
    check_not_empty(body, call.files)
    world = call.sandbox.world
    message = blank(world, channel, interaction, follow_up=follow_up)
    message.flags = body.get("flags") or 0
    message.nonce = None if body.get("nonce") is None else str(body["nonce"])
    message.reference = _reference(channel, body.get("message_reference"))
    if message.reference:
        message.type = REPLY
    _fill(world, message, body, call.files)
    return message


def blank(world: World, channel: Channel, interaction: Interaction | None, *, follow_up: bool = False) -> Message:
    """An empty message of the bot, not yet kept."""
    kind = DEFAULT if interaction is None or interaction.kind != 2 or follow_up else CHAT_INPUT
    message = Message(world.snowflake(), channel.id, world.bot.id, type=kind, author_bot=True)
    message.interaction_token = interaction.token if interaction else None
    return message


async def publish(call: Call, channel: Channel, message: Message) -> None:
    """Keep a message; an ephemeral one is known to its interaction alone."""
    if not message.ephemeral:
        channel.add(message)
        await call.sandbox.gateway.message_created(message)
    call.sandbox.world.tell(message, "created")


def repeated(call: Call, channel: Channel) -> Message | None:
    """The message that this body's enforced nonce has made before."""
    body: Json = call.body or {}
    if not body.get("enforce_nonce") or body.get("nonce") is None:
        return None
    since = call.sandbox.clock.now() - NONCE_LIFE_MS
    recent = (m for m in reversed(channel.messages) if m.at >= since)
    return next((m for m in recent if m.nonce == str(body["nonce"]) and m.author_bot), None)


def edit(call: Call, message: Message) -> None:
    """Change a message. Raises 400/50035, and 429/30046 for too many edits of an old one."""
    body: Json = call.body or {}
    check_message(body, call.files)
    _spare_old(call, message)
    if message.flags & LOADING:
        message.flags &= ~LOADING
    _fill(call.sandbox.world, message, body, call.files)
    message.edited_at = call.sandbox.clock.now()
    message.edits += 1
    call.sandbox.world.tell(message, "edited")


def _fill(world: World, message: Message, body: Json, files: list[File]) -> None:
    if "content" in body:
        message.content = body["content"] or ""
        message.mentions = _pinged(message.content, body.get("allowed_mentions"))
    if "embeds" in body:
        message.embeds = list(body["embeds"] or [])
    if "components" in body:
        message.components = _numbered(body["components"] or [])
    if "attachments" in body:
        kept = {int(item["id"]) for item in body["attachments"] or []}
        message.attachments = [a for a in message.attachments if a.id in kept]
    message.attachments += [_attachment(world, name, data) for name, data in files]


def _attachment(world: World, name: str, data: bytes) -> Attachment:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment(world.snowflake(), name, kind, data)


def _numbered(rows: list[Json]) -> list[Json]:
    """Discord numbers components and answers with the numbers."""
    number = 0
    answer = []
    for row in rows:
        number += 1
        parts = []
        top = number
        for part in row.get("components") or []:
            number += 1
            parts.append({"disabled": False, **part, "id": number} if part["type"] == 2 else {**part, "id": number})
        answer.append({**row, "id": top, "components": parts})
    return answer


def _pinged(content: str, allowed: Any) -> list[int]:
    named = [int(found) for found in _MENTION.findall(content)]
    if allowed is None or "users" in (allowed.get("parse") or []):
        return named
    return [user for user in named if str(user) in {str(u) for u in allowed.get("users") or []}]


def _reference(channel: Channel, reference: Any) -> int | None:
    if not reference:
        return None
    target = int(reference["message_id"])
    if channel.find(target) is not None:
        return target
    if reference.get("fail_if_not_exists", True):
        raise invalid_form("message_reference", "Unknown message")
    return None


def _spare_old(call: Call, message: Message) -> None:
    now = call.sandbox.clock.now()
    if now - message.at < HOUR_MS:
        return
    edits = call.sandbox.old_edits.setdefault(message.channel_id, [])
    edits[:] = [at for at in edits if now - at < OLD_EDITS_S * 1000]
    if len(edits) >= OLD_EDITS:
        error = ApiError.limited(OLD_EDITS_S - (now - edits[0]) / 1000, code=30046)
        error.body["message"] = "Maximum number of edits to messages older than 1 hour reached. Try again later"
        raise error
    edits.append(now)


def with_flag(message: Message, flags: int | None) -> None:
    """Of a response's flags a client keeps one: that only the caller sees it."""
    message.flags |= (flags or 0) & EPHEMERAL
