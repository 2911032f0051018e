"""Jobs steered by command and by button, a server's own settings, and what is refused with which words."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.guild_pauses import OUTAGE
from bot.sandbox import Guild, Sandbox
from jobs.engine.errors import BackendUnavailable
from jobs.engine.states import State
from tests.e2e.forms import pressed
from tests.e2e.town import Town, opened
from tests.e2e.typist import Heard, heard, plain_members, typed
from tests.stand_in import add_guild

ANALYSIS = "member-activity-analysis"


@pytest.fixture
def other(sandbox: Sandbox) -> Guild:
    return add_guild(sandbox, 8)


@pytest.fixture
async def town(sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(sandbox, guild, other, tmp_path, user_commands_per_minute=0) as town:
        yield town


async def said(town: Town, command: str, /, **options: Any) -> str:
    answer = await typed(town.play, command, **options)
    assert answer.alone
    return answer.text.strip()


async def started(town: Town, type_: str = "stand", **options: Any) -> tuple[Heard, str]:
    answer = await typed(town.play, "async-job", type=type_, **options)
    return answer, answer.text.rsplit("`", 2)[1]


async def test_a_running_job_is_paused_resumed_and_cancelled(town: Town) -> None:
    _, id_ = await started(town)
    job = await town.app.queue.get(id_)
    assert job is not None
    await town.until(job, State.ACTIVE)
    assert await said(town, "job resume", id=id_) == f"`{id_}` is not paused; it is active."
    assert (
        await said(town, "job retry", id=id_)
        == f"`{id_}` is active; only a failed or cancelled job can be tried again."
    )
    later = await town.app.queue.enqueue("trip", {}, lane=job.lane, delay=3600)
    assert await said(town, "job undo", id=later.id) == f"`{later.id}` is delayed. Wait for its end, or cancel it."
    words = f"`{id_}` pauses after the current step and keeps its place. `/job resume` goes on."
    assert await said(town, "job pause", id=id_, reason="tea *time*") == words
    owner = town.play.guild.members[town.play.guild.owner_id].display_name
    assert (await town.until(job, State.PAUSED)).reason == f"Paused by {owner}: tea *time*"
    assert await said(town, "job pause", id=id_) == f"`{id_}` is already paused."
    assert await said(town, "job resume", id=id_) == f"`{id_}` goes on where it stopped."
    await town.until(job, State.ACTIVE)
    await said(town, "job pause", id=id_)
    await town.until(job, State.PAUSED)
    assert await said(town, "job cancel", id=id_) == f"`{id_}` is cancelled. What it had done until then stays."
    assert await said(town, "job pause", id=id_) == f"`{id_}` has already ended."
    assert await said(town, "job undo", id=id_) == "Standing cannot be taken back."
    assert await said(town, "job retry", id=id_) == f"`{id_}` is tried again and goes on where it stopped."
    town.go.set()
    await town.until(job, State.COMPLETED)


async def test_a_job_that_waits_is_paused_at_once_and_a_stopping_one_not_at_all(town: Town) -> None:
    waiting = await town.job(town.play.guild, delay=3600)
    words = f"`{waiting.id}` is paused and keeps its place. `/job resume` goes on."
    assert await said(town, "job pause", id=waiting.id) == words
    job = await town.job(town.play.guild, "linger")
    await town.began.wait()
    await typed(town.play, "job cancel", id=job.id)
    assert await said(town, "job pause", id=job.id) == f"`{job.id}` is being stopped already."
    town.go.set()
    await town.until(job, State.CANCELLED)


async def test_a_failed_job_is_looked_into_tried_again_and_taken_back(town: Town) -> None:
    _, id_ = await started(town, "trip")
    job = await town.app.queue.get(id_)
    assert job is not None
    await town.until(job, State.FAILED)
    log = await said(town, "job logs", id=id_)
    assert f"Log of {id_}" in log
    assert "tripped over \\*something\\*" in log
    gone = await said(town, "job result", id=id_)
    assert gone == "There are no files of this job: it made none, or they are not kept any more; then run it again."
    await town.app.artifacts.write(id_, "a.txt", "text/plain", Path.touch)
    files = await town.play.sandbox.slash("job result", {"id": id_}, user=town.play.guild.owner_id)
    await files.answered()
    await town.play.sandbox.until(lambda: files.message is not None and files.message.attachments)
    assert files.ephemeral
    assert await said(town, "job retry", id=id_) == f"`{id_}` is tried again and goes on where it stopped."
    await town.until(job, State.FAILED)
    again = await town.app.queue.enqueue("trip", {}, lane=job.lane, key="x", delay=3600)
    with closing(sqlite3.connect(town.app.settings.database_path)) as connection:
        connection.execute("UPDATE job SET key = 'x' WHERE id = ?", (id_,))
        connection.commit()
    assert await said(town, "job retry", id=id_) == "The same job is unfinished already. `/job list` shows it."
    await town.app.queue.cancel(again.id, "Enough.")
    with closing(sqlite3.connect(town.app.settings.database_path)) as connection:
        connection.execute("UPDATE job SET payload = '{\"', payload_sum = 1 WHERE id = ?", (id_,))
        connection.commit()
    assert await said(town, "job retry", id=id_) == (
        f"What `{id_}` was asked for cannot be read any more. Start it anew with `/async-job`."
    )
    back = await typed(town.play, "job undo", id=again.id)
    assert "Nap" in back.text


async def test_buttons_look_at_the_job_and_at_whoever_presses(town: Town) -> None:
    answer, id_ = await started(town)
    member = plain_members(town.play.guild)[0].user.id
    theirs = await town.job(town.other)
    card = answer.message

    async def answered(custom_id: str, user: int | None = None) -> str:
        card.components[0]["components"][-1]["custom_id"] = custom_id
        label = card.components[0]["components"][-1]["label"]
        sent = await pressed(town.play, card, label, user=user)
        await town.play.sandbox.until(lambda: sent.message is not card or sent.messages)
        message = sent.messages[-1] if sent.messages else sent.message
        assert message is not None
        assert message.ephemeral
        return message.content

    owner = town.play.guild.owner_id
    assert await answered(f"job:cancel:{id_}", member) == f"Only <@{owner}> and administrators can do that."
    nobodys = await town.app.queue.enqueue("stand", {}, lane=str(town.play.guild.id), delay=3600)
    assert await answered(f"job:cancel:{nobodys.id}", member) == "Only administrators can do that."
    assert await answered("job:cancel:aaaaaaaaaa") == "This job is not kept any more."
    assert await answered(f"job:dance:{id_}") == "This button is from another version of me. Use `/job status`."
    assert await answered(f"job:cancel:{theirs.id}") == "This job is another server's."


async def test_requests_that_stand_in_each_others_way_are_named(town: Town) -> None:
    _, id_ = await started(town)
    again = await said(town, "async-job", type="stand")
    assert again.startswith("The same Standing is already ")
    message = await town.app.client.desk.messages.get(id_)
    assert message is not None
    assert f" here: [see it]({message.link})" in again
    assert again.endswith(f", started by <@{town.play.guild.owner_id}>.")


async def test_a_private_job_of_somebody_else_is_in_nobodys_way(town: Town) -> None:
    person = plain_members(town.play.guild)[0]
    role = next(r.id for r in town.play.guild.roles.values() if r.name == "Veteran")
    person.roles = [role]
    await typed(town.play, "queue access", type="stand", role=str(role))
    for command in town.play.sandbox.world.commands:
        command["default_member_permissions"] = None
    _, id_ = await started(town, private=True)
    mine = await typed(town.play, "async-job", user=person.user.id, type="stand")
    assert "Standing" in mine.text
    assert id_ not in mine.text
    assert (await town.app.queue.statistics()).total == 2


async def test_a_server_may_have_a_hundred_unfinished_jobs_and_those_of_schedules_count_for_nobody(
    sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path
) -> None:
    async with opened(sandbox, guild, other, tmp_path, guild_unfinished_jobs=4, user_unfinished_jobs=2) as town:
        owner = str(guild.owner_id)
        for number in range(3):
            await town.app.queue.enqueue(
                "stand", {"guild_id": number + 5}, lane=str(guild.id), owner=owner, delay=3600, metadata={"schedule": "s"}
            )  # fmt: skip
        await started(town, "nap")
        await town.app.queue.enqueue("stand", {"guild_id": 9}, lane=str(guild.id), delay=3600)
        words = "This server has 4 unfinished jobs, the most it may have. Try again when one has ended."
        assert await said(town, "async-job", type="stand") == words


async def test_a_full_queue_says_how_long_at_the_pace_of_the_last_hour(
    sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path
) -> None:
    async with opened(sandbox, guild, other, tmp_path, max_queue_size=1) as town:
        for _ in range(15):
            job = await town.app.queue.enqueue("nap", {}, lane=str(other.id))
            await town.until(job, State.COMPLETED)
        await town.job(other, delay=3600)
        assert await said(town, "async-job", type="nap") == "The queue is full (1 jobs). Try again in about 4 minutes."


async def test_an_hour_in_which_much_is_done_promises_a_place_within_a_minute(
    sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path
) -> None:
    async with opened(sandbox, guild, other, tmp_path, max_queue_size=60) as town:
        jobs = [await town.app.queue.enqueue("nap", {}, lane="") for _ in range(60)]
        for job in jobs:
            await town.until(job, State.COMPLETED)
        for _ in range(60):
            await town.job(other, delay=3600)
        assert await said(town, "async-job", type="nap") == "The queue is full (60 jobs). Try again in about a minute."


async def test_a_server_out_of_reach_starts_nothing(town: Town) -> None:
    await town.app.client.desk.pauses.pause(str(town.play.guild.id), OUTAGE)
    words = "Discord cannot reach this server at the moment. Its jobs go on by themselves when that is over."
    assert await said(town, "async-job", type="stand") == words


@pytest.mark.parametrize("private", [False, True])
async def test_checks_that_take_long_cost_no_interaction_and_a_refusal_is_still_for_the_caller_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch, private: bool
) -> None:
    """Discord gives up after three seconds; the stand-in does too."""
    go = asyncio.Event()
    real = town.app.client.desk.pauses.check

    async def slow(lane: str, type_name: str) -> None:
        await go.wait()
        await real(lane, type_name)

    monkeypatch.setattr(town.app.client.desk.pauses, "check", slow)
    await town.app.client.desk.pauses.pause(str(town.play.guild.id), "tea.")
    sent = await town.play.sandbox.slash(
        "async-job", {"type": "stand", "private": private}, user=town.play.guild.owner_id
    )
    await sent.answered()
    go.set()
    answer = await heard(sent)
    assert answer.text.strip() == "Jobs are paused in this server: tea. `/queue resume` lets them go on."
    assert answer.alone
    assert (sent.message is None) is not private, "a public one went away, a private one is written into"


async def test_a_database_that_does_not_answer_is_said_in_one_sentence(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise BackendUnavailable("disk I/O error")

    monkeypatch.setattr(town.app.queue, "find", broken)
    words = "My database does not answer now. Nothing was started or changed; please tell the operator."
    assert await said(town, "job list") == words
    monkeypatch.setattr(town.app.queue, "enqueue", broken)
    choices = await town.play.sandbox.autocomplete(
        "job status", {"id": ""}, focused="id", user=town.play.guild.owner_id
    )
    assert choices == []


async def test_who_may_start_what_is_listed_and_half_a_wish_is_refused(town: Town) -> None:
    role = next(r.id for r in town.play.guild.roles.values() if r.name == "Veteran")
    both = "Give both a `type` from the list and a `role`, or neither to see who may start what."
    assert await said(town, "queue access", type="stand") == both
    assert await said(town, "queue access", role=str(role)) == both
    assert (
        await said(town, "queue access", role=str(role), type="x")
        == "There is no such job type. Choose one from the list."
    )
    await typed(town.play, "queue access", type="stand", role=str(role))
    await typed(town.play, "queue access", type="stand", role=str(town.play.guild.id))
    listed = await said(town, "queue access")
    assert "**Member Analysis**: administrators\n" in listed
    assert f"**Standing**: administrators, @everyone, <@&{role}>" in listed
    del town.play.guild.roles[role]


async def test_a_servers_own_settings_are_chosen_checked_and_shown(town: Town) -> None:
    words = "There is no such time zone. Give one like `Europe/Berlin` or `Asia/Jakarta`."
    assert await said(town, "setup timezone", name="Atlantis") == words
    assert (await said(town, "setup timezone", name="asia/jakarta")).startswith("Days are those of Asia/Jakarta")
    check = await said(town, "setup check")
    assert "Asia/Jakarta" in check
    assert "https://discord.com/oauth2/authorize" in check
    offered = await town.play.sandbox.autocomplete(
        "setup timezone", {"name": "jak"}, focused="name", user=town.play.guild.owner_id
    )
    assert offered == [{"name": "Asia/Jakarta", "value": "Asia/Jakarta"}]


async def test_help_names_every_command(town: Town) -> None:
    text = await said(town, "help")
    for command in town.app.client.tree.get_commands():
        if command.name != "help":
            assert f"`/{command.name}" in text


async def test_an_end_for_a_type_that_has_none(town: Town) -> None:
    answer = await said(town, "async-job", type="activity-backfill", end="yesterday")
    assert answer.endswith(" always goes up to now. Leave `end` out.")


async def test_role_option_for_a_type_without_roles(town: Town) -> None:
    role = next(iter(town.play.guild.roles))
    assert await said(town, "async-job", type="stand", role=str(role)) == "Standing takes no role. Leave `role` out."


async def test_what_was_counted_of_oneself_is_told_to_everybody(town: Town) -> None:
    person = plain_members(town.play.guild)[0].user.id
    for _ in range(3):
        await town.play.sandbox.say(town.play.guild.default_channel.id, person)

    async def counted() -> str:
        await town.app.recorder.flush()
        return await said(town, "activity me", user=person)

    async with asyncio.timeout(10):
        while "I counted 3 messages" not in await counted():
            await asyncio.sleep(0.02)
    assert "I counted 0 messages" in await said(town, "activity me")
    await town.app.client.desk.activity.members.opt_out(town.play.guild.id, person)
    assert await said(town, "activity me", user=person) == "You opted out: nothing of you is counted here."


async def test_nobody_is_called_inactive_before_the_history_is_read(town: Town) -> None:
    unknown = await said(town, "activity inactive", days=5)
    assert unknown.startswith("I cannot tell yet who was inactive: ")
    assert "channels were not read back for these 5 days." in unknown
    _, id_ = await started(town, ANALYSIS, start="5d")
    job = await town.app.queue.get(id_)
    assert job is not None
    await town.until(job, State.COMPLETED)
    answer = await typed(town.play, "activity inactive", days=5)
    guild = town.play.guild
    first = town.app.clock.now() - 5 * 86_400_000
    wrote = {m.author_id for c in guild.channels.values() for m in c.messages if m.at >= first - 86_400_000}
    silent = [m for m in guild.members.values() if not m.user.bot and m.user.id not in wrote and m.joined_at < first]
    assert "members showed no activity in 5 days." in answer.text
    (file,) = answer.message.attachments
    rows = file.data.decode("utf-8-sig").splitlines()
    assert rows[0].startswith("member_id,name,")
    named = {int(row.split(",")[0].removeprefix("id:")) for row in rows[1:]}
    assert named
    assert named <= {m.user.id for m in guild.members.values() if not m.user.bot and m.joined_at < first}
    assert {m.user.id for m in silent} <= named
    active = {m.author_id for m in guild.default_channel.messages if m.at >= first + 86_400_000 and m.by_person}
    assert not active & named
    assert answer.alone
