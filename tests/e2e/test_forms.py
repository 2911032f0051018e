"""`/async-job` asks for what a job type needs, in the real client: forms, the panel, wrong answers, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Guild, Message, Sandbox, SandboxInteraction
from bot.settings import Settings
from bot.views import drafts
from jobs.engine.states import State
from tests.e2e.conftest import Play, job_id_of, playing, running, settings_for
from tests.e2e.forms import buttons_of, filled, form_of, pressed, said, typed
from tests.e2e.typist import heard

GONE = "These answers are not kept any more. Use `/async-job` again."
MODULES = "examples.guest_list,tests.e2e.asking"


@pytest.fixture(autouse=True)
def a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forms are what is looked at here, so they have nearly all of Discord's three seconds; `test_in_time` has less."""
    monkeypatch.setattr("bot.answers.ANSWER_WITHIN_S", 2.5)


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return settings_for(sandbox, tmp_path, job_modules=MODULES, user_commands_per_minute=60)


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, settings: Settings) -> AsyncIterator[Play]:
    async with playing(sandbox, guild, settings) as play:
        yield play


async def result_of(play: Play, sent: SandboxInteraction) -> Any:
    """What the job, whose card answered `sent`, was given."""
    await sent.said()
    assert sent.message is not None
    job = await play.ended(job_id_of(sent.message))
    assert job.state is State.COMPLETED, job
    return job.result


async def drafts_left(play: Play) -> int:
    return len(await play.app.queue.records.find(drafts.KIND))


def panel_of(sent: SandboxInteraction) -> Message:
    assert sent.message is not None
    return sent.message


async def test_a_form_is_filled_in_and_the_job_gets_it_all(play: Play) -> None:
    sent = await typed(play, "async-job", type="short-form")
    fields = form_of(sent)
    assert sent.modal is not None
    assert sent.modal["title"] == "Short Form"
    assert list(fields) == ["title", "amount", "colour", "role_id", "ids"]
    assert fields["amount"]["placeholder"] == "A whole number, 1 or more, up to 100"
    role = str(max(play.guild.roles))
    answers = {"title": "Tea", "amount": "7", "colour": "dark_blue", "role_id": role}
    done = await filled(play, sent, answers, files={"ids": ("ids.csv", b"\xef\xbb\xbf1\n2\n")})
    assert not done.ephemeral
    assert await result_of(play, done) == {
        "guild_id": str(play.guild.id),
        "title": "Tea",
        "amount": 7,
        "colour": "dark_blue",
        "role_id": role,
        "ids": "1\n2\n",
    }
    assert await drafts_left(play) == 0


async def test_an_option_that_was_given_is_not_asked_again(play: Play) -> None:
    role = max(play.guild.roles)
    sent = await typed(play, "async-job", type="short-form", role=str(role), private=True, notify="never")
    assert "role_id" not in form_of(sent)
    done = await filled(play, sent, {"title": "Tea", "amount": "7"})
    assert done.ephemeral, "private holds for what comes of the form"
    assert (await result_of(play, done))["role_id"] == str(role)


async def test_an_option_that_a_type_has_no_use_for_is_refused(play: Play) -> None:
    sent = await typed(play, "async-job", type="short-form", channel=str(play.guild.default_channel.id))
    assert said(sent) == "Short Form takes no channel. Leave `channel` out."
    sent = await typed(play, "async-job", type="short-form", start="7d")
    assert said(sent) == "Short Form has no days to choose. Leave `start` and `end` out."


async def test_more_than_a_job_takes_is_refused_to_the_caller_alone(play: Play) -> None:
    sent = await typed(play, "async-job", type="short-form")
    quotes = b'"' * 190_000  # each takes two bytes where it is kept
    answer = await heard(await filled(play, sent, {"title": "Tea", "amount": "7"}, files={"ids": ("ids.csv", quotes)}))
    assert "That is 380,098 bytes; a job takes 262,144. Nothing was started; ask for less." in answer.text
    assert answer.alone
    assert (await play.app.queue.statistics()).total == 0


