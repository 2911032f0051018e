"""The analysis through the real engine and the real activity store; only Discord is a small one in memory."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.languages import words_in, words_of_job
from bot.services.artifacts import FileArtifacts
from jobs.activity.service import Activity
from jobs.activity.sqlite import MIGRATIONS, SqliteActivityStore
from jobs.activity.store import Count, quarter_of
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import InvalidPayload, JobError
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.registry import Registry
from jobs.engine.retry import Backoff
from jobs.engine.states import State
from jobs.handlers import builtin_types
from jobs.handlers.member_activity_analysis import member_activity_analysis
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.handlers.member_activity_analysis.report import report
from jobs.handlers.member_activity_analysis.table import as_text
from jobs.services import Artifact, ChannelInfo, GuildInfo, Interval, MemberInfo, MessageInfo, Services, snowflake_at
from tests.handlers.fakes import FakeDiscord, FakeRights, message

NAME = "member-activity-analysis"
ENGLISH = words_in().within(member_activity_analysis)
GUILD = 1
DAY_MS = 86_400_000
DAY = int(datetime(2026, 10, 5, tzinfo=UTC).timestamp() * 1000)
"""A Monday."""
RANGE = {"guild_id": str(GUILD), "start_date": "2026-10-05", "end_date": "2026-10-11"}
HOSTILE = "=cmd|' /C calc'!A0"


NOBODY: Any = None
"""A service that an analysis does not ask."""


class At(SystemClock):
    """The machine's clock, standing at one instant for what is asked of it."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


def people() -> list[MemberInfo]:
    joined = DAY - 100 * DAY_MS
    return [
        MemberInfo(100, "Ada", False, joined, (1, 7)),
        MemberInfo(101, HOSTILE, False, joined, (1,)),
        MemberInfo(102, "Silent", False, DAY + DAY_MS, (1, 7)),
        MemberInfo(200, "a bot", True, joined, (1,)),
    ]


def places() -> list[ChannelInfo]:
    return [
        ChannelInfo(10, "general", "text", True, True),
        ChannelInfo(11, "staff", "text", True, False),
        ChannelInfo(12, "locked", "text", False, True),
        ChannelInfo(13, "Lounge", "voice", True, True),
    ]


def sent(channel_at: Sequence[tuple[int, int]]) -> list[MessageInfo]:
    """Messages of (offset in ms from the Monday, author)."""
    return [message(snowflake_at(DAY + offset) + n, author) for n, (offset, author) in enumerate(channel_at)]


class Desk:
    def __init__(self, folder: Path, at: int, keep_days: int | None) -> None:
        self.discord = FakeDiscord(GuildInfo(GUILD, "Guild", 100, 0, GUILD), people(), places())
        self.database = SqliteDatabase(folder / "errand.db", migrations=(*ENGINE_MIGRATIONS, *MIGRATIONS))
        self.store = SqliteActivityStore(self.database)
        self.artifacts = FileArtifacts(folder / "artifacts")
        self.clock = clock = At(at)
        config = QueueConfig(backoff=Backoff("fixed", base_s=0.0, jitter=0.0))
        activity, rights = Activity(self.database, self.discord, clock, keep_days=keep_days), FakeRights(self.discord)
        self.members, self.activity = activity.members, activity
        backend = SqliteBackend(self.database, clock=clock, config=config)
        services = Services(
            self.discord, self.artifacts, activity, words_of_job, rights, NOBODY, NOBODY, backend.records
        )
        self.queue = JobQueue(backend, Registry(builtin_types()), services=services, clock=clock, config=config)

    async def missing(self, channel_id: int, within: Interval) -> Sequence[Interval]:
        return (await self.activity.missing(GUILD, {channel_id: within}))[channel_id]

    async def run(self, **more: Any) -> Job:
        job = await self.queue.enqueue(NAME, {**RANGE, **more}, owner="100", lane=str(GUILD))
        return await self.ended(job)

    async def ended(self, job: Job) -> Job:
        async with asyncio.timeout(30):
            while not (found := await self.queue.get(job.id)) or not found.state.is_final:
                await asyncio.sleep(0.005)
        return found

    def rows(self, job: Job) -> dict[str, dict[str, str]]:
        path = self.artifacts.path(job.id, "members.csv")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row["member_id"]: row for row in csv.DictReader(file)}


