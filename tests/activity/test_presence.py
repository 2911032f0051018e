"""When the recorder was there to see: gaps, guilds that go away, channels that are hidden, clocks that are set."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from jobs.activity.presence import TOLD_WITHIN_MS, Presence
from jobs.activity.recorder import WARNED_AFTER, Recorder
from jobs.activity.store import Source
from jobs.engine.errors import BackendUnavailable
from jobs.services import Interval, snowflake_at
from tests.activity.stored import counts_of, memberships_of
from tests.activity.test_recorder import EVER, GUILD, START, Desk


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
        desk.clock.move_wall(5 * hour)
        await desk.recorder.flush()
        began = desk.clock.now()

        def come(*present: int) -> None:
            desk.recorder.visible(GUILD, [5])
            desk.recorder.connected(GUILD)
            desk.recorder.voice_snapshot(GUILD, dict.fromkeys(present, 7))

        come(1)
        desk.clock.move_wall(9 * minute)
        await desk.recorder.flush()
        desk.recorder.visible(GUILD, [])
        desk.clock.move_wall(1 * minute)
        await desk.recorder.flush()
        assert await desk.store.recorded_times(GUILD, 5, EVER) == [Interval(began, began + 9 * minute)]
        desk.clock.move_wall(-hour)
        if dies:
            desk.recorder = Recorder(desk.store, desk.clock)
            come(1)
        desk.move(2, 7)
        desk.clock.move_wall(1_000)
        await desk.recorder.flush()
        assert began in {seen.since for seen in await desk.store.online(GUILD, EVER)}, "which time is right?"
        desk.say(1)
        await desk.recorder.flush()
        assert all(seen.until < began for seen in await desk.store.online(GUILD, EVER))
        desk.clock.move_wall(20 * minute)
        await desk.recorder.flush()
        (seen,) = await desk.store.online(GUILD, EVER)
        assert 20 * minute <= seen.until - seen.since <= 20 * minute + 1_000
        voice = {1: 0, 2: 0}
        for count in await desk.counts():
            voice[count.member_id] += count.voice_ms
        assert 30 * minute <= voice[1] <= 30 * minute + 1_000
        assert voice[2] == 20 * minute + 1_000
        desk.clock.move_wall(2 * hour)
        await desk.recorder.flush()
        later = await desk.store.recorded_times(GUILD, 5, Interval(began, began + 9 * minute))
        assert (later != []) == dies, "it is hidden unless it was shown again"


async def test_what_lies_ahead_is_forgotten_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Desk() as desk:
        asked: list[Collection[int]] = []
        forget = desk.store.forget_ahead

        async def note(guild_ids: Collection[int], at: int) -> None:
            asked.append(set(guild_ids))
            await forget(guild_ids, at)

        monkeypatch.setattr(desk.store, "forget_ahead", note)
        for guild in (GUILD, GUILD, 2):
            desk.recorder.connected(guild)
            desk.say(1)
            desk.clock.move_wall(1_000)
            await desk.recorder.flush()
        assert asked == [{GUILD}, {2}]


async def test_a_clock_that_is_behind_makes_nobody_forget_what_was_seen_and_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As on a machine that has no clock of its own and asks for the time only once it has started."""
    async with Desk() as desk:
        desk.recorder.connected(GUILD)
        desk.clock.move_wall(600_000)
        await desk.recorder.stop()
        desk.clock.move_wall(-3_600_000)
        desk.recorder = Recorder(desk.store, desk.clock)
        desk.recorder.connected(GUILD)
        for number in range(30):
            right = snowflake_at(START + 620_000) + number
            desk.recorder.message(guild_id=GUILD, channel_id=5, member_id=1, message_id=right, bot=False)
            assert (caplog.records != []) == (number >= WARNED_AFTER - 1)
        (record,) = caplog.records
        assert record.getMessage().startswith("the machine's clock is 3620 s behind: let a time service set it")
        desk.clock.move_wall(5_000)
        await desk.recorder.flush()
        assert Interval(START, START + 600_000) in await desk.store.online(GUILD, EVER)


async def test_a_connection_that_is_taken_up_again_has_told_everything_but_time_in_voice() -> None:
    async with Desk() as desk:
        desk.recorder.connected(GUILD)
        desk.move(1, 7)
        desk.clock.move_wall(60_000)
        await desk.recorder.flush()
        desk.clock.move_wall(4_000)
        desk.recorder.disconnected()
        desk.clock.move_wall(3_000)
        await desk.recorder.flush()
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
    voice = {guild: sum(c.voice_ms for c in await counts_of(desk.database, guild)) for guild in (1, 2)}
    assert seen == voice == {1: 10_000, 2: 20_000}


