"""Who may confirm a role job, where, and what has changed between the preview and the press."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.world import DM, Channel
from jobs.engine.states import State
from jobs.handlers.bulk_role_assignment import work
from tests.e2e.conftest import Play, job_id_of, text_of
from tests.e2e.forms import answer, filled, pressed
from tests.e2e.presses import job_of, posted
from tests.e2e.roles import ROLE, asked, given, labels, people, playing_with, previewed, writes
from tests.e2e.town import until
from tests.e2e.typist import with_role


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE) as play:
        yield play


def direct(play: Play, user: int) -> Channel:
    channel = Channel(play.sandbox.world.snowflake(), None, "", DM, recipient_id=user)
    play.sandbox.world.dms[channel.id] = channel
    return channel


@pytest.mark.parametrize("many", [False, True], ids=["by a press", "with the number, typed"])
async def test_it_is_confirmed_in_a_direct_message_too(play: Play, monkeypatch: pytest.MonkeyPatch, many: bool) -> None:
    monkeypatch.setattr(work, "TYPED_ABOVE", 10 if many else 1000)
    everybody = [m.user.id for m in people(play.guild)]
    job_id = (await asked(play, who="humans")).id
    copy = posted(play, job_id, "confirm-1", channel=direct(play, play.guild.owner_id))
    sent = await pressed(play, copy, "confirm-1")
    assert (sent.modal is not None) == many
    if many:
        await filled(play, sent, {"count": str(len(everybody))})
    assert (await play.ended(job_id)).state is State.COMPLETED
    assert given(play, everybody)


async def test_in_a_direct_message_too_nobody_else_confirms_it_nor_who_has_left(play: Play) -> None:
    person, other = with_role(play.guild, "Admin"), play.guild.owner_id
    job_id = (await asked(play, who="humans", user=person.user.id)).id
    theirs = posted(play, job_id, "confirm-1", channel=direct(play, other))
    assert await answer(play, theirs, "confirm-1", user=other) == (
        f"Only <@{person.user.id}>, who asked for it, can confirm it."
    )
    own = posted(play, job_id, "confirm-1", channel=direct(play, person.user.id))
    del play.guild.members[person.user.id]
    assert await answer(play, own, "confirm-1", user=person.user.id) == "You are not in that server any more."
    assert (await job_of(play, job_id)).state is State.PAUSED
    assert not writes(play)


async def test_who_may_not_start_it_any_more_cannot_confirm_it_either(play: Play) -> None:
    person = with_role(play.guild, "Admin")
    card = await previewed(play, user=person.user.id, who="humans")
    person.roles = []
    assert await answer(play, card, labels(card)[0], user=person.user.id) == (
        "Only administrators, or a role allowed with `/queue access`, can start this here."
    )
    assert (await job_of(play, job_id_of(card))).state is State.PAUSED
    assert not writes(play)


async def test_who_may_start_it_and_manages_no_roles_any_more_changes_nothing(play: Play) -> None:
    person = with_role(play.guild, "Moderator")
    (role,) = (role for role in play.guild.roles.values() if role.name == "Moderator")
    await play.app.client.desk.access.allow(play.guild.id, "bulk-role-assignment", role.id)
    job_id = (await asked(play, who="humans", user=person.user.id)).id
    role.permissions = 0
    await pressed(play, posted(play, job_id, "confirm-1"), "confirm-1", user=person.user.id)
    why = "The person who asked for this may not manage roles here. They need the permission Manage Roles. "

    async def is_said() -> bool:
        job = await job_of(play, job_id)
        return job.state is State.PAUSED and (job.reason or "").startswith(why)

    await until(is_said)
    assert not writes(play)


async def test_two_presses_at_once_make_each_change_once(play: Play) -> None:
    everybody = [m.user.id for m in people(play.guild)]
    card = await previewed(play, who="humans")
    await asyncio.gather(*(pressed(play, card, labels(card)[0]) for _ in range(2)))
    job = await play.ended(job_id_of(card))
    assert (job.state, job.attempts) == (State.COMPLETED, 1)
    assert given(play, everybody)
    assert len(writes(play)) == len(everybody)
    assert f"**{len(everybody)}** members got it" in text_of(card)
