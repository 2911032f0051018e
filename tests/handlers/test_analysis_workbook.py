"""The workbook, read back by another program's reader and held against the table and the result."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from jobs.activity.store import Count, quarter_of
from jobs.engine.model import Job
from jobs.services import Interval, MemberInfo
from tests.handlers.test_member_activity_analysis import DAY, DAY_MS, GUILD, HOSTILE, Desk, opened, people, sent

ID = 1_234_567_890_123_456_789
"""A spreadsheet's number would lose its last digits."""
SHEETS = ["Summary", "Members", "Channels", "Days", "Hours", "Inactive", "Coverage"]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with opened(tmp_path) as desk:
        joined = DAY - 50 * DAY_MS
        desk.discord.people = [
            *people(),
            MemberInfo(ID, "+1+cmd|x", False, joined),
            MemberInfo(300, "half \ud83d \x07\x00 \uffff", False, joined),
            MemberInfo(301, "http://example.invalid/a", False, joined),
            MemberInfo(302, "0012", False, joined),
        ]
        desk.discord.history = {10: sent([(n * 3_600_000, (100, 101, ID)[n % 3]) for n in range(30)])}
        stays = [Count(GUILD, 13, 100, quarter_of(DAY) + n, voice_ms=900_000) for n in range(6)]
        await desk.store.add_recorded(stays, [(GUILD, Interval(DAY, DAY + 2 * DAY_MS))])
        yield desk