@pytest.mark.parametrize("how", ["connection lost", "guild lost", "stood still"])
async def test_what_was_seen_and_could_not_be_stored_in_time_is_stored_later(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Desk() as desk:
        await desk.recorder.start()
        desk.recorder.connected(GUILD)

        async def refuse(*_: object, **__: object) -> None:
            raise BackendUnavailable("The disk is full.")

        with monkeypatch.context() as patch:
            patch.setattr(desk.store, "add_recorded", refuse)
            await desk.clock.advance(5)
            await desk.recorder.flush()
        if how == "stood still":
            desk.clock.move_wall(600_000)
            await desk.clock.advance(5)
        else:
            desk.recorder.disconnected(GUILD if how == "guild lost" else None)
        await desk.recorder.stop()
        assert (await desk.store.online(GUILD, EVER))[0] == Interval(START, START + 5_000)


def test_the_same_view_again_is_no_news() -> None:
    presence = Presence()
    for at, channels in enumerate(([5], [5], [5, 6], [6, 5], [5])):
        presence.show(GUILD, channels, at)
    views = [(view.at, sorted(view.channel_ids)) for view in presence.seen(9).views]
    assert views == [(0, [5]), (2, [5, 6]), (4, [5])]


def test_what_is_stored_is_not_stored_again() -> None:
    presence = Presence()
    presence.begin(GUILD, 0)
    presence.drop(10)
    presence.take_up(GUILD, 20)
    seen = presence.seen(30)
    assert seen.online == [(GUILD, Interval(0, 10)), (GUILD, Interval(20, 30))]
    assert seen.told_late == [(GUILD, Interval(10, 20))]
    presence.drop(30)
    presence.take_up(GUILD, 40)
    presence.take_out(seen)
    seen = presence.seen(50)
    assert seen.online == [(GUILD, Interval(20, 30)), (GUILD, Interval(40, 50))]
    assert seen.told_late == [(GUILD, Interval(30, 40))]


def test_a_connection_that_was_not_heard_again_saw_nothing() -> None:
    presence = Presence()
    presence.begin(GUILD, 10)
    presence.drop(5)
    assert presence.seen(20).online == []
    presence.take_up(GUILD, 20)
    assert presence.seen(20).told_late == [(GUILD, Interval(10, 20))]


def test_what_a_clock_said_that_stood_ahead_is_cut() -> None:
    presence = Presence()
    presence.begin(GUILD, 100)
    presence.begin(2, 1_000)
    presence.drop(1_040)
    presence.take_up(GUILD, 1_060)
    presence.take_up(2, 1_200)
    presence.drop(1_250)
    for at, channels in ((1_000, [5]), (1_200, [6])):
        presence.show(GUILD, channels, at)
    presence.begin(3, 1_300)
    presence.put_back(1_050)
    presence.take_up(GUILD, 1_260)
    seen = presence.seen(1_290)
    assert seen.online == [
        (GUILD, Interval(100, 1_040)), (2, Interval(1_000, 1_040)), (3, Interval(1_050, 1_290)),
        (GUILD, Interval(1_260, 1_290)),
    ]  # fmt: skip
    assert seen.told_late == [(GUILD, Interval(1_040, 1_050)), (2, Interval(1_040, 1_050))]
    assert [view.at for view in seen.views] == [1_000, 1_050]


def test_what_is_dropped_is_not_called_seen_and_seeing_begins_anew() -> None:
    presence = Presence()
    presence.begin(GUILD, 0)
    presence.forget(50)
    assert presence.seen(60).online == [(GUILD, Interval(50, 60))]


async def test_counts_that_are_dropped_take_what_was_seen_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.activity.recorder.MAX_KEPT", 2)

    async def refuse(*_: object, **__: object) -> None:
        raise BackendUnavailable("The disk is full.")

    async with Desk() as desk:
        for gap in range(2):
            desk.recorder.connected(GUILD)
            desk.clock.move_wall(1_000)
            with monkeypatch.context() as patch:
                patch.setattr(desk.store, "add_recorded", refuse)
                await desk.recorder.flush()
                desk.recorder.disconnected()
                desk.clock.move_wall(1_000)
                desk.recorder.resumed([GUILD])
                for member in range(3):
                    desk.say(member)
                desk.recorder.joined(guild_id=GUILD, member_id=1, joined_at=desk.clock.now(), bot=False)
                if gap:
                    desk.recorder.disconnected()
                await desk.recorder.flush()
        desk.clock.move_wall(1_000)
        desk.recorder.resumed([GUILD])
        back = desk.clock.now()
        desk.clock.move_wall(1_000)
        await desk.recorder.flush()
        assert [*await desk.counts(), *await memberships_of(desk.database, GUILD)] == []
        assert await desk.store.online(GUILD, EVER) == [Interval(back, back + 1_000)]
