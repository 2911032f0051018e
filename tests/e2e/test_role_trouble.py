"""What becomes of a role job when somebody changes the server under it, or Discord does not play along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox import people as crowd
from bot.sandbox.buckets import Rate
from bot.sandbox.world import User
from jobs.engine.states import State
from jobs.handlers.bulk_role_assignment import work
from tests.e2e.conftest import Play, job_id_of, text_of
from tests.e2e.forms import buttons_of, pressed
from tests.e2e.roles import (
    OTHER,
    ROLE,
    THIRD,
    asked,
    at_change,
    confirmed,
    given,
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
from tests.e2e.typist import with_role

ONE = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
MEMBER = "/guilds/{guild_id}/members/{user_id}"


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE, OTHER, THIRD) as play:
        yield play


async def test_a_role_that_is_moved_above_the_bot_pauses_the_job_until_it_is_moved_back(play: Play) -> None:
    everybody = [m.user.id for m in people(play.guild)]
    at_change(play, 7, partial(crowd.change_role, play.sandbox, play.guild, ROLE, position=90))
    card = await previewed(play, who="humans")
    await pressed(play, card, labels(card)[0])
    said = await shows(play, card, "Paused · Role Assignment")
    assert (
        "I may not manage the role role 1: it does not stand below mine. Move my role above it in Server Settings, Roles. "
        f"Then press Resume: it goes on with the {len(everybody) - 7} left."
    ) in said
    assert f"**add <@&{ROLE}>**" in said
    assert f"7 of {len(everybody)} members changed · the rest was not touched" in said
    assert buttons_of(card) == ["Resume", "Cancel", "Undo", "Download"]
    assert len(table(play, job_id_of(card))) == 8, "what was done, and what was meant to be done"
    await pressed(play, card, "Resume")
    again = await shows(play, card, "Paused · Role Assignment")
    assert f"it goes on with the {len(everybody) - 7} left." in again
    play.guild.roles[ROLE].position = 1
    await pressed(play, card, "Resume")
    job = await play.ended(job_id_of(card))
    assert job.state is State.COMPLETED
    assert given(play, everybody)
    assert "refused" not in text_of(card)


async def test_a_role_that_is_deleted_pauses_the_job_and_is_named(play: Play) -> None:
    at_change(play, 3, partial(crowd.delete_role, play.sandbox, play.guild, ROLE))
    card = await previewed(play, who="humans")
    await pressed(play, card, labels(card)[0])
    said = await shows(play, card, "Paused · Role Assignment")
    assert (
        "The role role 1 is not here. It was deleted, or is another server's. "
        f"Press Cancel, and ask anew for the {len(people(play.guild)) - 3} left."
    ) in said
    await pressed(play, card, "Cancel")


async def test_who_is_demoted_in_the_middle_has_nothing_more_done_for_them(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert work.BATCH <= 50
    monkeypatch.setattr(work, "BATCH", 5)
    person = with_role(play.guild, "Admin")
    powers = list(person.roles)

    async def demote() -> None:
        await crowd.change_roles(play.sandbox, play.guild, person.user.id, [])

    at_change(play, 7, demote)
    card = await previewed(play, user=person.user.id, who="humans")
    await pressed(play, card, labels(card)[0], user=person.user.id)
    said = await shows(play, card, "Paused · Role Assignment")
    assert "The person who asked for this may not manage roles here. They need the permission Manage Roles." in said
    assert len(play.sandbox.world.role_changes) == 10, "a batch is the most that is done after it"
    person.roles = [*powers, *person.roles]
    await play.app.queue.unhold(job_id_of(card))
    assert (await play.ended(job_id_of(card))).state is State.COMPLETED


async def test_who_leaves_meanwhile_is_skipped(play: Play) -> None:
    last = people(play.guild)[-2].user.id
    at_change(play, 2, partial(crowd.leave, play.sandbox, play.guild, last))
    card = await previewed(play, who="humans")
    job = await confirmed(play, card)
    assert job.state is State.COMPLETED
    assert "1 has left" in text_of(card)
    assert table(play, job.id)[last]["result"] == "gone"


async def test_three_equal_refusals_in_a_row_stop_the_job_and_a_retry_tries_them_again(play: Play) -> None:
    card = await previewed(play, who="humans")
    play.sandbox.faults.add(method="PUT", route=ONE, status=403, code=50013, times=3, after=4)
    await pressed(play, card, labels(card)[0])
    said = await shows(play, card, "Failed · Role Assignment")
    assert "Discord refused 3 changes in a row for the same reason (code 50013), so I stopped." in said
    assert f"4 of {len(people(play.guild))} members changed · 3 refused by Discord · the rest was not touched" in said
    job_id = job_id_of(card)
    results = [row["result"] for row in table(play, job_id).values()]
    assert (results.count("ok"), results.count("failed")) == (4, 3)
    assert len(writes(play)) == 7
    await pressed(play, card, "Retry")
    await shows(play, card, "Completed · Role Assignment")
    job = await play.ended(job_id)
    assert "refused" not in text_of(card)
    everybody = [m.user.id for m in people(play.guild)]
    assert given(play, everybody)
    assert len(writes(play)) == len(everybody) + 3, "only what was refused is asked for again"
    assert job.progress is not None
    assert (job.progress.ok, job.progress.failed) == (len(everybody), 0)


async def test_one_refusal_is_that_members_alone(play: Play) -> None:
    card = await previewed(play, who="humans")
    play.sandbox.faults.add(method="PUT", route=ONE, status=403, code=50013, times=1, after=2)
    job = await confirmed(play, card)
    assert job.state is State.COMPLETED
    assert "1 was refused by Discord" in text_of(card)
    (failed,) = [row for row in table(play, job.id).values() if row["result"] == "failed"]
    assert failed["error"] == "Discord refused it (code 50013)."


async def test_a_server_that_asks_for_two_factors_says_who_has_to_do_what(play: Play) -> None:
    card = await previewed(play, who="humans")
    play.sandbox.faults.add(method="PUT", route=ONE, status=403, code=60003, times=3)
    await pressed(play, card, labels(card)[0])
    said = await shows(play, card, "Failed · Role Assignment")
    assert (
        "This server asks for two-factor authentication. Whoever owns me has to switch it on for their account.\n"
        f"0 of {len(people(play.guild))} members changed · 3 refused by Discord · the rest was not touched\n"
        "Press Retry when that is mended"
    ) in said


async def test_refusals_that_differ_or_do_not_follow_each_other_are_single_members(play: Play) -> None:
    card = await previewed(play, who="humans")
    for after, code, times in (
        (2, 50013, 1),
        (5, 50013, 1),
        (8, 50013, 1),
        (20, 50013, 2),
        (20, 50001, 1),
        (20, 50013, 2),
    ):
        # Behind each other where they begin at the same place.
        play.sandbox.faults.add(method="PUT", route=ONE, status=403, code=code, times=times, after=after)
    job = await confirmed(play, card)
    assert job.state is State.COMPLETED
    results = [row["result"] for row in table(play, job.id).values()]
    assert (results.count("failed"), results.count("ok")) == (8, len(results) - 8)
    codes = [row["error"][-7:-2] for _, row in sorted(table(play, job.id).items()) if row["error"]]
    assert codes[3:] == ["50013", "50013", "50001", "50013", "50013"]


async def test_a_list_that_met_an_outage_is_read_anew_and_sent_again(play: Play) -> None:
    some = people(play.guild)[:3]
    card = await previewed(play, role_ids=[str(ROLE), str(OTHER)], member_ids=[str(m.user.id) for m in some])
    play.sandbox.faults.add(method="PATCH", route=MEMBER, status=503, times=1, after=1)
    job = await confirmed(play, card)
    assert job.state is State.COMPLETED
    assert holders(play.guild, ROLE) == holders(play.guild, OTHER) == {m.user.id for m in some}
    again = [r for r in play.sandbox.requests if r.path.endswith(f"/members/{some[1].user.id}")]
    assert [r.method for r in again] == ["GET", "PATCH", "GET", "PATCH"]


async def test_who_leaves_while_it_is_open_what_was_done_is_gone(play: Play) -> None:
    everybody = [m.user.id for m in people(play.guild)]
    at_change(play, 7, partial(crowd.change_role, play.sandbox, play.guild, ROLE, position=90))
    card = await previewed(play, who="humans")
    await pressed(play, card, labels(card)[0])
    await shows(play, card, "Paused · Role Assignment")
    open_ = everybody[7]
    await crowd.leave(play.sandbox, play.guild, open_)
    play.guild.roles[ROLE].position = 1
    await pressed(play, card, "Resume")
    job = await play.ended(job_id_of(card))
    assert table(play, job.id)[open_]["result"] == "gone"
    assert "1 has left" in text_of(card)
    assert len([path for _, path in writes(play) if f"/{open_}/" in path]) == 1, "it was looked up, and not tried again"


async def test_limits_and_outages_are_waited_out_and_are_nobodys_failure(play: Play) -> None:
    everybody = [m.user.id for m in people(play.guild)]
    play.sandbox.buckets.chosen[f"PUT {ONE}"] = Rate(20, 0.2)
    play.sandbox.faults.add(method="PUT", route=ONE, status=429, times=3, after=5, retry_after=0.05)
    play.sandbox.faults.add(method="PUT", route=ONE, status=503, times=1, after=30)
    card = await previewed(play, who="humans")
    job = await confirmed(play, card)
    assert (job.state, job.attempts) == (State.COMPLETED, 1)
    assert given(play, everybody)
    assert {row["result"] for row in table(play, job.id).values()} == {"ok"}


async def test_several_roles_go_in_one_request_that_loses_nobody_elses_change(play: Play) -> None:
    everybody = people(play.guild)
    everybody[0].roles.append(OTHER)
    card = await previewed(play, who="humans", role_ids=[str(ROLE), str(OTHER)])
    others_deed = everybody[5]
    others_deed.roles.append(THIRD)
    job = await confirmed(play, card)
    assert job.state is State.COMPLETED
    assert holders(play.guild, ROLE) == holders(play.guild, OTHER) == {m.user.id for m in everybody}
    assert THIRD in others_deed.roles
    made = writes(play)
    assert [method for method, _ in made].count("PUT") == 1, "who lacks one role gets it alone"
    assert [method for method, _ in made].count("PATCH") == len(everybody) - 1 == len(made) - 1
    targets = {str(m.user.id) for m in everybody} - {str(play.guild.owner_id)}
    reads = [r.path for r in play.sandbox.requests if r.method == "GET" and r.path.rpartition("/")[2] in targets]
    assert len(reads) == len(set(reads)) <= len(everybody) - 1, "each is read once, right before"


async def test_a_cancel_that_comes_after_discord_has_done_it_writes_down_what_was_done(play: Play) -> None:
    play.sandbox.buckets.chosen[f"PUT {ONE}"] = Rate(3, 20.0)
    card = await previewed(play, who="humans")
    await pressed(play, card, labels(card)[0])
    await play.sandbox.until(lambda: len(play.sandbox.world.role_changes) == 3)
    job_id = job_id_of(card)
    # The third answer is there, and discord.py gives it back when the bucket is empty again.
    await play.app.queue.cancel(job_id, "Cancelled by a test.")
    job = await play.ended(job_id)
    assert job.state is State.CANCELLED
    entries = await play.app.queue.journal(job_id)
    assert [entry.settled_at is not None for entry in entries] == [True] * 3
    assert {row["result"] for row in table(play, job_id).values()} == {"ok"}
    assert buttons_of(card) == ["Undo", "Download", "Run again"]


async def test_an_undo_looks_up_what_nobody_knows(play: Play) -> None:
    card = await previewed(play, who="humans")
    lost = play.sandbox.faults.add(method="PUT", route=ONE, status="hang", late=True, after=4)
    await pressed(play, card, labels(card)[0])
    await play.sandbox.until(lambda: lost.hits)
    job_id = job_id_of(card)
    await play.app.queue.cancel(job_id, "Cancelled by a test.")
    await play.ended(job_id)
    assert len(holders(play.guild, ROLE)) == 5
    assert [row["result"] for row in table(play, job_id).values()].count("unknown") == 1
    undone = await confirmed(play, await undo_shown(play, card))
    assert undone.state is State.COMPLETED
    assert holders(play.guild, ROLE) == set()


async def test_who_comes_late_is_taken_along_and_the_result_is_checked(play: Play) -> None:
    everybody = [m.user.id for m in people(play.guild)]
    newcomer = User(play.sandbox.world.snowflake(), "latecomer")
    at_change(play, 4, partial(crowd.join, play.sandbox, play.guild, newcomer))
    asking = await asked(play, who="humans", late_joiners=True)
    await go(play, asking.id)
    job = await play.ended(asking.id)
    assert job.state is State.COMPLETED
    assert isinstance(job.result, dict)
    assert job.result["checked"] == {"stands": len(everybody), "late": 1}
    assert holders(play.guild, ROLE) == {*everybody, newcomer.id}
