"""Who came and went, and the sums of months whose counts are gone, read back from the file that they were written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.activity.store import QUARTER_MS, Count, Membership, Source, quarter_of
from jobs.services import Interval, KnownHistory, snowflake_at
from tests.activity.test_members import CHANNEL, DAY_MS, GUILD, NOW, OTHER, Desk
from tests.handlers.fakes import message

ADA, BEN, CLEO, DAN, EVE = 1, 2, 3, 4, 5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "errand.db"


async def test_who_came_and_who_went_is_told_of_the_guild_and_the_time_asked_for(path: Path) -> None:
    today = quarter_of(NOW)
    moves = [
        Membership(GUILD, ADA, today - 96 * 20, joins=1),
        Membership(GUILD, ADA, today - 96, leaves=1),
        Membership(GUILD, BEN, today - 96 * 5, joins=1, leaves=1),
        Membership(GUILD, BEN, today - 96 * 4, joins=1),
        Membership(GUILD, CLEO, today - 96 * 40, joins=1, leaves=1),
        Membership(GUILD, DAN, today - 96 * 2, joins=1, leaves=1),
        Membership(GUILD, EVE, today - 96 * 15, joins=1, leaves=1),
        Membership(OTHER, CLEO, today - 96, joins=1, leaves=1),
    ]
    seen = [(GUILD, Interval(NOW - 3 * DAY_MS, NOW))]
    async with Desk(path) as desk:
        await desk.store.add_recorded([], seen, memberships=moves)
        await desk.store.add_recorded(
            [], [(GUILD, Interval(NOW - 9 * DAY_MS, NOW - 8 * DAY_MS))], sources=Source.MESSAGES
        )
        await desk.activity.members.opt_out(GUILD, DAN)
        found = desk.activity.reader.comings(GUILD, NOW - 10 * DAY_MS, NOW, joined_since=NOW - 30 * DAY_MS)
    joined = {ADA: today - 96 * 20, BEN: today - 96 * 4, EVE: today - 96 * 15}
    assert found.joined == {member: quarter * QUARTER_MS for member, quarter in joined.items()}
    assert found.left == {ADA, BEN}, "Eve left before"
    assert (found.seen_since, found.seen_ms) == (NOW - 3 * DAY_MS, 3 * DAY_MS), "then alone somebody looked for it"


async def test_sums_of_months_are_told_by_channel_with_joins_and_leaves_of_all(path: Path) -> None:
    september = quarter_of(NOW - 40 * DAY_MS)
    august = quarter_of(NOW - 70 * DAY_MS)
    counts = [
        Count(GUILD, CHANNEL, ADA, september, 3, 60_000, reactions=2),
        Count(GUILD, 11, BEN, september, 4),
        Count(GUILD, CHANNEL, ADA, august, 5),
        Count(OTHER, CHANNEL, ADA, august, 50),
        Count(GUILD, CHANNEL, ADA, quarter_of(NOW), 9),
    ]
    async with Desk(path, keep_days=30) as desk:
        assert (desk.activity.reader.months(GUILD, None), desk.activity.reader.swept_before(GUILD)) == ([], 0)
        await desk.store.add_recorded(counts, [], memberships=[Membership(GUILD, ADA, september, 1, 2)])
        await desk.activity.retention.sweep()
        reader = desk.activity.reader
        every = [(m.month, m.messages, m.voice_ms, m.reactions, m.joins, m.leaves) for m in reader.months(GUILD, None)]
        assert every == [(202608, 5, 0, 0, 0, 0), (202609, 7, 60_000, 2, 1, 2)]
        assert [(m.month, m.messages, m.joins) for m in reader.months(GUILD, {11})] == [(202609, 4, 0)]
        assert [str(m.first_day) for m in reader.months(GUILD, None)] == ["2026-08-01", "2026-09-01"]
        assert reader.swept_before(GUILD) == (september + 1) * QUARTER_MS


async def test_what_was_read_of_who_opted_out_is_in_no_sum_of_the_history(path: Path) -> None:
    async with Desk(path) as desk:
        quarter = quarter_of(NOW)
        rows = [(GUILD, CHANNEL, ADA, quarter - 1, 3), (GUILD, CHANNEL, BEN, quarter, 4)]
        insert = "INSERT INTO activity_crawled (guild, channel, member, quarter, messages) VALUES (?, ?, ?, ?, ?)"
        await desk.database.write(lambda c: c.executemany(insert, rows))
        within = Interval(NOW - DAY_MS, NOW + DAY_MS)
        known = await desk.activity.history_of(GUILD, [CHANNEL], within)
        assert (known.messages, known.oldest) == (7, (quarter - 1) * QUARTER_MS)
        await desk.activity.members.opt_out(GUILD, ADA)
        known = await desk.activity.history_of(GUILD, [CHANNEL], within)
        assert (known.messages, known.oldest) == (4, quarter * QUARTER_MS)


async def test_what_a_member_is_told_of_themselves_has_their_reactions(path: Path) -> None:
    async with Desk(path) as desk:
        quarter = quarter_of(NOW) - 2
        await desk.store.add_recorded([Count(GUILD, CHANNEL, ADA, quarter, 2, 3000, reactions=5)], [])
        own = await desk.activity.of_member(GUILD, ADA, Interval(NOW - DAY_MS, NOW))
    assert (own.messages, own.voice_ms, own.reactions) == (2, 3000, 5)


async def test_the_history_of_one_guild_is_none_of_another(path: Path) -> None:
    async with Desk(path, keep_days=None) as desk:
        since = NOW - DAY_MS
        desk.discord.history = {CHANNEL: [message(snowflake_at(since) + n, ADA) for n in range(150)]}
        within = Interval(since - DAY_MS, NOW - DAY_MS // 2)
        for guild in (OTHER, GUILD):
            assert len((await desk.activity.missing(guild, {CHANNEL: within}))[CHANNEL]) == 1
            pages = [page.counted async for page in desk.activity.crawl(guild, CHANNEL, within)]
            assert pages == [100, 50]
            assert (await desk.activity.history_of(guild, [CHANNEL], within)).messages == 150
        spans = await desk.database.read("SELECT guild, since, until FROM activity_span ORDER BY guild")
        ends = (snowflake_at(within.since), snowflake_at(within.until))
        assert [tuple(span) for span in spans] == [(GUILD, *ends), (OTHER, *ends)]


async def test_sums_are_those_of_the_quarters_and_channels_asked_for_the_first_and_the_last_among_them(
    path: Path,
) -> None:
    first = quarter_of(NOW) - 10
    last = first + 3
    within = Interval(first * QUARTER_MS, (last + 1) * QUARTER_MS)
    read = [(CHANNEL, first - 1, 1), (CHANNEL, first, 30), (CHANNEL, last, 200), (CHANNEL, last + 1, 1000)]
    read += [(CHANNEL + 1, first - 1, 1), (CHANNEL + 1, first, 4), (CHANNEL + 1, last + 1, 1)]
    async with Desk(path) as desk:
        insert = "INSERT INTO activity_crawled (guild, channel, member, quarter, messages) VALUES (?, ?, ?, ?, ?)"
        await desk.database.write(
            lambda c: c.executemany(insert, [(GUILD, channel, ADA, *rest) for channel, *rest in read])
        )
        assert await desk.activity.history_of(GUILD, [CHANNEL], within) == KnownHistory(230, first * QUARTER_MS)
        assert await desk.activity.history_of(GUILD, [CHANNEL + 2], within) == KnownHistory(0, None)
        recorded = [
            Count(GUILD, CHANNEL, ADA, quarter, messages, voice_ms, reactions=reactions)
            for quarter, messages, voice_ms, reactions in (
                (first - 1, 1, 1, 1), (first, 10, 100, 2), (last, 500, 200, 3), (last + 1, 1, 1, 1),
            )
        ]  # fmt: skip
        await desk.store.add_recorded(recorded, [])
        own = await desk.activity.of_member(GUILD, ADA, within)
        nobody = await desk.activity.of_member(GUILD, BEN, within)
    assert (own.messages, own.voice_ms, own.reactions) == (30 + 500 + 4, 300, 5), "of both, the larger number"
    assert (nobody.messages, nobody.voice_ms, nobody.reactions) == (0, 0, 0)


async def test_the_last_sign_of_a_member_is_the_newest_of_what_was_recorded_and_read(path: Path) -> None:
    now = quarter_of(NOW)
    async with Desk(path) as desk:
        seen = [(ADA, now - 5), (ADA, now - 3), (BEN, now - 6), (BEN, now - 9)]
        await desk.store.add_recorded([Count(GUILD, CHANNEL, member, quarter, 1) for member, quarter in seen], [])
        read = [(ADA, now - 4), (BEN, now - 2), (BEN, now - 8), (CLEO, now - 9), (CLEO, now - 7)]
        insert = "INSERT INTO activity_crawled (guild, channel, member, quarter, messages) VALUES (?, ?, ?, ?, 1)"
        rows = [(GUILD, CHANNEL, *row) for row in read]
        await desk.database.write(lambda c: c.executemany(insert, rows))
        last = {ADA: (now - 3) * QUARTER_MS, BEN: (now - 2) * QUARTER_MS, CLEO: (now - 7) * QUARTER_MS}
        assert await desk.activity.last_seen(GUILD, [ADA, BEN, CLEO, DAN]) == last
        assert desk.activity.reader.last_seen(GUILD, [ADA, BEN, CLEO, DAN]) == last


async def test_who_only_came_did_not_leave_and_of_two_leaves_the_later_counts(path: Path) -> None:
    today = quarter_of(NOW)
    moves = [
        Membership(GUILD, ADA, today - 96, joins=1),
        Membership(GUILD, BEN, today - 96 * 12, leaves=1),
        Membership(GUILD, BEN, today - 96 * 3, leaves=1),
    ]
    async with Desk(path) as desk:
        await desk.store.add_recorded([], [], memberships=moves)
        found = desk.activity.reader.comings(GUILD, NOW - 10 * DAY_MS, NOW, joined_since=NOW - 30 * DAY_MS)
    assert (set(found.joined), found.left) == ({ADA}, {BEN})


async def test_voice_and_reactions_of_a_month_are_added_up_over_its_channels(path: Path) -> None:
    at = quarter_of(NOW - 40 * DAY_MS)
    counts = [Count(GUILD, channel, ADA, at, 1, 60_000, reactions=2) for channel in (CHANNEL, CHANNEL + 1)]
    async with Desk(path, keep_days=30) as desk:
        await desk.store.add_recorded(counts, [])
        await desk.activity.retention.sweep()
        (month,) = desk.activity.reader.months(GUILD, None)
    assert (month.messages, month.voice_ms, month.reactions) == (2, 120_000, 4)


async def test_a_wish_that_is_said_twice_is_one(path: Path) -> None:
    async with Desk(path) as desk:
        members = desk.activity.members
        for _ in range(2):
            await members.opt_out(GUILD, ADA)
        assert (await members.wish(GUILD, ADA)).out


async def test_who_came_or_went_in_the_first_or_the_last_quarter_is_told_and_nobody_after_it(path: Path) -> None:
    end = quarter_of(NOW)
    since = (end - 96) * QUARTER_MS
    moves = [
        Membership(GUILD, member, quarter, joins=1, leaves=1)
        for member, quarter in ((ADA, end - 97), (BEN, end - 96), (CLEO, end - 1), (DAN, end))
    ]
    async with Desk(path) as desk:
        await desk.store.add_recorded([], [], memberships=moves)
        found = desk.activity.reader.comings(GUILD, since, end * QUARTER_MS, joined_since=since)
    assert (set(found.joined), found.left) == ({BEN, CLEO}, {BEN, CLEO})
