"""Roles for a time, choices kept under a name, files and warnings: what else a role job can be asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.kept_lists import lists_of
from bot.sandbox import Guild, Message, Sandbox
from bot.sandbox.permissions import ADMINISTRATOR
from bot.sandbox.world import Role
from jobs.confirmation import Confirmations
from jobs.engine.states import State
from tests.contracts.openapi import Contract
from tests.e2e.conftest import Play, text_of
from tests.e2e.forms import buttons_of, filled, form_of, pressed, said, typed
from tests.e2e.hours import Hours, opened_hours
from tests.e2e.presses import job_of, posted
from tests.e2e.roles import (
    OTHER,
    ROLE,
    THIRD,
    add_roles,
    asked,
    confirmed,
    go,
    holders,
    people,
    playing_with,
    previewed,
    shows,
    table,
    undo_shown,
)
from tests.e2e.typist import with_role
from tests.stand_in import add_guild

HOUR = 3600.0


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE, OTHER, THIRD) as play:
        yield play


async def begun(hours: Hours, until: datetime, **more: Any) -> str:
    """A job that gives a role to all humans until then, confirmed."""
    lane, owner = str(hours.guild.id), str(hours.guild.owner_id)
    payload = {"guild_id": lane, "role_ids": [str(ROLE)], "who": "humans", "until": until.isoformat(), **more}
    job = await hours.app.queue.enqueue("bulk-role-assignment", payload, lane=lane, owner=owner)
    await until_state(hours, job.id, State.PAUSED)
    assert await Confirmations(hours.app.queue.records).confirm(job.id, 1, hours.clock.now())
    await hours.app.queue.unhold(job.id)
    return job.id


async def until_state(hours: Hours, job_id: str, state: State, *, step: float = 0.5) -> None:
    while True:
        found = await hours.app.queue.get(job_id)
        if found is not None and found.state is state:
            return
        turns = iter((False, True))
        await hours.until(lambda turns=turns: next(turns), step=step)  # type: ignore[misc]


async def test_a_role_for_a_time_is_taken_back_at_its_end_also_after_a_restart(tmp_path: Path) -> None:
    async with opened_hours(tmp_path) as hours:
        add_roles(hours.guild, ROLE)
        everybody = {m.user.id for m in people(hours.guild)}
        end = datetime.fromtimestamp(hours.clock.now() / 1000, UTC) + timedelta(hours=3)
        job_id = await begun(hours, end)
        job = await hours.ended(job_id, step=0.5)
        assert job.state is State.COMPLETED
        assert holders(hours.guild, ROLE) == everybody
        back = await hours.app.queue.get(f"{job_id}-back")
        assert back is not None
        assert (back.state, back.run_at) == (State.DELAYED, round(end.timestamp() * 1000))
        await hours.close()
        await hours.open()
        await hours.passed(2.9 * HOUR)
        assert holders(hours.guild, ROLE) == everybody
        undone = await hours.ended(f"{job_id}-back", step=10.0)
        assert undone.state is State.COMPLETED
        assert holders(hours.guild, ROLE) == set()


async def test_what_is_meant_for_a_time_ends_with_it_also_when_it_is_not_done_then(tmp_path: Path) -> None:
    async with opened_hours(tmp_path) as hours:
        add_roles(hours.guild, ROLE)
        end = datetime.fromtimestamp(hours.clock.now() / 1000, UTC) + timedelta(hours=1)
        role = hours.guild.roles[ROLE]
        tell = hours.sandbox.gateway.member_changed

        async def told(guild: Guild, member: Any) -> None:
            await tell(guild, member)
            role.position = 90 if len(hours.sandbox.world.role_changes) == 5 else role.position

        hours.sandbox.gateway.member_changed = told  # type: ignore[method-assign]
        job_id = await begun(hours, end)
        await until_state(hours, job_id, State.PAUSED)
        assert len(holders(hours.guild, ROLE)) == 5
        role.position = 1
        assert (await hours.ended(job_id, step=10.0)).state is State.CANCELLED
        assert (await hours.ended(f"{job_id}-back", step=10.0)).state is State.COMPLETED
        assert holders(hours.guild, ROLE) == set()


async def test_choices_are_kept_under_a_name_and_used_again(play: Play) -> None:
    first = await asked(play, who="humans", action="add", keep_as="Old Hands", joined_before="2020-01-01")
    assert first.state is State.COMPLETED, "nobody fits that, so nothing is asked"
    assert first.result is not None
    again = await asked(play, role_ids=[], preset="old  HANDS", joined_before="2100-01-01")
    assert again.state is State.PAUSED
    await go(play, again.id)
    assert (await play.ended(again.id)).state is State.COMPLETED
    assert holders(play.guild, ROLE) == {m.user.id for m in people(play.guild)}
    unknown = "No choices are kept here under the name nothing. "
    assert await refused(play, preset="nothing") == f"{unknown}There are: old hands. Ask again with one of them."
    elsewhere = add_guild(play.sandbox, 9)
    assert await refused(play, guild=elsewhere, preset="old hands") == (
        "No choices are kept here under the name old hands. Ask again, and choose them."
    ), "another server's are not known here"
    del play.guild.roles[ROLE]
    assert await refused(play, preset="old hands") == (
        f"The role {ROLE} is not here. It was deleted, or is another server's."
    )


async def refused(play: Play, **payload: Any) -> str:
    """Why a job with this preset ended before it asked anything."""
    job = await asked(play, role_ids=[], **payload)
    assert job.state is State.FAILED
    assert job.error is not None
    return job.error.message


async def test_members_come_from_a_file_and_the_table_names_them(play: Play) -> None:
    wanted = [m.user.id for m in people(play.guild)][:3]
    sent = await typed(play, "async-job", type="bulk-role-assignment", role=str(ROLE))
    assert list(form_of(sent)) == ["action", "who", "member_ids", "preset", "more_members"]
    panel = await filled(play, sent, {})
    assert "⚠️ Say who: choose members, send a list of ids, or choose all, humans or bots." in said(panel)
    assert panel.message is not None
    change = await pressed(play, panel.message, "Answer 6–10…")
    # As Excel saves it where numbers have a decimal comma, with one line twice.
    data = "member_id;name\r\n" + "".join(f"id:{id_};x, y\r\n" for id_ in [*wanted, wanted[0]])
    done = await filled(play, change, {}, files={"id_file": ("members.csv", data.encode("utf-8-sig"))})
    assert done.message is not None
    started = await pressed(play, done.message, "Start")
    await started.said()
    assert started.message is not None
    await shows(play, started.message, "**3** members would change")
    job = await confirmed(play, started.message)
    names = {play.guild.members[id_].display_name for id_ in wanted}
    assert {row["name"].removeprefix("'") for row in table(play, job.id).values()} == names


async def file_panel(play: Play, data: bytes) -> Message:
    """What stands in the panel once a file of ids was sent."""
    sent = await typed(play, "async-job", type="bulk-role-assignment", role=str(ROLE))
    panel = await filled(play, sent, {})
    assert panel.message is not None
    change = await pressed(play, panel.message, "Answer 6–10…")
    done = await filled(play, change, {}, files={"id_file": ("members.csv", data)})
    await done.said()
    assert done.message is not None
    return done.message


async def test_a_file_of_twenty_thousand_members_is_kept_as_a_list_and_named_by_it(play: Play) -> None:
    here = [m.user.id for m in people(play.guild)][:3]
    strangers = [10**17 + n for n in range(20_000)]
    rows = "".join(f"{id_},a name that nobody needs here\n" for id_ in [*strangers, *here])
    panel = await file_panel(play, f"id,name\n{rows}".encode())
    assert "Id file: **members.csv**" in text_of(panel)
    started = await pressed(play, panel, "Start")
    card = await started.said()
    said_ = await shows(play, card, "**3** members would change")
    assert "20,000 cannot be changed (20,000 not here)" in said_
    assert (await confirmed(play, card)).state is State.COMPLETED
    assert holders(play.guild, ROLE) == set(here)
    (kept,) = await lists_of(play.app.client.desk).of(play.guild.id)
    assert (kept.count, kept.source) == (20_003, {"file": "members.csv"})


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"id\n" + b"1" * 18 + b"\n1.23457E+17\n", "“1.23457E+17” is an id that a spreadsheet has shortened"),
        (b"name\nAda\nBo\n", "“Ada” is no id of a member."),
        (b"name\nAda\n" * 40_000, "“Ada” is no id of a member."),
        (b"Ada\n", "the file holds no id of a member."),
        (b"", "is empty."),
        (b"1" * 9_000_000, "has 8,790 KiB; up to 8,192 KiB can be read. Send it in parts."),
    ],
    ids=["shortened ids", "names", "many names", "one name", "nothing", "too much"],
)
async def test_a_file_that_names_nobody_is_refused_with_what_to_do(play: Play, data: bytes, sentence: str) -> None:
    panel = text_of(await file_panel(play, data))
    assert "⚠️ **Id file**: `members.csv`" in panel
    assert sentence in panel


async def test_roles_that_can_do_much_are_warned_of(play: Play) -> None:
    powerful = 5_000_000_000_000_009
    play.guild.roles[powerful] = Role(powerful, "powerful", 1 << 13 | 1 << 2, 1)
    moderator = with_role(play.guild, "Admin")
    play.guild.roles[max(moderator.roles)].permissions = 1 << 28
    card = await previewed(play, role=powerful, who="humans")
    assert f"⚠️ <@&{powerful}> can ban members, manage messages." in text_of(card)
    assert "can do what you may not" not in text_of(card), "the owner may do all of it"
    await play.app.client.desk.access.allow(play.guild.id, "bulk-role-assignment", max(moderator.roles))
    job = await asked(play, role_ids=[str(powerful)], who="humans", user=moderator.user.id)
    status = await typed(play, "job status", id=job.id)
    assert f"⚠️ <@&{powerful}> can do what you may not." in text_of(await status.said())
    play.guild.roles[powerful].permissions = ADMINISTRATOR
    card = await previewed(play, role=powerful, who="bots")
    assert f"⚠️ <@&{powerful}> can do everything." in text_of(card)


async def test_a_role_nobody_may_give_ends_the_job_before_anything_is_read(play: Play) -> None:
    admin = next(role.id for role in play.guild.roles.values() if role.name == "Admin")
    card = await previewed(play, role=admin, who="humans")
    assert "I may not manage the role Admin: it does not stand below mine. Move my role above it in" in text_of(card)
    assert "Nothing was changed." in text_of(card)
    assert buttons_of(card) == ["Retry", "Run again"], "there is nothing to be taken back"
    assert not [r for r in play.sandbox.requests if r.route == "/guilds/{guild_id}/members" and r.query]


async def test_an_undo_that_nobody_may_make_any_more_changes_nothing(play: Play) -> None:
    card = await previewed(play, who="humans")
    await confirmed(play, card)
    everybody = holders(play.guild, ROLE)
    play.guild.roles[ROLE].position = 90
    sent = await pressed(play, card, "Undo")
    said_ = await shows(play, await sent.said(), "Failed · Role Assignment: Undo")
    assert "I may not manage the role role 1: it does not stand below mine." in said_
    assert "Nothing was changed." in said_
    assert holders(play.guild, ROLE) == everybody


async def test_replace_and_its_undo_bring_back_what_each_member_had(play: Play) -> None:
    everybody = people(play.guild)
    for number, member in enumerate(everybody):
        member.roles = [role for role in (ROLE, OTHER) if number % 2 or role == ROLE]
    before = {m.user.id: sorted(m.roles) for m in everybody}
    card = await previewed(play, role=THIRD, who="humans", action="replace")
    assert (await confirmed(play, card)).state is State.COMPLETED
    assert all(m.roles == [THIRD] for m in everybody)
    undone = await confirmed(play, await undo_shown(play, card))
    assert undone.state is State.COMPLETED
    assert {m.user.id: sorted(m.roles) for m in everybody} == before


async def test_who_may_start_such_jobs_may_take_their_own_back_and_nobody_another_servers(play: Play) -> None:
    role = next(role.id for role in play.guild.roles.values() if role.name == "Moderator")
    moderator = with_role(play.guild, "Moderator")
    await play.app.client.desk.access.allow(play.guild.id, "bulk-role-assignment", role)
    job = await asked(play, who="humans", user=moderator.user.id)
    await go(play, job.id)
    await play.ended(job.id)
    sent = await pressed(play, posted(play, job.id, "undo"), "undo", user=moderator.user.id)
    await sent.said()
    assert sent.message is not None
    await shows(play, sent.message, "Please confirm")
    undone = await confirmed(play, sent.message, user=moderator.user.id)
    assert undone.state is State.COMPLETED, "who may start such a job may take their own back"
    foreign = {"guild_id": "1", "job_id": job.id}
    other = await play.app.queue.enqueue(
        "undo-role-assignment", foreign, lane="elsewhere", owner=str(play.guild.owner_id)
    )
    assert (await play.ended(other.id)).state is State.FAILED


async def test_all_that_is_asked_of_discord_keeps_to_its_document(play: Play, contract: Contract) -> None:
    card = await previewed(play, who="humans", role_ids=[str(ROLE), str(OTHER)])
    await confirmed(play, card)
    people(play.guild)[0].roles.remove(ROLE)
    await confirmed(play, await undo_shown(play, card))
    again = await asked(play, who="humans")
    await go(play, again.id)
    await play.ended(again.id)
    assert (await job_of(play, again.id)).state is State.COMPLETED
    problems = []
    for record in play.sandbox.requests:
        problems += contract.check_request(record.method, record.path, record.query, record.body)
        if record.status < 400:
            problems += contract.check_answer(record.method, record.path, record.status, record.response)
    assert problems == []
    seen = {(r.method, r.route) for r in play.sandbox.requests}
    one = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
    assert {("PUT", one), ("DELETE", one), ("PATCH", "/guilds/{guild_id}/members/{user_id}")} <= seen
