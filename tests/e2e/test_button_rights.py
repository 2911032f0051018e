"""Who may press what on a card: others, who lost their rights since, and who reads it in a direct message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox, SandboxInteraction
from bot.sandbox.world import DM, Channel
from jobs.engine.states import State
from tests.e2e import asking
from tests.e2e.conftest import Play, running, settings_for, text_of
from tests.e2e.forms import answer, buttons_of, pressed, said, typed
from tests.e2e.presses import at_work, job_of, posted, shows, start
from tests.e2e.typist import plain_members, with_role

REFUSED = "Only administrators, or a role allowed with `/queue access`, can start this here."


@pytest.fixture
def gate() -> asking.Gate:
    asking.GATES[:] = [asking.Gate()]
    return asking.GATES[0]


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with running(settings_for(sandbox, tmp_path, job_modules="tests.e2e.asking")) as app:
        await sandbox.bot_ready()
        yield Play(sandbox, app, guild)


async def test_who_may_press(play: Play, gate: asking.Gate) -> None:
    requester, other = plain_members(play.guild)[:2]
    administrator = with_role(play.guild, "Admin")
    moderator = with_role(play.guild, "Moderator")
    lane, owner = str(play.guild.id), requester.user.id
    payload = {"guild_id": lane}
    gate.open.set()
    done = await play.app.queue.enqueue("gate", payload, lane=lane, owner=str(owner))
    while not (await job_of(play, done.id)).state.is_final:
        await asyncio.sleep(0.01)
    refused = f"Only <@{owner}> and administrators can do that."
    card = posted(play, done.id, "pause", "resume", "cancel", "retry", "download", "run-again", "undo", "refresh")
    for label in ("pause", "resume", "cancel", "retry", "download", "run-again", "undo", "refresh"):
        for person in (other, moderator):
            assert await answer(play, card, label, user=person.user.id) == refused, (label, person)
    for user in (play.guild.owner_id, administrator.user.id, owner):
        ended = await answer(play, card, "cancel", user=user)
        assert ended == f"`{done.id}` has already ended.", "they may, so they are told how it stands"
    assert await answer(play, card, "run-again", user=owner) == REFUSED, "steering one's own is not starting another"
    await play.app.client.desk.access.allow(play.guild.id, "gate", max(moderator.roles))
    assert await answer(play, card, "run-again", user=moderator.user.id) == refused, "a role starts its own jobs"
    foreign = await play.app.queue.enqueue("gate", {"guild_id": "1"}, lane="1", owner=str(play.guild.owner_id))
    for label in ("pause", "cancel", "download", "run-again", "undo", "refresh"):
        assert await answer(play, posted(play, foreign.id, label), label) == "This job is another server's."


async def test_who_lost_the_right_to_ask_gets_neither_the_files_nor_what_was_for_them_alone(
    play: Play, gate: asking.Gate
) -> None:
    gate.open.set()
    person = with_role(play.guild, "Admin")
    card, job_id = await start(play, user=person.user.id)
    await play.ended(job_id)
    assert "**3 passed**" in text_of(card), "others see this card"
    assert buttons_of(card) == ["Download", "Undo", "Run again"]
    status = await typed(play, "job status", user=person.user.id, id=job_id)
    assert "**3 passed, by name**" in text_of(await status.said())
    powers, person.roles = person.roles, []
    refused = "Only administrators, or a role that may start this with `/queue access`, can have its files."
    assert await answer(play, card, "Download", user=person.user.id) == refused
    assert said(await heard_by(play, "job result", person.user.id, job_id)) == refused
    shown = await status.said()
    await pressed(play, shown, "Refresh", user=person.user.id)
    assert "**3 passed**" in text_of(shown)
    role = max(powers)
    person.roles = [role]
    play.guild.roles[role].permissions = 0
    await play.app.client.desk.access.allow(play.guild.id, "gate", role)
    sent = await pressed(play, card, "Download", user=person.user.id)
    await play.sandbox.until(lambda: sent.message is not None and sent.message.attachments)


async def heard_by(play: Play, command: str, user: int, job_id: str) -> SandboxInteraction:
    sent = await typed(play, command, user=user, id=job_id)
    await sent.said()
    return sent


async def test_a_card_in_a_direct_message_is_steered_from_there(play: Play, gate: asking.Gate) -> None:
    card, job_id = await start(play)
    await at_work(play, card)
    world, owner = play.sandbox.world, play.guild.owner_id
    direct = Channel(world.snowflake(), None, "", DM, recipient_id=owner)
    world.dms[direct.id] = direct
    copy = posted(play, job_id, "pause", "resume", "cancel", "download", channel=direct)
    await pressed(play, copy, "pause", user=owner)
    gate.open.set()
    await shows(play, card, "Paused · Gate")
    await pressed(play, copy, "resume", user=owner)
    assert (await play.ended(job_id)).state is State.COMPLETED
    sent = await pressed(play, copy, "download", user=owner)
    await play.sandbox.until(lambda: sent.message is not None and sent.message.attachments)
    member = play.guild.members.pop(owner)
    try:
        assert await answer(play, copy, "pause", user=owner) == "You are not in that server any more."
    finally:
        play.guild.members[owner] = member
