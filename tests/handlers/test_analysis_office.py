"""The workbook, opened by LibreOffice, holds what the tables hold."""

from __future__ import annotations

import asyncio
import csv
import os
import shutil
from pathlib import Path

import pytest

from jobs.activity.store import Count, quarter_of
from jobs.services import Interval, MemberInfo
from tests.handlers.test_member_activity_analysis import DAY, DAY_MS, GUILD, HOSTILE, Desk, opened, people, sent

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
TO_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
"""Commas, quotes, UTF-8, as it is shown, each sheet to a file of its own (LibreOffice help, "Filter Options for CSV")."""


async def opened_in_office(book: Path, folder: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of each sheet, as LibreOffice shows them. Skips where it is not, unless REQUIRE_OFFICE is set."""
    if OFFICE is None:
        if os.environ.get("REQUIRE_OFFICE"):
            pytest.fail("LibreOffice is demanded and not installed")
        pytest.skip("LibreOffice is not installed")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    arguments = (profile, "--headless", "--convert-to", TO_CSV, "--outdir", str(folder), str(book))
    process = await asyncio.create_subprocess_exec(
        OFFICE, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return {
        path.stem.removeprefix(f"{book.stem}-"): list(csv.DictReader(path.read_text("utf-8").splitlines()))
        for path in folder.glob(f"{book.stem}-*.csv")
    }


def table(desk: Desk, job_id: str, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(desk.artifacts.path(job_id, name).read_text("utf-8-sig").splitlines()))


async def test_libreoffice_finds_the_same_values(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        joined = DAY - 50 * DAY_MS
        more = [
            MemberInfo(1_234_567_890_123_456_789, "+1+cmd|x", False, joined),
            MemberInfo(302, "0012", False, joined),
        ]
        desk.discord.people = [*people(), *more]
        desk.discord.history = {10: sent([(n * 3_600_000, (100, 101)[n % 2]) for n in range(30)])}
        stays = [Count(GUILD, 13, 100, quarter_of(DAY) + n, voice_ms=900_000, reactions=2) for n in range(6)]
        await desk.store.add_recorded(stays, [(GUILD, Interval(DAY, DAY + 2 * DAY_MS))])
        job = await desk.run()
        folder = tmp_path / "office"
        folder.mkdir()
        sheets = await opened_in_office(desk.artifacts.path(job.id, "members.xlsx"), folder)
        members, inactive = table(desk, job.id, "members.csv"), table(desk, job.id, "inactive.csv")
    assert sheets.keys() == {"Summary", "Members", "Channels", "Days", "Hours", "Inactive", "Coverage"}
    assert [f"id:{row['Member ID']}" for row in sheets["Members"]] == [row["member_id"] for row in members]
    for shown, row in zip(sheets["Members"], members, strict=True):
        assert int(shown["Messages"]) == int(row["messages"])
        assert float(shown["Voice (minutes)"]) == float(row["voice_minutes"])
        assert int(shown["Reactions"]) == int(row["reactions"])
        assert shown["Joined"][:16] == row["joined_at"][:16].replace("T", " "), (
            "a date, as the clocks of the zone showed it"
        )
    assert [f"id:{row['Member ID']}" for row in sheets["Inactive"]] == [row["member_id"] for row in inactive]
    names = {row["Member ID"]: row["Name"] for row in sheets["Members"]}
    assert (names["101"], names["302"]) == (HOSTILE, "0012"), "neither calculated nor read as a number"
    assert sheets["Days"][0]["Day"] == "2026-10-05"
    assert sum(int(row["Messages"]) for row in sheets["Days"]) == 30
