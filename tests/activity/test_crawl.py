"""History read page by page, broken off anywhere, beside a recorder: everything is counted once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.activity.crawl import Crawler
from jobs.activity.intervals import covers, joined
from jobs.activity.service import Activity
from jobs.activity.sqlite import MIGRATIONS, SqliteActivityStore
from jobs.activity.store import QUARTER_MS, Count, View, quarter_of
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteDatabase
from jobs.engine.testing.clock import FakeClock
from jobs.services import AccessDenied, GuildInfo, Interval, MessageInfo, ServiceUnavailable, snowflake_at
from tests.handlers.fakes import FakeDiscord, message

GUILD, CHANNEL = 1, 10
START = 1_790_000_100_000 // QUARTER_MS * QUARTER_MS
HOUR_MS = 3_600_000
ALL = Interval(START, START + 6 * HOUR_MS)
MEMBERS = (100, 101, 102)


class BreakingOff(Exception):
    """The process dies here."""


class Desk:
    def __init__(
        self, path: Path | str, history: Sequence[MessageInfo] = (), *, now: int = START + 90 * 24 * HOUR_MS
    ) -> None:
        self.discord = FakeDiscord(GuildInfo(GUILD, "g", 1, 0, GUILD), history={CHANNEL: list(history)})
        self.database = SqliteDatabase(path, migrations=(*ENGINE_MIGRATIONS, *MIGRATIONS))
        self.store = SqliteActivityStore(self.database)
        self.clock = FakeClock(now)
        self.activity = Activity(self.database, self.discord, self.clock)

    async def __aenter__(self) -> Desk:
        await self.database.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.database.close()

    async def record(self, counts: Sequence[Count], seen: Sequence[Interval]) -> None:
        """As a recorder leaves it that saw the channel whenever it was online."""
        view = View(GUILD, START - HOUR_MS, frozenset({CHANNEL}))
        await self.store.add_recorded(counts, [(GUILD, interval) for interval in seen], [view])

    async def missing(self, channel_id: int, within: Interval) -> Sequence[Interval]:
        return (await self.activity.missing(GUILD, {channel_id: within}))[channel_id]

    async def crawl(self, within: Interval = ALL, *, pages: int | None = None, newest: int | None = None) -> None:
        """Read; with `pages`, die behind that many."""
        read = 0
        async for _ in self.activity.crawl(GUILD, CHANNEL, within, newest=newest):
            read += 1
            if read == pages:
                raise BreakingOff

    async def counted(self, within: Interval = ALL) -> Counter[int]:
        totals = self.activity.reader.totals(GUILD, [CHANNEL], within, UTC)
        return +Counter({member: amounts.messages for member, amounts in totals.members.items()})


def spread(count: int, *, every_ms: int = 1000, since: int = START) -> list[MessageInfo]:
    return [message(snowflake_at(since + n * every_ms) + n % 7, MEMBERS[n % 3]) for n in range(count)]


def truth(history: Sequence[MessageInfo], within: Interval = ALL) -> Counter[int]:
    return Counter(m.author_id for m in history if m.by_person and within.since <= m.at < within.until)


async def test_a_history_of_many_pages_is_counted_whole_and_read_once(tmp_path: Path) -> None:
    history = spread(350, every_ms=40_000)
    async with Desk(tmp_path / "a.db", history) as desk:
        await desk.crawl()
        assert await desk.counted() == truth(history)
        assert len(desk.discord.pages) == 4
        assert len(await desk.database.read("SELECT * FROM activity_span")) == 1, "pages that follow each other are one"
        await desk.crawl()
        assert len(desk.discord.pages) == 4
        assert await desk.missing(CHANNEL, ALL) == []
        assert await desk.activity.missing(GUILD, {}) == {}


messages = st.lists(
    st.tuples(st.integers(-HOUR_MS, 7 * HOUR_MS - 1), st.sampled_from(MEMBERS), st.booleans()), max_size=260
)
stretches = st.lists(st.tuples(st.integers(0, 6 * 4), st.integers(1, 5), st.integers(0, 600_000)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(sent=messages, burst=st.integers(0, 220), online=stretches, deaths=st.lists(st.integers(1, 3), max_size=4))
def test_whatever_was_recorded_and_wherever_reading_broke_off_everything_is_counted_once(
    sent: list[tuple[int, int, bool]], burst: int, online: list[tuple[int, int, int]], deaths: list[int]
) -> None:
    moments = [(START + offset, member, person) for offset, member, person in sent]
    moments += [(START + HOUR_MS, MEMBERS[n % 3], True) for n in range(burst)]  # many in one millisecond
    taken: set[int] = set()
    history = []
    for at, member, person in sorted(moments):
        id_ = snowflake_at(at)
        while id_ in taken:
            id_ += 1
        taken.add(id_)
        history.append(message(id_, member, by_person=person))
    seen = joined(
        Interval(START + first * QUARTER_MS + late, START + (first + length) * QUARTER_MS)
        for first, length, late in online
    )
    asyncio.run(check_counts(history, seen, deaths))


async def check_counts(history: list[MessageInfo], seen: Sequence[Interval], deaths: Sequence[int]) -> None:
    history.sort(key=lambda m: m.id)
    with TemporaryDirectory() as folder:
        await check_counts_in(Path(folder) / "a.db", history, seen, deaths)


async def check_counts_in(
    path: Path, history: list[MessageInfo], seen: Sequence[Interval], deaths: Sequence[int]
) -> None:
    async with Desk(path, history) as desk:
        live = Counter(
            (m.author_id, quarter_of(m.at)) for m in history if m.by_person and covers(seen, Interval(m.at, m.at + 1))
        )
        counts = [Count(GUILD, CHANNEL, member, quarter, messages=n) for (member, quarter), n in live.items()]
        await desk.record(counts, seen)
        for pages in deaths:
            try:
                await desk.crawl(pages=pages)
            except BreakingOff:
                continue
        await desk.crawl()
        assert await desk.counted() == truth(history)
        part = Interval(START + QUARTER_MS, ALL.until - QUARTER_MS)
        assert await desk.counted(part) == truth(history, part)
        assert len(desk.discord.pages) == len(set(desk.discord.pages)), "a page that was kept is not read again"


async def test_a_range_that_ends_inside_a_quarter_ends_to_the_message(tmp_path: Path) -> None:
    history = spread(50, every_ms=60_000)
    until = START + 20 * 60_000 + 1
    async with Desk(tmp_path / "a.db", history) as desk:
        seen = Interval(START, START + HOUR_MS)
        counts = Counter((m.author_id, quarter_of(m.at)) for m in history)
        await desk.record([Count(GUILD, CHANNEL, m, q, messages=n) for (m, q), n in counts.items()], [seen])
        within = Interval(START, until)
        await desk.crawl(within)
        assert await desk.counted(within) == truth(history, within)


async def test_one_page_answers_for_all_gaps_that_it_lies_over(tmp_path: Path) -> None:
    """A bot that was away for a moment twelve times: that is twelve gaps in each of its channels."""
    history = spread(90, every_ms=240_000)
    ends = [START - HOUR_MS, *(START + n * 2 * QUARTER_MS + 400_000 for n in range(12)), ALL.until + HOUR_MS]
    seen = [Interval(since + 1, until - 1) for since, until in pairwise(ends)]
    async with Desk(tmp_path / "a.db", history) as desk:
        live = Counter((m.author_id, quarter_of(m.at)) for m in history if covers(seen, Interval(m.at, m.at + 1)))
        await desk.record([Count(GUILD, CHANNEL, m, q, messages=n) for (m, q), n in live.items()], seen)
        assert len(await desk.missing(CHANNEL, ALL)) == 12
        pages = [page async for page in desk.activity.crawl(GUILD, CHANNEL, ALL)]
        assert await desk.counted() == truth(history)
        assert len(desk.discord.pages) == 1
        (page,) = pages
        missed = [m for m in history if (m.at - START) // QUARTER_MS % 2 == 0]
        assert (page.messages, page.counted, page.read_ms) == (len(missed), len(missed), 12 * QUARTER_MS)
        assert await desk.missing(CHANNEL, ALL) == []


async def test_a_channel_that_was_hidden_while_the_bot_was_online_is_read(tmp_path: Path) -> None:
    """Being online is not being told: what a channel said while it was hidden was not recorded."""
    history = spread(50, every_ms=60_000)
    async with Desk(tmp_path / "a.db", history) as desk:
        online = Interval(ALL.since - HOUR_MS, ALL.until + HOUR_MS)
        for at, channels in ((online.since, {99}), (START + 25 * 60_000, {CHANNEL, 99})):
            await desk.store.add_recorded([], [(GUILD, online)], [View(GUILD, at, frozenset(channels))])
        (missing,) = await desk.missing(CHANNEL, ALL)
        assert missing == Interval(START, START + 30 * 60_000)
        await desk.crawl()
        assert await desk.counted() == truth(history[:30])
        assert await desk.missing(98, ALL) == [ALL], "a channel that nobody ever saw"
        assert await desk.missing(99, ALL) == []


@pytest.mark.parametrize("late_ms", [0, 100_000])
@pytest.mark.parametrize("end", ["since", "until"])
async def test_the_last_moments_of_a_connection_are_not_relied_on(tmp_path: Path, end: str, late_ms: int) -> None:
    """A dead connection is noticed late: a quarter that it seems to have just covered is read all the same."""
    history = spread(50, every_ms=60_000)
    quarter = Interval(START + QUARTER_MS, START + 2 * QUARTER_MS)
    just = {
        "since": Interval(quarter.since - late_ms, quarter.until + HOUR_MS),
        "until": Interval(START, quarter.until + late_ms),
    }[end]
    async with Desk(tmp_path / "a.db", history) as desk:
        await desk.record([Count(GUILD, CHANNEL, 100, quarter_of(quarter.since), messages=1)], [just])
        assert await desk.missing(CHANNEL, quarter) == [quarter]
        await desk.crawl(quarter)
        assert await desk.counted(quarter) == truth(history, quarter)
        wide = Interval(just.since - HOUR_MS, just.until + HOUR_MS)
        await desk.store.add_recorded([], [(GUILD, wide)], [])
        assert await desk.missing(CHANNEL, Interval(quarter.until, quarter.until + QUARTER_MS)) == []


async def test_what_lies_ahead_is_never_taken_as_read(tmp_path: Path) -> None:
    history = spread(50, every_ms=60_000)
    async with Desk(tmp_path / "a.db", history[:30], now=START + 30 * 60_000) as desk:
        await desk.crawl()
        assert await desk.counted() == truth(history[:30])
        desk.discord.history[CHANNEL] = history
        desk.clock.move_wall(HOUR_MS)
        await desk.crawl()
        assert await desk.counted() == truth(history)
        assert await desk.missing(CHANNEL, Interval(ALL.until, ALL.until + HOUR_MS)) == []


async def test_what_was_listed_as_quiet_is_not_trusted_to_the_last_moment(tmp_path: Path) -> None:
    """Discord's clock may be behind: a message that is older than the range's end comes after the channels were listed."""
    history, until = spread(30, every_ms=60_000), START + HOUR_MS
    late = message(snowflake_at(until - 30_000), MEMBERS[0])
    async with Desk(tmp_path / "a.db", history, now=until + HOUR_MS) as desk:
        await desk.crawl(Interval(START, START + 40 * 60_000))
        pages = len(desk.discord.pages)
        await desk.crawl(Interval(START, until), newest=history[-1].id)
        assert len(desk.discord.pages) == pages, "nothing newer is known, so nothing is asked"
        desk.discord.history[CHANNEL].append(late)
        await desk.crawl(Interval(START, until + HOUR_MS), newest=late.id)
        assert await desk.counted() == truth([*history, late])


async def test_those_who_read_the_same_channel_at_once_share_the_pages(tmp_path: Path) -> None:
    history = spread(450, every_ms=40_000)
    async with Desk(tmp_path / "a.db", history) as desk:
        await asyncio.gather(desk.crawl(), desk.crawl(), desk.crawl())
        assert await desk.counted() == truth(history)
        assert len(desk.discord.pages) == 5


async def test_who_takes_no_turns_still_counts_nothing_twice(tmp_path: Path) -> None:
    """Two crawlers that do not know of each other fetch the same pages; the write lets one of them in."""
    history = spread(450, every_ms=40_000)
    async with Desk(tmp_path / "a.db", history) as desk:
        strangers = [Crawler(desk.database, desk.store, desk.discord, desk.clock) for _ in range(3)]
        both = asyncio.Barrier(3)
        fetch = desk.discord.messages

        async def together(
            channel_id: int, *, after: int = 0, before: int | None = None, limit: int = 100
        ) -> Sequence[MessageInfo]:
            page = await fetch(channel_id, after=after, before=before, limit=limit)
            if after == snowflake_at(START) - 1:
                await both.wait()
            return page

        desk.discord.messages = together  # type: ignore[method-assign]

        async def read(crawler: Crawler) -> int:
            return sum([page.counted async for page in crawler.crawl(GUILD, CHANNEL, ALL)])

        counted = await asyncio.gather(*(read(crawler) for crawler in strangers))
        assert await desk.counted() == truth(history)
        assert sum(counted) == len(history)


async def test_a_reader_that_is_cancelled_lets_the_next_one_on(tmp_path: Path) -> None:
    history = spread(150, every_ms=40_000)
    async with Desk(tmp_path / "a.db", history) as desk:
        fetching = asyncio.Event()
        fetch = desk.discord.messages

        async def hang(
            channel_id: int, *, after: int = 0, before: int | None = None, limit: int = 100
        ) -> Sequence[MessageInfo]:
            fetching.set()
            await asyncio.Event().wait()
            return []

        desk.discord.messages = hang  # type: ignore[method-assign]
        first = asyncio.create_task(desk.crawl())
        await fetching.wait()
        second = asyncio.create_task(desk.crawl())
        await asyncio.sleep(0)
        desk.discord.messages = fetch  # type: ignore[method-assign]
        first.cancel()
        await second
        assert first.cancelled()
        assert await desk.counted() == truth(history)


async def test_what_was_read_before_a_refusal_stays(tmp_path: Path) -> None:
    history = spread(250, every_ms=40_000)
    async with Desk(tmp_path / "a.db", history) as desk:
        with pytest.raises(BreakingOff):
            await desk.crawl(pages=1)
        desk.discord.refusing.add(CHANNEL)
        with pytest.raises(AccessDenied):
            await desk.crawl()
        assert (await desk.counted()).total() == 100


async def test_an_outage_passes_through_and_costs_nothing_that_was_read(tmp_path: Path) -> None:
    history = spread(250, every_ms=40_000)
    async with Desk(tmp_path / "a.db", history) as desk:
        desk.discord.broken = 1
        with pytest.raises(ServiceUnavailable):
            await desk.crawl()
        await desk.crawl()
        assert await desk.counted() == truth(history)


async def test_nothing_is_kept_of_who_opted_out_before_or_after(tmp_path: Path) -> None:
    history = spread(60)
    async with Desk(tmp_path / "a.db", history) as desk:
        await desk.activity.members.opt_out(GUILD, 100)
        pages = [page async for page in desk.activity.crawl(GUILD, CHANNEL, ALL)]
        assert sum(page.counted for page in pages) == 40
        assert 100 not in await desk.counted()
        await desk.activity.members.opt_out(GUILD, 101)
        assert set(await desk.counted()) == {102}
        assert set(await desk.activity.opted_out(GUILD)) == {100, 101}


async def test_deleted_messages_that_were_recorded_stay_counted(tmp_path: Path) -> None:
    """A quarter seen only in part: what was recorded there may be more than what history still holds."""
    async with Desk(tmp_path / "a.db", spread(2)) as desk:
        await desk.record(
            [Count(GUILD, CHANNEL, 100, quarter_of(START), messages=5)], [Interval(START, START + 600_000)]
        )
        await desk.crawl()
        assert await desk.counted() == Counter({100: 5, 101: 1})


async def test_voice_comes_from_the_recorder_and_a_member_filter_holds(tmp_path: Path) -> None:
    async with Desk(tmp_path / "a.db", spread(9)) as desk:
        quarter = quarter_of(START)
        await desk.record([Count(GUILD, CHANNEL, 100, quarter, voice_ms=60_000)], [])
        await desk.crawl()
        totals = desk.activity.reader.totals(GUILD, [CHANNEL], ALL, UTC, members={100})
        assert {m: (a.messages, a.voice_ms) for m, a in totals.members.items()} == {100: (3, 60_000)}
        assert totals.last_active == {100: START}
        assert desk.activity.reader.totals(GUILD, [99], ALL, UTC).members == {}


async def test_each_members_part_of_a_quarter_has_its_own_source_whoever_is_asked_for(tmp_path: Path) -> None:
    """Seen in part; of what was written then some was deleted since, and of the rest only history knows."""
    history = [message(snowflake_at(START + 800_000) + n, (101, 102)[n % 2]) for n in range(6)]
    async with Desk(tmp_path / "a.db", history) as desk:
        quarter = quarter_of(START)
        await desk.record(
            [Count(GUILD, CHANNEL, 100, quarter, messages=5), Count(GUILD, CHANNEL, 102, quarter, messages=4)],
            [Interval(START, START + 600_000)],
        )
        await desk.crawl()
        assert await desk.counted() == Counter({100: 5, 101: 3, 102: 4})
        for member, messages in ((100, 5), (101, 3), (102, 4)):
            alone = desk.activity.reader.totals(GUILD, [CHANNEL], ALL, UTC, members={member})
            own = await desk.activity.of_member(GUILD, member, ALL)
            assert alone.members[member].messages == own.messages == messages


async def test_who_opted_out_for_a_while_takes_nothing_from_the_others(tmp_path: Path) -> None:
    """The history was read meanwhile, without them: what was recorded of them before is no reason to mistrust it."""
    history = [message(snowflake_at(START + 800_000) + n, 101) for n in range(4)]
    async with Desk(tmp_path / "a.db", history) as desk:
        await desk.record(
            [Count(GUILD, CHANNEL, 100, quarter_of(START), messages=5)], [Interval(START, START + 600_000)]
        )
        await desk.activity.members.opt_out(GUILD, 100)
        await desk.crawl()
        assert await desk.counted() == Counter({101: 4})
        await desk.activity.members.opt_in(GUILD, 100)
        assert await desk.counted() == Counter({100: 5, 101: 4})


async def test_an_empty_range_inside_a_quarter_has_nothing(tmp_path: Path) -> None:
    async with Desk(tmp_path / "a.db", spread(9)) as desk:
        await desk.crawl()
        assert await desk.counted(Interval(START + 5, START + 5)) == Counter()
