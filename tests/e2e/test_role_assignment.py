"""Roles for many members, from the command to the undo, in the real bot on the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox
from jobs.engine.states import State
from tests.e2e.conftest import Play, job_id_of, text_of
from tests.e2e.roles import (
    OTHER,
    ROLE,
    confirmed,
    given,
    holders,
    labels,
    people,
    playing_with,
    previewed,
    table,
    undo_shown,
    writes,
)


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE, OTHER) as play:
        yield play


async def test_a_role_for_all_humans_is_shown_confirmed_given_and_written_down(play: Play) -> None:
    everybody = people(play.guild)
    everybody[0].roles.append(ROLE)
    wanted = [m.user.id for m in everybody[1:]]
    card = await previewed(play, who="humans")
    said = text_of(card)
    assert "Please confirm · Role Assignment" in said
    assert f"add <@&{ROLE}>" in said
    assert f"**{len(wanted)}** members would change · 1 already right" in said
    assert "For example: " + ", ".join(f"<@{id_}>" for id_ in wanted[:10]) in said
    assert "About 1 min." in said, "at one a second, while nothing better is known"
    assert labels(card) == [f"Confirm {len(wanted)} changes", "List (CSV)", "Cancel"]
    assert not writes(play), "nothing is changed before"
    job = await confirmed(play, card)
    assert job.state is State.COMPLETED
    assert given(play, wanted)
    assert holders(play.guild, ROLE) == {m.user.id for m in everybody}
    assert f"**{len(wanted)}** members got it" in text_of(card)
    reason = play.sandbox.world.role_changes[0].reason
    owner = play.guild.members[play.guild.owner_id]
    assert reason == f"Errand job {job.id} for {owner.display_name} ({owner.user.id})"
    rows = table(play, job.id)
    assert set(rows) == set(wanted)
    assert {(r["before"], r["after"], r["result"], r["error"]) for r in rows.values()} == {("", "role 1", "ok", "")}
    assert len(writes(play)) == len(wanted), "one request for each"


async def test_an_undo_is_shown_first_and_takes_back_what_still_stands(play: Play) -> None:
    card = await previewed(play, who="humans")
    await confirmed(play, card)
    wanted = holders(play.guild, ROLE)
    changed_since = next(iter(wanted))
    play.guild.members[changed_since].roles.remove(ROLE)
    undone = await undo_shown(play, card)
    said = text_of(undone)
    assert f"**{len(wanted) - 1}** members would change" in said
    assert f"**take back what `{job_id_of(card)}` did with <@&{ROLE}>**" in said
    assert "1 cannot be changed (1 changed by others since)" in said
    job = await confirmed(play, undone)
    assert job.state is State.COMPLETED
    assert holders(play.guild, ROLE) == set()
    assert "Role Assignment: Undo" in text_of(undone)
    again = await undo_shown(play, undone)
    await confirmed(play, again)
    assert holders(play.guild, ROLE) == wanted - {changed_since}
    assert job_id_of(again) != job.id
