"""How long somebody is in voice, told step by step, as it arrives in the store."""

from __future__ import annotations

from collections import Counter

import pytest

from jobs.activity.recorder import Recorder
from tests.activity.stored import counts_of
from tests.activity.test_recorder import GUILD, Desk

OTHER = 2
MINUTE_MS = 60_000


async def stored(desk: Desk, guild: int = GUILD) -> Counter[tuple[int, int]]:
    """Milliseconds in voice by member and channel."""
    await desk.recorder.flush()
    found: Counter[tuple[int, int]] = Counter()
    for count in await counts_of(desk.database, guild):
        found[count.member_id, count.channel_id] += count.voice_ms
    return found


async def test_who_goes_from_room_to_room_is_counted_in_each() -> None:
    async with Desk() as desk:
        desk.move(1, 7)
        desk.clock.move_wall(1_000)
        desk.move(1, 8)
        desk.clock.move_wall(2_000)
        desk.recorder.voice_snapshot(GUILD, {1: 9})
        desk.clock.move_wall(4_000)
        assert await stored(desk) == {(1, 7): 1_000, (1, 8): 2_000, (1, 9): 4_000}


async def test_a_room_that_is_deleted_ends_the_time_of_those_in_it_alone() -> None:
    async with Desk() as desk:
        desk.move(1, 7)
        desk.move(2, 8)
        desk.clock.move_wall(1_000)
        desk.recorder.channel_gone(GUILD, 7)
        desk.clock.move_wall(2_000)
        assert await stored(desk) == {(1, 7): 1_000, (2, 8): 3_000}


@pytest.mark.parametrize("again", ["muted", "listed"])
async def test_who_is_told_to_be_where_they_were_is_counted_no_further(again: str) -> None:
    async with Desk() as desk:
        desk.move(1, 7)
        desk.clock.move_wall(1_000)
        await desk.recorder.flush()
        desk.clock.move_wall(2_000)
        if again == "muted":
            desk.move(1, 7)
        else:
            desk.recorder.voice_snapshot(GUILD, {1: 7})
        desk.recorder.disconnected()
        assert await stored(desk) == {(1, 7): 1_000}


async def test_a_connection_that_is_lost_ends_voice_in_every_guild() -> None:
    async with Desk() as desk:
        for guild in (GUILD, OTHER):
            desk.recorder.voice(guild_id=guild, member_id=1, channel_id=7, bot=False)
        desk.clock.move_wall(1_000)
        await desk.recorder.flush()
        desk.recorder.disconnected()
        desk.clock.move_wall(2_000)
        assert await stored(desk) == await stored(desk, OTHER) == {(1, 7): 1_000}


async def test_who_came_behind_the_last_sign_of_life_is_not_counted_before_they_came() -> None:
    silent_ms = 0
    async with Desk() as desk:
        desk.recorder = Recorder(desk.store, desk.clock, silent_ms=lambda: silent_ms)
        desk.clock.move_wall(5 * MINUTE_MS)
        desk.move(1, 7)
        silent_ms = MINUTE_MS
        assert await stored(desk) == {}
        desk.clock.move_wall(1_000)
        silent_ms = 0
        assert await stored(desk) == {(1, 7): 1_000}


async def test_who_comes_while_the_clock_is_put_back_is_not_counted_up_to_what_it_showed_before() -> None:
    async with Desk() as desk:
        desk.recorder.connected(GUILD)
        desk.clock.move_wall(60 * MINUTE_MS)
        await desk.recorder.flush()
        desk.clock.move_wall(-30 * MINUTE_MS)
        desk.move(1, 7)
        desk.clock.move_wall(1_000)
        desk.recorder.disconnected()
        assert await stored(desk) == {}
