"""Erasure of a member, erasure of a guild and retention, on the real file with rows in every table that there is."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.activity import queries
from jobs.activity.members import EVERYWHERE
from jobs.activity.recorder import Recorder
from jobs.activity.service import Activity
from jobs.activity.sqlite import MIGRATIONS, SqliteActivityStore
from jobs.activity.store import QUARTER_MS, Count, Membership, quarter_of
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteDatabase
from jobs.engine.testing.clock import FakeClock
from jobs.services import GuildInfo, Interval, snowflake_at
from tests.activity.stored import counts_of
from tests.handlers.fakes import FakeDiscord, message

GUILD, OTHER, MEMBER, FRIEND, CHANNEL = 1, 2, 100, 101, 10
DAY_MS = 86_400_000
NOW = int(datetime(2026, 10, 20, 12, 5, tzinfo=UTC).timestamp() * 1000)
WISHES = {"activity_opt_out", "activity_known_since"}
"""What outlives an erasure: that somebody does not want to be counted, and since when they may be."""


class Desk:
    def __init__(self, path: Path | str, *, now: int = NOW, keep_days: int | None = 10) -> None:
        self.clock = FakeClock(now)
        self.database = SqliteDatabase(path, migrations=(*ENGINE_MIGRATIONS, *MIGRATIONS))
        self.store = SqliteActivityStore(self.database)
        self.discord = FakeDiscord(GuildInfo(GUILD, "g", 1, 0, GUILD))
        self.activity = Activity(self.database, self.discord, self.clock, keep_days=keep_days)

    async def __aenter__(self) -> Self:
        await self.database.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.database.close()

    async def columns(self) -> dict[str, list[str]]:
        """The columns of every table, by table."""
        rows = await self.database.read(
            "SELECT m.name AS t, p.name AS c FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table'"
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["t"], []).append(row["c"])
        return found

    async def fill(self, column: str, values: tuple[int, ...]) -> dict[str, list[str]]:
        """Put one row for each of `values` into every table that has `column`; those tables."""
        tables = {t: cs for t, cs in (await self.columns()).items() if column in cs}

        def body(connection: sqlite3.Connection) -> None:
            for table, columns in tables.items():
                for number, value in enumerate(values):
                    # Rising from column to column, as begin and end of a stretch must.
                    given_ = {column: value, **({} if column == "guild" else {"guild": GUILD})}
                    row = [given_.get(name, number + 10 * place) for place, name in enumerate(columns)]
                    marks = ", ".join("?" * len(row))
                    connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", row)

        await self.database.write(body)
        return tables

    async def left(self, table: str, column: str) -> set[int]:
        return {row[0] for row in await self.database.read(f"SELECT {column} FROM {table}")}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Desk(tmp_path / "errand.db") as desk:
        yield desk


async def test_erasing_a_guild_empties_every_table_that_names_guilds_but_for_wishes(desk: Desk) -> None:
    """A table that is added and not erased fails here."""
    tables = await desk.fill("guild", (GUILD, OTHER))
    assert len(tables) > 7
    await desk.activity.erase(GUILD)
    for table in tables:
        wanted = {GUILD, OTHER} if table in WISHES else {OTHER}
        assert await desk.left(table, "guild") == wanted, table


@pytest.mark.parametrize("guild", [GUILD, EVERYWHERE])
async def test_erasing_a_member_empties_every_table_that_names_members_but_for_wishes(desk: Desk, guild: int) -> None:
    """A table that is added and not erased fails here."""
    tables = await desk.fill("member", (MEMBER, FRIEND))
    assert tables.keys() > WISHES
    assert await desk.activity.members.erase(guild, MEMBER) == len(tables.keys() - WISHES)
    for table in tables:
        wanted = {MEMBER, FRIEND} if table in WISHES else {FRIEND}
        assert await desk.left(table, "member") == wanted, table


async def test_thousands_of_counts_of_a_member_or_a_guild_are_erased_in_one_guild_alone(desk: Desk) -> None:
    now = quarter_of(NOW)
    for guild in (GUILD, OTHER):
        counts = [Count(guild, CHANNEL, MEMBER, now - n, 1) for n in range(1300)]
        older = [Count(guild, CHANNEL, other, now - 2000 - n, 1) for other in (MEMBER - 1, FRIEND) for n in range(600)]
        await desk.store.add_recorded([*counts, *older], [])
    assert await desk.activity.members.erase(GUILD, MEMBER) == 1300
    assert len(await counts_of(desk.database, OTHER)) == 2500
    await desk.activity.erase(OTHER)
    assert await counts_of(desk.database, OTHER) == []
    left = Counter(c.member_id for c in await counts_of(desk.database, GUILD))
    assert left == {MEMBER - 1: 600, FRIEND: 600}


async def test_everywhere_is_every_server_that_has_counts(desk: Desk) -> None:
    now, guilds = quarter_of(NOW), (GUILD, OTHER, 3, 900)
    counts = [Count(guild, CHANNEL, member, now, 1) for guild in guilds for member in (MEMBER, FRIEND)]
    await desk.store.add_recorded(counts, [])
    assert len(await desk.activity.members.rows(EVERYWHERE, MEMBER)) == len(guilds)
    assert await desk.activity.members.erase(EVERYWHERE, MEMBER) == len(guilds)
    left = [count.member_id for guild in guilds for count in await counts_of(desk.database, guild)]
    assert left == [FRIEND] * len(guilds)


@pytest.mark.parametrize("guild", [GUILD, EVERYWHERE])
async def test_neither_memory_nor_history_brings_back_what_was_erased(desk: Desk, guild: int) -> None:
    recorder = Recorder(desk.store, desk.clock)
    sent = NOW - 3 * DAY_MS
    desk.discord.history = {CHANNEL: [message(snowflake_at(sent) + n, (MEMBER, FRIEND)[n % 2]) for n in range(10)]}

    def say(member: int) -> None:
        at = snowflake_at(desk.clock.now()) + member
        recorder.message(guild_id=GUILD, channel_id=CHANNEL, member_id=member, message_id=at, bot=False)

    say(MEMBER)
    say(FRIEND)
    await desk.activity.members.erase(guild, MEMBER)
    await recorder.flush()
    within = Interval(sent - DAY_MS, NOW)
    pages = [page async for page in desk.activity.crawl(GUILD, CHANNEL, within)]
    assert sum(page.counted for page in pages) == 5
    totals = desk.activity.reader.totals(GUILD, None, Interval(sent - DAY_MS, NOW + QUARTER_MS), UTC)
    assert {member: a.messages for member, a in totals.members.items()} == {FRIEND: 6}
    assert (await desk.activity.known_since(GUILD)).keys() == {MEMBER}
    desk.clock.move_wall(QUARTER_MS)
    say(MEMBER)
    await recorder.flush()
    rows = await desk.activity.members.rows(guild, MEMBER)
    assert [(row.table, row.values["messages"]) for row in rows] == [("activity", 1)], "counted from then on"


async def test_who_is_out_everywhere_is_counted_nowhere_and_can_come_back(desk: Desk) -> None:
    members = desk.activity.members
    await members.opt_out(EVERYWHERE, MEMBER)
    await desk.store.add_recorded([Count(g, CHANNEL, MEMBER, quarter_of(NOW), 1) for g in (GUILD, OTHER)], [])
    assert await members.rows(EVERYWHERE, MEMBER) == []
    assert MEMBER in await desk.activity.opted_out(OTHER)
    wish = await members.wish(GUILD, MEMBER)
    assert (wish.out, wish.out_everywhere) == (False, True)
    back_at = await members.opt_in(EVERYWHERE, MEMBER)
    assert (await members.wish(GUILD, MEMBER)).known_since == back_at
    await members.erase(GUILD, MEMBER)
    assert (await members.wish(GUILD, MEMBER)).known_since == back_at


async def test_a_wish_for_one_server_holds_in_that_one_alone(desk: Desk) -> None:
    members, now = desk.activity.members, quarter_of(NOW)
    await members.opt_out(OTHER, MEMBER)
    assert (await members.wish(GUILD, MEMBER)).out is False
    assert (await desk.activity.opted_out(GUILD), await desk.activity.opted_out(OTHER)) == (set(), {MEMBER})
    assert await members.opt_in(GUILD, MEMBER) is None
    await members.erase(OTHER, FRIEND)
    assert await desk.activity.known_since(GUILD) == {}
    assert (await desk.activity.known_since(OTHER)).keys() == {FRIEND}
    counts = [Count(guild, CHANNEL, member, now, 1) for guild in (GUILD, OTHER) for member in (MEMBER, FRIEND)]
    await desk.store.add_recorded(counts, [])
    assert {c.member_id for c in await counts_of(desk.database, GUILD)} == {MEMBER, FRIEND}
    assert await counts_of(desk.database, OTHER) == []


async def test_the_latest_instant_before_which_nothing_is_kept_holds_whatever_the_clock_says(desk: Desk) -> None:
    latest = {MEMBER: (quarter_of(NOW + DAY_MS) + 1) * QUARTER_MS}
    await desk.activity.members.erase(OTHER, MEMBER)
    desk.clock.move_wall(DAY_MS)
    await desk.activity.members.erase(OTHER, MEMBER)
    assert await desk.activity.known_since(OTHER) == latest
    desk.clock.move_wall(-2 * DAY_MS)
    for guild in (OTHER, EVERYWHERE):
        await desk.activity.members.erase(guild, MEMBER)
        assert await desk.activity.known_since(OTHER) == latest
        assert (await desk.activity.members.wish(OTHER, MEMBER)).known_since == latest[MEMBER]


MONTH_OF = ("messages", "replies", "voice_ms", "threads", "reactions", "joins", "leaves")
Sums: TypeAlias = Counter[tuple[int, int, str]]


@dataclass(frozen=True)
class Model:
    """Counts of both sources, joins and leaves, and what a report makes of them, by month and channel."""

    recorded: Sequence[Count]
    crawled: Sequence[Count]
    memberships: Sequence[Membership]

    def older(self, before: int) -> int:
        quarters = [c.quarter for c in (*self.recorded, *self.crawled)] + [m.quarter for m in self.memberships]
        return sum(quarter < before for quarter in quarters)

    def sums(self, before: int, out: int) -> Sums:
        sums: Sums = Counter()
        rows = {
            source: {(c.channel_id, c.quarter, c.member_id): c for c in counts if c.member_id != out}
            for source, counts in (("recorded", self.recorded), ("crawled", self.crawled))
        }
        for key in {key for found in rows.values() for key in found if key[1] < before}:
            nothing = Count(GUILD, key[0], key[2], key[1])
            ours, theirs = (found.get(key, nothing) for found in rows.values())
            truer = theirs if theirs.messages > ours.messages else ours
            for what in MONTH_OF[:5]:
                row = truer if what in ("messages", "replies") else ours
                sums[month_of(key[1]), key[0], what] += getattr(row, what)
        for one in self.memberships:
            if one.quarter < before and one.member_id != out:
                sums[month_of(one.quarter), 0, "joins"] += one.joins
                sums[month_of(one.quarter), 0, "leaves"] += one.leaves
        return +sums


def month_of(quarter: int) -> int:
    day = datetime.fromtimestamp(quarter * 900, UTC)
    return day.year * 100 + day.month


PLACE = st.tuples(st.integers(1, 3), st.integers(10, 12), st.integers(0, 60 * 96))
AMOUNTS = st.tuples(st.integers(0, 3), st.integers(0, 900_000), *[st.integers(0, 3)] * 3)
Placed: TypeAlias = dict[tuple[int, int, int], tuple[int, int, int, int, int]]


@settings(max_examples=25, deadline=None)
@given(
    recorded=st.dictionaries(PLACE, AMOUNTS, max_size=25),
    crawled=st.dictionaries(PLACE, AMOUNTS, max_size=25),
    kept_days=st.integers(1, 50),
)
async def test_what_is_swept_is_summed_once_and_what_is_kept_is_untouched(
    recorded: Placed, crawled: Placed, kept_days: int
) -> None:
    now = quarter_of(NOW)
    model = Model(
        [Count(GUILD, c, m, now - q, *amounts) for (m, c, q), amounts in recorded.items()],
        [Count(GUILD, c, m, now - q, amounts[0], replies=amounts[2]) for (m, c, q), amounts in crawled.items()],
        list({(m, q): Membership(GUILD, m, now - q, 1, c - 10) for m, c, q in crawled}.values()),
    )

    def put(connection: sqlite3.Connection) -> None:
        for c in model.crawled:
            values = (c.guild_id, c.channel_id, c.member_id, c.quarter, c.messages, c.replies)
            connection.execute(queries.ADD_CRAWLED, values)

    async with Desk(":memory:", keep_days=kept_days) as desk:
        await desk.store.add_recorded(model.recorded, [], memberships=model.memberships)
        await desk.database.write(put)
        await desk.activity.members.opt_out(GUILD, 3)
        before = quarter_of(NOW - (kept_days + 1) * DAY_MS)
        assert await desk.activity.retention.sweep() == model.older(before)
        assert await desk.activity.retention.sweep() == 0
        sums: Sums = Counter()
        for row in await desk.database.read("SELECT * FROM activity_month"):
            for what in MONTH_OF:
                sums[row["month"], row["channel"], what] += row[what]
        assert +sums == model.sums(before, 3)
        kept = sorted(c.quarter for c in model.recorded if c.quarter >= before)
        assert [c.quarter for c in await counts_of(desk.database, GUILD)] == kept


async def test_many_counts_are_swept_in_small_batches_with_the_same_sums(desk: Desk) -> None:
    old = quarter_of(NOW - 40 * DAY_MS)
    counts = [Count(GUILD, CHANNEL, member, old + n, 1, 10) for n in range(30) for member in range(1, 101)]
    counts += [Count(GUILD, CHANNEL, member, old + 31, 1, 10) for member in range(1, 1501)]
    for start in range(0, len(counts), 500):
        await desk.store.add_recorded(counts[start : start + 500], [])
    writes: list[int] = []
    real = desk.database.write

    async def write(body):  # type: ignore[no-untyped-def]
        writes.append(await real(body))
        return writes[-1]

    desk.database.write = write  # type: ignore[method-assign]
    assert await desk.activity.retention.sweep() == 4500
    assert max(writes) == 1500, "a quarter is never cut: its source is chosen by all of it"
    assert len(writes) >= 8
    (row,) = await desk.database.read("SELECT sum(messages) AS n, sum(voice_ms) AS ms FROM activity_month")
    assert (row["n"], row["ms"]) == (4500, 45_000)


async def test_history_behind_what_was_swept_is_not_read_again_though_more_is_to_be_kept_now(desk: Desk) -> None:
    old = NOW - 40 * DAY_MS
    desk.discord.history = {CHANNEL: [message(snowflake_at(old) + n, MEMBER) for n in range(10)]}
    await desk.store.add_recorded([Count(GUILD, CHANNEL, MEMBER, quarter_of(old), 10)], [])
    assert await desk.activity.retention.sweep() == 1
    longer = Activity(desk.database, desk.discord, desk.clock, keep_days=400)
    within = Interval(old - DAY_MS, old + QUARTER_MS)
    assert await longer.missing(GUILD, {CHANNEL: Interval(old - DAY_MS, old)}) == {CHANNEL: []}
    assert [page async for page in longer.crawl(GUILD, CHANNEL, Interval(old - DAY_MS, old))] == []
    assert await longer.kept_since(GUILD) == (quarter_of(old) + 1) * QUARTER_MS
    assert await longer.kept_since(OTHER) == NOW - 400 * DAY_MS
    assert longer.reader.totals(GUILD, None, within, UTC).members == {}


async def test_nothing_is_swept_where_counts_are_kept_for_ever(tmp_path: Path) -> None:
    async with Desk(tmp_path / "a.db", keep_days=None) as desk:
        await desk.store.add_recorded([Count(GUILD, CHANNEL, MEMBER, 1, 1)], [])
        assert await desk.activity.retention.sweep() == 0
        assert await desk.activity.kept_since(GUILD) == 0
