"""Nothing is changed before it is confirmed: by whom, of what, until when, and with which number."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.sandbox import Guild, Message, Sandbox
from jobs.confirmation import Confirmations
from jobs.engine.states import State
from jobs.handlers.bulk_role_assignment import work
from tests.e2e.conftest import Play, job_id_of, running, settings_for, text_of
from tests.e2e.forms import answer, filled, form_of, pressed, said
from tests.e2e.presses import job_of, posted
from tests.e2e.roles import (
    OTHER,
    ROLE,
    add_roles,
    asked,
    confirmed,
    go,
    holders,
    labels,
    people,
    playing_with,
    previewed,
    rows_of,
    writes,
)
from tests.e2e.slow import silent_database
from tests.e2e.typist import with_role


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE, OTHER) as play:
        yield play


async def test_only_who_asked_confirms_it(play: Play) -> None:
    card = await previewed(play, who="humans")
    other = with_role(play.guild, "Admin").user.id
    assert await answer(play, card, labels(card)[0], user=other) == (
        f"Only <@{play.guild.owner_id}>, who asked for it, can confirm it."
    )
    assert (await job_of(play, job_id_of(card))).state is State.PAUSED
    assert not writes(play)


async def test_another_question_than_the_one_that_was_shown_is_not_confirmed(play: Play) -> None:
    job_id = job_id_of(await previewed(play, who="humans"))
    older = posted(play, job_id, "confirm-7")
    assert await answer(play, older, "confirm-7") == (
        "This is not what is asked any more. Look at the message again, then press."
    )
    assert not writes(play)


async def test_what_was_confirmed_is_not_confirmed_again(play: Play) -> None:
    card = await previewed(play, who="humans")
    job = await confirmed(play, card)
    late = posted(play, job.id, "confirm-1")
    assert await answer(play, late, "confirm-1") == f"`{job.id}` waits for no confirmation; it is completed."


async def test_after_fifteen_minutes_it_cannot_be_confirmed(play: Play) -> None:
    card = await previewed(play, who="humans")
    job_id = job_id_of(card)
    confirmations = Confirmations(play.app.queue.records)
    question = await confirmations.of(job_id)
    assert question is not None
    asked_at = (await job_of(play, job_id)).updated_at
    assert abs(question.until - asked_at - 15 * 60_000) < 5_000
    await confirmations.ask(job_id, str(play.guild.id), replace(question, until=asked_at))
    assert await answer(play, card, labels(card)[0]) == (
        "It can not be confirmed any more. Run it again to see what it would do now."
    )
    assert not await confirmations.confirm(job_id, question.number, play.app.clock.now())


async def test_what_nobody_confirms_ends_by_itself_and_a_retry_shows_it_as_of_now(
    play: Play,
) -> None:
    card = await previewed(play, who="humans")
    job_id = job_id_of(card)
    confirmations = Confirmations(play.app.queue.records)
    question = await confirmations.of(job_id)
    assert question is not None
    over = replace(question, until=play.app.clock.now())
    await confirmations.ask(job_id, str(play.guild.id), over)
    await play.app.queue.unhold(job_id)
    await play.sandbox.until(lambda: "Nobody confirmed it within 15 minutes.\nNothing was changed." in text_of(card))
    assert (await job_of(play, job_id)).state is State.CANCELLED
    people(play.guild)[3].roles.append(ROLE)
    await play.app.queue.retry(job_id)
    await play.sandbox.until(lambda: "1 already right" in text_of(card))
    assert (await confirmed(play, card)).state is State.COMPLETED


async def test_a_thousand_changes_are_confirmed_by_a_press_and_one_more_by_their_number(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert work.TYPED_ABOVE == 1000
    most = len(people(play.guild)) - 1
    monkeypatch.setattr(work, "TYPED_ABOVE", most)
    opened = await pressed(play, await previewed(play, who="humans"), f"Confirm {most + 1} changes")
    assert opened.modal is not None
    some = [str(m.user.id) for m in people(play.guild)[:most]]
    job = await asked(play, member_ids=some)
    opened = await pressed(play, posted(play, job.id, "confirm-1"), "confirm-1")
    assert opened.modal is None
    assert (await play.ended(job.id)).state is State.COMPLETED


async def test_what_was_confirmed_is_done_as_it_was_shown_whatever_has_changed_since(play: Play) -> None:
    meant, others = people(play.guild)[:5], people(play.guild)[5:8]
    for member in meant:
        member.roles.append(OTHER)
    job = await asked(play, who="humans", any_roles=[str(OTHER)])
    meant[0].roles.remove(OTHER)
    for member in others:
        member.roles.append(OTHER)
    await go(play, job.id)
    await play.ended(job.id)
    assert holders(play.guild, ROLE) == {m.user.id for m in meant}


async def test_for_many_changes_their_number_is_typed(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "TYPED_ABOVE", 10)
    count = len(people(play.guild))
    card = await previewed(play, who="humans")
    opened = await pressed(play, card, f"Confirm {count} changes")
    assert list(form_of(opened)) == ["count"]
    assert opened.modal is not None
    assert opened.modal["components"][0]["label"] == f"Type {count} to confirm"
    wrong = await filled(play, opened, {"count": str(count + 1)})
    await play.sandbox.until(lambda: wrong.messages or wrong.message is not None)
    assert said(wrong) == f"That is not {count}, so nothing was changed. Press the button again."
    assert not writes(play)
    right = await pressed(play, card, f"Confirm {count} changes")
    await filled(play, right, {"count": f" {count} "})
    assert (await play.ended(job_id_of(card))).state is State.COMPLETED
    assert len(writes(play)) == count


async def test_a_form_that_would_come_too_late_is_asked_for_again(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "TYPED_ABOVE", 10)
    card = await previewed(play, who="humans")
    async with silent_database(play.app):
        sent = await pressed(play, card, labels(card)[0])
    await play.sandbox.until(lambda: sent.messages)
    assert said(sent) == "That took too long. Press the button again."


async def test_the_list_of_a_preview_names_everybody_with_what_would_become_of_them(play: Play) -> None:
    first = people(play.guild)[0]
    first.roles.append(ROLE)
    card = await previewed(play, more_members=f"<@{first.user.id}> {people(play.guild)[1].user.id} 99{'9' * 16}")
    sent = await pressed(play, card, "List (CSV)")
    await play.sandbox.until(lambda: sent.message is not None and sent.message.attachments)
    assert sent.ephemeral
    assert sent.message is not None
    rows = rows_of(sent.message.attachments[0].data)
    assert [(r["member_id"], r["state"], r["add"], r["why"]) for r in rows] == [
        (f"id:{first.user.id}", "right", "", ""),
        (f"id:{people(play.guild)[1].user.id}", "change", "role 1", ""),
        (f"id:99{'9' * 16}", "blocked", "", "gone"),
    ]


async def test_a_question_and_its_answer_outlive_a_restart(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> None:
    add_roles(guild, ROLE)
    settings = settings_for(sandbox, tmp_path)
    async with running(settings) as app:
        await sandbox.bot_ready()
        card: Message = await previewed(Play(sandbox, app, guild), who="humans")
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        assert (await confirmed(play, card)).state is State.COMPLETED
    assert len(writes(play)) == len(people(guild))


async def test_what_was_only_shown_is_cancelled_at_once_and_has_nothing_to_be_taken_back(play: Play) -> None:
    card = await previewed(play, who="humans")
    await pressed(play, card, "Cancel")
    assert (await play.ended(job_id_of(card))).state is State.CANCELLED
    assert "Nothing was changed." in text_of(card)
    assert labels(card) == ["Run again"]
    assert not writes(play)