async def test_a_type_that_takes_nothing_starts_at_once(play: Play) -> None:
    for options in ({}, {"details": True}):
        sent = await typed(play, "async-job", type="bell", **options)
        assert await result_of(play, sent) == {"payload": None, "lane": str(play.guild.id)}


async def test_a_type_that_takes_nothing_refuses_what_it_is_told(play: Play) -> None:
    role = str(next(iter(play.guild.roles)))
    assert said(await typed(play, "async-job", type="bell", role=role)) == "Bell takes no role. Leave `role` out."
    sent = await typed(play, "async-job", type="bell", start="7d")
    assert said(sent) == "Bell has no days to choose. Leave `start` and `end` out."


async def test_wrong_answers_are_said_and_stand_in_the_form_when_it_is_opened_again(play: Play) -> None:
    sent = await typed(play, "async-job", type="short-form")
    role = str(max(play.guild.roles))
    wrong = await filled(play, sent, {"title": "Tea", "amount": "`many`", "colour": "dark_blue", "role_id": role})
    assert wrong.ephemeral
    assert "⚠️ **Amount** must be a whole number. You wrote `many`." in said(wrong)
    assert "Your answers are kept: open the form again and put this right." in said(wrong)
    assert f"Title: **Tea**\nColour: **Dark blue**\nRole: **<@&{role}>**" in said(wrong)
    assert "Nothing is started yet." in said(wrong)
    assert buttons_of(wrong.message) == ["Correct the answers…", "Discard"]
    again = await pressed(play, panel_of(wrong), "Correct the answers…")
    fields = form_of(again)
    assert fields["title"]["value"] == "Tea"
    assert fields["amount"]["value"] == "`many`"
    assert [o["value"] for o in fields["colour"]["options"] if o.get("default")] == ["dark_blue"]
    assert fields["role_id"]["default_values"] == [{"id": int(role), "type": "role"}]
    still = await filled(play, again, {"amount": "101"})
    assert still.message is wrong.message, "the panel changes in its place"
    assert "**Amount** must be 100 or less. You wrote `101`." in said(still)
    last = await pressed(play, panel_of(still), "Correct the answers…")
    done = await filled(play, last, {"amount": "100"})
    result = await result_of(play, done)
    assert (result["amount"], result["title"], result["colour"], result["role_id"]) == (100, "Tea", "dark_blue", role)
    assert wrong.message is None, "the panel has done its work, and is gone"
    assert await drafts_left(play) == 0


async def test_more_than_five_questions_go_on_in_a_panel(play: Play) -> None:
    place = str(play.guild.default_channel.id)
    sent = await typed(play, "async-job", type="long-form", details=True)
    assert list(form_of(sent)) == ["first", "second", "third", "fourth", "sixth"]
    panel = await filled(play, sent, {"first": "**a**", "second": "2", "third": True, "fourth": place, "sixth": "0.5"})
    assert panel.ephemeral
    assert "First: **\\*\\*a\\*\\***" in said(panel)
    assert f"Fourth: **<#{place}>**" in said(panel)
    assert "2 more questions." in said(panel)
    assert buttons_of(panel.message) == ["Start", "Change 1–5…", "Answer 6–7…", "Discard"]
    more = await pressed(play, panel_of(panel), "Answer 6–7…")
    assert list(form_of(more)) == ["fifth", "seventh"]
    done = await filled(play, more, {"seventh": "2"})
    assert await result_of(play, done) == {
        "first": "**a**", "second": 2, "third": True, "fourth": place, "fifth": "5", "sixth": 0.5, "seventh": 2,
    }  # fmt: skip


async def test_a_panel_whose_needed_questions_are_answered_can_be_started(play: Play) -> None:
    sent = await typed(play, "async-job", type="long-form")
    place = str(play.guild.default_channel.id)
    panel = panel_of(await filled(play, sent, {"first": "a", "second": "2", "fourth": place, "sixth": "1"}))
    done = await pressed(play, panel, "Start")
    result = await result_of(play, done)
    assert (result["third"], result["fifth"], result["seventh"]) == (False, "5", 1)
    again = await pressed(play, panel, "Start")
    assert said(again) == GONE, "one draft makes one job"
    assert (await play.app.queue.statistics()).total == 1