@asynccontextmanager
async def opened(folder: Path, at: int = DAY + 30 * DAY_MS, *, keep_days: int | None = None) -> AsyncIterator[Desk]:
    desk = Desk(folder, at, keep_days)
    await desk.queue.start()
    try:
        yield desk
    finally:
        await desk.queue.stop(0)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        desk.discord.history = {
            10: sent([(n * 3_600_000, (100, 101)[n % 2]) for n in range(30)]),
            11: sent([(n * 60_000, 100) for n in range(5)]),
        }
        yield desk


async def test_the_result_holds_the_sums_and_the_table_each_member(desk: Desk) -> None:
    job = await desk.run()
    assert job.state is State.COMPLETED, job.error
    assert isinstance(job.result, dict)
    assert {name: job.result[name] for name in ("members", "active", "silent", "new", "messages", "voice_ms")} == {
        "members": 3, "active": 2, "silent": 1, "new": 1, "messages": 35, "voice_ms": 0,
    }  # fmt: skip
    rows = desk.rows(job)
    assert {id_: (row["messages"], row["active"]) for id_, row in rows.items()} == {
        "id:100": ("20", "yes"), "id:101": ("15", "yes"), "id:102": ("0", "no"),
    }  # fmt: skip
    assert rows["id:101"]["name"] == "'" + HOSTILE, "no name is a formula"
    assert rows["id:102"]["joined_at"] == "2026-10-06T00:00:00Z"
    assert rows["id:102"]["last_active_at"] == ""


