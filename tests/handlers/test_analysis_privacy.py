"""The analysis of members who opted out, came back, or had what was counted of them erased, and of days not kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook

from jobs.activity.members import MemberCounts
from jobs.activity.store import Count, Membership, quarter_of
from jobs.engine.states import State
from jobs.handlers.member_activity_analysis.report import report
from jobs.services import ChannelInfo
from tests.handlers.test_member_activity_analysis import DAY, DAY_MS, ENGLISH, GUILD, At, Desk, opened, sent


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        desk.discord.history = {
            10: sent([(n * 3_600_000, (100, 101)[n % 2]) for n in range(30)]),
            11: sent([(n * 60_000, 100) for n in range(5)]),
        }
        yield desk


async def test_who_opted_out_is_in_nothing(desk: Desk) -> None:
    before = await desk.run()
    assert "id:100" in desk.rows(before), "what was counted before stays, and is shown nowhere"
    await desk.members.opt_out(GUILD, 100)
    job = await desk.run()
    assert "id:100" not in desk.rows(job)
    assert "100" not in str(job.result)


def between_counting_and_judgement(desk: Desk, do: Callable[[], Awaitable[object]]) -> None:
    channels, asked = desk.discord.channels, 0

    async def doing(guild_id: int) -> Sequence[ChannelInfo]:
        nonlocal asked
        asked += 1
        if asked == 2:
            await do()
        return await channels(guild_id)

    desk.discord.channels = doing  # type: ignore[method-assign]


async def test_who_opts_out_while_it_is_counted_is_named_nowhere(desk: Desk) -> None:
    between_counting_and_judgement(desk, lambda: desk.members.opt_out(GUILD, 100))
    job = await desk.run()
    assert job.state is State.COMPLETED
    assert "id:100" not in desk.rows(job)
    assert "id:101" in desk.rows(job)
    assert "100" not in str(job.result)


@pytest.mark.parametrize("with_files", [True, False])
async def test_who_opts_out_while_it_is_drawn_is_named_nowhere(desk: Desk, with_files: bool) -> None:
    opted_out, asked = desk.activity.opted_out, 0

    async def opting_out(guild_id: int) -> Collection[int]:
        nonlocal asked
        asked += 1
        if asked == 2:  # behind the drawing
            await desk.members.opt_out(GUILD, 100)
        return await opted_out(guild_id)

    desk.activity.opted_out = opting_out  # type: ignore[method-assign]
    job = await desk.run(generate_report=with_files)
    assert isinstance(job.result, dict)
    assert (job.state, job.result["members"]) == (State.COMPLETED, 2)
    assert "100" not in str(job.result["top"])
    assert len(await desk.artifacts.list(job.id)) == (5 if with_files else 0)
    if with_files:
        assert list(desk.rows(job)) == ["id:101", "id:102"]
        assert "Ada" not in desk.artifacts.path(job.id, "report.html").read_text("utf-8")
        (_, *rows) = load_workbook(desk.artifacts.path(job.id, "members.xlsx"))["Members"].iter_rows(values_only=True)
        assert [row[0] for row in rows] == ["101", "102"]


async def test_who_comes_back_while_it_is_counted_is_unknown_and_not_silent(desk: Desk) -> None:
    await desk.members.opt_out(GUILD, 100)
    between_counting_and_judgement(desk, lambda: MemberCounts(desk.database, At(DAY + 8 * DAY_MS)).opt_in(GUILD, 100))
    job = await desk.run()
    assert isinstance(job.result, dict)
    assert (job.result["silent"], job.result["unsure"]) == (1, 1)
    row = desk.rows(job)["id:100"]
    assert (row["active"], row["inactive"]) == ("unknown", "no")


async def test_a_server_without_anybody_is_told_of(desk: Desk) -> None:
    desk.discord.people.clear()
    job = await desk.run(roles=["7"])
    assert isinstance(job.result, dict), job.error
    assert (job.result["members"], job.result["active"], desk.rows(job)) == (0, 0, {})


async def test_who_opted_in_again_is_unknown_before_and_not_silent(desk: Desk) -> None:
    await desk.members.opt_out(GUILD, 102)
    await MemberCounts(desk.database, At(DAY + DAY_MS)).opt_in(GUILD, 102)
    job = await desk.run()
    assert isinstance(job.result, dict)
    assert (job.result["silent"], job.result["unsure"]) == (0, 1)
    assert desk.rows(job)["id:102"]["active"] == "unknown"
    assert (
        "1 had opted out before, or had it erased; what they did until then is not known." in report(job, ENGLISH).notes
    )
    later = await desk.run(start_date="2026-10-07")
    assert isinstance(later.result, dict)
    assert (later.result["silent"], later.result["unsure"]) == (3, 0)


async def test_what_was_erased_does_not_come_back_and_is_not_called_silence(desk: Desk) -> None:
    job = await desk.run()
    assert desk.rows(job)["id:101"]["messages"] == "15"
    assert await MemberCounts(desk.database, At(DAY + 5 * DAY_MS)).erase(GUILD, 101) == 15
    await desk.database.write(lambda c: c.execute("DELETE FROM activity_span"))
    again = await desk.run()
    assert isinstance(again.result, dict)
    assert desk.rows(again)["id:101"]["messages"] == "0"
    assert desk.rows(again)["id:101"]["active"] == "unknown"
    assert again.result["unsure"] == 1


async def test_days_that_are_not_kept_any_more_are_refused_and_not_compared_with(tmp_path: Path) -> None:
    async with opened(tmp_path, keep_days=60) as desk:
        job = await desk.run(start_date="2026-08-01")
        assert job.state is State.FAILED
        assert job.error is not None
        sentence = "What members did then is not kept any more. Start it anew with 2026-09-05 as the first day."
        assert job.error.message == sentence
        assert desk.discord.pages == [], "nothing of it was read"
        desk.discord.history = {10: sent([(n * DAY_MS, 100) for n in range(-40, 7)])}
        known = await desk.run()
        unknown = await desk.run(start_date="2026-09-10", end_date="2026-10-11")
        assert isinstance(known.result, dict)
        assert isinstance(unknown.result, dict)
        assert known.result["messages_change"] == 0
        assert unknown.result["messages_change"] is None
        assert (await desk.run(start_date="2026-09-04", compare=False)).state is State.FAILED
        assert (await desk.run(start_date="2026-09-05", compare=False)).state is State.COMPLETED, "as it was told"


async def test_sums_of_earlier_months_are_in_the_files_and_a_refusal_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, keep_days=60) as desk:
        old = quarter_of(DAY - 60 * DAY_MS)
        counts = [Count(GUILD, 10, 100, old, 1234, 2 * 3_600_000, reactions=7), Count(GUILD, 11, 100, old, 6)]
        await desk.store.add_recorded(counts, [], memberships=[Membership(GUILD, 100, old, 1, 0)])
        assert await desk.activity.retention.sweep() == 3
        refused = await desk.run(start_date="2026-08-01")
        assert refused.error is not None
        assert refused.error.message == (
            "What members did then is not kept any more. Start it anew with 2026-09-05 as the first day; the sums by "
            "month that are left of the time before are in its page and workbook."
        )
        job = await desk.run()
        book = load_workbook(desk.artifacts.path(job.id, "members.xlsx"))
        head, *rows = book["Earlier months"].iter_rows(values_only=True)
        assert head == ("Month", "Messages", "Voice (hours)", "Reactions", "Joined", "Left")
        assert [(f"{row[0]:%Y-%m-%d}", *row[1:]) for row in rows] == [("2026-08-01", 1240, 2, 7, 1, 0)]
        page = desk.artifacts.path(job.id, "report.html").read_text("utf-8")
        assert "What each member did before 6 Aug 2026 is not kept any more." in page
        assert re.search(r"2026-08.*?1,240.*?2\.0.*?7", page, re.DOTALL)
        one = await desk.run(channels=["11"])
        (_, row) = load_workbook(desk.artifacts.path(one.id, "members.xlsx"))["Earlier months"].iter_rows(
            values_only=True
        )
        assert row[1:] == (6, 0, 0), "of the channel that was asked about; nobody joins a channel"
        members = await desk.run(roles=["7"])
        sheets = load_workbook(desk.artifacts.path(members.id, "members.xlsx")).sheetnames
        assert "Earlier months" not in sheets, "sums know no roles"
