"""Guilds that go away and come back: outages, removals, invitations, and what is left of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from bot.guild_data import DRAFT, JOB_LIST, KINDS
from bot.guild_life import KEPT_MS, REMOVED
from bot.guild_pauses import OUTAGE
from bot.sandbox import Guild, Sandbox
from bot.views import drafts, job_lists
from jobs.engine.backend import JobQuery
from jobs.engine.states import State
from jobs.services import Interval
from tests.e2e.town import Town, opened, until
from tests.e2e.typist import typed
from tests.stand_in import add_guild

EVER = Interval(0, 2**53)


@pytest.fixture
def other(sandbox: Sandbox) -> Guild:
    return add_guild(sandbox, 8)


@pytest.fixture
async def town(sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(sandbox, guild, other, tmp_path) as town:
        yield town


async def test_an_outage_holds_the_jobs_of_its_guild_alone_and_they_go_on_after_it(town: Town) -> None:
    running_, theirs = await town.job(town.play.guild), await town.job(town.other)
    waiting = await town.job(town.play.guild, delay=3600)
    await town.until(running_, State.ACTIVE)
    await town.until(theirs, State.ACTIVE)
    await town.play.sandbox.outage(town.play.guild.id)
    assert (await town.until(running_, State.PAUSED)).reason == OUTAGE
    assert (await town.until(waiting, State.PAUSED)).reason == OUTAGE
    assert await town.app.queue.state(theirs.id) is State.ACTIVE
    new = await town.job(town.play.guild)
    await town.until(new, State.PAUSED)
    await town.play.sandbox.outage(town.play.guild.id, over=True)
    await town.until(waiting, State.DELAYED)
    town.go.set()
    assert (await town.until(running_, State.COMPLETED)).attempts == 1
    await town.until(new, State.COMPLETED)


async def test_what_an_administrator_paused_stays_paused_over_an_outage(town: Town) -> None:
    job = await town.job(town.play.guild)
    await town.until(job, State.ACTIVE)
    await typed(town.play, "queue pause", reason="tea")
    await town.until(job, State.PAUSED)
    await town.play.sandbox.outage(town.play.guild.id)
    await town.play.sandbox.outage(town.play.guild.id, over=True)
    answer = await typed(town.play, "job list")
    assert "paused" in answer.text
    found = await town.app.queue.get(job.id)
    assert found is not None
    assert (found.state, "tea" in (found.reason or "")) == (State.PAUSED, True)
    town.go.set()
    answer = await typed(town.play, "queue resume")
    assert answer.text.strip() == "1 job goes on; new ones can be started."
    await town.until(job, State.COMPLETED)


async def test_an_outage_that_began_while_the_bot_was_away_holds_jobs_too(
    sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path
) -> None:
    async with opened(sandbox, guild, other, tmp_path) as town:
        job = await town.job(guild, delay=3600)
    await sandbox.outage(guild.id)
    async with opened(sandbox, guild, other, tmp_path) as town:
        assert (await town.until(job, State.PAUSED)).reason == OUTAGE
        await sandbox.outage(guild.id, over=True)
        await town.until(job, State.DELAYED)


async def test_an_outage_that_ended_while_the_bot_was_away_holds_nothing_any_more(
    sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path
) -> None:
    async with opened(sandbox, guild, other, tmp_path) as town:
        job = await town.job(guild, delay=3600)
        await sandbox.outage(guild.id)
        await town.until(job, State.PAUSED)
    guild.unreachable = False
    async with opened(sandbox, guild, other, tmp_path) as town:
        await town.until(job, State.DELAYED)


async def test_removed_its_jobs_are_cancelled_and_its_schedules_rest_until_it_is_invited_again(town: Town) -> None:
    guild, app = town.play.guild, town.app
    job, theirs = await town.job(guild), await town.job(town.other)
    await town.until(job, State.ACTIVE)
    mine = await app.scheduler.add("stand", {}, "0 9 * * *", lane=str(guild.id), owner="1")
    rests = await app.scheduler.add("stand", {}, "0 9 * * *", lane=str(guild.id), owner="1")
    await app.scheduler.pause(rests.id, "Paused by hand.")
    await town.play.sandbox.remove_bot(guild.id)
    assert (await town.until(job, State.CANCELLED)).reason == REMOVED
    await until(lambda: paused(app, mine.id, REMOVED))
    assert (await app.scheduler.get(rests.id)).paused == "Paused by hand."
    assert await app.queue.state(theirs.id) is State.ACTIVE
    assert await app.client.desk.life.sweep() == 0, "it may come back"
    await town.play.sandbox.invite_bot(guild.id)
    await until(lambda: paused(app, mine.id, None))
    assert (await app.scheduler.get(rests.id)).paused == "Paused by hand."
    new = await town.job(guild)
    await town.until(new, State.ACTIVE)


async def paused(app: App, schedule_id: str, reason: str | None) -> bool:
    return (await app.scheduler.get(schedule_id)).paused == reason


async def test_removed_during_an_outage_it_is_not_held_when_it_comes_back(town: Town) -> None:
    guild = town.play.guild
    job = await town.job(guild)
    await town.until(job, State.ACTIVE)
    await town.play.sandbox.outage(guild.id)
    await town.until(job, State.PAUSED)
    await town.play.sandbox.remove_bot(guild.id)
    await town.until(job, State.CANCELLED)
    guild.unreachable = False
    await town.play.sandbox.invite_bot(guild.id)
    new = await town.job(guild)
    await town.until(new, State.ACTIVE)


async def test_a_removal_while_the_bot_was_away_is_found_at_the_start(
    sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path
) -> None:
    async with opened(sandbox, guild, other, tmp_path) as town:
        job = await town.job(guild, delay=3600)
        mine = await town.app.scheduler.add("stand", {}, "0 9 * * *", lane=str(other.id), owner="1")
    for gone in (guild, other):
        del gone.members[sandbox.world.bot.id]
    async with opened(sandbox, guild, other, tmp_path) as town:
        assert (await town.until(job, State.CANCELLED)).reason == REMOVED
        await until(lambda: paused(town.app, mine.id, REMOVED))


async def test_a_month_after_its_removal_nothing_of_a_guild_is_left_and_all_of_the_other(town: Town) -> None:
    app, guild, play = town.app, town.play.guild, town.play
    queue, records, desk = app.queue, app.queue.records, app.client.desk
    town.go.set()
    for place in (guild, town.other):
        role = next(iter(place.roles))
        await typed(play, "queue access", guild=place, type="stand", role=str(role))
        await typed(play, "setup timezone", guild=place, name="Europe/Berlin")
        await typed(play, "schedule add", guild=place, type="stand", when="daily 09:00")
        await typed(play, "queue pause", guild=place, type="member-activity-analysis")
        done = await typed(play, "async-job", guild=place, type="stand")
        await app.recorder.flush()
        await records.put(DRAFT, str(place.id), {}, lane=str(place.id))
        assert done.sent.message is not None

    async def all_done() -> bool:
        return (await queue.statistics()).states[State.COMPLETED] == 2

    await until(all_done)
    await play.sandbox.say(guild.default_channel.id, guild.owner_id)
    await play.sandbox.say(town.other.default_channel.id, town.other.owner_id)
    await asyncio.sleep(0.05)
    await app.recorder.flush()
    await desk.activity.members.opt_out(guild.id, 77)
    (job,) = (await queue.find(JobQuery(lane=str(guild.id)))).jobs
    await app.artifacts.write(job.id, "a.txt", "text/plain", Path.touch)
    await play.sandbox.remove_bot(guild.id)

    async def noticed() -> bool:
        record = await records.get("guild", str(guild.id))
        return record is not None and record.value is not None

    await until(noticed)
    await records.put("guild", str(guild.id), app.clock.now() - KEPT_MS)
    assert await desk.life.sweep() == 1
    kept = {kind for kind in KINDS if await records.find(kind, lane=str(town.other.id))}
    assert kept >= {"access", "guild-settings", "schedule", "guild-pause", "progress-message", DRAFT}
    assert not [kind for kind in KINDS if await records.find(kind, lane=str(guild.id))]
    assert await records.get("guild", str(guild.id)) is None
    assert (await queue.find(JobQuery(lane=str(guild.id)))).jobs == ()
    assert len((await queue.find(JobQuery(lane=str(town.other.id)))).jobs) == 1
    assert await app.artifacts.jobs() == []
    for table in ("activity", "activity_online", "activity_visible"):
        rows = await app.database.read(f"SELECT guild FROM {table}")
        assert {row["guild"] for row in rows} == {town.other.id}, table
    assert await desk.activity.opted_out(guild.id) == {77}, "a wish not to be counted is kept"
    assert await desk.life.sweep() == 0


def test_drafts_and_lists_go_with_their_guild() -> None:
    assert (DRAFT, JOB_LIST) == (drafts.KIND, job_lists.KIND)


async def test_a_type_that_is_paused_holds_its_own_jobs_and_no_others(town: Town) -> None:
    guild, app, play = town.play.guild, town.app, town.play
    job = await town.job(guild)
    await town.until(job, State.ACTIVE)
    answer = await typed(play, "queue pause", type="stand", reason="tea")
    assert answer.text.strip() == "1 job held, and no new one starts here. `/queue resume` lets them go on."
    await town.until(job, State.PAUSED)
    nap_ = await app.queue.enqueue("nap", {}, lane=str(guild.id))
    await town.until(nap_, State.COMPLETED)
    owner = guild.members[guild.owner_id].display_name
    reason = f"These jobs were paused by {owner}: tea"
    again = await typed(play, "queue pause", type="stand")
    assert again.text.strip() == f"That is paused already: {reason}"
    refused = await typed(play, "async-job", type="stand")
    assert refused.text.strip() == (f"These jobs are paused in this server: {reason} `/queue resume` lets them go on.")
    for command in ("job resume", "job retry"):
        refused = await typed(play, command, id=job.id)
        assert refused.text.strip().startswith("These jobs are paused in this server:"), command
    # The whole guild on top of it, and away again: the type stays held.
    await typed(play, "queue pause")
    other_way = await typed(play, "queue resume")
    assert other_way.text.strip() == "0 jobs go on; new ones can be started."
    assert await app.queue.state(job.id) is State.PAUSED
    wrong = await typed(play, "queue resume")
    assert wrong.text.strip() == "All jobs are not paused here, but these are: Standing. Give their `type`."
    wrong = await typed(play, "queue resume", type="nap")
    assert wrong.text.strip() == "Nap is not paused here."
    town.go.set()
    await typed(play, "queue resume", type="stand")
    await town.until(job, State.COMPLETED)
    nothing = await typed(play, "queue resume")
    assert nothing.text.strip() == "Nothing is paused here. A single job is let go with `/job resume`."


async def test_both_pauses_over_one_job_let_it_go_only_when_both_are_over(town: Town) -> None:
    play, job = town.play, await town.job(town.play.guild)
    await town.until(job, State.ACTIVE)
    await typed(play, "queue pause")
    await town.until(job, State.PAUSED)
    await typed(play, "queue pause", type="stand")
    await typed(play, "queue resume")
    assert await town.app.queue.state(job.id) is State.PAUSED
    await typed(play, "queue resume", type="stand")
    await town.until(job, State.ACTIVE)


async def test_paused_and_resumed_at_once_a_running_job_is_not_forgotten(town: Town) -> None:
    """The pause reaches a running job after its step; the resume may come first."""
    play, job = town.play, await town.job(town.play.guild)
    await town.until(job, State.ACTIVE)
    pauses, lane = town.app.client.desk.pauses, str(play.guild.id)
    await pauses.pause(lane, "for a moment")
    await pauses.resume(lane)
    town.go.set()
    await town.until(job, State.COMPLETED)
    assert await pauses.reason(lane) is None


async def test_the_operator_pauses_everywhere_and_sees_all_servers(town: Town) -> None:
    play = town.play
    answer = await typed(play, "queue pause", everywhere=True, reason="upgrade")
    assert answer.text.strip().startswith("Jobs: no new one starts in any server.")
    job = await town.job(town.other)
    assert await town.app.queue.state(job.id) is State.WAITING
    again = await typed(play, "queue pause", everywhere=True)
    assert again.text.strip() == "That is paused already: upgrade"
    health = await typed(play, "queue health")
    assert "Everything is paused: upgrade" in health.text
    theirs = await typed(play, "queue health", guild=town.other)
    assert "upgrade" not in theirs.text, "why is the operator's affair"
    assert "Everything is paused in all servers by the operator." in theirs.text
    refused = await typed(play, "queue resume", guild=town.other, everywhere=True)
    assert refused.text.strip() == "Only the operator of this bot can do this."
    assert (await typed(play, "queue resume", everywhere=True)).text.strip() == "Jobs start in all servers again."
    await town.until(job, State.ACTIVE)
    nothing = await typed(play, "queue resume", everywhere=True)
    assert nothing.text.strip() == "Nothing is paused here. A single job is let go with `/job resume`."
    stats = await typed(play, "queue stats")
    assert "Jobs of all servers" in stats.text
    assert "Jobs of all servers" not in (await typed(play, "queue stats", guild=town.other)).text
