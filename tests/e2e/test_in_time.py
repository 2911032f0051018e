"""Whatever is typed, pressed or sent is answered within Discord's three seconds while the database says nothing.

The stand-in gives up after three seconds like Discord; a press that nobody answers fails the test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Guild, Message, Sandbox, SandboxInteraction
from bot.sandbox.world import DM, Channel
from bot.settings import Settings
from jobs.engine.states import State
from tests.e2e import asking
from tests.e2e.conftest import Play, job_id_of, playing, settings_for, text_of
from tests.e2e.forms import buttons_of, filled, form_of, part_of, pressed, said, typed
from tests.e2e.presses import posted
from tests.e2e.slow import silent_database

LATE = "The form cannot open by itself any more, for I took longer than Discord waits. Open it with the button."
TEA = {"title": "Tea", "amount": "7"}


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return settings_for(
        sandbox, tmp_path, job_modules="tests.e2e.asking", user_commands_per_minute=0, user_unfinished_jobs=0
    )


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, settings: Settings) -> AsyncIterator[Play]:
    asking.GATES[:] = [asking.Gate()]
    async with playing(sandbox, guild, settings) as play:
        yield play


async def a_finished_job(play: Play) -> tuple[Message, str]:
    asking.GATES[-1].open.set()
    sent = await typed(play, "async-job", type="gate")
    card = await sent.said()
    job_id = job_id_of(card)
    await play.ended(job_id)
    return card, job_id


async def test_every_button_of_a_card_is_answered_in_time(play: Play) -> None:
    _, job_id = await a_finished_job(play)
    ended = f"`{job_id}` has already ended."
    read = {
        "pause": ended,
        "resume": f"`{job_id}` is not paused; it is completed.",
        "cancel": ended,
        "cancel-now": ended,
        "retry": f"`{job_id}` is completed; only a failed or cancelled job can be tried again.",
        "undo": f"Take back what Gate `{job_id}` did? What somebody has changed since stays.",
        "explode": "This button is from another version of me. Use `/job status`.",
    }
    cards = {action: posted(play, job_id, action) for action in read}
    async with silent_database(play.app):
        sent = await asyncio.gather(*(pressed(play, card, action) for action, card in cards.items()))
    for (action, words), press in zip(read.items(), sent, strict=True):
        await play.sandbox.until(lambda press=press: press.messages)  # type: ignore[misc]
        assert (said(press), press.messages[-1].ephemeral) == (words, True), action
        assert text_of(cards[action]) == "a card", "the card itself is the reporter's"


async def test_a_press_that_makes_something_is_answered_in_time_and_makes_it(play: Play) -> None:
    card, job_id = await a_finished_job(play)
    files = posted(play, job_id, "download")
    status = await (await typed(play, "job status", id=job_id)).said()
    before = status.edits
    question = (await pressed(play, card, "Undo")).message
    assert question is not None
    async with silent_database(play.app):
        again, download, refreshed, undone = await asyncio.gather(
            pressed(play, card, "Run again"),
            pressed(play, files, "download"),
            pressed(play, status, "Refresh"),
            pressed(play, question, "Take it back"),
        )
    assert "· Gate" in text_of(await again.said())
    assert not again.ephemeral
    await play.sandbox.until(lambda: download.message is not None and download.message.attachments)
    assert download.ephemeral
    await play.sandbox.until(lambda: status.edits > before)
    assert refreshed.messages == []
    assert "Gate: Back" in text_of(await undone.said())
    assert (await play.ended(job_id_of(await undone.said()))).state is State.COMPLETED


async def test_a_card_in_a_direct_message_is_answered_in_time_though_discord_hangs(play: Play) -> None:
    _, job_id = await a_finished_job(play)
    world, owner = play.sandbox.world, play.guild.owner_id
    direct = Channel(world.snowflake(), None, "", DM, recipient_id=owner)
    world.dms[direct.id] = direct
    card = posted(play, job_id, "pause", channel=direct)
    route = "/guilds/{guild_id}/members/{user_id}"
    play.sandbox.faults.add(method="GET", route=route, status="hang")
    sent = await pressed(play, card, "pause", user=owner)
    await play.sandbox.until(lambda: sent.messages, 20.0)
    assert said(sent) == "Discord did not answer. Try again in a minute."


async def test_a_list_is_turned_in_time(play: Play) -> None:
    lane = str(play.guild.id)
    for n in range(12):
        await play.app.queue.enqueue("one-way", {"guild_id": lane}, lane=lane, owner="1", delay=3600 + n)
    shown = await (await typed(play, "job list")).said()
    opened_id = part_of(shown, "Open one")["options"][0]["value"]
    async with silent_database(play.app):
        turned, opened = await asyncio.gather(
            pressed(play, shown, "Older"), pressed(play, shown, "Open one", values=[opened_id])
        )
    await play.sandbox.until(lambda: "Page 2" in str(shown.embeds))
    assert turned.messages == []
    assert f"`{opened_id}`" in text_of(await opened.said())


async def test_a_form_that_comes_too_late_is_opened_by_a_button(play: Play) -> None:
    async with silent_database(play.app):
        sent = await typed(play, "async-job", type="short-form")
        alone = await typed(play, "async-job", type="short-form", private=True)
    for one, private in ((sent, False), (alone, True)):
        await play.sandbox.until(lambda one=one: LATE in _seen(one))  # type: ignore[misc]
        panel = one.messages[-1] if one.messages else one.message
        assert panel is not None
        assert panel.ephemeral, "a form is its requester's own"
        assert one.message is None or one.message.ephemeral, "nothing of it stays for others to see"
        assert "Nothing is started yet." in text_of(panel)
        assert buttons_of(panel) == ["Open the form…", "Discard"]
        opened = await pressed(play, panel, "Open the form…")
        assert list(form_of(opened)) == ["title", "amount", "colour", "role_id", "ids"]
        done = await filled(play, opened, TEA | {"title": f"Tea {private}"})
        job = await play.ended(job_id_of(await done.said()))
        assert job.state is State.COMPLETED
        assert done.ephemeral is private


async def test_a_panel_is_answered_in_time(play: Play) -> None:
    place = str(play.guild.default_channel.id)
    first = {"first": "a", "second": "2", "fourth": place, "sixth": "1"}

    async def panel(number: int, *, private: bool = False) -> Message:
        sent = await typed(play, "async-job", type="long-form", private=private)
        return await (await filled(play, sent, first | {"second": str(number)})).said()

    public, alone, opened, discarded, answered = [await panel(n, private=n == 2) for n in range(1, 6)]
    form = await pressed(play, answered, "Answer 6–7…")
    async with silent_database(play.app):
        started, started_alone, slow, gone, sent = await asyncio.gather(
            pressed(play, public, "Start"),
            pressed(play, alone, "Start"),
            pressed(play, opened, "Answer 6–7…"),
            pressed(play, discarded, "Discard"),
            filled(play, form, {"fifth": "typed in a hurry"}),
        )
    for one, private in ((started, False), (started_alone, True)):
        job = await play.ended(job_id_of(await one.said()))
        assert job.state is State.COMPLETED
        assert one.ephemeral is private
    await play.sandbox.until(lambda: LATE in text_of(opened))
    assert form_of(await pressed(play, opened, "Answer 6–7…")), slow
    await play.sandbox.until(lambda: "Nothing was started." in text_of(discarded))
    assert not discarded.components, gone
    await play.sandbox.until(lambda: "Fifth: **typed in a hurry**" in text_of(answered))
    assert sent.messages == [], "the panel changes in its place, and its button starts the job"
    assert "Start" in buttons_of(answered)


async def test_help_comes_and_an_autocomplete_offers_nothing(play: Play) -> None:
    async with silent_database(play.app):
        told = await typed(play, "help")
        options = {"job status": "id", "job list": "type", "schedule pause": "id", "schedule add": "like"}
        offered = await asyncio.gather(
            *(
                play.sandbox.autocomplete(command, {option: ""}, focused=option, user=play.guild.owner_id)
                for command, option in options.items()
            )
        )
    assert text_of(await told.said()).startswith("\nHelp")
    assert offered[0] == offered[2] == offered[3] == []
    assert len(offered[1]) > 3, "what needs no database is offered in English"


def _seen(sent: SandboxInteraction) -> str:
    message = sent.messages[-1] if sent.messages else sent.message
    return text_of(message) if message is not None else ""
