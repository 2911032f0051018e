"""What the gateway tells is counted: bursts, gaps, guilds that go away."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import pytest

from bot.sandbox import Guild, people, render
from bot.sandbox.gateway import GUILDS
from bot.sandbox.permissions import CONNECT, EVERYONE_DEFAULT, VIEW_CHANNEL
from bot.sandbox.world import Channel, Overwrite
from jobs.activity.sqlite import SqliteActivityStore
from jobs.engine.states import State
from jobs.services import Interval
from tests.activity.stored import counts_of
from tests.e2e.conftest import Play
from tests.e2e.truth import HIDDEN, messages_by_member, messages_in

EVER = Interval(0, 2**53)


def room(guild: Guild) -> int:
    return next(c.id for c in guild.channels.values() if c.type == 2)


async def give_a_sign_of_life(play: Play) -> None:
    """Let something be heard that is counted nowhere: what lies behind the last thing heard is not called seen."""
    told = asyncio.Event()
    real = play.app.recorder.message
    play.app.recorder.message = lambda **_: told.set()  # type: ignore[method-assign]
    await play.sandbox.say(play.guild.default_channel.id, play.guild.owner_id)
    await asyncio.wait_for(told.wait(), 10)
    play.app.recorder.message = real  # type: ignore[method-assign]
    play.guild.truth.append(play.guild.default_channel.messages[-1])


async def test_who_joins_and_leaves_in_one_burst_is_counted(play: Play) -> None:
    """discord.py changes the state it hands over while later events arrive; the channel is read before that."""
    seen: list[tuple[int, int | None]] = []
    real = play.app.recorder.voice

    def listen(*, guild_id: int, member_id: int, channel_id: int | None, bot: bool) -> None:
        seen.append((member_id, channel_id))
        real(guild_id=guild_id, member_id=member_id, channel_id=channel_id, bot=bot)

    play.app.recorder.voice = listen  # type: ignore[method-assign]
    people = [m.user.id for m in play.guild.members.values() if not m.user.bot][:5]
    for person in people:
        await play.sandbox.join_voice(person, room(play.guild))
        await play.sandbox.leave_voice(person)
    async with asyncio.timeout(10):
        while len(seen) < 10:
            await asyncio.sleep(0.01)
    assert seen == [place for person in people for place in ((person, room(play.guild)), (person, None))]


async def test_time_in_voice_is_stored_with_the_time_it_was_seen_in(play: Play) -> None:
    """As long as it was between what was told of it, however slow the machine is."""
    person, told = play.guild.owner_id, list[tuple[int, int]]()
    real, now = play.app.recorder.voice, play.app.clock.now

    def listen(**move: Any) -> None:
        before = now()
        real(**move)
        told.append((before, now()))

    play.app.recorder.voice = listen  # type: ignore[method-assign]
    async with asyncio.timeout(10):
        await play.sandbox.join_voice(person, room(play.guild))
        while not told:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        await play.sandbox.leave_voice(person)
        while len(told) < 2:
            await asyncio.sleep(0.01)
    await play.app.recorder.flush()
    (came, was_there), (still_there, left) = told
    counts = [c for c in await counts_of(play.app.database, play.guild.id) if c.member_id == person]
    (online,) = await SqliteActivityStore(play.app.database).online(play.guild.id, EVER)
    assert still_there - was_there <= sum(c.voice_ms for c in counts) <= left - came
    assert online.since < still_there
    assert online.until > was_there


async def test_a_channel_that_was_hidden_for_a_while_is_read_from_its_history(play: Play) -> None:
    channel, author = play.guild.default_channel, play.guild.owner_id
    told = asyncio.Event()
    real = play.app.recorder.visible

    def listen(guild_id: int, channel_ids: Collection[int]) -> None:
        real(guild_id, channel_ids)
        told.set()

    play.app.recorder.visible = listen  # type: ignore[method-assign]
    for overwrite in (Overwrite(play.guild.id, 0, deny=VIEW_CHANNEL), Overwrite(play.guild.id, 0)):
        told.clear()
        await asyncio.sleep(0.05)
        await play.sandbox.set_overwrite(channel.id, overwrite)
        await asyncio.wait_for(told.wait(), 10)
        if overwrite.deny:
            play.guild.truth += [await play.sandbox.say(channel.id, author) for _ in range(5)]
    await asyncio.sleep(0.05)
    await give_a_sign_of_life(play)
    await play.app.recorder.flush()
    store = SqliteActivityStore(play.app.database)
    recorded = await counts_of(play.app.database, play.guild.id)
    assert not [count for count in recorded if (count.channel_id, count.member_id) == (channel.id, author)]
    assert len(await store.recorded_times(play.guild.id, channel.id, EVER)) == 2
    _, job_id = await play.start_analysis("today")
    job = await play.ended(job_id)
    truth = messages_by_member(play.guild, job)
    assert truth[author] >= 5
    assert messages_in(play.app.artifacts.path(job_id, "members.csv")) == truth


async def test_whatever_hides_a_channel_is_noticed_and_what_only_moves_it_costs_nothing(play: Play) -> None:
    guild, sandbox, looks = play.guild, play.sandbox, asyncio.Queue[Collection[int]]()
    real, me = play.app.recorder.visible, guild.members[sandbox.world.bot.id]
    await play.app.client.wait_until_ready()

    def listen(guild_id: int, channel_ids: Collection[int]) -> None:
        real(guild_id, channel_ids)
        looks.put_nowait(channel_ids)

    async def seen() -> set[int]:
        async with asyncio.timeout(10):
            return set(await looks.get())

    play.app.recorder.visible = listen  # type: ignore[method-assign]
    (own,), all_seen = me.roles, {c.id for c in guild.channels.values() if c.name != HIDDEN}
    staff = next(c.id for c in guild.channels.values() if any(o.id == own for o in c.overwrites))
    for channel in guild.channels.values():
        await sandbox.gateway.channel_changed(channel)
    await people.change_role(sandbox, guild, own, position=2)
    await people.change_roles(sandbox, guild, me.user.id, [])
    assert await seen() == all_seen - {staff}, "the first look, for nothing was hidden before"
    await people.change_roles(sandbox, guild, me.user.id, [own])
    assert await seen() == all_seen
    await people.change_role(sandbox, guild, guild.id, permissions=0)
    assert await seen() == all_seen, "the own role shows them still"
    await people.change_role(sandbox, guild, own, permissions=0)
    assert await seen() == {staff}
    await people.delete_role(sandbox, guild, own)
    assert await seen() == set()
    await people.change_role(sandbox, guild, guild.id, permissions=EVERYONE_DEFAULT)
    assert await seen() == all_seen - {staff}
    guild.roles[guild.id].permissions = 0
    await people.set_afk_channel(sandbox, guild, None)
    assert await seen() == set(), "what is told of a server tells its roles too"
    await people.change_role(sandbox, guild, guild.id, permissions=EVERYONE_DEFAULT)
    assert await seen() == all_seen - {staff}
    gone = room(guild)
    await sandbox.set_overwrite(gone, Overwrite(guild.id, 0, deny=CONNECT))
    assert await seen() == all_seen - {staff, gone}, "the chat of a voice channel needs the right to connect"
    await sandbox.delete_channel(gone)
    assert await seen() == all_seen - {staff, gone}
    assert looks.empty()


async def test_a_server_that_removes_the_bot_is_seen_again_once_it_is_invited(play: Play) -> None:
    guild, sandbox, recorder = play.guild, play.sandbox, play.app.recorder
    store, heard, told = SqliteActivityStore(play.app.database), asyncio.Queue[str](), play.app.client._record

    def hear(event: str, args: tuple[object, ...]) -> None:
        told(event, args)
        heard.put_nowait(event)

    async def until(event: str) -> None:
        async with asyncio.timeout(10):
            while await heard.get() != event:
                pass

    play.app.client._record = hear  # type: ignore[method-assign]
    await play.app.client.wait_until_ready()
    await asyncio.sleep(0.02)
    await give_a_sign_of_life(play)
    await recorder.flush()
    (seen,) = await store.online(guild.id, EVER)
    await sandbox.remove_bot(guild.id)
    await until("guild_remove")
    await recorder.flush()
    assert await store.online(guild.id, EVER) == [seen], "nothing of the time since"
    await sandbox.invite_bot(guild.id)
    await until("guild_join")
    new = Channel(sandbox.world.snowflake(), guild.id, "new", 0)
    guild.channels[new.id] = new
    await sandbox.gateway.dispatch("CHANNEL_CREATE", render.channel(new, sandbox.world), intents=GUILDS)
    await until("guild_channel_create")
    await asyncio.sleep(0.02)
    await give_a_sign_of_life(play)
    await recorder.flush()
    times = {c: await store.recorded_times(guild.id, c, EVER) for c in (guild.default_channel.id, new.id)}
    assert {channel: len(found) for channel, found in times.items()} == {guild.default_channel.id: 2, new.id: 1}


async def test_a_gap_in_the_connection_is_known_and_nothing_of_it_is_lost_or_doubled(play: Play) -> None:
    channel, author = play.guild.default_channel.id, play.guild.owner_id
    play.guild.truth.append(await play.sandbox.say(channel, author))
    identifies = play.sandbox.gateway.identifies
    await play.sandbox.drop_gateway(4000)
    play.guild.truth.append(await play.sandbox.say(channel, author))  # replayed by the resume
    await play.sandbox.until(lambda: play.sandbox.gateway.connected)
    await play.sandbox.drop_gateway(4000, resume=False)
    play.guild.truth.append(await play.sandbox.say(channel, author))  # nobody is told of it
    await play.sandbox.until(lambda: play.sandbox.gateway.identifies > identifies)
    play.guild.truth.append(await play.sandbox.say(channel, author))
    _, job_id = await play.start_analysis("today")
    job = await play.ended(job_id)
    assert job.state is State.COMPLETED
    truth = messages_by_member(play.guild, job)
    assert truth[author] >= 4
    assert messages_in(play.app.artifacts.path(job_id, "members.csv")) == truth


async def test_a_guild_in_an_outage_is_not_called_seen_by_a_connection_that_comes_back(play: Play) -> None:
    recorder, gateway = play.app.recorder, play.sandbox.gateway
    known: list[int] = []
    gone, resumed = asyncio.Event(), asyncio.Event()
    ends, resumes, record = recorder.disconnected, recorder.resumed, play.app.client._record

    def end(guild_id: int | None = None) -> None:
        ends(guild_id)
        gone.set()

    def resume(guild_ids: Collection[int]) -> None:
        resumes(guild_ids)
        known.extend(guild_ids)

    def hear(event: str, args: tuple[object, ...]) -> None:
        record(event, args)
        if event == "resumed":
            resumed.set()

    recorder.disconnected, recorder.resumed = end, resume  # type: ignore[method-assign]
    play.app.client._record = hear  # type: ignore[method-assign]
    async with asyncio.timeout(20):
        await play.sandbox.outage(play.guild.id)
        await gone.wait()
        known.clear()
        await play.sandbox.drop_gateway(4000)
        await resumed.wait()
        assert known == []
        resumed.clear()
        await play.sandbox.outage(play.guild.id, over=True)
        await play.sandbox.until(lambda: gateway.connected)
        await play.sandbox.drop_gateway(4000)
        await resumed.wait()
    assert set(known) == {play.guild.id}


async def test_an_event_that_cannot_be_counted_ends_no_connection(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError

    play.app.recorder.message = fail  # type: ignore[method-assign]
    await play.sandbox.say(play.guild.default_channel.id, play.guild.owner_id)
    sent = await play.sandbox.slash("help", {}, user=play.guild.owner_id)
    await sent.answered()
    assert "what the event message tells could not be counted" in caplog.text
    assert play.sandbox.gateway.identifies == 1
