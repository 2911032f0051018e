"""What others do to the same members while a role job is shown, waits or works: theirs is not counted as the job's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox import people as crowd
from jobs.engine.states import State
from jobs.handlers.bulk_role_assignment import work
from tests.e2e.conftest import Play, job_id_of, text_of
from tests.e2e.forms import pressed
from tests.e2e.roles import (
    OTHER,
    ROLE,
    THIRD,
    add_roles,
    asked,
    at_change,
    confirmed,
    go,
    holders,
    labels,
    people,
    playing_with,
    previewed,
    shows,
    table,
    undo_shown,
    writes,
)


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE, OTHER, THIRD) as play:
        yield play


async def test_what_others_gave_since_the_preview_is_right_already_and_stays_theirs(play: Play) -> None:
    everybody = {m.user.id for m in people(play.guild)}
    card = await previewed(play, who="humans")
    theirs = sorted(everybody)[3:6]
    for member in theirs:
        await crowd.change_roles(play.sandbox, play.guild, member, [*play.guild.members[member].roles, ROLE])
    job = await confirmed(play, card)
    assert f"**{len(everybody) - 3}** members got it" in text_of(card)
    assert "3 were right already" in text_of(card)
    assert len(writes(play)) == len(everybody) - 3, "what stands so takes no request"
    assert {table(play, job.id)[member]["result"] for member in theirs} == {"right"}
    undone = await confirmed(play, await undo_shown(play, card))
    assert undone.state is State.COMPLETED
    assert holders(play.guild, ROLE) == set(theirs)


async def test_what_others_give_while_it_works_is_seen_before_each_batch(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "BATCH", 5)
    theirs = people(play.guild)[40].user.id
    give = partial(crowd.change_roles, play.sandbox, play.guild, theirs, [*play.guild.members[theirs].roles, ROLE])
    at_change(play, 12, give)
    card = await previewed(play, who="humans")
    job = await confirmed(play, card)
    assert table(play, job.id)[theirs]["result"] == "right"
    reads = [r for r in play.sandbox.requests if r.route == "/guilds/{guild_id}/members" and r.query["limit"] == "100"]
    assert len(reads) == len(people(play.guild)) // 5, "one page for each batch"


async def test_a_refusal_in_the_middle_of_a_batch_puts_off_no_look(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "BATCH", 5)
    everybody = people(play.guild)
    card = await previewed(play, who="humans")
    theirs = everybody[6]
    theirs.roles.append(ROLE)
    play.sandbox.faults.add(
        method="PUT", route="/guilds/{guild_id}/members/{user_id}/roles/{role_id}", status=403, code=50013, after=2
    )
    job = await confirmed(play, card)
    results = [row["result"] for _, row in sorted(table(play, job.id).items())][:8]
    assert results == ["ok", "ok", "failed", "ok", "ok", "ok", "right", "ok"]


async def test_of_two_jobs_about_the_same_role_each_takes_back_what_it_gave_itself(play: Play) -> None:
    everybody = [m.user.id for m in people(play.guild)]
    first = await asked(play, member_ids=[*map(str, everybody[:30])])
    second = await asked(play, member_ids=[*map(str, everybody[20:50])])
    for job in (first, second):
        await go(play, job.id)
    results = [(await play.ended(job.id)).result for job in (first, second)]
    counts = [result["counts"] for result in results if isinstance(result, dict)]
    assert counts == [{"ok": 30}, {"ok": 20, "right": 10}]
    payload = {"guild_id": str(play.guild.id), "job_id": second.id, "ask": False}
    back = await play.app.queue.enqueue(
        "undo-role-assignment", payload, lane=str(play.guild.id), owner=str(play.guild.owner_id)
    )
    assert (await play.ended(back.id)).state is State.COMPLETED
    assert holders(play.guild, ROLE) == set(everybody[:30])


async def test_ten_roles_of_one_member_survive_another_bot_that_changes_them_meanwhile(play: Play) -> None:
    tens = [5_000_000_000_000_100 + n for n in range(10)]
    add_roles(play.guild, *tens)
    person = people(play.guild)[2]
    person.roles = [*tens[5:], OTHER]
    card = await previewed(play, role_ids=[*map(str, tens[:5]), str(OTHER)], member_ids=[str(person.user.id)])
    person.roles = [*tens[7:], tens[0], OTHER, THIRD]
    job = await confirmed(play, card)
    assert set(person.roles) == {*tens[:5], *tens[7:], OTHER, THIRD}
    assert table(play, job.id)[person.user.id]["before"] == "role 0", "what another bot gave is not this job's"
    await confirmed(play, await undo_shown(play, card))
    assert set(person.roles) == {tens[0], *tens[7:], OTHER, THIRD}


async def test_an_undo_says_of_whom_it_takes_back_only_a_part(play: Play) -> None:
    one, two, three = people(play.guild)[:3]
    card = await previewed(
        play, role_ids=[str(ROLE), str(OTHER)], member_ids=[str(m.user.id) for m in (one, two, three)]
    )
    await confirmed(play, card)
    two.roles.remove(OTHER)
    three.roles = [THIRD]
    shown = await undo_shown(play, card)
    said = text_of(shown)
    assert (
        "**2** members would change\n"
        "1 of them only in part: others have changed the rest since\n"
        "1 cannot be changed (1 changed by others since)"
    ) in said
    rows = table(play, job_id_of(shown), "plan.csv")
    assert [
        (rows[m.user.id]["state"], rows[m.user.id]["remove"], rows[m.user.id]["why"]) for m in (one, two, three)
    ] == [
        ("change", "role 1, role 2", ""),
        ("change", "role 1", "changed"),
        ("blocked", "", "changed"),
    ]
    await confirmed(play, shown)
    assert not {ROLE, OTHER}.intersection(one.roles, two.roles)
    assert three.roles == [THIRD]


async def undone(play: Play, source: str, **more: object) -> dict[str, int]:
    """Take back a job without asking; what came of how many."""
    payload = {"guild_id": str(play.guild.id), "job_id": source, "ask": False}
    lane, owner = str(play.guild.id), str(play.guild.owner_id)
    job = await play.app.queue.enqueue("undo-role-assignment", payload, lane=lane, owner=owner, **more)
    result = (await play.ended(job.id)).result
    assert isinstance(result, dict)
    return dict(result["counts"])  # type: ignore[arg-type]


@pytest.mark.parametrize("kept", [True, False], ids=["while the first undo is kept", "and after that"])
async def test_what_was_taken_back_and_given_anew_by_others_is_not_taken_back_again(play: Play, kept: bool) -> None:
    """As with roles for a time that were undone before it was over."""
    everybody = [m.user.id for m in people(play.guild)][:5]
    end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    job = await asked(play, member_ids=[*map(str, everybody)], until=end)
    await go(play, job.id)
    await play.ended(job.id)
    assert await undone(play, job.id) == {"ok": 5}
    theirs = play.guild.members[everybody[1]]
    theirs.roles.append(ROLE)
    if not kept:
        assert await play.app.queue.clean_up(0) == 1, "the undo; the job itself has an end that is still to come"
    assert await undone(play, job.id) == {}
    assert holders(play.guild, ROLE) == {theirs.user.id}


async def test_an_undo_that_was_undone_counts_as_none(play: Play) -> None:
    everybody = [m.user.id for m in people(play.guild)][:5]
    job = await asked(play, member_ids=[*map(str, everybody)])
    await go(play, job.id)
    await play.ended(job.id)
    assert await undone(play, job.id, job_id="first") == {"ok": 5}
    assert await undone(play, "first", job_id="second") == {"ok": 5}
    assert holders(play.guild, ROLE) == set(everybody)
    assert await undone(play, job.id) == {"ok": 5}
    assert holders(play.guild, ROLE) == set()


async def test_an_undo_that_was_broken_off_leaves_the_rest_to_the_next(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = await previewed(play, who="humans")
    await confirmed(play, card)
    everybody = sorted(holders(play.guild, ROLE))
    broken = await undo_shown(play, card)
    at_change(play, 4, partial(play.app.queue.cancel, job_id_of(broken), "Cancelled by a test."))
    await pressed(play, broken, labels(broken)[0])
    await play.ended(job_id_of(broken))
    left = len(holders(play.guild, ROLE))
    assert 0 < left < len(everybody)
    theirs = play.guild.members[everybody[0]]
    theirs.roles.append(ROLE)
    again = await undo_shown(play, card)
    assert f"**{left}** members would change · {len(everybody) - left} already right" in text_of(again)
    await confirmed(play, again)
    assert holders(play.guild, ROLE) == {theirs.user.id}


async def test_what_is_open_behind_the_cursor_is_looked_up_too(play: Play) -> None:
    """A kill between a kept cursor and the result in front of it leaves an intent that no stage comes back to."""
    everybody = [m.user.id for m in people(play.guild)]
    at_change(play, 7, partial(crowd.change_role, play.sandbox, play.guild, ROLE, position=90))
    card = await previewed(play, who="humans")
    await pressed(play, card, labels(card)[0])
    await shows(play, card, "Paused · Role Assignment")
    job_id = job_id_of(card)
    (open_,) = [entry.key for entry in await play.app.queue.journal(job_id) if entry.settled_at is None]
    assert open_ == str(everybody[7])

    sql = "UPDATE checkpoint SET value = json_set(value, '$.cursor', ?) WHERE job = ? AND name LIKE 'stage:2:%'"
    await play.app.queue.transact(lambda tx: tx.connection.execute(sql, (f"0:{open_}", job_id)))
    play.guild.roles[ROLE].position = 1
    await pressed(play, card, "Resume")
    assert (await play.ended(job_id)).state is State.COMPLETED
    assert holders(play.guild, ROLE) == set(everybody)
