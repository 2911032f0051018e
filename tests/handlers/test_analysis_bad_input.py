"""Ranges, zones, channels and members that are not as one would wish: right numbers, or a sentence that says why not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from bot.privacy.files import names, rewrite
from bot.privacy.subject import Subject
from jobs.activity.days import local_days
from jobs.activity.store import Count, quarter_of
from jobs.engine.errors import InvalidPayload
from jobs.engine.model import Job
from jobs.engine.states import State
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.handlers.member_activity_analysis.report import report
from jobs.services import ChannelInfo, Interval, MemberInfo, MessageInfo, NotFound, snowflake_at
from tests.handlers.fakes import message
from tests.handlers.test_member_activity_analysis import DAY, DAY_MS, ENGLISH, GUILD, NAME, Desk, opened, places, sent

HOUR_MS = 3_600_000


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        yield desk


def result_of(job: Job) -> dict[str, Any]:
    assert isinstance(job.result, dict), job.error
    return job.result


def days_of(desk: Desk, job: Job) -> dict[date, int]:
    sheet = load_workbook(desk.artifacts.path(job.id, "members.xlsx"))["Days"]
    return {row[0].date(): row[2] for row in sheet.iter_rows(min_row=2, values_only=True)}  # type: ignore[union-attr, misc]


async def at(desk: Desk, zone: str, moments: Sequence[datetime], first: str, last: str) -> Job:
    """The analysis of messages that one member wrote at these instants."""
    ids = sorted(snowflake_at(round(moment.timestamp() * 1000)) + n for n, moment in enumerate(moments))
    desk.discord.history = {10: [message(id_, 100) for id_ in ids]}
    return await desk.run(start_date=first, end_date=last, time_zone=zone)


async def test_a_range_that_is_still_to_come_is_refused_with_a_sentence(desk: Desk) -> None:
    job = await desk.run(start_date="2027-05-01", end_date="2027-05-02")
    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert job.error is not None
    assert job.error.message == "This time has not begun yet. Choose a first day that has, and start it anew."


async def test_all_channels_unreadable_is_said_and_nobody_is_called_inactive(desk: Desk) -> None:
    desk.discord.places = [replace(place, readable=False) for place in places()]
    job = await desk.run()
    result, seen = result_of(job), report(job, ENGLISH)
    assert (result["inactive"], result["messages"], result["coverage"]["known"]) == (None, 0, False)
    assert any(note.startswith("4 of 4 channels could not be read") for note in seen.notes)
    assert "Nothing is known of this time, which does not mean that nobody was active." in seen.notes
    assert not any("inactive" in line for line in seen.lines)
    assert seen.offers == ("weekly",)


async def test_a_bot_that_joined_yesterday_says_since_when_it_knows_and_compares_nothing_it_cannot(desk: Desk) -> None:
    joined = DAY + 6 * DAY_MS
    desk.discord.info = replace(desk.discord.info, joined_at=joined)
    desk.discord.history = {10: sent([(n * HOUR_MS, 100) for n in range(10)])}
    stays = [Count(GUILD, 13, 101, quarter_of(joined) + n, voice_ms=900_000, reactions=1) for n in range(4)]
    await desk.store.add_recorded(stays, [(GUILD, Interval(joined, DAY + 7 * DAY_MS))])
    job = await desk.run()
    result = result_of(job)
    assert (result["messages"], result["voice_ms"], result["reactions"]) == (10, HOUR_MS, 4)
    assert (result["voice_change"], result["reactions_change"]) == (None, None)
    assert "Voice is known since 11 Oct." in report(job, ENGLISH).notes
    page = desk.artifacts.path(job.id, "report.html").read_text("utf-8")
    assert "Seen as they were given, since 11 Oct 2026: for 14 % of the time." in page


async def test_a_channel_deleted_while_it_is_read_is_one_that_could_not_be_read(desk: Desk) -> None:
    desk.discord.history = {10: sent([(0, 100)]), 11: sent([(1, 100)])}
    read = desk.discord.messages

    async def gone(channel_id: int, **more: Any) -> Sequence[MessageInfo]:
        if channel_id == 11:
            desk.discord.places = [place for place in places() if place.id != 11]
            raise NotFound("unknown channel")
        return await read(channel_id, **more)

    desk.discord.messages = gone  # type: ignore[method-assign]
    job = await desk.run()
    assert result_of(job)["messages"] == 1
    assert "2 of 4 channels could not be read, among them <#12>." in report(job, ENGLISH).notes, "11 is nobody's now"


async def test_only_channels_that_are_gone_leave_nothing_to_know(desk: Desk) -> None:
    job = await desk.run(channels=["999"])
    result = result_of(job)
    assert (result["messages"], result["inactive"], result["coverage"]["channels"]) == (0, None, 0)
    told = report(job, ENGLISH).seen(alone=True).notes
    assert "Nothing is known of this time, which does not mean that nobody was active." in told


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "America/St_Johns"])
async def test_midnight_of_a_zone_with_odd_minutes_parts_its_days(desk: Desk, zone: str) -> None:
    midnight = datetime(2026, 10, 7, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    moments = [midnight - timedelta(seconds=1), midnight, midnight + timedelta(seconds=1)]
    job = await at(desk, zone, moments, "2026-10-06", "2026-10-08")
    assert list(days_of(desk, job).values()) == [1, 2, 0]
    before = await at(desk, zone, moments, "2026-10-07", "2026-10-07")
    assert result_of(before)["messages"] == 2
    assert result_of(before)["messages_change"] == 100.0


@pytest.mark.parametrize(
    ("zone", "day", "hours", "twice", "missing"),
    [
        ("Europe/Berlin", date(2026, 10, 25), 25, 2, None),
        ("Europe/Berlin", date(2026, 3, 29), 23, None, 2),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5, None, None),
    ],
)
async def test_the_week_in_which_the_clocks_change_has_all_its_hours_and_no_more(
    desk: Desk, zone: str, day: date, hours: float, twice: int | None, missing: int | None
) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    moments = [midnight + timedelta(minutes=30 * n) for n in range(round(hours * 2))]
    job = await at(desk, zone, moments, (day - timedelta(days=3)).isoformat(), (day + timedelta(days=3)).isoformat())
    assert result_of(job)["messages"] == 2 * hours == days_of(desk, job)[day]
    sheet = load_workbook(desk.artifacts.path(job.id, "members.xlsx"))["Hours"]
    row = next(r for r in sheet.iter_rows(values_only=True) if r[:2] == ("Messages", f"{day:%A}"))
    by_hour = dict(enumerate(row[2:]))
    if twice is not None:
        assert by_hour[twice] == 4
    if missing is not None:
        assert by_hour[missing] == 0
    ordinary = [count for hour, count in by_hour.items() if hour not in (1, 2)]
    assert set(ordinary) == {2}


@pytest.mark.parametrize(
    ("zone", "day", "first", "hours"),
    [
        ("America/Santiago", "2026-09-06", "2026-09-06T01:00:00-03:00", 23),
        ("America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00", 25),
    ],
)
def test_a_day_without_midnight_and_one_with_two_are_whole(zone: str, day: str, first: str, hours: int) -> None:
    payload = MemberActivityAnalysis.model_validate(
        {"guild_id": "1", "start_date": day, "end_date": day, "time_zone": zone}
    )
    within = payload.range(2**53)
    assert datetime.fromtimestamp(within.since / 1000, payload.zone).isoformat() == first
    assert (within.until - within.since) / HOUR_MS == hours
    assert list(local_days(within, payload.zone)) == [(date.fromisoformat(day), within)]


def test_the_period_before_a_clock_change_is_whole_days_too() -> None:
    payload = MemberActivityAnalysis.model_validate(
        {"guild_id": "1", "start_date": "2026-10-19", "end_date": "2026-10-25", "time_zone": "Europe/Berlin"}
    )
    within, before = payload.range(2**53), payload.range_before(2**53)
    assert (within.until - within.since) / HOUR_MS == 7 * 24 + 1
    assert (before.until - before.since) / HOUR_MS == 7 * 24
    assert before.until == within.since


async def test_the_29th_of_february_is_a_day_where_there_is_one(tmp_path: Path) -> None:
    leap = int(datetime(2028, 3, 10, tzinfo=UTC).timestamp() * 1000)
    async with opened(tmp_path, leap) as desk:
        moments = [datetime(2028, 2, 28, 12, tzinfo=UTC) + timedelta(days=n) for n in range(3)]
        job = await at(desk, "UTC", moments, "2028-02-28", "2028-03-01")
        assert list(days_of(desk, job)) == [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]
        assert set(days_of(desk, job).values()) == {1}
        with pytest.raises(InvalidPayload, match="start_date"):
            await desk.queue.enqueue(NAME, {"guild_id": "1", "start_date": "2027-02-29", "end_date": "2027-03-01"})


async def test_a_clock_that_was_put_back_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The first run was an hour ahead; the second, after the clock was set right, counts what it has seen since."""
    folder = tmp_path
    history = {10: sent([(n * 600_000, 100) for n in range(12)])}
    for now, seen in ((DAY + 2 * HOUR_MS, 12), (DAY + HOUR_MS, 6), (DAY + 3 * HOUR_MS, 12)):
        async with opened(folder, now) as desk:
            desk.discord.history = history
            assert result_of(await desk.run(compare=False))["messages"] == seen


async def test_an_erased_member_is_in_no_file_of_an_analysis_by_name_or_id(desk: Desk, tmp_path: Path) -> None:
    member = 1_234_567_890_123_456_789
    desk.discord.people = [MemberInfo(member, "Quentin", False, DAY - DAY_MS), MemberInfo(100, "Ada", False, DAY)]
    desk.discord.places = [ChannelInfo(10, "general", "text", True, True)]
    desk.discord.history = {10: sent([(n * HOUR_MS, (member, 100)[n % 2]) for n in range(10)])}
    job = await desk.run()
    subject = Subject(member)
    for name in ("members.csv", "members.xlsx", "report.html"):
        old, new = desk.artifacts.path(job.id, name), tmp_path / name
        assert names(old, subject), name
        rewrite(old, new, subject)
        assert not names(new, subject), name
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Quentin" not in page
    assert "<bdi>Ada</bdi>" in page
