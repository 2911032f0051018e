"""What is counted of what was asked for, and that nothing is left of what was not to be told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Container, Iterable
from pathlib import Path
from typing import Any

import pytest

from jobs.activity.store import EVERYTHING, Count, Membership, Source, quarter_of
from jobs.engine.model import Job
from jobs.engine.states import State
from jobs.handlers.member_activity_analysis import handler
from jobs.handlers.member_activity_analysis.counting import People, add_people, people_in
from jobs.handlers.member_activity_analysis.report import report
from jobs.handlers.member_activity_analysis.spool import PAGE, Spool
from jobs.services import Interval, MemberInfo
from tests.handlers.test_member_activity_analysis import DAY, DAY_MS, ENGLISH, GUILD, NAME, RANGE, Desk, opened, sent

WEEK = Interval(DAY, DAY + 7 * DAY_MS)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """100 writes, 101 speaks, 102 reacts."""
    async with opened(tmp_path) as desk:
        joined = DAY - 100 * DAY_MS
        desk.discord.people = [MemberInfo(n, f"m{n}", False, joined) for n in (100, 101, 102, 103)]
        desk.discord.history = {10: sent([(n * 3_600_000, 100) for n in range(5)])}
        quarter = quarter_of(DAY + DAY_MS)
        counts = [
            Count(GUILD, 13, 101, quarter, voice_ms=600_000),
            Count(GUILD, 10, 102, quarter, reactions=3),
        ]
        await desk.store.add_recorded(counts, [(GUILD, WEEK)])
        yield desk


def result_of(job: Job) -> dict[str, Any]:
    assert isinstance(job.result, dict), job.error
    return job.result


async def test_writing_speaking_and_reacting_each_make_active(desk: Desk) -> None:
    job = await desk.run()
    result = result_of(job)
    assert (result["active"], result["messages"], result["voice_ms"], result["reactions"]) == (3, 5, 600_000, 3)
    assert desk.rows(job)["id:102"]["reactions"] == "3"
    assert desk.rows(job)["id:102"]["inactive"] == "no"
    assert result["inactive"]["members"] == 1


@pytest.mark.parametrize(
    ("left_out", "silent"),
    [("include_message_count", "100"), ("include_voice_time", "101"), ("include_reactions", "102")],
)
async def test_what_was_not_asked_for_makes_nobody_active(desk: Desk, left_out: str, silent: str) -> None:
    job = await desk.run(**{left_out: False})
    row = desk.rows(job)[f"id:{silent}"]
    assert (row["active"], row["last_active_at"], row["inactive"]) == ("no", "", "yes")
    assert result_of(job)["active"] == 2


async def test_each_limit_of_the_rules_counts_its_own_signal(desk: Desk) -> None:
    found = {name: result_of(await desk.run(**{name: limit}))["inactive"]["members"] for name, limit in (
        ("inactive_messages", 5), ("inactive_voice_minutes", 10), ("inactive_reactions", 3),
    )}  # fmt: skip
    assert found == {"inactive_messages": 2, "inactive_voice_minutes": 2, "inactive_reactions": 2}
    assert result_of(await desk.run(inactive_reactions=2))["inactive"]["members"] == 1


async def test_reactions_that_nobody_listened_to_are_unknown_and_not_none(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        await desk.store.add_recorded([], [(GUILD, WEEK)], sources=EVERYTHING & ~Source.REACTIONS)
        coverage = result_of(await desk.run())["coverage"]
    assert (coverage["reactions_since"], coverage["reactions_share"]) == (None, 0.0)
    assert coverage["voice_share"] == 1.0


async def test_who_opts_out_while_the_job_reads_is_in_nothing_it_finds(desk: Desk) -> None:
    read = desk.discord.members

    async def leaving(guild_id: int) -> Any:
        async for page in read(guild_id):
            yield page
        await desk.members.opt_out(GUILD, 100)

    desk.discord.members = leaving  # type: ignore[method-assign]
    job = await desk.run()
    assert "id:100" not in desk.rows(job)
    assert result_of(job)["members"] == 3


async def test_nothing_but_the_files_is_left_of_the_work(desk: Desk) -> None:
    job = await desk.run()
    folder = desk.artifacts.path(job.id, "chart.png").parent
    assert sorted(path.name for path in folder.iterdir()) == [
        "chart.png",
        "inactive.csv",
        "members.csv",
        "members.xlsx",
        "report.html",
    ]


async def test_a_cancel_waits_for_who_is_still_writing_members_down(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or they would write into a folder that is being deleted."""
    writing, written = threading.Event(), list[int]()

    def slowly(people: People, members: Iterable[MemberInfo], roles: Container[int]) -> None:
        writing.set()
        time.sleep(1.5)  # longer than a handler may take to end by itself
        add_people(people, members, roles)
        written.append(people.count)

    monkeypatch.setattr(handler, "add_people", slowly)
    job = await desk.queue.enqueue(NAME, RANGE, owner="100", lane=str(GUILD))
    await asyncio.to_thread(writing.wait)
    await desk.queue.cancel(job.id, "not needed any more")
    job = await desk.ended(job)
    assert (job.state, len(written)) == (State.CANCELLED, 1)
    assert list((tmp_path / "artifacts" / job.id).iterdir()) == []


def test_members_are_handed_on_whole_and_in_order(tmp_path: Path) -> None:
    people, members = people_in(tmp_path), [MemberInfo(n, f"m{n}", False, None, (n, 7)) for n in range(2500)]
    add_people(people, members[:3], range(2500))
    add_people(people, members[3:], range(2500))
    assert list(people) == members
    assert (len(people), list(people)) == (2500, members), "as often as one likes"


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
def test_what_is_begun_anew_holds_what_was_added_since(tmp_path: Path, count: int) -> None:
    Spool.begun(tmp_path / "values", int).add((n,) for n in range(PAGE))
    spool = Spool.begun(tmp_path / "values", lambda number, name: (number, name))
    assert (len(spool), list(spool)) == (0, [])
    spool.add((n, f"name {n}") for n in range(count))
    assert (len(spool), list(spool)) == (count, [(n, f"name {n}") for n in range(count)])


def test_of_members_only_those_roles_are_handed_on_that_are_asked_for(tmp_path: Path) -> None:
    people = people_in(tmp_path)
    add_people(people, [MemberInfo(1, "m", False, None, (5, 6, 7))], [6])
    assert [member.role_ids for member in people] == [(6,)]


async def test_who_left_is_told_of_everybody_as_far_as_it_was_seen(desk: Desk) -> None:
    moves = [Membership(GUILD, member, quarter_of(DAY + 3_600_000), 0, 1) for member in (900, 901)]
    await desk.store.add_recorded([], [(GUILD, WEEK)], memberships=moves)
    job = await desk.run()
    assert result_of(job)["gone"] == {"members": 2, "since": DAY, "share": 1.0}
    assert any(" · 2 left" in line for line in report(job, ENGLISH).lines)
    assert result_of(await desk.run(roles=["7"]))["gone"] is None, "who is gone has no roles"
