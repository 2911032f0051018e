"""Who may press what on a card: others, who lost their rights since, and who reads it in a direct message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from bot.languages.catalogue import read_catalogue
from bot.languages.words import HOME
from bot.sandbox import Guild, Message, Sandbox, SandboxInteraction
from bot.sandbox.world import DM, Channel
from jobs.engine.states import State
from tests.e2e import asking
from tests.e2e.conftest import Play, playing, settings_for, text_of
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
    settings = settings_for(
        sandbox, tmp_path, job_modules="tests.e2e.asking", user_commands_per_minute=0, user_unfinished_jobs=0
    )
    async with playing(sandbox, guild, settings) as play:
        yield play


OTHERS = "Only <@{owner}> and administrators can do that."
FOREIGN = "This job is another server's."
LEFT = "You are not in that server any more."
ADMINISTRATORS = "Only administrators can do this here."
NO_FILES = "Only administrators, or a role that may start this with `/queue access`, can have its files."
BOSSES = frozenset({"owner", "administrator"})
THEIRS = BOSSES | {"requester"}
ROWS: Mapping[str, tuple[frozenset[str], str]] = {
    "pause": (THEIRS, ""),
    "resume": (THEIRS, ""),
    "cancel": (THEIRS, ""),
    "cancel-now": (THEIRS, ""),
    "keep": (THEIRS, ""),
    "refresh": (THEIRS, ""),
    "undo": (THEIRS, ""),
    "retry": (BOSSES, REFUSED),
    "download": (BOSSES, NO_FILES),
    "inactive": (BOSSES, NO_FILES),
    "give-role": (BOSSES, NO_FILES),
    "weekly": (BOSSES, ADMINISTRATORS),
    "run-again": (BOSSES, REFUSED),
    "undo-now": (BOSSES, REFUSED),
}
"""Who may press a button of the requester's job, and what the requester reads who may not start such jobs."""
REFUSALS = ("Only ", FOREIGN, LEFT)


@pytest.fixture
async def people(play: Play, gate: asking.Gate) -> Mapping[str, int]:
    """`allowed` has a role of `/queue access`; that lets them start their own jobs, and press nobody else's buttons."""
    requester, member, allowed, left = (m for m in plain_members(play.guild)[:4])
    moderator = with_role(play.guild, "Moderator")
    role = next(r.id for r in play.guild.roles.values() if r.name == "Veteran")
    for person in (requester, member):
        person.roles = [r for r in person.roles if r != role]
    allowed.roles.append(role)
    await play.app.client.desk.access.allow(play.guild.id, "gate", role)
    await play.app.client.desk.access.allow(play.guild.id, "gate-back", role)
    del play.guild.members[left.user.id]
    gate.open.set()
    return {
        "owner": play.guild.owner_id,
        "administrator": with_role(play.guild, "Admin").user.id,
        "requester": requester.user.id,
        "allowed": allowed.user.id,
        "moderator": moderator.user.id,
        "member": member.user.id,
        "left": left.user.id,
    }


async def a_done_job(play: Play, owner: int, lane: str) -> str:
    job = await play.app.queue.enqueue("gate", {"guild_id": lane}, lane=lane, owner=str(owner))
    while not (await job_of(play, job.id)).state.is_final:
        await asyncio.sleep(0.01)
    return job.id


def test_every_button_of_a_job_has_a_row() -> None:
    catalogue = read_catalogue(HOME, "en")
    assert catalogue is not None
    named = {key.removeprefix("button-") for key in catalogue.patterns if key.startswith("button-")}
    assert named - {"gone"} == set(ROWS)


@pytest.mark.parametrize("direct", [False, True], ids=["in the server", "in a direct message"])
@pytest.mark.parametrize("action", ROWS)
async def test_who_may_press_a_button_may_and_nobody_else(
    play: Play, people: Mapping[str, int], action: str, direct: bool
) -> None:
    may, told = ROWS[action]
    job_id = await a_done_job(play, people["requester"], str(play.guild.id))
    for person, user in people.items():
        if person == "left" and not direct:
            continue
        place = direct_channel(play, user) if direct else None
        card = posted(play, job_id, action, channel=place)
        sent = await pressed(play, card, action, user=user)
        heard = await what_came(play, sent, card)
        if person in may:
            assert not heard.startswith(REFUSALS), (person, heard)
        elif person == "left":
            assert heard == LEFT
        else:
            refused = told if person == "requester" else OTHERS.format(owner=people["requester"])
            assert heard == refused, person
    done = await play.app.queue.get(job_id)
    assert done is not None
    assert done.state is State.COMPLETED


@pytest.mark.parametrize("action", ROWS)
async def test_a_button_of_another_servers_job_is_nobodys_here(
    play: Play, people: Mapping[str, int], action: str
) -> None:
    job_id = await a_done_job(play, people["owner"], "1")
    for person in ("owner", "administrator", "member"):
        assert await answer(play, posted(play, job_id, action), action, user=people[person]) == FOREIGN


def direct_channel(play: Play, user: int) -> Channel:
    world = play.sandbox.world
    channel = Channel(world.snowflake(), None, "", DM, recipient_id=user)
    world.dms[channel.id] = channel
    return channel


async def what_came(play: Play, sent: SandboxInteraction, card: Message) -> str:
    """What whoever pressed reads, or what has become of the card."""
    before = card.content

    def there() -> bool:
        own = sent.message is not None and sent.message is not card
        full = own and sent.message is not None and (text_of(sent.message).strip() or sent.message.attachments)
        return bool(sent.messages or full or card.content != before or card.edits)

    await play.sandbox.until(there)
    if sent.messages or sent.message is not None:
        return said(sent).strip()
    return text_of(card)


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
