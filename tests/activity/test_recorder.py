"""Whatever the gateway tells, in whatever order: what is stored equals a simple model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest

from jobs.activity.members import MemberCounts
from jobs.activity.presence import TOLD_WITHIN_MS
from jobs.activity.recorder import Recorder
from jobs.activity.sqlite import MIGRATIONS, SqliteActivityStore
from jobs.activity.store import QUARTER_MS, Count, Membership, Source, View, quarter_of
from jobs.engine.backends.sqlite import SqliteDatabase
from jobs.engine.errors import BackendUnavailable
from jobs.engine.testing.clock import FakeClock
from jobs.services import Interval, snowflake_at

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
        return await self.store.recorded(GUILD, 0, 2**40)


async def test_bots_and_members_who_opted_out_are_never_kept() -> None:
    async with Desk() as desk:
        desk.say(1)
        desk.say(2)
        desk.say(9, bot=True)
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


async def test_online_time_ends_at_the_last_flush_when_the_process_or_the_gateway_dies() -> None:
    async with Desk() as desk:
        desk.recorder.connected(GUILD)
        desk.clock.move_wall(60_000)
        await desk.recorder.flush()
        desk.clock.move_wall(30_000)
        desk.recorder.disconnected()
        desk.clock.move_wall(600_000)
        desk.recorder.connected(GUILD)
        desk.clock.move_wall(10_000)
        await desk.recorder.stop()
        assert await desk.store.online(GUILD, EVER) == [
            Interval(START, START + 60_000),
            Interval(START + 690_000, START + 700_000),
        ]


async def test_a_channel_is_recorded_while_it_is_visible_and_the_recorder_is_there() -> None:
    async with Desk() as desk:

        async def pass_by(*visible: int) -> None:
            desk.recorder.visible(GUILD, visible)
            desk.clock.move_wall(10_000)
            await desk.recorder.flush()

        desk.recorder.visible(GUILD, [5])
        desk.recorder.connected(GUILD)
        await pass_by(5, 6)
        await pass_by(6)
        desk.clock.move_wall(1_000)
        desk.recorder = Recorder(desk.store, desk.clock)  # the process died, and the new one finds both hidden
        desk.recorder.visible(GUILD, [])
        desk.recorder.connected(GUILD)
        await pass_by()
        await pass_by(5)
        times = {channel: await desk.store.recorded_times(GUILD, channel, EVER) for channel in (5, 6, 7)}
        assert times == {
            5: [Interval(START, START + 10_000), Interval(START + 31_000, START + 41_000)],
            6: [Interval(START, START + 20_000)],
            7: [],
        }
        assert await desk.store.recorded_times(GUILD + 1, 5, EVER) == []


async def test_the_same_instant_may_hide_and_show() -> None:
    async with Desk() as desk:
        desk.recorder.connected(GUILD)
        for visible in ([5], [], [5], [5, 6], [5]):
            desk.recorder.visible(GUILD, visible)
        desk.clock.move_wall(1_000)
        await desk.recorder.flush()
        assert await desk.store.recorded_times(GUILD, 5, EVER) == [Interval(START, START + 1_000)]
        assert await desk.store.recorded_times(GUILD, 6, EVER) == []


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


async def test_a_clock_that_is_put_back_ends_no_recording() -> None:
    async with Desk() as desk:
        await desk.recorder.start()
        desk.recorder.connected(GUILD)
        desk.clock.move_wall(-30_000)
        desk.say(1)
        await desk.clock.advance(5.0)
        await desk.recorder.flush()
        assert len(await desk.counts()) == 1
        assert await desk.store.online(GUILD, EVER) == []
        desk.clock.move_wall(40_000)
        desk.say(1)
        await desk.recorder.stop()
        assert sum(count.messages for count in await desk.counts()) == 2
        assert await desk.store.online(GUILD, EVER) == [Interval(START - 25_000, START + 15_000)]


@pytest.mark.parametrize("dies", [False, True])
async def test_a_clock_that_stood_an_hour_ahead_costs_no_voice_and_calls_nothing_seen_that_is_to_come(
    dies: bool,
) -> None:
    async with Desk() as desk:
        minute, hour = 60_000, 3_600_000

        def come() -> None:
            desk.recorder.visible(GUILD, [5])
            desk.recorder.connected(GUILD)
            desk.recorder.voice_snapshot(GUILD, {1: 7})

        come()
        desk.clock.move_wall(9 * minute)
        await desk.recorder.flush()
        desk.recorder.visible(GUILD, [])
        desk.clock.move_wall(1 * minute)
        await desk.recorder.flush()
        assert await desk.store.recorded_times(GUILD, 5, EVER) == [Interval(START, START + 9 * minute)]
        desk.clock.move_wall(-hour)
        if dies:
            desk.recorder = Recorder(desk.store, desk.clock)
            come()
        await desk.recorder.flush()
        assert await desk.store.online(GUILD, EVER) == []
        desk.clock.move_wall(20 * minute)
        await desk.recorder.flush()
        back = START + 10 * minute - hour
        assert await desk.store.online(GUILD, EVER) == [Interval(back, back + 20 * minute)]
        assert sum(count.voice_ms for count in await desk.counts()) == 30 * minute
        desk.clock.move_wall(2 * hour)
        await desk.recorder.flush()
        later = await desk.store.recorded_times(GUILD, 5, Interval(START, START + 9 * minute))
        assert (later != []) == dies, "it is hidden unless it was shown again"


async def test_a_connection_that_is_taken_up_again_has_told_everything_but_time_in_voice() -> None:
    async with Desk() as desk:
        desk.recorder.connected(GUILD)
        desk.move(1, 7)
        desk.clock.move_wall(60_000)
        await desk.recorder.flush()
        desk.clock.move_wall(4_000)
        desk.recorder.disconnected()
        desk.clock.move_wall(3_000)
        desk.recorder.disconnected()  # a first try fails
        desk.clock.move_wall(3_000)
        desk.recorder.resumed([GUILD])
        desk.recorder.voice_snapshot(GUILD, {1: 7})
        desk.clock.move_wall(60_000)
        await desk.recorder.flush()
        ended, back, now = START + 60_000, START + 70_000, START + 130_000
        voice = [Interval(START, ended), Interval(back, now)]
        assert await desk.store.online(GUILD, EVER, Source.VOICE) == voice
        assert await desk.store.online(GUILD, EVER, Source.MESSAGES) == [Interval(START, now)]
        assert sum(count.voice_ms for count in await desk.counts()) == 120_000


@pytest.mark.parametrize("how", ["new session", "too late", "outage"])
async def test_not_every_gap_is_told_afterwards(how: str) -> None:
    async with Desk() as desk:
        desk.recorder.connected(GUILD)
        desk.clock.move_wall(60_000)
        await desk.recorder.flush()
        desk.recorder.disconnected()
        desk.clock.move_wall(TOLD_WITHIN_MS + 1 if how == "too late" else 5_000)
        if how == "outage":
            desk.recorder.disconnected(GUILD)
        if how == "new session":
            desk.recorder.connected(GUILD)
        desk.recorder.resumed([GUILD])
        back = desk.clock.now()
        desk.clock.move_wall(1_000)
        await desk.recorder.flush()
        assert await desk.store.online(GUILD, EVER) == [
            Interval(START, START + 60_000), Interval(back, back + 1_000),
        ]  # fmt: skip


async def test_a_guild_that_was_forgotten_while_it_was_away_is_recorded_again() -> None:
    async with Desk() as desk:

        async def be_there() -> None:
            desk.recorder.visible(GUILD, [5])
            desk.recorder.connected(GUILD)
            desk.clock.move_wall(10_000)
            await desk.recorder.flush()

        await be_there()
        desk.recorder.disconnected(GUILD)
        await desk.store.erase_guild(GUILD)
        desk.clock.move_wall(60_000)
        await be_there()
        assert await desk.store.recorded_times(GUILD, 5, EVER) == [Interval(START + 70_000, START + 80_000)]


async def test_a_machine_that_was_asleep_saw_nothing_meanwhile() -> None:
    async with Desk() as desk:
        await desk.recorder.start()
        desk.recorder.connected(GUILD)
        desk.move(1, 7)
        await desk.clock.advance(5.0)
        await desk.recorder.flush()
        desk.clock.move_wall(8 * 3_600_000)
        await desk.clock.advance(5.0)
        await desk.recorder.flush()
        woken = desk.clock.now()
        desk.clock.move_wall(1_000)
        await desk.recorder.stop()
        assert sum(count.voice_ms for count in await desk.counts()) == 6_000
        assert await desk.store.online(GUILD, EVER) == [
            Interval(START, START + 5_000), Interval(woken, woken + 1_000),
        ]  # fmt: skip


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


async def test_a_guild_that_goes_away_alone_ends_alone() -> None:
    async with Desk() as desk:
        await check_one_of_two(desk)


async def check_one_of_two(desk: Desk) -> None:
    desk.recorder.connected(1)
    desk.recorder.connected(2)
    desk.recorder.voice(guild_id=1, member_id=5, channel_id=9, bot=False)
    desk.recorder.voice(guild_id=2, member_id=5, channel_id=9, bot=False)
    await desk.clock.advance(10)
    await desk.recorder.flush()
    desk.recorder.disconnected(1)
    await desk.clock.advance(10)
    await desk.recorder.flush()
    seen = {guild: sum(i.until - i.since for i in await desk.store.online(guild, EVER)) for guild in (1, 2)}
    voice = {guild: sum(c.voice_ms for c in await desk.store.recorded(guild, 0, 2**40)) for guild in (1, 2)}
    assert seen == voice == {1: 10_000, 2: 20_000}


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
        assert await desk.store.memberships(GUILD, 0, 9) == [Membership(GUILD, 1, 9, joins=2, leaves=1)]
        assert await desk.store.memberships(GUILD, 0, 8) == await desk.store.memberships(GUILD + 1, 0, 9) == []
        assert await desk.store.online(GUILD, EVER) == [Interval(0, 10), Interval(20, 30)]
        assert await desk.store.online(GUILD, EVER, Source.MEMBERS) == [Interval(20, 30)]
        assert await members.erase(GUILD, 1) == 2
        assert [*await desk.counts(), *await desk.store.memberships(GUILD, 0, 9)] == []
