"""People who fill in forms and press buttons on the stand-in, for the tests of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.sandbox import Message, SandboxInteraction
from bot.sandbox.components import Answer, fields_of
from bot.sandbox.world import Attachment
from tests.e2e.conftest import Play, text_of


async def typed(play: Play, command: str, /, *, user: int | None = None, **options: Any) -> SandboxInteraction:
    """Type a command; answered, with a message or with a form."""
    sent = await play.sandbox.slash(command, options, user=user or play.guild.owner_id)
    return await sent.answered()


async def filled(
    play: Play,
    sent: SandboxInteraction,
    answers: Mapping[str, Answer],
    *,
    files: Mapping[str, tuple[str, bytes]] | None = None,
    user: int | None = None,
) -> SandboxInteraction:
    """Fill in the form that answered `sent`."""
    world = play.sandbox.world
    uploads = {
        field: [Attachment(world.snowflake(), name, "text/plain", data)]
        for field, (name, data) in (files or {}).items()
    }
    submitted = await play.sandbox.interactions.submit(sent, answers, user or play.guild.owner_id, uploads)
    return await submitted.answered()


async def pressed(
    play: Play, message: Message, label: str, *, user: int | None = None, values: list[str] | None = None
) -> SandboxInteraction:
    """Press the button with this label, or choose in the select with this placeholder."""
    custom_id = part_of(message, label)["custom_id"]
    sent = await play.sandbox.interactions.press(message, custom_id, user or play.guild.owner_id, values)
    return await sent.answered()


def part_of(message: Message, label: str) -> dict[str, Any]:
    parts = [part for row in message.components for part in row["components"]]
    found = [part for part in parts if label in (part.get("label"), part.get("placeholder"))]
    assert found, f"no {label!r} among {buttons_of(message)}"
    return dict(found[0])


def buttons_of(message: Message | None) -> list[str]:
    assert message is not None
    parts = [part for row in message.components for part in row["components"]]
    return [part.get("label") or part.get("placeholder") or "" for part in parts]


def form_of(sent: SandboxInteraction) -> dict[str, Any]:
    """The fields of the form, by name."""
    assert sent.modal is not None, "no form was shown"
    return {part["custom_id"]: part for part in fields_of(sent.modal)}


def said(sent: SandboxInteraction) -> str:
    """What the person reads: the follow-up if there is one, else the first answer."""
    message = sent.messages[-1] if sent.messages else sent.message
    assert message is not None
    return text_of(message)


async def answer(play: Play, message: Message, label: str, **more: Any) -> str:
    """What whoever pressed reads, and nobody else does."""
    sent = await pressed(play, message, label, **more)
    await play.sandbox.until(lambda: sent.messages or _own(sent, message))
    last = sent.messages[-1] if sent.messages else sent.message
    assert last is not None
    assert last.ephemeral
    return said(sent)


def _own(sent: SandboxInteraction, pressed_: Message) -> bool:
    """The first answer is no change of the message that was pressed, and says something."""
    own = sent.message
    return own is not None and own.id != pressed_.id and bool(own.content or own.embeds)