async def test_the_panel_and_an_open_form_outlive_a_restart(sandbox: Sandbox, guild: Guild, settings: Settings) -> None:
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        sent = await typed(play, "async-job", type="long-form")
        place = str(guild.default_channel.id)
        panel = await filled(play, sent, {"first": "a", "second": "2", "fourth": place, "sixth": "1"})
        opened = await pressed(play, panel_of(panel), "Answer 6–7…")
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        changed = await pressed(play, panel_of(panel), "Change 1–5…")
        assert form_of(changed)["first"]["value"] == "a"
        done = await filled(play, opened, {"fifth": "typed while it was away"})
        result = await result_of(play, done)
        assert (result["first"], result["fifth"]) == ("a", "typed while it was away")


async def test_a_panel_is_its_requesters_own(play: Play) -> None:
    sent = await typed(play, "async-job", type="short-form")
    wrong = await filled(play, sent, {"title": "Tea", "amount": "x"})
    other = next(m for m in play.guild.members if m not in (play.guild.owner_id, play.sandbox.world.bot.id))
    for label in ("Correct the answers…", "Discard"):
        stranger = await pressed(play, panel_of(wrong), label, user=other)
        assert said(stranger) == "These answers are somebody else's. Begin your own with `/async-job`."
    assert await drafts_left(play) == 1


async def test_a_panel_can_be_discarded(play: Play) -> None:
    sent = await typed(play, "async-job", type="short-form")
    wrong = await filled(play, sent, {"title": "Tea", "amount": "x"})
    gone = await pressed(play, panel_of(wrong), "Discard")
    assert said(gone) == "Nothing was started."
    assert not panel_of(gone).components
    assert await drafts_left(play) == 0
    late = await filled(play, sent, {"title": "Tea", "amount": "1"})
    assert said(late) == GONE


async def test_an_expired_draft_says_so(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "LIFE_MS", -1)
    sent = await typed(play, "async-job", type="short-form")
    late = await filled(play, sent, {"title": "Tea", "amount": "1"})
    assert said(late) == GONE
    assert late.ephemeral


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        (
            "ids.xlsx",
            b"PK\x03\x04\xff\xfe",
            "is not text in UTF-8. Save it as CSV or text in UTF-8, then send it again.",
        ),
        ("umlauts.csv", "ä".encode("latin-1"), "is not text in UTF-8."),
        ("nul.txt", b"1\x002", "is not a text file."),
        ("empty.txt", b" \n", "is empty."),
        ("big.csv", b"1\n" * 150_000, "has 293 KiB; up to 200 KiB can be read. Send it in parts."),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused_and_the_rest_is_kept(
    play: Play, name: str, data: bytes, sentence: str
) -> None:
    sent = await typed(play, "async-job", type="short-form")
    wrong = await filled(play, sent, {"title": "Tea", "amount": "7"}, files={"ids": (name, data)})
    assert f"⚠️ **Ids**: `{name}` {sentence}" in said(wrong)
    assert "Title: **Tea**" in said(wrong)
    again = await pressed(play, panel_of(wrong), "Correct the answers…")
    assert form_of(again)["title"]["value"] == "Tea"
    done = await filled(play, again, {}, files={"ids": ("good.csv", b"5")})
    assert (await result_of(play, done))["ids"] == "5"


async def test_a_file_that_was_good_is_kept_while_the_rest_is_put_right(play: Play) -> None:
    sent = await typed(play, "async-job", type="short-form")
    wrong = await filled(play, sent, {"title": "Tea", "amount": "x"}, files={"ids": ("good.csv", b"5")})
    assert "Ids: **good.csv**" in said(wrong)
    again = await pressed(play, panel_of(wrong), "Correct the answers…")
    assert again.modal is not None
    about = next(part["description"] for part in again.modal["components"] if part["label"] == "Ids")
    assert about == "Kept: good.csv. Leave it out, or choose another."
    done = await filled(play, again, {"amount": "3"})
    assert (await result_of(play, done))["ids"] == "5"


