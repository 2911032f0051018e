"""Cards of the test's own job types, and what is pressed on them."""

from __future__ import annotations

from typing import Any

from bot.cards import Button
from bot.sandbox import Message
from bot.sandbox.world import Channel
from bot.views import view_of
from jobs.engine.model import Job
from tests.e2e.conftest import Play, job_id_of, text_of
from tests.e2e.forms import typed


async def start(play: Play, type_: str = "gate", *, user: int | None = None, **options: Any) -> tuple[Message, str]:
    """A job and its card, once it is at work or waits."""
    sent = await typed(play, "async-job", user=user, type=type_, **options)
    card = await sent.said()
    return card, job_id_of(card)


async def shows(play: Play, card: Message, words: str) -> str:
    await play.sandbox.until(lambda: words in text_of(card), 20.0)
    return text_of(card)


async def at_work(play: Play, card: Message) -> None:
    await shows(play, card, "Passing")


async def job_of(play: Play, job_id: str) -> Job:
    job = await play.app.queue.get(job_id)
    assert job is not None
    return job


def posted(play: Play, job_id: str, *actions: str, channel: Channel | None = None) -> Message:
    """A message with these buttons, whatever the job is by now: a card that fell behind, or that somebody made up."""
    world, place = play.sandbox.world, channel or play.guild.default_channel
    view = view_of(job_id, [Button(action, action) for action in actions])
    assert view is not None
    message = Message(world.snowflake(), place.id, world.bot.id, content="a card", author_bot=True)
    message.components = view.to_components()
    place.add(message)
    return message
