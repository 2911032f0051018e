"""Whatever the gateway tells, in whatever order: what is stored equals a simple model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest

from jobs.activity.members import MemberCounts
from jobs.activity.recorder import Recorder
from jobs.activity.sqlite import MIGRATIONS, SqliteActivityStore
from jobs.activity.store import QUARTER_MS, Count, Membership, Source, View, quarter_of
from jobs.engine.backends.sqlite import SqliteDatabase
from jobs.engine.errors import BackendUnavailable
from jobs.engine.testing.clock import FakeClock
from jobs.services import Interval, snowflake_at
from tests.activity.stored import counts_of, memberships_of

GUILD = 1
START = 1_790_000_100_000
EVER = Interval(0, 2**53)


class Desk:
    """A recorder on a real store, with a clock that moves in steps."""

    def __init__(self) -> None:
        self.clock = FakeClock(START)
        self.database = SqliteDatabase(":memory:", migrations=MIGRATIONS)
        self.store = SqliteActivityStore(self.database)
        self.recorder = Recorder(self.store, self.clock)
        self._ids = count()

    async def __aenter__(self) -> Desk:
        await self.database.open()
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.database.close()

    def say(self, member: int, channel: int = 5, bot: bool = False) -> None:
        self.recorder.message(
            guild_id=GUILD,
            channel_id=channel,
            member_id=member,
            message_id=snowflake_at(self.clock.now()) + next(self._ids),
            bot=bot,
        )

    def move(self, member: int, channel: int | None) -> None:
        self.recorder.voice(guild_id=GUILD, member_id=member, channel_id=channel, bot=False)

    async def counts(self) -> Sequence[Count]:
        return await counts_of(self.database, GUILD)


async def test_bots_and_members_who_opted_out_are_never_kept() -> None:
    async with Desk() as desk:
        desk.say(1)
        desk.say(2)
        desk.say(9, bot=True)
        desk.recorder.voice(guild_id=GUILD, member_id=9, channel_id=7, bot=True)
        desk.clock.move_wall(1_000)
        await desk.recorder.flush()
        members = MemberCounts(desk.database, desk.clock)
        await members.opt_out(GUILD, 2)
        desk.say(2)
        await desk.recorder.flush()
        assert {count.member_id: count.messages for count in await desk.counts()} == {1: 1, 2: 1}
        assert await desk.store.opted_out(GUILD) == {2}
        back_at = (quarter_of(START) + 1) * QUARTER_MS
        assert await members.opt_in(GUILD, 2) == back_at
        assert await members.opt_in(GUILD, 3) is None
        assert await desk.store.known_since(GUILD) == {2: back_at}
        desk.say(2)
        desk.clock.move_wall(QUARTER_MS)
        desk.say(2)
        await desk.recorder.flush()
        kept = [count for count in await desk.counts() if count.member_id == 2]
        assert [(count.quarter, count.messages) for count in kept] == [
            (quarter_of(START), 1), (quarter_of(START) + 1, 1),
        ]  # fmt: skip


async def test_a_stay_over_a_boundary_is_split_and_a_mute_changes_nothing() -> None:
    async with Desk() as desk:
        desk.clock.move_wall(QUARTER_MS - START % QUARTER_MS - 1000)
        desk.move(1, 7)
        desk.clock.move_wall(1500)
        desk.move(1, 7)
        desk.clock.move_wall(1500)
        desk.move(1, None)
        await desk.recorder.flush()
        assert [count.voice_ms for count in await desk.counts()] == [1000, 2000]


async def test_a_snapshot_opens_and_ends_stays() -> None:
    async with Desk() as desk:
        desk.move(1, 7)
        desk.clock.move_wall(1000)
        desk.recorder.voice_snapshot(GUILD, {2: 7})
        desk.clock.move_wall(1000)
        await desk.recorder.flush()
        assert {count.member_id: count.voice_ms for count in await desk.counts()} == {1: 1000, 2: 1000}


@pytest.mark.parametrize(("silent_ms", "counted_ms"), [(40_000, 100_000), (70_000, 30_000)])
async def test_a_stop_counts_up_to_now_unless_the_connection_is_dead(silent_ms: int, counted_ms: int) -> None:
    async with Desk() as desk:
        desk.recorder = Recorder(desk.store, desk.clock, silent_ms=lambda: silent_ms)
        desk.move(1, 7)
        desk.clock.move_wall(100_000)
        await desk.recorder.stop()
        assert [count.voice_ms for count in await desk.counts() if count.voice_ms] == [counted_ms]


async def test_who_leaves_the_server_leaves_voice() -> None:
    async with Desk() as desk:
        desk.move(1, 7)
        desk.clock.move_wall(1000)
        desk.recorder.left(guild_id=GUILD, member_id=1, event=1, bot=False)
        desk.clock.move_wall(1000)
        await desk.recorder.flush()
        assert [count.voice_ms for count in await desk.counts()] == [1000]


async def test_what_the_store_does_not_take_is_kept_and_flushed_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Desk() as desk:
        desk.recorder.connected(GUILD)
        desk.say(1)
        desk.clock.move_wall(1000)

        async def refuse(*args: object) -> None:
            raise BackendUnavailable("The disk is full.")

        with monkeypatch.context() as patch:
            patch.setattr(desk.store, "add_recorded", refuse)
            await desk.recorder.flush()
        assert await desk.counts() == []
        assert await desk.store.online(GUILD, EVER) == []
        await desk.recorder.flush()
        assert [count.messages for count in await desk.counts()] == [1]


async def test_a_stop_in_the_middle_of_a_flush_counts_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Desk() as desk:
        writing, go_on = asyncio.Event(), asyncio.Event()
        add = desk.store.add_recorded

        async def slow(
            counts: Sequence[Count], online: Sequence[tuple[int, Interval]], views: Sequence[View] = (), **more: Any
        ) -> None:
            await add(counts, online, views, **more)
            writing.set()
            await go_on.wait()

        monkeypatch.setattr(desk.store, "add_recorded", slow)
        await desk.recorder.start()
        desk.say(1)
        await desk.clock.advance(5.0)
        await writing.wait()
        stopping = asyncio.create_task(desk.recorder.stop())
        await asyncio.sleep(0)
        desk.say(1)
        go_on.set()
        await stopping
        assert [count.messages for count in await desk.counts()] == [2]


async def test_the_recorder_flushes_by_itself() -> None:
    async with Desk() as desk:
        await desk.recorder.start()
        desk.say(1)
        await desk.clock.advance(5.0)
        await desk.database.read("SELECT 1")
        assert len(await desk.counts()) == 1
        await desk.recorder.stop()
        assert desk.clock.next_in is None, "it does no more"


async def test_a_defect_in_one_flush_does_not_end_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Desk() as desk:
        await desk.recorder.start()
        desk.say(1)
        with monkeypatch.context() as patch:
            patch.setattr(desk.store, "add_recorded", lambda *_: 1 / 0)
            await desk.clock.advance(5.0)
        await desk.clock.advance(5.0)
        await desk.database.read("SELECT 1")
        assert [count.messages for count in await desk.counts()] == [1]
        await desk.recorder.stop()


async def test_every_signal_is_added_up_and_a_stretch_says_what_was_listened_to() -> None:
    async with Desk() as desk:
        place = {"guild_id": GUILD, "channel_id": 5, "member_id": 1, "quarter": 9}
        first = Count(**place, messages=3, voice_ms=1, replies=2, threads=1, reactions=4)
        await desk.store.add_recorded([first, first], [(GUILD, Interval(0, 10))], sources=Source.MESSAGES)
        came = Membership(GUILD, 1, 9, joins=1)
        await desk.store.add_recorded(
            [], [(GUILD, Interval(20, 30))], memberships=[came, Membership(GUILD, 1, 9, 1, 1)]
        )
        members = MemberCounts(desk.database, desk.clock)
        await members.opt_out(GUILD, 2)
        await desk.store.add_recorded([], [], memberships=[Membership(GUILD, 2, 9, joins=1)])
        assert await desk.counts() == [Count(**place, messages=6, voice_ms=2, replies=4, threads=2, reactions=8)]
        assert await memberships_of(desk.database, GUILD) == [Membership(GUILD, 1, 9, joins=2, leaves=1)]
        assert await desk.store.online(GUILD, EVER) == [Interval(0, 10), Interval(20, 30)]
        assert await desk.store.online(GUILD, EVER, Source.MEMBERS) == [Interval(20, 30)]
        assert await members.erase(GUILD, 1) == 2
        assert [*await desk.counts(), *await memberships_of(desk.database, GUILD)] == []
