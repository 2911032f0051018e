"""Gaps that many channels have in common, filled by search: exact, few requests, and nothing taken on trust."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.activity.searching import FOUND_A_REQUEST, MOST_AT_ONCE
from jobs.activity.store import QUARTER_MS, View
from jobs.services import Interval, MessageInfo, snowflake_at
from tests.activity.test_crawl import ALL, GUILD, HOUR_MS, MEMBERS, START, Desk
from tests.handlers.fakes import message

CHANNELS = range(10, 50)
GAP = Interval(START + 4 * QUARTER_MS, START + 8 * QUARTER_MS)


def chatter(count: int, within: Interval = GAP) -> dict[int, list[MessageInfo]]:
    """Messages spread over time and channels."""
    history: dict[int, list[MessageInfo]] = {channel: [] for channel in CHANNELS}
    for n in range(count):
        at = within.since + n * (within.until - within.since) // count
        history[CHANNELS[n * 7 % len(CHANNELS)]].append(message(snowflake_at(at) + n, MEMBERS[n % 3]))
    return history


async def recorded_around(desk: Desk, gap: Interval = GAP) -> None:
    """As a recorder leaves it that was away in the gap."""
    seen = [Interval(ALL.since - HOUR_MS, gap.since + 200_000), Interval(gap.until - 200_000, ALL.until + HOUR_MS)]
    view = View(GUILD, ALL.since - 2 * HOUR_MS, frozenset(CHANNELS))
    await desk.store.add_recorded([], [(GUILD, interval) for interval in seen], [view])


async def counted(desk: Desk) -> Counter[int]:
    rows = await desk.database.read("SELECT channel, sum(messages) AS n FROM activity_crawled GROUP BY channel")
    return Counter({row["channel"]: row["n"] for row in rows})


async def read_all(desk: Desk) -> None:
    for channel in CHANNELS:
        async for _ in desk.activity.crawl(GUILD, channel, ALL):
            pass


def sizes(history: dict[int, list[MessageInfo]]) -> Counter[int]:
    return +Counter({channel: len(found) for channel, found in history.items()})


async def test_a_gap_of_many_channels_is_read_by_few_requests_and_nothing_of_it_again(tmp_path: Path) -> None:
    async with Desk(tmp_path / "a.db") as desk:
        desk.discord.history, desk.discord.may_search = chatter(200), True
        await recorded_around(desk)
        assert await desk.activity.search(GUILD, CHANNELS, ALL) == 200
        assert await counted(desk) == sizes(desk.discord.history)
        assert desk.discord.searches == [(len(CHANNELS), snowflake_at(GAP.since) - 1)]
        await read_all(desk)
        assert desk.discord.pages == []
        assert await counted(desk) == sizes(desk.discord.history)
        assert await desk.activity.search(GUILD, CHANNELS, ALL) == 0
        assert len(desk.discord.searches) == 1


@settings(max_examples=25, deadline=None)
@given(count=st.integers(0, 1200), first=st.integers(0, 20), length=st.integers(1, 4), searching=st.booleans())
async def test_search_and_history_together_count_everything_once(
    count: int, first: int, length: int, searching: bool
) -> None:
    gap = Interval(START + first * QUARTER_MS, START + (first + length) * QUARTER_MS)
    async with Desk(":memory:") as desk:
        desk.discord.history, desk.discord.may_search = chatter(count, gap), searching
        await recorded_around(desk, gap)
        await desk.activity.search(GUILD, CHANNELS, ALL)
        await read_all(desk)
        assert await counted(desk) == sizes(desk.discord.history)


async def test_a_gap_that_holds_more_is_halved_and_one_that_is_full_is_left_to_the_history(tmp_path: Path) -> None:
    async with Desk(tmp_path / "a.db") as desk:
        many = 3 * MOST_AT_ONCE
        assert many < len(CHANNELS) * FOUND_A_REQUEST
        desk.discord.history, desk.discord.may_search = chatter(many), True
        await recorded_around(desk)
        assert await desk.activity.search(GUILD, CHANNELS, ALL) == many
        assert 4 < len(desk.discord.searches) < len(CHANNELS) / 2
        assert await counted(desk) == sizes(desk.discord.history)
    async with Desk(tmp_path / "b.db") as desk:
        desk.discord.history, desk.discord.may_search = chatter(len(CHANNELS) * FOUND_A_REQUEST + 1), True
        await recorded_around(desk)
        assert await desk.activity.search(GUILD, CHANNELS, ALL) == 0
        assert len(desk.discord.searches) == 1


async def test_one_busy_channel_among_quiet_ones_is_kept_whole(tmp_path: Path) -> None:
    """More than a page of it comes with one search."""
    async with Desk(tmp_path / "a.db") as desk:
        desk.discord.history, desk.discord.may_search = chatter(40), True
        busy = [message(snowflake_at(GAP.since + 10_000 * n) + 999, MEMBERS[0]) for n in range(180)]
        desk.discord.history[CHANNELS[3]] = busy
        await recorded_around(desk)
        assert await desk.activity.search(GUILD, CHANNELS, ALL) == 180 + 39
        await read_all(desk)
        assert desk.discord.pages == []


async def test_a_moment_that_holds_too_much_is_halved_down_to_a_second(tmp_path: Path) -> None:
    async with Desk(tmp_path / "a.db") as desk:
        desk.discord.may_search, moment = True, snowflake_at(GAP.since + 1_000_000)
        desk.discord.history = {
            channel: [message(moment + 10 * channel + n, MEMBERS[n % 3]) for n in range(10)] for channel in CHANNELS
        }
        await recorded_around(desk)
        assert await desk.activity.search(GUILD, CHANNELS, ALL) == 0
        assert len(desk.discord.searches) <= 2 * 13, "an hour is halved twelve times"
        await read_all(desk)
        assert await counted(desk) == sizes(desk.discord.history)
        assert len(desk.discord.pages) == len(CHANNELS)


@pytest.mark.parametrize(("channels", "ago_ms"), [(2, 24 * HOUR_MS), (40, 30 * 60_000)])
async def test_few_channels_and_the_last_hour_are_read_from_history(tmp_path: Path, channels: int, ago_ms: int) -> None:
    async with Desk(tmp_path / "a.db", now=GAP.until + ago_ms) as desk:
        desk.discord.history, desk.discord.may_search = chatter(50), True
        await recorded_around(desk)
        within = Interval(GAP.since + (2 * QUARTER_MS if ago_ms < HOUR_MS else 0), GAP.until)
        await desk.activity.search(GUILD, CHANNELS[:channels], within)
        assert desk.discord.searches == []


async def test_who_opted_out_is_not_counted_by_search_either(tmp_path: Path) -> None:
    async with Desk(tmp_path / "a.db") as desk:
        desk.discord.history, desk.discord.may_search = chatter(60), True
        await recorded_around(desk)
        await desk.activity.members.opt_out(GUILD, MEMBERS[0])
        assert await desk.activity.search(GUILD, CHANNELS, ALL) == 40
