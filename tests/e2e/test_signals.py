"""Every signal that the real client hears from the gateway is counted once, and people's alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from bot.sandbox import Guild, people, render
from bot.sandbox.gateway import GUILDS
from bot.sandbox.session import Session
from bot.sandbox.world import User
from jobs.activity.sqlite import SqliteActivityStore
from jobs.activity.store import Count, Membership, Source
from jobs.services import Interval
from tests.activity.stored import counts_of, memberships_of
from tests.e2e.conftest import Play

EVER = Interval(0, 2**53)


class Ear:
    """Knows which events have reached the recorder."""

    def __init__(self, play: Play) -> None:
        self._listener = play.app.client.listener
        self._real = self._listener.hear
        self._heard: Counter[str] = Counter()
        self._news = asyncio.Event()
        self._listener.hear = self._hear  # type: ignore[method-assign]

    def _hear(self, event: str, args: tuple[object, ...]) -> None:
        self._real(event, args)
        self._heard[event] += 1
        self._news.set()

    def times(self, event: str) -> int:
        return self._heard[event]

    async def until(self, event: str, times: int) -> None:
        async with asyncio.timeout(10):
            while self._heard[event] < times:
                self._news.clear()
                await self._news.wait()


async def counted(play: Play) -> tuple[Sequence[Count], Sequence[Membership]]:
    await play.app.recorder.flush()
    database, guild_id = play.app.database, play.guild.id
    return await counts_of(database, guild_id), await memberships_of(database, guild_id)


def persons(guild: Guild) -> list[int]:
    return [member.user.id for member in guild.members.values() if not member.user.bot]


def a_bot(play: Play) -> int:
    return next(m.user.id for m in play.guild.members.values() if m.user.bot and m.user.id != play.sandbox.world.bot.id)


async def test_messages_answers_threads_and_reactions_are_counted_where_they_are(play: Play) -> None:
    ear, sandbox, channel = Ear(play), play.sandbox, play.guild.default_channel
    one, two, bot = *persons(play.guild)[:2], a_bot(play)
    first = await sandbox.say(channel.id, one)
    await sandbox.say(channel.id, two, answers=first)
    await sandbox.say(channel.id, bot)
    thread = await people.open_thread(sandbox, channel, one)
    await ear.until("message", 3)
    await people.open_thread(sandbox, channel, bot)
    await people.open_thread(sandbox, channel, sandbox.world.bot.id)
    await sandbox.say(thread.id, two)
    for emoji in ("🦊", "🦊", "🐻"):
        await people.react(sandbox, first, two, emoji)
    await people.react(sandbox, first, bot)
    await ear.until("raw_reaction_add", 4)
    found, _ = await counted(play)
    place = {"guild_id": play.guild.id, "quarter": found[0].quarter}
    assert sorted(found, key=lambda c: (c.channel_id, c.member_id)) == sorted(
        [
            Count(channel_id=channel.id, member_id=one, messages=1, threads=1, **place),
            Count(channel_id=channel.id, member_id=two, messages=1, replies=1, reactions=2, **place),
            Count(channel_id=thread.id, member_id=two, messages=1, **place),
        ],
        key=lambda c: (c.channel_id, c.member_id),
    )


async def test_what_is_edited_deleted_or_taken_back_stays_counted_and_counts_no_more(play: Play) -> None:
    ear, sandbox, channel, one = Ear(play), play.sandbox, play.guild.default_channel, persons(play.guild)[0]
    said = [await sandbox.say(channel.id, one) for _ in range(3)]
    await people.react(sandbox, said[0], one)
    thread = await people.open_thread(sandbox, channel, one)
    await ear.until("thread_create", 1)
    before = await counted(play)
    where = {"channel_id": str(channel.id), "guild_id": str(play.guild.id)}
    author = {"author": render.user(play.guild.members[one].user), "content": "", "type": 0}
    reaction = {"message_id": str(said[0].id), "user_id": str(one), "emoji": {"id": None, "name": "🦊"}}
    told: dict[str, dict[str, Any]] = {
        "MESSAGE_UPDATE": {"id": str(said[0].id), **author},
        "MESSAGE_REACTION_REMOVE": {**reaction, "type": 0, "burst": False},
        "MESSAGE_REACTION_REMOVE_EMOJI": reaction,
        "MESSAGE_REACTION_REMOVE_ALL": {"message_id": str(said[0].id)},
        "MESSAGE_DELETE": {"id": str(said[0].id)},
        "MESSAGE_DELETE_BULK": {"ids": [str(message.id) for message in said[1:]]},
        "THREAD_DELETE": {"id": str(thread.id), "parent_id": str(channel.id), "type": thread.type},
    }
    for event, data in told.items():
        await sandbox.gateway.dispatch(event, data | where, intents=GUILDS)
    await ear.until("raw_thread_delete", 1)
    assert [ear.times(f"raw_{what}") for what in ("message_edit", "bulk_message_delete", "reaction_clear")] == [1, 1, 1]
    assert await counted(play) == before
    assert sum(count.messages for count in before[0]) == 3


async def test_people_who_come_and_go_are_counted_and_bots_are_not(play: Play) -> None:
    ear, sandbox = Ear(play), play.sandbox
    newcomer, robot = User(sandbox.world.snowflake(), "new"), User(sandbox.world.snowflake(), "robot", bot=True)
    for user in (newcomer, robot):
        await people.join(sandbox, play.guild, user)
    for user in (newcomer, robot):
        await people.leave(sandbox, play.guild, user.id)
    await ear.until("raw_member_remove", 2)
    # Nobody joins twice in one millisecond, which is how a join told twice is known.
    await asyncio.sleep(0.002)
    await people.join(sandbox, play.guild, newcomer)
    await ear.until("member_join", 3)
    _, moves = await counted(play)
    assert {move.member_id for move in moves} == {newcomer.id}
    assert (sum(move.joins for move in moves), sum(move.leaves for move in moves)) == (2, 1)


async def test_the_channel_of_the_absent_does_not_count_and_a_mute_ends_nothing(play: Play) -> None:
    ear, sandbox, clock = Ear(play), play.sandbox, play.app.clock
    room, other = (channel.id for channel in play.guild.channels.values() if channel.type == 2)
    person, idle = persons(play.guild)[:2]
    await people.set_afk_channel(sandbox, play.guild, other)
    began = clock.now()
    await sandbox.join_voice(person, room)
    await sandbox.join_voice(idle, other)
    await ear.until("voice_state_update", 2)
    await people.mute(sandbox, person)
    await ear.until("voice_state_update", 3)
    await asyncio.sleep(0.2)
    await people.set_afk_channel(sandbox, play.guild, room)
    await ear.until("guild_update", 2)
    middle = clock.now()
    await asyncio.sleep(0.2)
    await sandbox.delete_channel(other)
    await ear.until("guild_channel_delete", 1)
    ended = clock.now()
    await asyncio.sleep(0.2)
    await people.mute(sandbox, person)
    await ear.until("voice_state_update", 4)
    found, _ = await counted(play)
    heard = {(count.member_id, count.channel_id): count.voice_ms for count in found}
    assert heard.keys() == {(person, room), (idle, other)}
    assert 200 <= heard[person, room] <= middle - began
    assert 200 <= heard[idle, other] <= ended - middle + 100


async def test_what_a_resume_tells_again_is_counted_once(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    ear, sandbox, channel = Ear(play), play.sandbox, play.guild.default_channel
    one = persons(play.guild)[0]
    real = Session.replay

    async def tell_again(self: Session, after: int) -> bool:
        return await real(self, after - 4)

    monkeypatch.setattr(Session, "replay", tell_again)
    await play.app.client.wait_until_ready()
    await asyncio.sleep(0.02)
    message = await sandbox.say(channel.id, one)
    await people.react(sandbox, message, one)
    newcomer = User(sandbox.world.snowflake(), "new")
    await people.join(sandbox, play.guild, newcomer)
    await people.leave(sandbox, play.guild, newcomer.id)
    await ear.until("raw_member_remove", 1)
    await play.app.recorder.flush()
    await sandbox.drop_gateway(4000)
    await ear.until("resumed", 1)
    await ear.until("raw_member_remove", 2)
    counts, moves = await counted(play)
    assert [(count.messages, count.reactions) for count in counts] == [(1, 1)]
    assert [(move.joins, move.leaves) for move in moves] == [(1, 1)]
    await asyncio.sleep(0.02)
    told = ear.times("message")
    await sandbox.say(channel.id, one)
    await ear.until("message", told + 1)
    await play.app.recorder.flush()
    store = SqliteActivityStore(play.app.database)
    stretches = {source: await store.online(play.guild.id, EVER, source) for source in Source}
    assert {source: len(seen) for source, seen in stretches.items()} == {
        Source.MESSAGES: 1, Source.VOICE: 2, Source.REACTIONS: 1, Source.MEMBERS: 1,
    }  # fmt: skip


async def test_who_leaves_voice_while_the_guild_cannot_be_reached_is_not_counted_on(play: Play) -> None:
    """discord.py adds who is in voice when the guild is back, and keeps who was there before."""
    ear, sandbox, clock = Ear(play), play.sandbox, play.app.clock
    room = next(channel.id for channel in play.guild.channels.values() if channel.type == 2)
    leaving, staying = persons(play.guild)[:2]
    await play.app.client.wait_until_ready()
    for person in (leaving, staying):
        await sandbox.join_voice(person, room)
    await ear.until("voice_state_update", 2)
    seen = ear.times("guild_available")
    await sandbox.outage(play.guild.id)
    await ear.until("guild_unavailable", 1)
    del play.guild.voice[leaving]  # nobody is told
    play.guild.voice[a_bot(play)] = room
    back = clock.now()
    await sandbox.outage(play.guild.id, over=True)
    await ear.until("guild_available", seen + 1)
    await asyncio.sleep(0.2)
    await people.mute(sandbox, staying)
    await ear.until("voice_state_update", 3)
    found, _ = await counted(play)
    assert {count.member_id for count in found} == {staying}
    assert 200 <= sum(count.voice_ms for count in found) <= clock.now() - back


async def test_a_gap_in_the_connection_adds_no_time_in_voice_and_loses_nobody(play: Play) -> None:
    ear, sandbox, clock = Ear(play), play.sandbox, play.app.clock
    room = next(channel.id for channel in play.guild.channels.values() if channel.type == 2)
    leaving, staying = persons(play.guild)[:2]
    await play.app.client.wait_until_ready()
    for person in (leaving, staying):
        await sandbox.join_voice(person, room)
    await ear.until("voice_state_update", 2)
    joined = clock.now()
    await asyncio.sleep(0.2)
    await people.mute(sandbox, staying)
    await ear.until("voice_state_update", 3)
    await play.app.recorder.flush()
    known, seen = clock.now(), ear.times("guild_available")
    await sandbox.drop_gateway(4000, resume=False)
    await sandbox.leave_voice(leaving)
    await asyncio.sleep(0.4)
    await ear.until("guild_available", seen + 1)
    back = clock.now()
    await asyncio.sleep(0.2)
    await people.mute(sandbox, staying)
    await ear.until("voice_state_update", 4)
    found, _ = await counted(play)
    heard = {count.member_id: count.voice_ms for count in found}
    assert 200 <= heard[leaving] <= known - joined + 100
    assert heard[leaving] + 200 <= heard[staying] <= clock.now() - back + known - joined + 100


async def test_a_gateway_that_says_nothing_is_known_to_be_silent(play: Play) -> None:
    ear, client = Ear(play), play.app.client
    await asyncio.sleep(0.3)
    assert client.silent_ms() >= 250
    await play.sandbox.say(play.guild.default_channel.id, persons(play.guild)[0])
    await ear.until("message", 1)
    assert client.silent_ms() < 250


async def test_a_dead_connection_stays_silent_while_it_is_closed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing one takes up to ten seconds, in which the recorder goes on asking for how long nothing was heard."""
    client, silences = play.app.client, list[int]()
    await asyncio.sleep(0.3)
    await play.app.recorder.flush()
    close = client.ws.socket.close

    async def ask(**more: Any) -> bool:
        silences.append(client.silent_ms())
        return await close(**more)

    monkeypatch.setattr(client.ws.socket, "close", ask)
    await client.ws.close(4000)
    assert silences[0] >= 250


async def test_what_was_listened_to_is_kept_with_the_time(play: Play) -> None:
    ear = Ear(play)
    await play.app.client.wait_until_ready()
    await asyncio.sleep(0.01)
    await play.sandbox.say(play.guild.default_channel.id, persons(play.guild)[0])
    await ear.until("message", 1)
    await play.app.recorder.flush()
    store = SqliteActivityStore(play.app.database)
    everything = Source.MESSAGES | Source.VOICE | Source.REACTIONS | Source.MEMBERS
    assert await store.online(play.guild.id, EVER, everything) == await store.online(play.guild.id, EVER) != []