async def test_a_file_that_takes_long_is_read_behind_the_first_answer(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, http = asyncio.Event(), play.app.client.http
    real = http.get_from_cdn

    async def slow(url: str) -> bytes:
        await there.wait()
        return await real(url)

    monkeypatch.setattr(http, "get_from_cdn", slow)
    sent = await typed(play, "async-job", type="short-form")
    late = await filled(play, sent, {"title": "Tea", "amount": "7"}, files={"ids": ("ids.csv", b"5")})
    there.set()
    await late.said()
    assert late.ephemeral
    assert "Ids: **ids.csv**" in said(late)
    done = await pressed(play, panel_of(late), "Start")
    assert (await result_of(play, done))["ids"] == "5"


async def test_a_refusal_at_the_start_keeps_the_answers(play: Play) -> None:
    sent = await typed(play, "async-job", type="short-form")
    await play.app.queue.pause("maintenance")
    first = await filled(play, sent, {"title": "Tea", "amount": "7"})
    await first.said()
    twin = await typed(play, "async-job", type="short-form")
    refused = await filled(play, twin, {"title": "Tea", "amount": "7"})
    assert "The same Short Form is already in line here: [see it](" in said(refused)
    assert refused.ephemeral
    assert buttons_of(refused.message) == ["Start", "Change the answers…", "Discard"]
    changed = await pressed(play, panel_of(refused), "Change the answers…")
    other = await filled(play, changed, {"amount": "8"})
    await play.app.queue.resume()
    assert (await result_of(play, other))["amount"] == 8


async def test_a_type_that_went_away_while_its_form_was_open_says_so(
    sandbox: Sandbox, guild: Guild, settings: Settings
) -> None:
    async with running(settings) as app:
        await sandbox.bot_ready()
        sent = await typed(Play(sandbox, app, guild), "async-job", type="short-form")
    async with running(settings.model_copy(update={"job_modules": "examples.guest_list"})) as app:
        await sandbox.bot_ready()
        gone = await filled(Play(sandbox, app, guild), sent, {"title": "Tea", "amount": "7"})
        assert said(gone) == "This job type is not there any more. Ask the operator."


async def test_the_worked_example_from_panel_to_card_to_undo(play: Play) -> None:
    role = next(r for r in play.guild.roles.values() if r.name == "Veteran")
    people = [m for m in play.guild.members.values() if not m.user.bot]
    named, uploaded = people[0].user.id, people[1].user.id
    sent = await typed(play, "async-job", type="guest-list")
    nobody = await filled(play, sent, {"event": "Tea"})
    assert "⚠️ Choose a role or members, or send a file of ids." in said(nobody)
    change = await pressed(play, panel_of(nobody), "Change 1–5…")
    answers = {"role_ids": [str(role.id)], "member_ids": [str(named)], "seats": "500"}
    panel = await filled(play, change, answers, files={"id_file": ("more.txt", f"{uploaded}\n5\n".encode())})
    assert "2 more questions." in said(panel)
    more = await pressed(play, panel_of(panel), "Answer 6–7…")
    done = await filled(play, more, {"first": "by_name"})
    result = await result_of(play, done)
    expected = {m.user.id for m in people if role.id in m.roles} | {named, uploaded}
    assert (result["guests"], result["unknown"]) == (len(expected), 1)
    card = panel_of(done)
    assert f"**{len(expected)}** guests are on the list." in said(done)
    assert [a.filename for a in card.attachments] == ["guests.csv"]
    ids = [line.split(b",")[0] for line in card.attachments[0].data.splitlines()[1:]]
    assert {int(id_) for id_ in ids} == expected
    assert buttons_of(card) == ["Download", "Undo", "Run again"]
