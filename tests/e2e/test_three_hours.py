"""A job of three hours, and what can happen to its message meanwhile: at the end it is true, wherever it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.reporter import ProgressMessage
from bot.sandbox import Message
from bot.sandbox.permissions import READ_MESSAGE_HISTORY, SEND_MESSAGES, VIEW_CHANNEL
from bot.sandbox.world import DM, PUBLIC_THREAD, TEXT, Overwrite
from jobs.engine.states import State
from tests.e2e.conftest import text_of
from tests.e2e.hours import STEPS, Hours, opened_hours

BY_BOT = "/channels/{channel_id}/messages/{message_id}"
BY_TOKEN = "/webhooks/{webhook_id}/{token}/messages/{message_id}"
HISTORY = "/channels/{channel_id}/messages"
FORUM = 15
"""Type of a channel whose posts are threads (Discord API reference, "Channel Types")."""
HALF_AN_HOUR = 1800.0


@pytest.fixture
async def hours(tmp_path: Path) -> AsyncIterator[Hours]:
    async with opened_hours(tmp_path) as hours:
        yield hours


async def ended_well(hours: Hours, job_id: str) -> Message:
    """The message that shows the end: the newest one, and the only one that could still be edited."""
    job = await hours.ended(job_id)
    assert (job.state, job.attempts, job.result) == (State.COMPLETED, 1, STEPS)
    last = hours.cards(job_id)[-1]
    assert "Completed · Long Walk" in text_of(last)
    return last


def is_direct(hours: Hours, message: Message) -> bool:
    channel = hours.sandbox.world.channel(message.channel_id)
    return channel is not None and channel.type == DM


def said(hours: Hours, message: Message) -> list[str]:
    """What was said besides the cards, where the card stands."""
    channel = hours.sandbox.world.channel(message.channel_id)
    assert channel is not None
    return [m.content for m in channel.messages if m.author_bot and m.content and m.id > message.id]


async def test_the_token_ends(hours: Hours) -> None:
    sent, job_id = await hours.start()
    message = await ended_well(hours, job_id)
    assert sent.message is message
    assert hours.cards(job_id) == [message]
    assert not [r for r in hours.sandbox.requests if r.status in (401, 403, 404, 429)]
    assert said(hours, message) == [f"<@{hours.guild.owner_id}> Your Long Walk is done."]


async def test_the_message_is_deleted(hours: Hours) -> None:
    sent, job_id = await hours.start()
    await hours.passed(HALF_AN_HOUR)
    assert sent.message is not None
    await hours.sandbox.delete_message(sent.message)
    message = await ended_well(hours, job_id)
    assert message is not sent.message
    assert message.channel_id == sent.message.channel_id
    assert len([r for r in hours.sandbox.requests if r.status == 404]) == 1


async def test_the_channel_is_deleted(hours: Hours) -> None:
    channel = hours.open_channel("short-lived")
    _, job_id = await hours.start(channel=channel)
    await hours.passed(HALF_AN_HOUR)
    await hours.sandbox.delete_channel(channel.id)
    message = await ended_well(hours, job_id)
    assert is_direct(hours, message)
    assert len([r for r in hours.sandbox.requests if r.status == 404]) == 1
    assert said(hours, message) == [f"<@{hours.guild.owner_id}> Your Long Walk is done."]


async def test_the_bot_loses_its_right_to_see_the_channel(hours: Hours) -> None:
    sent, job_id = await hours.start()
    await hours.passed(HALF_AN_HOUR)
    bot = hours.sandbox.world.bot.id
    await hours.sandbox.set_overwrite(hours.guild.default_channel.id, Overwrite(bot, 1, deny=VIEW_CHANNEL))
    message = await ended_well(hours, job_id)
    assert is_direct(hours, message)
    assert sent.message is not None
    old = f"https://discord.com/channels/{hours.guild.id}/{sent.message.channel_id}/{sent.message.id}"
    assert f"Goes on from [the earlier message]({old})." in text_of(message)
    assert len([r for r in hours.sandbox.requests if r.status == 403]) == 1


async def test_the_message_is_too_old_for_so_many_edits(hours: Hours) -> None:
    sent, job_id = await hours.start()
    await hours.passed(2 * HALF_AN_HOUR + 60)
    # discord.py asks five times before it gives up; three such edits in a row are too many.
    hours.sandbox.faults.add(method="PATCH", route=BY_BOT, status=429, code=30046, retry_after=0.001, times=15)
    message = await ended_well(hours, job_id)
    assert sent.message is not None
    assert message is not sent.message
    assert message.reference == sent.message.id
    assert "Goes on from [the earlier message]" in text_of(message)
    assert message.channel_id == sent.message.channel_id
    link = f"https://discord.com/channels/{hours.guild.id}/{message.channel_id}/{message.id}"
    assert f"It goes on in [a new one]({link})." in text_of(sent.message)
    assert sent.message.components == [], "nothing can be pressed where nothing goes on"


async def test_every_way_is_closed_and_the_card_is_kept(hours: Hours) -> None:
    _, job_id = await hours.start()
    hours.sandbox.world.closed_dms.add(hours.guild.owner_id)
    await hours.passed(HALF_AN_HOUR)
    bot = hours.sandbox.world.bot.id
    await hours.sandbox.set_overwrite(hours.guild.default_channel.id, Overwrite(bot, 1, deny=VIEW_CHANNEL))
    job = await hours.ended(job_id)
    assert job.state is State.COMPLETED
    assert len([r for r in hours.sandbox.requests if r.status == 403]) == 2, "one edit, one direct message"
    status = await hours.sandbox.slash("job status", {"id": job_id}, user=hours.guild.owner_id)
    await status.answered()
    assert "Completed · Long Walk" in text_of(await status.said())


async def test_the_bot_restarts(hours: Hours) -> None:
    sent, job_id = await hours.start()
    seen: list[str] = []
    hours.sandbox.watch(lambda message, what: seen.append(text_of(message)))
    for _ in range(3):
        await hours.passed(HALF_AN_HOUR)
        await hours.close()
        await hours.open()
    message = await ended_well(hours, job_id)
    assert sent.message is message
    assert hours.cards(job_id) == [message]
    assert any("The bot restarted; went on at" in text and f"of {STEPS}." in text for text in seen)
    assert said(hours, message) == [f"<@{hours.guild.owner_id}> Your Long Walk is done."]


@pytest.mark.parametrize("resume", [True, False])
async def test_the_gateway_drops(hours: Hours, resume: bool) -> None:
    sent, job_id = await hours.start()
    for _ in range(3):
        await hours.passed(HALF_AN_HOUR)
        await hours.sandbox.drop_gateway(4000, resume=resume)
        await hours.sandbox.until(lambda: hours.sandbox.gateway.connected)
    message = await ended_well(hours, job_id)
    assert sent.message is message
    assert hours.cards(job_id) == [message]


async def test_an_answer_for_one_person_alone(hours: Hours) -> None:
    sent, job_id = await hours.start(private=True)
    assert sent.ephemeral
    message = await ended_well(hours, job_id)
    assert is_direct(hours, message)
    assert sent.message is not None
    link = f"https://discord.com/channels/@me/{message.channel_id}/{message.id}"
    assert f"It goes on in [a direct message]({link})." in text_of(sent.message)
    in_public = [m for c in hours.guild.channels.values() for m in c.messages if job_id in text_of(m)]
    assert in_public == []
    assert not [r for r in hours.sandbox.requests if r.status in (401, 403, 404)]


async def test_an_answer_for_one_person_who_takes_no_direct_messages(hours: Hours) -> None:
    hours.sandbox.world.closed_dms.add(hours.guild.owner_id)
    sent, job_id = await hours.start(private=True)
    job = await hours.ended(job_id)
    assert job.state is State.COMPLETED
    assert sent.message is not None
    assert f"From here on, `/job status id:{job_id}` shows it." in text_of(sent.message)


@pytest.mark.parametrize("private", [False, True])
async def test_the_requester_leaves(hours: Hours, private: bool) -> None:
    member = next(m for m in hours.guild.members.values() if any(hours.guild.roles[r].name == "Admin" for r in m.roles))
    sent, job_id = await hours.start(user=member.user.id, private=private)
    await hours.passed(300)
    del hours.guild.members[member.user.id]
    assert sent.message is not None
    if private:
        assert (await hours.ended(job_id)).state is State.COMPLETED
        assert f"From here on, `/job status id:{job_id}` shows it." in text_of(sent.message)
        assert hours.cards(job_id) == [sent.message], "nobody else was told"
    else:
        message = await ended_well(hours, job_id)
        assert message is sent.message
        assert said(hours, message) == [f"<@{member.user.id}> Your Long Walk is done."]


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("parent", [TEXT, FORUM])
async def test_the_thread_is_archived(hours: Hours, parent: int, locked: bool) -> None:
    above = hours.guild.default_channel if parent == TEXT else hours.open_channel("a forum", FORUM)
    thread = hours.open_channel("a thread", PUBLIC_THREAD, above)
    sent, job_id = await hours.start(channel=thread)
    await hours.passed(HALF_AN_HOUR)
    thread.archived, thread.locked = True, locked
    message = await ended_well(hours, job_id)
    assert is_direct(hours, message) == locked
    assert (message.channel_id == thread.id) != locked
    assert sent.message is not None
    link = f"https://discord.com/channels/{hours.guild.id}/{thread.id}/{message.id}"
    assert (f"It goes on in [a new one]({link})." in text_of(sent.message)) != locked


async def test_discord_forgets_the_interaction(hours: Hours) -> None:
    sent, job_id = await hours.start()
    await hours.passed(300)
    del hours.sandbox.world.interactions[sent.interaction.token]
    message = await ended_well(hours, job_id)
    assert message is sent.message
    assert [r.route for r in hours.sandbox.requests if r.status == 404] == [BY_TOKEN]


async def test_the_message_is_deleted_where_the_bot_may_not_write_any_more(hours: Hours) -> None:
    sent, job_id = await hours.start()
    await hours.passed(HALF_AN_HOUR)
    assert sent.message is not None
    bot = hours.sandbox.world.bot.id
    await hours.sandbox.set_overwrite(hours.guild.default_channel.id, Overwrite(bot, 1, deny=SEND_MESSAGES))
    await hours.sandbox.delete_message(sent.message)
    message = await ended_well(hours, job_id)
    assert is_direct(hours, message)
    assert said(hours, message) == [f"<@{hours.guild.owner_id}> Your Long Walk is done."]
    assert [r.status for r in hours.sandbox.requests if r.status >= 400] == [404, 403]


async def test_direct_messages_are_closed_and_the_message_is_deleted(hours: Hours) -> None:
    sent, job_id = await hours.start()
    hours.sandbox.world.closed_dms.add(hours.guild.owner_id)
    await hours.passed(HALF_AN_HOUR)
    assert sent.message is not None
    await hours.sandbox.delete_message(sent.message)
    message = await ended_well(hours, job_id)
    assert message.channel_id == sent.message.channel_id
    assert hours.cards(job_id) == [message]


async def test_a_direct_message_is_deleted_by_who_got_it(hours: Hours) -> None:
    sent, job_id = await hours.start(private=True)
    await hours.passed(HALF_AN_HOUR)
    first = hours.cards(job_id)[-1]
    assert is_direct(hours, first)
    await hours.sandbox.delete_message(first)
    message = await ended_well(hours, job_id)
    assert is_direct(hours, message)
    assert hours.cards(job_id) == [sent.message, message]


async def test_the_bot_loses_its_right_to_read_back(hours: Hours) -> None:
    sent, job_id = await hours.start()
    await hours.passed(HALF_AN_HOUR)
    bot = hours.sandbox.world.bot.id
    await hours.sandbox.set_overwrite(hours.guild.default_channel.id, Overwrite(bot, 1, deny=READ_MESSAGE_HISTORY))
    message = await ended_well(hours, job_id)
    assert message is sent.message
    link = f"https://discord.com/channels/{hours.guild.id}/{message.channel_id}/{message.id}"
    assert said(hours, message) == [f"<@{hours.guild.owner_id}> Your Long Walk is done.\n{link}"]


@pytest.mark.parametrize("by_hours", [2, -3])
@pytest.mark.parametrize("private", [False, True])
async def test_somebody_sets_the_clock(hours: Hours, private: bool, by_hours: int) -> None:
    sent, job_id = await hours.start(private=private)
    await hours.passed(300)
    hours.clock.move_wall(by_hours * 3_600_000)
    message = await ended_well(hours, job_id)
    assert is_direct(hours, message) == private
    assert private or message is sent.message
    assert len([r for r in hours.sandbox.requests if r.status in (401, 403, 404, 429)]) <= 1


async def test_old_messages_in_one_channel_share_what_discord_allows(hours: Hours) -> None:
    guild, jobs = hours.guild, []
    for number in range(5):
        job_id = f"oldjob{number}"
        message = ProgressMessage(
            hours.sandbox.world.application_id, guild.default_channel.id, 0, guild.id, guild.owner_id, False,
            hours.clock.now(),
        )  # fmt: skip
        await hours.app.queue.enqueue(
            "long-walk", {"guild_id": guild.id}, job_id=job_id, lane=str(guild.id), owner=str(guild.owner_id),
            records=message.records(job_id),
        )  # fmt: skip
        jobs.append(job_id)
    for job_id in jobs:
        await ended_well(hours, job_id)
        assert len(hours.cards(job_id)) == 1
    assert not [r for r in hours.sandbox.requests if r.status == 429]


async def test_a_wait_that_discord_asks_for_is_shown_while_it_lasts(hours: Hours) -> None:
    seen: list[str] = []
    hours.sandbox.watch(lambda message, what: seen.append(text_of(message)))
    hours.sandbox.faults.add(method="GET", route=HISTORY, status=429, retry_after=45.0)
    _, job_id = await hours.start(type="member-activity-analysis", start="2d")
    job = await hours.ended(job_id, step=0.5)
    assert (job.state, job.attempts) == (State.COMPLETED, 1)
    assert any("Discord asked us to wait 45 s" in text for text in seen)
    assert "Completed" in text_of(hours.cards(job_id)[-1])