async def test_the_chart_is_a_picture_of_the_promised_size(desk: Desk) -> None:
    job = await desk.run()
    data = desk.artifacts.path(job.id, "chart.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (1200, 1440)


async def test_the_report_names_what_is_known_and_what_is_not(desk: Desk) -> None:
    seen = report(await desk.run(), ENGLISH)
    assert seen.headline == "5 Oct to 11 Oct 2026"
    assert seen.lines[0] == "**2** of 3 members were active · **35** messages"
    assert seen.notes == ("Voice is not known: I was not there to see it.", "1 of 4 channels could not be read: <#12>.")
    assert seen.columns[0].lines == ("1. <@100> 20",)
    assert "<#11>" not in " ".join(seen.lines), "a channel that not everyone may see is not named"
    assert (seen.files, seen.image) == (("chart.png",), "chart.png"), "what names members is for who asked"
    assert seen.seen(alone=True).files == ("chart.png", "report.html", "members.csv", "inactive.csv", "members.xlsx")


async def test_voice_is_told_with_the_day_it_is_known_from(desk: Desk) -> None:
    since = DAY + 2 * DAY_MS
    quarter = quarter_of(since)
    stays = [Count(GUILD, 13, 102, quarter + n, voice_ms=900_000) for n in range(8)]
    await desk.store.add_recorded(stays, [(GUILD, Interval(since, DAY + 8 * DAY_MS))])
    job = await desk.run()
    seen = report(job, ENGLISH)
    assert "**2 h** in voice" in seen.lines[0]
    assert "Voice is known since 7 Oct." in seen.notes
    assert desk.rows(job)["id:102"]["voice_minutes"] == "120.0"
    assert desk.rows(job)["id:102"]["active"] == "yes"


async def test_where_everything_was_read_and_nothing_found_that_is_said(desk: Desk) -> None:
    desk.discord.history.clear()
    seen = report(await desk.run(), ENGLISH)
    assert "Nothing was counted in this time, in what I could see." in seen.notes
    assert "Voice is not known: I was not there to see it." in seen.notes


async def test_the_period_before_is_compared_when_it_is_known(desk: Desk) -> None:
    desk.discord.history[10] += sent([(-5 * DAY_MS, 101)])
    desk.discord.history[10].sort(key=lambda m: m.id)
    job = await desk.run()
    assert isinstance(job.result, dict)
    assert job.result["change"] == 100.0, "two wrote, one did before"
    again = await desk.run(compare=False)
    assert isinstance(again.result, dict)
    assert again.result["change"] is None


async def test_a_member_who_left_is_in_the_table_without_a_name(desk: Desk) -> None:
    desk.discord.people = people()[1:]
    job = await desk.run()
    assert desk.rows(job)["id:100"]["name"] == "(left)"
    assert isinstance(job.result, dict)
    assert (job.result["active"], job.result["left"]) == (1, 1)


async def test_filters_of_roles_and_channels_hold(desk: Desk) -> None:
    job = await desk.run(roles=["7"])
    assert set(desk.rows(job)) == {"id:100", "id:102"}
    job = await desk.run(without_roles=["7"])
    assert set(desk.rows(job)) == {"id:101"}
    job = await desk.run(channels=["11"])
    assert isinstance(job.result, dict)
    assert job.result["messages"] == 5
    job = await desk.run(without_channels=["11"])
    assert isinstance(job.result, dict)
    assert job.result["messages"] == 30


async def test_what_was_recorded_in_a_channel_that_is_gone_still_counts(desk: Desk) -> None:
    """Or in a thread that was archived since: its writers are not silent."""
    gone = [Count(GUILD, 99, 102, quarter_of(DAY + 3_600_000), messages=4)]
    await desk.store.add_recorded(gone, [(GUILD, Interval(DAY, DAY + 7_200_000))])
    job = await desk.run()
    assert isinstance(job.result, dict)
    assert (job.result["messages"], job.result["silent"]) == (39, 0)
    assert desk.rows(job)["id:102"]["messages"] == "4"
    assert "99" not in str(job.result["top_channels"]), "nobody knows who could see it"
    chosen = await desk.run(channels=["10"])
    assert isinstance(chosen.result, dict)
    assert chosen.result["messages"] == 30


async def test_voice_in_the_quarter_of_now_is_at_most_what_has_passed_of_it(tmp_path: Path) -> None:
    """A job that runs long finds the whole quarter stored when it counts."""
    async with opened(tmp_path, DAY + 300_000) as desk:
        whole = [Count(GUILD, 13, 102, quarter_of(DAY), voice_ms=900_000)]
        await desk.store.add_recorded(whole, [(GUILD, Interval(DAY, DAY + 900_000))])
        job = await desk.run()
    assert isinstance(job.result, dict)
    assert job.result["voice_ms"] == 300_000


async def test_today_counts_up_to_the_moment_the_job_started(tmp_path: Path) -> None:
    at = DAY + 3_600_000 + 1
    async with opened(tmp_path, at) as desk:
        desk.discord.history = {10: sent([(3_600_000 - 1, 100), (3_600_000 + 2, 100), (7_200_000, 100)])}
        job = await desk.run()
    assert isinstance(job.result, dict)
    assert job.result["messages"] == 1


async def test_an_outage_ends_the_attempt_and_the_next_goes_on_where_it_stopped(desk: Desk) -> None:
    desk.discord.history[10] = sent([(n * 60_000, 100) for n in range(450)])
    real, calls = desk.discord.messages, 0

    async def stumbling(channel_id: int, **place: Any) -> Sequence[MessageInfo]:
        nonlocal calls
        calls += 1
        if calls == 4:
            desk.discord.broken = 1
        return await real(channel_id, **place)

    desk.discord.messages = stumbling  # type: ignore[method-assign]
    job = await desk.run(compare=False)
    assert (job.state, job.attempts) == (State.COMPLETED, 2)
    assert isinstance(job.result, dict)
    assert job.result["messages"] == 455
    assert len(desk.discord.pages) == len(set(desk.discord.pages)), "no page is read twice"


async def test_a_channel_that_refuses_in_the_middle_is_counted_as_unreadable(desk: Desk) -> None:
    desk.discord.refusing.add(11)
    job = await desk.run()
    assert job.state is State.COMPLETED
    shown = report(job, ENGLISH)
    assert "2 of 4 channels could not be read, among them <#12>." in shown.notes, "staff is not everyone's"
    assert "2 of 4 channels could not be read: <#11>, <#12>." in shown.seen(alone=True).notes


@pytest.mark.parametrize("permissions", [None, 0, 1 << 5])
async def test_a_requester_without_the_right_gets_a_sentence_and_no_figures(
    desk: Desk, permissions: int | None
) -> None:
    desk.discord.permissions = permissions
    job = await desk.run()
    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert job.error is not None
    assert job.error.message == "The person who asked for this may not start it here any more, so I stopped."
    assert await desk.artifacts.list(job.id) == []


async def test_messages_or_voice_alone(desk: Desk) -> None:
    job = await desk.run(include_message_count=False)
    assert isinstance(job.result, dict)
    assert job.result["messages"] == 0
    assert desk.discord.pages == [], "no history is read for voice"
    job = await desk.run(generate_report=False)
    assert await desk.artifacts.list(job.id) == []
    assert report(job, ENGLISH).files == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"end_date": "2026-10-01"}, "end date is before the start date"),
        ({"end_date": "2028-10-01"}, "at most 400 days"),
        (
            {"include_voice_time": False, "include_message_count": False, "include_reactions": False},
            "messages, voice time or reactions",
        ),
        ({"time_zone": "Mars/Olympus"}, "is no time zone"),
        ({"time_zone": "../etc/passwd"}, "is no time zone"),
        ({"guild_id": "x"}, "guild_id"),
        ({"channels": ["-1"]}, "channels"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_a_payload_that_cannot_be_is_refused_at_the_edge(desk: Desk, change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidPayload, match=words):
        await desk.queue.enqueue(NAME, {**RANGE, **change})


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
def test_the_range_is_whole_local_days_and_the_one_before_is_as_long(zone: str) -> None:
    payload = MemberActivityAnalysis.model_validate({**RANGE, "time_zone": zone})
    whole, before = payload.range(2**53), payload.range_before(2**53)
    assert (whole.until - whole.since) / DAY_MS == 7
    assert before.until == whole.since
    assert datetime.fromtimestamp(whole.since / 1000, payload.zone).isoformat().startswith("2026-10-05T00:00:00")
    cut = payload.range(whole.since + DAY_MS)
    cut_before = payload.range_before(whole.since + DAY_MS)
    assert (cut.until - cut.since, cut_before.until - cut_before.since) == (DAY_MS, DAY_MS)
    assert payload.range_before(whole.since + DAY_MS + 899_999) == cut_before, "to whole quarters of an hour"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_formulas_are_defused(name: str) -> None:
    assert as_text(name) == "'" + name


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2026, 10, 1), date(2026, 10, 1), "1 Oct 2026"),
        (date(2026, 10, 1), date(2026, 10, 30), "1 Oct to 30 Oct 2026"),
        (date(2025, 12, 20), date(2026, 1, 2), "20 Dec 2025 to 2 Jan 2026"),
    ],
)
def test_ranges_are_said_shortly(start: date, end: date, words: str) -> None:
    from jobs.handlers.member_activity_analysis.report import headline

    assert headline(start, end, ENGLISH) == words


