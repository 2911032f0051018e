"""What is done with a report: its list of inactive members, kept under a name, and the same again each week."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.kept_lists import inactive_of, lists_of
from bot.sandbox import Guild, Message, Sandbox
from bot.sandbox.permissions import READ_MESSAGE_HISTORY
from bot.sandbox.world import Overwrite
from bot.settings import Settings
from jobs.handlers.member_activity_analysis.handler import NAME as ANALYSIS
from tests.e2e.conftest import Play, job_id_of, playing, running, settings_for, text_of
from tests.e2e.forms import answer, buttons_of, filled, form_of, pressed
from tests.e2e.presses import posted
from tests.e2e.roles import ROLE, add_roles, confirmed, holders, shows
from tests.e2e.typist import heard, plain_members, typed, with_role


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return settings_for(sandbox, tmp_path, user_commands_per_minute=0, user_unfinished_jobs=0)


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, settings: Settings) -> AsyncIterator[Play]:
    async with playing(sandbox, guild, settings) as play:
        yield play


async def report_of(play: Play, start: str = "3d") -> tuple[Message, str]:
    sent, job_id = await play.start_analysis(start)
    await play.ended(job_id)
    assert sent.message is not None
    return sent.message, job_id


async def listed(play: Play, job_id: str) -> list[str]:
    lines = play.app.artifacts.path(job_id, "inactive.csv").read_text("utf-8-sig").splitlines()[1:]
    return [line.split(",")[0] for line in lines]


async def test_the_list_of_inactive_members_comes_to_whoever_pressed_alone(play: Play) -> None:
    card, job_id = await report_of(play)
    assert buttons_of(card) == ["Download", "Inactive (CSV)", "Give role…", "Schedule weekly", "Run again"]
    got = await heard(await pressed(play, card, "Inactive (CSV)"))
    assert got.alone
    inactive = await listed(play, job_id)
    assert inactive
    assert got.text.startswith(f"{len(inactive)} inactive members, ")
    (file,) = got.message.attachments
    assert file.data == play.app.artifacts.path(job_id, "inactive.csv").read_bytes()
    await play.app.client.desk.artifacts.delete(job_id)
    gone = "The files of this job are not kept any more. Run it again to have them."
    assert await answer(play, posted(play, job_id, "inactive"), "inactive") == gone


async def test_the_list_of_a_report_that_was_kept_is_that_of_the_job_that_made_it(play: Play) -> None:
    _, made = await report_of(play)
    card, job_id = await report_of(play)
    assert (await play.app.queue.get(job_id)).made_by == made != job_id  # type: ignore[union-attr]
    got = await heard(await pressed(play, card, "Inactive (CSV)"))
    assert got.message.attachments[0].data == play.app.artifacts.path(made, "inactive.csv").read_bytes()
    kept = await typed(play, "activity keep", report=job_id, name="kept")
    assert f"{len(await listed(play, made))} members" in kept.text


async def test_a_report_without_such_a_list_offers_none(play: Play) -> None:
    payload = {"guild_id": str(play.guild.id), "start_date": "2026-01-01", "end_date": "2026-01-01"}
    job = await play.app.queue.enqueue(
        ANALYSIS, {**payload, "generate_report": False, "include_message_count": False},
        lane=str(play.guild.id), owner=str(play.guild.owner_id),
    )  # fmt: skip
    await play.ended(job.id)
    told = await answer(play, posted(play, job.id, "inactive"), "inactive")
    assert told == (
        f"`{job.id}` has no list of inactive members: nothing was known of its time, or no report was asked for."
    )


async def test_the_same_report_each_week_is_scheduled_once(play: Play) -> None:
    card, _ = await report_of(play)
    got = await heard(await pressed(play, card, "Schedule weekly"))
    assert got.text.startswith("Member Analysis runs weekly monday 09:00 (")
    assert got.alone
    (schedule,) = await play.app.scheduler.list(lane=str(play.guild.id))
    assert schedule.context["channel_id"] == str(card.channel_id)
    assert (schedule.context["days"], schedule.owner) == (7, str(play.guild.owner_id))
    again = await answer(play, card, "Schedule weekly")
    assert again == (
        f"The same runs weekly monday 09:00 already, with its card in <#{card.channel_id}>. Its id is "
        f"`{schedule.id}`; `/schedule remove` ends it."
    )
    assert len(await play.app.scheduler.list(lane=str(play.guild.id))) == 1
    ran = await typed(play, "schedule run-now", id=schedule.id)
    assert "is in line; its card comes to" in ran.text


async def test_a_member_with_the_role_gets_the_list_and_schedules_nothing(play: Play) -> None:
    person = plain_members(play.guild)[0]
    role = next(r.id for r in play.guild.roles.values() if r.name == "Veteran")
    if role not in person.roles:
        person.roles.append(role)
    await play.app.client.desk.access.allow(play.guild.id, ANALYSIS, role)
    card = (await typed(play, "activity report", user=person.user.id, start="2d")).message
    await play.ended(job_id_of(card))
    got = await heard(await pressed(play, card, "Inactive (CSV)", user=person.user.id))
    assert got.message.attachments
    refused = await answer(play, card, "Schedule weekly", user=person.user.id)
    assert refused == "Only administrators can do this here."
    assert await play.app.scheduler.list() == []


async def test_the_buttons_work_after_a_restart(sandbox: Sandbox, guild: Guild, settings: Settings) -> None:
    async with running(settings) as app:
        await sandbox.bot_ready()
        card, job_id = await report_of(Play(sandbox, app, guild))
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        got = await heard(await pressed(play, card, "Inactive (CSV)"))
        assert f"report:{job_id}" in got.text
        assert (await heard(await pressed(play, card, "Schedule weekly"))).text.startswith("Member Analysis runs")


async def test_a_list_is_kept_under_a_name_shown_and_forgotten(play: Play) -> None:
    _, job_id = await report_of(play)
    assert (await typed(play, "activity lists")).text.strip() == (
        "Kept lists\nNo list is kept here. `/activity keep` keeps the inactive members of a report."
    )
    inactive = await listed(play, job_id)
    kept = await typed(play, "activity keep", report=job_id, name="spring *clean*")
    assert kept.alone
    assert kept.text.startswith("Kept as **spring \\*clean\\***")
    taken = await typed(play, "activity keep", report=job_id, name="Spring *Clean*")
    assert taken.text.startswith("There is a list Spring \\*Clean\\* here already.")
    nameless = await typed(play, "activity keep", report=job_id, name="  ")
    assert nameless.text == "A list needs a name."
    shown = await typed(play, "activity lists", list="spring *clean*")
    (file,) = shown.message.attachments
    assert file.data.decode("utf-8-sig").split() == ["member_id", *inactive]
    first = int(inactive[0].removeprefix("id:"))
    await play.app.client.desk.activity.members.opt_out(play.guild.id, first)
    without = await typed(play, "activity lists", list="spring *clean*")
    assert without.message.attachments[0].data.decode("utf-8-sig").split() == ["member_id", *inactive[1:]]
    forgotten = await typed(play, "activity lists", list="spring *clean*", forget=True)
    assert forgotten.text == "spring \\*clean\\* is forgotten."
    assert (await typed(play, "activity lists", list="spring")).text == "There is no list spring here."
    play.app.artifacts.path(job_id, "inactive.csv").write_text("member_id\n")
    empty = await typed(play, "activity keep", report=job_id, name="nobody")
    assert empty.text == "Nobody is in that list; there is nothing to keep."


async def test_what_activity_inactive_found_is_kept_with_it(play: Play) -> None:
    await report_of(play, "5d")
    answered = await typed(play, "activity inactive", days=5, keep_as="quiet ones")
    assert "Kept as **quiet ones**" in answered.text
    lists = await typed(play, "activity lists")
    assert "**quiet ones** · " in lists.text
    named = answered.message.attachments[0].data.decode("utf-8-sig").splitlines()[1:]
    shown = await typed(play, "activity lists", list="quiet ones")
    ids = shown.message.attachments[0].data.decode("utf-8-sig").split()[1:]
    assert ids == [line.split(",")[0] for line in named]


async def test_who_opted_out_since_the_report_is_frozen_in_no_list(play: Play) -> None:
    _, job_id = await report_of(play)
    desk, guild = play.app.client.desk, play.guild.id
    job = await play.app.queue.get(job_id)
    assert job is not None
    found = await inactive_of(desk, job)
    assert len(found) > 1
    await desk.activity.members.opt_out(guild, found[0])
    await typed(play, "activity keep", report=job_id, name="quiet ones")
    kept = await lists_of(desk).get(guild, "quiet ones")
    assert kept is not None
    assert [member async for part in lists_of(desk).members(kept) for member in part] == found[1:]


async def test_who_can_see_nothing_calls_nobody_inactive(play: Play) -> None:
    for channel in play.guild.channels.values():
        await play.sandbox.set_overwrite(channel.id, Overwrite(play.sandbox.world.bot.id, 1, deny=READ_MESSAGE_HISTORY))
    answered = await typed(play, "activity inactive", days=5, keep_as="all")
    assert answered.text.startswith("I cannot tell who was inactive: I can read no channel here")
    assert answered.message.attachments == []
    assert "No list is kept here." in (await typed(play, "activity lists")).text, "and nothing is kept"


async def test_reports_and_lists_are_offered_while_one_types(play: Play) -> None:
    _, job_id = await report_of(play)
    await typed(play, "activity keep", report=job_id, name="spring clean")
    admin = with_role(play.guild, "Admin").user.id
    offered = await play.sandbox.autocomplete("activity keep", {"report": ""}, focused="report", user=admin)
    assert [choice["value"] for choice in offered] == [job_id]
    offered = await play.sandbox.autocomplete("activity lists", {"list": "SPRING"}, focused="list", user=admin)
    assert [choice["name"] for choice in offered] == [f"spring clean · {len(await listed(play, job_id))}"]
    nobody = plain_members(play.guild)[0].user.id
    assert await play.sandbox.autocomplete("activity lists", {"list": ""}, focused="list", user=nobody) == []
    assert "spring" in text_of((await typed(play, "activity lists", user=admin)).message)


async def test_a_role_is_given_to_exactly_those_whom_the_report_found(play: Play) -> None:
    add_roles(play.guild, ROLE)
    card, job_id = await report_of(play)
    inactive = [int(id_.removeprefix("id:")) for id_ in await listed(play, job_id)]
    opened = await pressed(play, card, "Give role…")
    assert list(form_of(opened)) == ["role_ids", "action", "until", "reason"]
    later = plain_members(play.guild)[0].user.id
    play.app.artifacts.path(job_id, "inactive.csv").write_text(f"member_id\n{later}\n")
    started = await filled(play, opened, {"role_ids": [str(ROLE)], "reason": "**quiet** for long"})
    await started.said()
    assert started.message is not None
    await shows(play, started.message, "Please confirm")
    assert f"**{len(inactive)}** members would change\nFor example" in text_of(started.message)
    await confirmed(play, started.message)
    assert holders(play.guild, ROLE) == set(inactive)
    assert play.sandbox.world.role_changes[0].reason.endswith(": **quiet** for long")  # type: ignore[union-attr]
    again = await pressed(play, card, "Give role…")
    assert form_of(again), "the list of the first press is there still"