def clock(*parts: int) -> datetime:
    """As a spreadsheet has it: without a time zone."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def book_of(desk: Desk, job: Job) -> Workbook:
    return load_workbook(desk.artifacts.path(job.id, "members.xlsx"))


def rows_of(book: Workbook, sheet: str) -> list[dict[str, Any]]:
    head, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


async def test_another_reader_finds_the_values_of_the_table(desk: Desk) -> None:
    job = await desk.run(time_zone="Asia/Kathmandu")
    book = book_of(desk, job)
    assert book.sheetnames == SHEETS
    table = desk.rows(job)
    members = rows_of(book, "Members")
    assert [f"id:{row['Member ID']}" for row in members] == list(table)
    for row in members:
        same = table[f"id:{row['Member ID']}"]
        assert row["Messages"] == int(same["messages"])
        assert row["Voice (minutes)"] == float(same["voice_minutes"])
        assert (row["Active"], row["Inactive"]) == (same["active"], same["inactive"])
    ada = next(row for row in members if row["Member ID"] == "100")
    assert ada["Joined"] == clock(2026, 6, 27, 5, 45), "as the clocks of Nepal showed it"


async def test_ids_and_names_are_text_and_nothing_is_a_formula_or_a_link(desk: Desk) -> None:
    book = book_of(desk, await desk.run())
    names = {str(row["Member ID"]): row["Name"] for row in rows_of(book, "Members")}
    assert names[str(ID)] == "+1+cmd|x"
    assert names["101"] == HOSTILE
    assert names["302"] == "0012"
    assert names["300"].startswith("half ? ")
    for sheet in book:
        assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


async def test_the_head_of_each_sheet_stays_in_sight_and_days_are_dates(desk: Desk) -> None:
    book = book_of(desk, await desk.run())
    assert {sheet.freeze_panes for sheet in book} == {"A2"}
    days = book["Days"]
    assert [cell.value for cell in days["A"]][1:3] == [clock(2026, 10, 5), clock(2026, 10, 6)]
    assert days["A2"].is_date
    assert days.max_row == 8


async def test_titles_stand_above_what_they_name(desk: Desk) -> None:
    """Numbers end at the edge of their column, all else begins a little off it."""
    book = book_of(desk, await desk.run())
    for sheet in book:
        for title, *cells in zip(*sheet.iter_rows(max_row=3), strict=True):
            known = [cell for cell in cells if cell.value is not None]
            numbers = [cell for cell in known if cell.data_type == "n" and not cell.is_date]
            expected = "right" if numbers or title.value == "Change (%)" else "left"
            if sheet.title != "Summary" or title.value != "Value":
                assert (title.alignment.horizontal, title.alignment.indent) == (expected, float(expected == "left"))
            assert {cell.alignment.horizontal for cell in known if cell not in numbers} <= {"left"}, (
                sheet,
                title.value,
            )
    assert {cell.alignment.horizontal for cell in book["Summary"]["B"]} == {"left"}


async def test_sums_of_days_hours_and_channels_are_those_of_the_result(desk: Desk) -> None:
    job = await desk.run()
    book, result = book_of(desk, job), job.result
    assert isinstance(result, dict)
    assert sum(row["Messages"] for row in rows_of(book, "Days")) == result["messages"] == 30
    assert sum(row["Messages"] for row in rows_of(book, "Channels")) == 30
    hours = [list(row[2:]) for row in book["Hours"].iter_rows(values_only=True) if row[0] == "Messages"]
    assert sum(map(sum, hours)) == 30  # type: ignore[arg-type]
    summary = {row["Figure"]: row for row in rows_of(book, "Summary")}
    assert summary["Active members"]["Value"] == result["active"] == 3
    assert summary["Hours in voice"]["Value"] == 1.5
    assert "29 % of the time" in summary["Hours in voice"]["Where it comes from"]


async def test_the_inactive_sheet_and_file_hold_the_same_list(desk: Desk) -> None:
    job = await desk.run()
    listed = [row["Member ID"] for row in rows_of(book_of(desk, job), "Inactive")]
    lines = desk.artifacts.path(job.id, "inactive.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0].removeprefix("id:") for line in lines[1:]] == listed
    assert sorted(map(str, listed)) == ["300", "301", "302"], "102 joined too late"


async def test_what_could_not_be_read_is_listed_with_when_the_bot_was_there(desk: Desk) -> None:
    rows = rows_of(book_of(desk, await desk.run()), "Coverage")
    assert any(row["Where it comes from"] == "#locked (12)" for row in rows)
    there = next(row for row in rows if row["What"] == "I was there to see")
    assert (there["From"], there["Until"]) == (clock(2026, 10, 5), clock(2026, 10, 7))


async def test_where_nothing_is_known_nobody_is_listed(desk: Desk) -> None:
    desk.discord.places = [replace(place, readable=False) for place in desk.discord.places]
    job = await desk.run(start_date="2026-09-01", end_date="2026-09-02")
    book = book_of(desk, job)
    assert rows_of(book, "Inactive") == []
    assert {row["Inactive"] for row in rows_of(book, "Members")} == {"unknown"}
    assert {row["Active"] for row in rows_of(book, "Members")} == {"unknown"}
    assert [a.name for a in await desk.artifacts.list(job.id)] == [
        "chart.png",
        "members.csv",
        "members.xlsx",
        "report.html",
    ]


async def test_the_workbook_speaks_the_language_of_whoever_asked(desk: Desk) -> None:
    asked = {"guild_id": str(GUILD), "start_date": "2026-10-05", "end_date": "2026-10-11"}
    context = {"language": "id"}
    desk.discord.people = [one for one in desk.discord.people if one.id != 100]
    job = await desk.ended(
        await desk.queue.enqueue("member-activity-analysis", asked, lane=str(GUILD), context=context)
    )
    members = rows_of(book_of(desk, job), "Anggota")
    assert {row["Aktif"] for row in members} == {"ya", "tidak"}
    assert {row["Nama"] for row in members if row["ID anggota"] == "100"} == {"(sudah keluar)"}
    assert {row["Jenis"] for row in rows_of(book_of(desk, job), "Saluran")} == {"teks", "suara"}
    assert {row["Terlihat semua orang"] for row in rows_of(book_of(desk, job), "Saluran")} == {"ya", "tidak"}


async def test_reactions_have_their_weekdays_and_hours_too(desk: Desk) -> None:
    await desk.store.add_recorded([Count(GUILD, 10, 100, quarter_of(DAY) + 8, reactions=3)], [])
    job = await desk.run()
    rows = [row for row in book_of(desk, job)["Hours"].iter_rows(values_only=True) if row[0] == "Reactions"]
    assert rows[0][:6] == ("Reactions", "Monday", 0, 0, 3, 0)
    assert len(rows) == 7
