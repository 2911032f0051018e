"""The backfill through the real engine and the real activity store; only Discord is a small one in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.languages import words_in
from jobs.activity.store import Count, View, quarter_of
from jobs.engine.model import Job
from jobs.engine.states import State
from jobs.handlers.activity_backfill import activity_backfill
from jobs.handlers.activity_backfill.payload import ActivityBackfill
from jobs.handlers.activity_backfill.report import report
from jobs.services import ChannelInfo, GuildInfo, Interval, MessageInfo, ServiceUnavailable, snowflake_at
from tests.handlers.fakes import message
from tests.handlers.test_member_activity_analysis import DAY, DAY_MS, GUILD, Desk, opened

NAME = "activity-backfill"
ENGLISH = words_in().within(activity_backfill)
INDONESIAN = words_in("id").within(activity_backfill)
NOW = DAY + 30 * DAY_MS
BEGAN = DAY - 200 * DAY_MS
GENERAL, STAFF, LOCKED, FORUM, THREAD, OLD_THREAD = (snowflake_at(BEGAN) + n for n in range(6))


def places() -> list[ChannelInfo]:
    return [
        ChannelInfo(GENERAL, "general", "text", True, True),
        ChannelInfo(STAFF, "staff", "text", True, False),
        ChannelInfo(LOCKED, "locked", "text", False, True),
        ChannelInfo(FORUM, "ideas", "forum", True, True),
        ChannelInfo(THREAD, "a thread", "thread", True, True, GENERAL),
    ]


def written(count: int, *, since: int = BEGAN, every_ms: int = 3_600_000, author: int = 100) -> list[MessageInfo]:
    return [message(snowflake_at(since + n * every_ms) + 7, author + n % 2) for n in range(count)]


def desk_of(desk: Desk) -> Desk:
    desk.discord.places = places()
    desk.discord.archived = {
        GENERAL: [(BEGAN + DAY_MS, ChannelInfo(OLD_THREAD, "old", "thread", True, True, GENERAL))],
        FORUM: [(BEGAN + DAY_MS, ChannelInfo(OLD_THREAD + 1, "an idea", "thread", True, True, FORUM))],
    }
    desk.discord.history = {
        GENERAL: written(350),
        STAFF: written(20),
        THREAD: written(5, since=DAY),
        OLD_THREAD: written(8),
        OLD_THREAD + 1: written(3),
    }
    return desk


async def run(desk: Desk, **payload: Any) -> Job:
    job = await desk.queue.enqueue(NAME, {"guild_id": str(GUILD), **payload}, owner="100", lane=str(GUILD))
    return await desk.ended(job)


async def crawled(desk: Desk) -> Counter[int]:
    rows = await desk.database.read("SELECT channel, sum(messages) AS n FROM activity_crawled GROUP BY channel")
    return Counter({row["channel"]: row["n"] for row in rows})


async def test_channels_and_threads_of_every_kind_are_read_whole_and_a_second_run_reads_only_what_is_new(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        job = await run(desk)
        assert job.state is State.COMPLETED, job.error
        everything = {GENERAL: 350, STAFF: 20, THREAD: 5, OLD_THREAD: 8, OLD_THREAD + 1: 3}
        assert await crawled(desk) == everything
        pages = len(desk.discord.pages)
        newest = message(snowflake_at(NOW + 1_800_000), 100)
        desk.discord.history[GENERAL].append(newest)
        desk.clock.at += 3_600_000
        assert (await run(desk)).state is State.COMPLETED
        assert await crawled(desk) == {**everything, GENERAL: 351}
        again = desk.discord.pages[pages:]
        assert all(after >= snowflake_at(NOW - 130_000) - 1 for _, after in again), "only what came since"


async def test_a_channel_in_which_nothing_was_written_since_is_not_asked_again(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        last = desk.discord.history[GENERAL][-1].id
        desk.discord.places = [ChannelInfo(GENERAL, "general", "text", True, True, last_message_id=last)]
        await run(desk, archived_threads=False)
        pages = len(desk.discord.pages)
        for _ in range(2):
            desk.clock.at += 3_600_000
            assert (await run(desk, archived_threads=False)).state is State.COMPLETED
        assert len(desk.discord.pages) == pages
        assert await desk.missing(GENERAL, Interval(BEGAN, desk.clock.at - 200_000)) == []


async def test_what_was_recorded_and_read_is_counted_once(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        desk.discord.places = places()[:1]
        history = desk.discord.history[GENERAL] = written(300, since=DAY, every_ms=600_000)
        seen = Interval(DAY + 400_000, DAY + 20 * 3_600_000 + 10)
        told = Counter((m.author_id, quarter_of(m.at)) for m in history if seen.since <= m.at < seen.until)
        counts = [Count(GUILD, GENERAL, member, quarter, n) for (member, quarter), n in told.items()]
        await desk.store.add_recorded(counts, [(GUILD, seen)], [View(GUILD, seen.since, frozenset({GENERAL}))])
        assert (await run(desk)).state is State.COMPLETED
        analysis = await desk.run(start_date="2026-10-01", end_date="2026-10-20", compare=False)
        assert isinstance(analysis.result, dict)
        assert analysis.result["messages"] == 300
        assert 0 < sum((await crawled(desk)).values()) < 300, "what was recorded was not read"


async def test_an_analysis_reads_nothing_again_that_a_backfill_has_read(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        await run(desk)
        pages = len(desk.discord.pages)
        job = await desk.run(start_date="2026-05-01", end_date="2026-10-20", compare=False)
        assert isinstance(job.result, dict)
        within = Interval(1_777_593_600_000, DAY + 16 * DAY_MS)
        assert job.result["messages"] == sum(
            within.since <= m.at < within.until for found in desk.discord.history.values() for m in found
        )
        assert len(desk.discord.pages) == pages


async def test_a_gap_that_many_channels_share_is_searched_and_not_read_channel_by_channel(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        ids = [snowflake_at(DAY - DAY_MS) + n for n in range(30)]
        desk.discord.places = [ChannelInfo(id_, f"c{id_}", "text", True, True) for id_ in ids]
        desk.discord.history = {id_: written(48, since=DAY - DAY_MS) for id_ in ids}
        desk.discord.may_search, gap = True, Interval(DAY, DAY + 3 * 3_600_000)
        for seen in (Interval(DAY - 2 * DAY_MS, gap.since), Interval(gap.until, NOW + DAY_MS)):
            view = View(GUILD, seen.since, frozenset(ids))
            await desk.store.add_recorded([], [(GUILD, seen)], [view])
        job = await run(desk)
        assert job.state is State.COMPLETED, job.error
        # One for all the time before, in which there was nothing, and one for the gap.
        assert (len(desk.discord.searches), desk.discord.pages) == (2, [])
        # A quarter of an hour more on each side, for a connection that died is noticed late.
        assert await crawled(desk) == dict.fromkeys(ids, 4)


@pytest.mark.parametrize(
    ("chosen", "read"),
    [
        ({"channels": [str(GENERAL)]}, {GENERAL, THREAD, OLD_THREAD}),
        ({"channels": [str(FORUM)]}, {OLD_THREAD + 1}),
        ({"without_channels": [str(GENERAL)]}, {STAFF, OLD_THREAD + 1}),
        ({"without_channels": [str(OLD_THREAD)]}, {GENERAL, STAFF, THREAD, OLD_THREAD + 1}),
        ({"channels": [str(GENERAL)], "archived_threads": False}, {GENERAL, THREAD}),
        ({"start_date": "2026-10-05"}, {THREAD}),
    ],
)
async def test_only_what_was_chosen_is_read(tmp_path: Path, chosen: dict[str, Any], read: set[int]) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        job = await run(desk, **chosen)
        assert job.state is State.COMPLETED, job.error
        assert set(await crawled(desk)) == read


async def test_nothing_is_read_from_before_what_is_kept(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW, keep_days=100) as opened_desk:
        desk = desk_of(opened_desk)
        job = await run(desk)
        assert await crawled(desk) == {THREAD: 5}
        notes = report(job, ENGLISH).notes
        assert notes[-1] == "What is older than 27 Jul 2026 is not kept, so it was not read."


async def test_the_card_says_what_is_known_and_names_no_channel_that_not_all_may_see(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        desk.discord.refusing = {STAFF}
        job = await run(desk)
        shown = report(job, ENGLISH)
        assert shown.lines == (
            "**366** messages of people are known from history",
            "3 channels · 3 threads",
            "The oldest is from 19 Mar 2026",
        )
        assert shown.notes == (f"2 of 6 channels and threads could not be read, among them <#{LOCKED}>.",)
        assert shown.alone is not None
        named = f"<#{STAFF}>, <#{LOCKED}>"
        assert shown.alone.notes == (f"2 of 6 channels and threads could not be read, among them {named}.",)
        alone = report(await run(desk, channels=[str(STAFF)]), ENGLISH)
        assert alone.lines == (
            "It is about channels that are gone, or that not everyone here may see. "
            "Whoever asked can see what was found with `/job status`.",
        )
        assert alone.alone is not None
        assert alone.alone.lines[0] == "**0** messages of people are known from history"
        assert report(job, INDONESIAN).lines[1] == "3 saluran · 3 utas"


async def test_a_server_of_which_nothing_can_be_read_ends_with_a_sentence(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        desk.discord.places = [ChannelInfo(GENERAL, "general", "text", False, True)]
        desk.discord.archived = {}
        job = await run(desk)
        assert job.state is State.COMPLETED, job.error
        assert report(job, ENGLISH).notes == (
            f"1 of 1 channels and threads could not be read, among them <#{GENERAL}>.",
        )


async def test_a_channel_that_is_deleted_meanwhile_stops_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        desk.discord.gone = {GENERAL}
        job = await run(desk)
        assert job.state is State.COMPLETED, job.error
        assert GENERAL not in await crawled(desk)
        assert (await crawled(desk))[STAFF] == 20


async def test_who_may_not_ask_any_more_and_a_day_that_is_still_to_come_end_it(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        job = await run(desk, start_date="2027-01-01")
        assert job.error is not None
        assert job.error.message == "The first day has not begun yet. Choose an earlier one, or none."
        desk.discord.permissions = 0
        job = await run(desk)
        assert job.error is not None
        assert job.error.message == "The person who asked for this may not start it here any more, so I stopped."
        assert desk.discord.pages == []


@pytest.mark.parametrize(
    ("zone", "day", "since"),
    [
        ("UTC", "2024-02-29", "2024-02-29T00:00+00:00"),
        ("Asia/Kolkata", "2026-01-01", "2025-12-31T18:30+00:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00+00:00"),
        ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00+00:00"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00+00:00"),  # its midnight was left out
    ],
)
def test_the_first_day_begins_as_it_does_in_its_time_zone(zone: str, day: str, since: str) -> None:
    payload = ActivityBackfill(guild_id=GUILD, start_date=date.fromisoformat(day), time_zone=zone)
    assert payload.since == round(datetime.fromisoformat(since).timestamp() * 1000)
    assert ActivityBackfill(guild_id=GUILD).since == 0


async def test_a_bot_that_joined_yesterday_knows_what_was_written_before_it_came(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        desk.discord.info = GuildInfo(GUILD, "Guild", 100, NOW - DAY_MS, GUILD)
        came = Interval(NOW - DAY_MS, NOW)
        await desk.store.add_recorded([], [(GUILD, came)], [View(GUILD, came.since, frozenset({GENERAL}))])
        assert (await run(desk)).state is State.COMPLETED
        assert (await crawled(desk))[GENERAL] == 350


async def test_the_next_attempt_asks_nobody_again_who_refused_and_ends_at_all_days_of_history(tmp_path: Path) -> None:
    async with opened(tmp_path, NOW) as opened_desk:
        desk = desk_of(opened_desk)
        desk.discord.refusing = {STAFF}
        desk.discord.history[OLD_THREAD] += [message(desk.discord.history[OLD_THREAD][-1].id + 1, 9, by_person=False)]
        asked: list[int] = []
        ask = desk.discord.messages

        async def note(channel_id: int, **more: Any) -> Sequence[MessageInfo]:
            asked.append(channel_id)
            if channel_id == THREAD and asked.count(THREAD) == 1:
                raise ServiceUnavailable("HTTP 503")
            return await ask(channel_id, **more)

        desk.discord.messages = note  # type: ignore[method-assign]
        job = await run(desk)
        assert job.state is State.COMPLETED, job.error
        assert job.attempts == 2
        assert asked.count(STAFF) == 1
        assert (await crawled(desk))[THREAD] == 5
        assert job.progress is not None
        days = 5 * (NOW - BEGAN) // DAY_MS
        assert (job.progress.current, job.progress.total) == (days, days)
        assert (job.progress.ok, job.progress.skipped) == (350 + 5 + 8 + 3, 1)
