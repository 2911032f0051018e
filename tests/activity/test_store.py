"""The store on a real file: what one call brings, what is cut, what is forgotten, and files of earlier versions."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest

from jobs.activity.sqlite import MIGRATIONS, STEPS, SqliteActivityStore
from jobs.activity.store import ANYTHING, EVERYTHING, Count, Membership, Source, View
from jobs.engine.backends.sqlite import SqliteDatabase
from jobs.services import Interval
from tests.activity.stored import counts_of

GUILD, OTHER, THIRD = 1, 2, 3
EVER = Interval(0, 2**53)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(tmp_path / "errand.db", migrations=MIGRATIONS)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def store(database: SqliteDatabase) -> SqliteActivityStore:
    return SqliteActivityStore(database)


def view(at: int, *channels: int, guild: int = GUILD) -> View:
    return View(guild, at, frozenset(channels))


async def test_what_was_listened_to_is_kept_by_the_numbers_that_the_docs_name(
    store: SqliteActivityStore, database: SqliteDatabase
) -> None:
    numbers = {Source.MESSAGES: 1, Source.VOICE: 2, Source.REACTIONS: 4, Source.MEMBERS: 8}
    times = {source: Interval(10 * number, 10 * number + 5) for source, number in numbers.items()}
    for source, seen in times.items():
        await store.add_recorded([], [(GUILD, seen)], sources=source)
    rows = await database.read("SELECT since, sources FROM activity_online")
    assert {row["since"]: row["sources"] for row in rows} == {10 * n: n for n in numbers.values()}
    for source, seen in times.items():
        assert await store.online(GUILD, EVER, source) == [seen]
    assert await store.online(GUILD, EVER, Source.MESSAGES | Source.VOICE) == []
    assert await store.online(GUILD, EVER, ANYTHING) == [*times.values()]
    everything = Interval(100, 105)
    await store.add_recorded([], [(GUILD, everything)])
    assert await store.online(GUILD, EVER, EVERYTHING) == [everything]
    for source, seen in times.items():
        assert await store.online(GUILD, EVER, source) == [seen, everything]


async def test_what_was_seen_is_cut_to_what_is_asked_for(store: SqliteActivityStore) -> None:
    await store.add_recorded([], [(GUILD, Interval(10, 20)), (GUILD, Interval(30, 40))], [view(12, 5)])
    assert await store.online(GUILD, Interval(15, 35)) == [Interval(15, 20), Interval(30, 35)]
    assert await store.online(GUILD, Interval(20, 30)) == []
    assert await store.recorded_times(GUILD, 5, Interval(11, 35)) == [Interval(12, 20), Interval(30, 35)]
    assert await store.recorded_times(GUILD, 5, Interval(0, 12)) == []


async def test_one_call_may_bring_all_that_was_shown_and_hidden_since_the_last(store: SqliteActivityStore) -> None:
    await store.add_recorded([], [(GUILD, Interval(0, 100))], [view(10, 5, 6), view(20, 6), view(30, 5, 7)])
    assert await store.views(GUILD, 50) == {
        5: [Interval(10, 20), Interval(30, 50)], 6: [Interval(10, 30)], 7: [Interval(30, 50)],
    }  # fmt: skip
    assert await store.views(GUILD, 30) == {5: [Interval(10, 20)], 6: [Interval(10, 30)]}
    assert await store.views(OTHER, 50) == {}
    assert await store.recorded_times(GUILD, 5, EVER) == [Interval(10, 20), Interval(30, 100)]


async def test_what_one_guild_shows_hides_nothing_of_another(store: SqliteActivityStore) -> None:
    await store.add_recorded([], [(GUILD, Interval(0, 100))], [view(10, 5, guild=OTHER), view(20, 6)])
    assert await store.views(OTHER, 50) == {5: [Interval(10, 50)]}
    assert await store.recorded_times(GUILD, 5, EVER) == []


async def test_a_stretch_that_is_told_again_is_never_shortened(store: SqliteActivityStore) -> None:
    for until in (10, 30, 20):
        await store.add_recorded([], [(GUILD, Interval(0, until))])
    assert await store.online(GUILD, EVER) == [Interval(0, 30)]


async def test_a_channel_whose_messages_were_not_listened_to_was_not_recorded(store: SqliteActivityStore) -> None:
    voice = EVERYTHING & ~Source.MESSAGES
    await store.add_recorded([], [(GUILD, Interval(0, 50))], [view(0, 5)], sources=voice)
    await store.add_recorded([], [(GUILD, Interval(60, 90))])
    assert await store.recorded_times(GUILD, 5, EVER) == [Interval(60, 90)]


async def test_what_one_call_brings_is_kept_whole_or_not_at_all(
    store: SqliteActivityStore, database: SqliteDatabase
) -> None:
    """A stretch that ends before it begins is refused by the table."""
    with pytest.raises(sqlite3.IntegrityError):
        await store.add_recorded(
            [Count(GUILD, 5, 1, 9, 1)], [(GUILD, Interval(0, 5)), (OTHER, Interval(9, 1))], [view(0, 5)]
        )
    assert await counts_of(database, GUILD) == []
    assert await store.online(GUILD, EVER) == []
    assert await store.views(GUILD, 50) == {}


async def test_what_lies_ahead_is_forgotten_of_the_guilds_that_are_named(store: SqliteActivityStore) -> None:
    """Of what began before, the part ahead; of what is shown still, nothing: that is known of now."""
    for guild in (GUILD, OTHER, THIRD):
        seen = [Interval(0, 10), Interval(20, 50), Interval(60, 80)]
        shown = [view(at, *channels, guild=guild) for at, channels in ((0, (5, 6)), (20, (6,)), (50, (7,)), (70, (8,)))]
        await store.add_recorded([], [(guild, stretch) for stretch in seen], shown)
    before = await store.online(GUILD, EVER), await store.views(GUILD, 100)
    await store.forget_ahead([GUILD, OTHER], 40)
    for guild in (GUILD, OTHER):
        assert await store.online(guild, EVER) == [Interval(0, 10), Interval(20, 40)]
        assert await store.views(guild, 100) == {5: [Interval(0, 20)], 6: [Interval(0, 40)], 8: [Interval(70, 100)]}
    assert (await store.online(THIRD, EVER), await store.views(THIRD, 100)) == before


async def test_what_begins_or_ends_at_the_very_instant_is_not_ahead_of_it(store: SqliteActivityStore) -> None:
    await store.add_recorded([], [(GUILD, Interval(0, 40)), (GUILD, Interval(40, 50))], [view(0, 5), view(40, 6, 7)])
    await store.add_recorded([], [], [view(45, 6)])
    await store.forget_ahead([GUILD], 40)
    assert await store.online(GUILD, EVER) == [Interval(0, 40)]
    assert await store.views(GUILD, 100) == {5: [Interval(0, 40)], 6: [Interval(40, 100)]}


async def test_of_what_began_at_the_very_instant_no_sources_are_left_behind(store: SqliteActivityStore) -> None:
    await store.add_recorded([], [(GUILD, Interval(40, 50))], sources=Source.MESSAGES)
    await store.forget_ahead([GUILD], 40)
    await store.add_recorded([], [(GUILD, Interval(40, 60))])
    assert await store.online(GUILD, EVER, EVERYTHING) == [Interval(40, 60)]


async def test_who_comes_and_goes_twice_within_a_quarter_is_counted_twice(
    store: SqliteActivityStore, database: SqliteDatabase
) -> None:
    for _ in range(2):
        await store.add_recorded([], [], memberships=[Membership(GUILD, 100, 9, joins=1, leaves=2)])
    rows = await database.read("SELECT guild, member, quarter, joins, leaves FROM activity_membership")
    assert [tuple(row) for row in rows] == [(GUILD, 100, 9, 2, 4)]


@pytest.mark.parametrize("version", range(1, len(STEPS)))
async def test_a_file_of_an_earlier_version_is_brought_up_with_what_it_holds(tmp_path: Path, version: int) -> None:
    path = tmp_path / "errand.db"
    old = sqlite3.connect(path)
    for name in STEPS[:version]:
        old.executescript((files("jobs.activity.migrations") / name).read_text(encoding="utf-8"))
    old.execute("CREATE TABLE schema_version (component TEXT PRIMARY KEY, number INTEGER NOT NULL)")
    old.execute("INSERT INTO schema_version VALUES ('activity', ?)", (version,))
    old.execute(
        "INSERT INTO activity (guild, quarter, channel, member, messages, voice_ms) VALUES (1, 9, 5, 100, 3, 4)"
    )
    old.execute("INSERT INTO activity_online (guild, since, until) VALUES (1, 10, 20)")
    if version in (4, 5):
        old.execute("INSERT INTO activity_opted_in VALUES (1, 101, 7)")
    old.commit()
    old.close()
    database = SqliteDatabase(path, migrations=MIGRATIONS)
    await database.open()
    try:
        store = SqliteActivityStore(database)
        assert await counts_of(database, GUILD) == [Count(GUILD, 5, 100, 9, messages=3, voice_ms=4)]
        heard = {source for source in Source if await store.online(GUILD, EVER, source)}
        assert heard == {Source.MESSAGES, Source.VOICE}, "more was not listened to then"
        assert await store.known_since(GUILD) == ({101: 7} if version in (4, 5) else {})
    finally:
        await database.close()