@pytest.mark.parametrize("days", [1, 7, 30, 130, 400])
@pytest.mark.parametrize("name", ["Harbour", "🦊 $x_$ 李小明 \u202e", ""])
async def test_charts_of_any_length_and_name_are_drawn_without_a_warning(tmp_path: Path, days: int, name: str) -> None:
    async with opened(tmp_path) as desk:
        desk.discord.info = replace(desk.discord.info, name=name)
        desk.discord.history = {10: sent([(n * DAY_MS // 3, 100) for n in range(20)])}
        start = date.fromordinal(date(2026, 10, 11).toordinal() - days + 1)
        job = await desk.run(start_date=start.isoformat(), compare=False)
        assert job.state is State.COMPLETED, job.error
        assert desk.artifacts.path(job.id, "chart.png").stat().st_size > 10_000


async def test_a_file_that_cannot_be_written_is_told_and_the_next_attempt_writes_it(desk: Desk) -> None:
    write, failed = desk.artifacts.write, list[str]()

    async def full(job_id: str, name: str, media_type: str, produce: Callable[[Path], None]) -> Artifact:
        if not failed:
            failed.append(name)
            raise JobError("The disk is full.")
        return await write(job_id, name, media_type, produce)

    desk.artifacts.write = full  # type: ignore[method-assign]
    job = await desk.run()
    assert (job.state, job.attempts, len(failed)) == (State.COMPLETED, 2, 1)
    first, _ = await desk.queue.attempts(job.id)
    assert first.error == "The disk is full.", "not that there was a group of errors"
