"""What the message of an analysis tells all who see it once the channels it is about are gone."""

from __future__ import annotations

import pytest

from bot.sandbox import Message
from bot.sandbox.world import Channel
from jobs.engine.states import State
from tests.e2e.conftest import Play, job_id_of, text_of
from tests.e2e.forms import pressed, typed

NOT_FOR_ALL = (
    "It is about channels that are gone, or that not everyone here may see. "
    "Whoever asked can see what was found with `/job status` and Download."
)
NONE_LEFT = "None of the channels asked for is left: they are gone, archived or left out. Start it anew with others."


async def asked_about(play: Play, channel: Channel) -> tuple[Message, str]:
    """The card of an analysis of one channel, and the job's id."""
    sent = await typed(play, "async-job", type="member-activity-analysis", start="7d", channel=channel.id)
    card = await sent.said()
    return card, job_id_of(card)


def channel_named(play: Play, name: str) -> Channel:
    return next(channel for channel in play.guild.channels.values() if channel.name == name)


def told(card: Message) -> str:
    """What the card says of the result, without what differs between any two jobs."""
    return str(card.embeds[0]["description"]).split("\ntook ")[0]


@pytest.mark.parametrize("name", ["clips", "staff"])
async def test_a_chosen_channel_that_is_gone_is_told_to_others_as_a_hidden_one_is(play: Play, name: str) -> None:
    hidden, job_id = await asked_about(play, channel_named(play, "staff"))
    await play.ended(job_id)
    first, job_id = await asked_about(play, channel_named(play, name))
    await play.ended(job_id)
    await play.sandbox.delete_channel(channel_named(play, name).id)
    again = await (await pressed(play, first, "Run again")).said()
    job = await play.ended(job_id_of(again))
    assert job.state is State.COMPLETED, job.error
    assert NOT_FOR_ALL in told(again)
    assert told(again) == told(hidden)
    assert again.embeds[0].get("fields") == hidden.embeds[0].get("fields")
    assert NONE_LEFT not in text_of(again)
    asked = await typed(play, "job status", id=job.id)
    assert NONE_LEFT in text_of(await asked.said())


async def test_a_chosen_channel_deleted_while_it_is_read_is_said_to_be_gone_or_hidden(play: Play) -> None:
    fault = play.sandbox.faults.add(method="GET", route="/channels/{channel_id}/messages", status=503, times=1)
    channel = channel_named(play, "clips")
    card, job_id = await asked_about(play, channel)
    await play.sandbox.until(lambda: fault.hits)
    await play.sandbox.delete_channel(channel.id)
    job = await play.ended(job_id)
    assert job.state is State.COMPLETED, job.error
    assert NOT_FOR_ALL in told(card)
    assert "messages" not in text_of(card)
    assert channel.name not in text_of(card)
