"""Lists of members that a person keeps under a name, from a report or from `/activity inactive`.

Thin over `jobs.lists`. Invariant: nobody who opted out since is shown of a list, and a list is its own guild's alone.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from discord import app_commands

from bot.cards.text import escape
from bot.desk import Desk
from bot.guards import Caller
from bot.languages import Words
from bot.problems import Problem
from jobs.engine.model import Job, JsonObject
from jobs.handlers.member_activity_analysis.report import INACTIVE
from jobs.handlers.member_activity_analysis.table import ID_MARK
from jobs.lists import LONGEST, MOST, MemberList, MemberLists, NameTaken, TooManyLists, plain
from jobs.services import NotFound

CHOICES = 25


def lists_of(desk: Desk) -> MemberLists:
    return MemberLists(desk.queue.records, desk.clock)


async def keep(desk: Desk, caller: Caller, name: str, members: Sequence[int], source: JsonObject) -> MemberList:
    """Keep the members under a name. Raises `Problem`."""
    if not plain(name):
        raise Problem("list-no-name")
    if not members:
        raise Problem("list-of-nobody")
    try:
        return await lists_of(desk).freeze(caller.guild_id, name, members, made_by=str(caller.user_id), source=source)
    except NameTaken:
        raise Problem("list-name-taken", name=escape(plain(name))) from None
    except TooManyLists:
        raise Problem("lists-too-many", most=MOST) from None


async def find(desk: Desk, caller: Caller, wanted: str) -> MemberList:
    """The guild's list of this name or id. Raises `Problem`."""
    found = await lists_of(desk).get(caller.guild_id, wanted)
    if found is None:
        raise Problem("list-unknown", name=escape(wanted, limit=LONGEST))
    return found


def inactive_file(desk: Desk, job: Job) -> Path:
    """Where the inactive members lie that a report found. Raises `Problem`."""
    if not isinstance(job.result, dict) or not job.result.get("inactive"):
        raise Problem("no-inactive-list", id=job.id)
    try:
        return desk.artifacts.path(job.made_by, INACTIVE)
    except NotFound:
        raise Problem("files-gone") from None


async def inactive_of(desk: Desk, job: Job) -> list[int]:
    """The inactive members that a report found, without those who opted out since. Raises `Problem`."""
    path = inactive_file(desk, job)
    try:
        found = await asyncio.to_thread(_ids_in, path)
    except OSError:
        raise Problem("files-gone") from None
    out = await desk.activity.opted_out(int(job.lane))
    return [member for member in found if member not in out]


async def table_of(desk: Desk, kept: MemberList) -> bytes:
    """The ids as CSV, which keep their digits."""
    out = await desk.activity.opted_out(kept.guild_id)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["member_id"])
    async for members in lists_of(desk).members(kept):
        writer.writerows([f"{ID_MARK}{member}"] for member in members if member not in out)
    return text.getvalue().encode("utf-8-sig")


async def offered(desk: Desk, caller: Caller, typed: str, words: Words) -> list[app_commands.Choice[str]]:
    """The lists that fit what was typed."""
    wanted = typed.strip().casefold()
    found = [kept for kept in await lists_of(desk).of(caller.guild_id) if wanted in kept.name.casefold()]
    return [
        app_commands.Choice(name=f"{kept.name} · {words.number(kept.count)}", value=kept.id)
        for kept in found[:CHOICES]
    ]  # fmt: skip


def _ids_in(path: Path) -> list[int]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [int(row["member_id"].removeprefix(ID_MARK)) for row in csv.DictReader(file)]
