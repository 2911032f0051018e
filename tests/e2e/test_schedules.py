"""Schedules from Discord: made, listed, steered, fired on a clock that is moved, and stopped by what stands against them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import Message, SandboxInteraction
from bot.sandbox.permissions import SEND_MESSAGES, VIEW_CHANNEL
from bot.sandbox.world import Overwrite
from jobs.engine.backend import JobQuery
from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.scheduler import Schedule
from jobs.engine.states import State
from tests.e2e.conftest import text_of
from tests.e2e.hours import Hours, opened_hours
from tests.e2e.typist import Heard, with_role

ANALYSIS = "member-activity-analysis"
SLOWLY = 0.05
"""Seconds a step, so that hours do not pass while another process counts and draws."""


@pytest.fixture
async def hours(tmp_path: Path) -> AsyncIterator[Hours]:
    async with opened_hours(tmp_path) as hours:
        yield hours


class Errand(Payload):
    """Needs to be told what."""

    guild_id: int
    what: str


async def _nothing(ctx: object, payload: object) -> None:
    """Is never run."""


async def typed(hours: Hours, command: str, /, *, user: int | None = None, **options: Any) -> Heard:
    """Use a command while the clock goes on."""
    sent = await hours.sandbox.slash(command, options, user=user or hours.guild.owner_id)
    await sent.answered()
    await hours.until(lambda: _spoken(sent), step=0.1)
    message = _spoken(sent)
    assert message is not None
    return Heard(sent, message)


def _spoken(sent: SandboxInteraction) -> Message | None:
    if sent.message is not None:
        return sent.message if sent.message.content or sent.message.embeds else None
    return sent.messages[-1] if sent.messages else None


async def added(hours: Hours, **options: Any) -> Schedule:
    """A schedule made with the command."""
    heard = await typed(hours, "schedule add", **{"type": ANALYSIS, "when": "daily 09:00", **options})
    id_ = heard.text.strip().rsplit("`", 2)[1]
    return await hours.app.scheduler.get(id_)


async def comes(hours: Hours, schedule: Schedule) -> None:
    """Its hour comes: wall time alone moves there, so that no other clock-work has to run through the days."""
    due = (await hours.app.scheduler.get(schedule.id)).next_at
    hours.clock.move_wall(max(0, due - hours.clock.now()) + 1000)
    firing = asyncio.create_task(hours.app.scheduler.fire_due())
    await hours.until(firing.done, step=1.0)
    await firing


async def fired(hours: Hours, schedule: Schedule) -> Job:
    """The job of its next instant."""
    await comes(hours, schedule)
    return await newest(hours, schedule)


async def newest(hours: Hours, schedule: Schedule) -> Job:
    page = await hours.app.queue.find(JobQuery(lane=schedule.lane, types=(schedule.type,), limit=1))
    (job,) = page.jobs
    assert job.metadata["schedule"] == schedule.id
    return job


def in_channel(hours: Hours, words: str) -> list[Message]:
    return [m for m in hours.guild.default_channel.messages if words in text_of(m)]


async def test_a_schedule_posts_its_card_and_covers_the_days_before_in_the_servers_own_time(hours: Hours) -> None:
    await typed(hours, "setup timezone", name="Pacific/Auckland")
    schedule = await added(hours, days=3)
    assert schedule.time_zone == "Pacific/Auckland"
    job = await fired(hours, schedule)
    zone = ZoneInfo("Pacific/Auckland")
    local = datetime.fromtimestamp(schedule.next_at / 1000, zone)
    assert (local.hour, local.minute) == (9, 0)
    today = datetime.fromtimestamp(job.created_at / 1000, zone).date()
    first, last = (datetime.fromisoformat(str(job.payload[name])).date() for name in ("start_date", "end_date"))
    assert ((today - last).days, (last - first).days) == (1, 2)
    assert job.payload["time_zone"] == "Pacific/Auckland"
    await hours.ended(job.id, step=SLOWLY)
    (card,) = in_channel(hours, f"`{job.id}`")
    assert "Completed · Member Analysis" in text_of(card)
    assert job.owner == str(hours.guild.owner_id)


async def test_a_schedule_repeats_the_choices_of_an_earlier_job_with_days_of_its_own(hours: Hours) -> None:
    channel = hours.guild.default_channel.id
    sent = await hours.sandbox.slash(
        "async-job", {"type": ANALYSIS, "start": "2d", "channel": str(channel)}, user=hours.guild.owner_id
    )
    await sent.answered()
    await hours.until(lambda: sent.message is not None and sent.message.embeds, step=0.5)
    assert sent.message is not None
    job_id = text_of(sent.message).rsplit("`", 2)[1]
    await hours.ended(job_id, step=SLOWLY)
    offered = await hours.sandbox.autocomplete(
        "schedule add", {"type": ANALYSIS, "when": "x", "like": ""}, focused="like", user=hours.guild.owner_id
    )
    assert [choice["value"] for choice in offered] == [job_id]
    schedule = await added(hours, like=job_id)
    assert schedule.payload["channels"] == [str(channel)]
    other = await typed(hours, "schedule add", type="long-walk", when="daily 09:00", like=job_id)
    assert other.text.strip() == f"`{job_id}` is a Member Analysis. Choose a job of the same type to repeat."
    unknown = await typed(hours, "schedule add", type=ANALYSIS, when="daily 09:00", like="aaaaaaaaaa")
    assert unknown.text.strip() == "There is no job `aaaaaaaaaa` here."


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("soon", "I cannot read when that is. Give `daily 09:00`"),
        ("weekly someday 09:00", "I cannot read when that is."),
        ("daily 25:00", "I cannot read when that is."),
        ("monthly 31 09:61", "I cannot read when that is."),
        ("0 0 30 2 *", "I cannot read when that is."),
        ("* * * * *", "That is more often than once an hour. Choose a longer pause."),
        ("0,30 9 * * *", "That is more often than once an hour."),
        ("59,1 * * * *", "That is more often than once an hour."),
        ("*/45 9 * * 1", "That is more often than once an hour."),
    ],
)
async def test_what_cannot_be_a_plan_is_refused(hours: Hours, when: str, sentence: str) -> None:
    heard = await typed(hours, "schedule add", type=ANALYSIS, when=when)
    assert heard.text.strip().startswith(sentence)
    assert heard.alone
    assert await hours.app.scheduler.list() == []


async def test_a_type_that_needs_more_than_a_plan_says_how_to_give_it(hours: Hours) -> None:
    heard = await typed(hours, "schedule add", type="long-walk", when="daily 09:00")
    assert "runs daily 09:00 (UTC)" in heard.text
    hours.app.queue.registry.register("errand", _nothing, payload=Errand, title="Errand")
    heard = await typed(hours, "schedule add", type="errand", when="daily 09:00")
    assert heard.text.strip() == (
        "Errand cannot be started this way: what: Field required. Run it once with `/async-job`, then give that job as `like`."
    )


async def test_days_are_refused_for_a_type_that_covers_none(hours: Hours) -> None:
    heard = await typed(hours, "schedule add", type="bell", when="daily 09:00", days=3)
    assert (heard.text, heard.alone) == ("Bell covers no days. Leave `days` out.", True)
    assert await hours.app.scheduler.list() == []


async def test_a_type_that_takes_nothing_runs_by_its_schedule(hours: Hours) -> None:
    job = await fired(hours, await added(hours, type="bell"))
    done = await hours.ended(job.id, step=SLOWLY)
    assert (done.state, done.payload) == (State.COMPLETED, {})


async def test_twenty_five_schedules_are_the_most(hours: Hours) -> None:
    for _ in range(25):
        await hours.app.scheduler.add("long-walk", {}, "0 9 * * *", lane=str(hours.guild.id))
    heard = await typed(hours, "schedule add", type="long-walk", when="daily 09:00")
    assert heard.text.strip() == "This server has 25 schedules, the most it may have. Remove one first."
    listed = await typed(hours, "schedule list")
    assert len(listed.text) < 4096


async def test_a_type_that_is_not_offered_is_refused(hours: Hours) -> None:
    heard = await typed(hours, "schedule add", type="walk-back", when="daily 09:00")
    assert heard.text.strip() == "There is no such job type. Choose one from the list."


async def test_a_place_that_cannot_be_written_is_refused_when_it_is_chosen(hours: Hours) -> None:
    channel = hours.guild.default_channel
    bot_role = next(role.id for role in hours.guild.roles.values() if role.tags)
    await hours.sandbox.set_overwrite(channel.id, Overwrite(bot_role, 0, deny=SEND_MESSAGES))
    await _seen(hours, channel.id, "send_messages")
    plan: dict[str, Any] = {"type": ANALYSIS, "when": "daily 09:00", "channel": str(channel.id)}
    place: dict[str, Any] = {"channel": str(channel.id)}
    for command, options in (("schedule add", plan), ("setup channel", place)):
        heard = await typed(hours, command, **options)
        assert heard.text.strip() == (
            f"I cannot write in <#{channel.id}>: I lack *Send Messages*. Give them in its settings → Permissions."
        )
    await hours.sandbox.set_overwrite(channel.id, Overwrite(bot_role, 0, deny=VIEW_CHANNEL))
    await _seen(hours, channel.id, "view_channel")
    heard = await typed(hours, "schedule add", type=ANALYSIS, when="daily 09:00", channel=str(channel.id))
    assert heard.text.strip() == "I cannot see that channel. Give me *View Channel* there, or choose another one."


async def _seen(hours: Hours, channel_id: int, permission: str) -> None:
    """Once the bot knows that it lacks it."""
    guild = hours.app.client.get_guild(hours.guild.id)
    assert guild is not None

    def known() -> bool:
        channel = guild.get_channel(channel_id)
        return channel is not None and not getattr(channel.permissions_for(guild.me), permission)

    await hours.until(known, step=0.1)


async def test_cards_go_to_the_channel_of_the_server_when_nothing_else_was_said(hours: Hours) -> None:
    place = sorted(c.id for c in hours.guild.channels.values() if c.type == 0)[1]
    assert place != hours.guild.default_channel.id
    set_ = await typed(hours, "setup channel", channel=str(place))
    assert set_.text.strip() == f"Schedules write to <#{place}>."
    assert (await added(hours)).context["channel_id"] == str(place)
    check = await typed(hours, "setup check")
    assert f"schedules write to <#{place}>" in check.text
    unset = await typed(hours, "setup channel")
    assert unset.text.strip() == "Schedules write where they were added."
    assert (await added(hours)).context["channel_id"] == str(hours.guild.default_channel.id)


async def test_schedules_are_listed_paused_resumed_run_and_removed(hours: Hours) -> None:
    schedule = await added(hours, type="long-walk", when="Weekly  Monday 9:00")
    listed = await typed(hours, "schedule list")
    assert f"**Long Walk** · Weekly Monday 9:00 · <#{hours.guild.default_channel.id}> · next <t:" in listed.text
    moment = datetime.fromtimestamp(schedule.next_at / 1000, UTC)
    assert (moment.weekday(), moment.hour) == (0, 9)
    paused = await typed(hours, "schedule pause", id=schedule.id)
    assert paused.text.strip() == f"`{schedule.id}` rests. `/schedule resume` wakes it."
    again = await typed(hours, "schedule pause", id=schedule.id)
    assert again.text.strip() == f"`{schedule.id}` rests already."
    owner = hours.guild.members[hours.guild.owner_id].display_name
    assert f"⏸️ Paused by {owner}." in (await typed(hours, "schedule list")).text
    await comes(hours, schedule)
    assert (await hours.app.queue.statistics()).total == 0
    resumed = await typed(hours, "schedule resume", id=schedule.id)
    assert resumed.text.strip().startswith(f"`{schedule.id}` runs next <t:")
    again = await typed(hours, "schedule resume", id=schedule.id)
    assert again.text.strip() == f"`{schedule.id}` is not paused."
    ran = await typed(hours, "schedule run-now", id=schedule.id)
    job = await newest(hours, schedule)
    assert ran.text.strip() == f"`{job.id}` is in line; its card comes to <#{hours.guild.default_channel.id}>."
    await hours.ended(job.id)
    assert in_channel(hours, f"`{job.id}`")
    removed = await typed(hours, "schedule remove", id=schedule.id)
    assert removed.text.strip() == f"`{schedule.id}` is removed. Its jobs stay."
    gone = await typed(hours, "schedule remove", id=schedule.id)
    assert gone.text.strip() == f"There is no schedule `{schedule.id}` here."
    assert (
        "There are no schedules here yet. Make one with `/schedule add`." in (await typed(hours, "schedule list")).text
    )


async def test_ids_are_offered_by_whether_they_can_be_paused_or_resumed(hours: Hours) -> None:
    runs, rests = await added(hours), await added(hours, when="monthly 1 09:00")
    await hours.app.scheduler.pause(rests.id, "tea")

    async def offered(command: str, typed_: str = "") -> list[str]:
        choices = await hours.sandbox.autocomplete(command, {"id": typed_}, focused="id", user=hours.guild.owner_id)
        return sorted(choice["value"] for choice in choices)

    assert await offered("schedule pause") == [runs.id]
    assert await offered("schedule resume") == [rests.id]
    assert await offered("schedule remove") == sorted([runs.id, rests.id])
    assert await offered("schedule run-now", "monthly") == [rests.id]
    whens = await hours.sandbox.autocomplete(
        "schedule add", {"type": ANALYSIS, "when": "fri"}, focused="when", user=hours.guild.owner_id
    )
    assert [choice["value"] for choice in whens] == ["weekly friday 09:00"]


async def test_who_made_it_and_may_not_any_more_stops_it_with_a_word_and_another_takes_it_over(hours: Hours) -> None:
    admin = with_role(hours.guild, "Admin")
    heard = await typed(hours, "schedule add", user=admin.user.id, type="long-walk", when="daily 09:00")
    schedule = await hours.app.scheduler.get(heard.text.strip().rsplit("`", 2)[1])
    admin.roles.clear()
    await comes(hours, schedule)
    (word,) = in_channel(hours, "does not run")
    assert word.content == (
        f"Long Walk does not run daily 09:00 any more: <@{admin.user.id}>, who made it, may not start it here now. "
        "An administrator takes it over with `/schedule resume`."
    )
    assert word.mentions == []
    assert (await hours.app.queue.statistics()).total == 0
    listed = await typed(hours, "schedule list")
    assert "⏸️ Whoever made it may not start this here any more." in listed.text
    await comes(hours, schedule)
    assert len(in_channel(hours, "does not run")) == 1, "said once"
    now = await typed(hours, "schedule run-now", id=schedule.id)
    assert now.text.strip() == f"`{schedule.id}` cannot run now. Whoever made it may not start this here any more."
    await typed(hours, "schedule resume", id=schedule.id)
    job = await fired(hours, schedule)
    assert job.owner == str(hours.guild.owner_id)


async def test_who_left_stops_it_too(hours: Hours) -> None:
    admin = with_role(hours.guild, "Admin")
    await typed(hours, "schedule add", user=admin.user.id, type="long-walk", when="daily 09:00")
    (schedule,) = await hours.app.scheduler.list()
    del hours.guild.members[admin.user.id]
    await comes(hours, schedule)
    assert len(in_channel(hours, "does not run")) == 1
    assert (await hours.app.queue.statistics()).total == 0


async def test_a_held_server_is_passed_over_and_nothing_is_run_by_hand(hours: Hours) -> None:
    schedule = await added(hours, type="long-walk")
    await typed(hours, "queue pause", reason="tea")
    refused = await typed(hours, "schedule run-now", id=schedule.id)
    assert refused.text.strip().startswith("Jobs are paused in this server: ")
    assert refused.text.strip().endswith(": tea `/queue resume` lets them go on.")
    for _ in range(2):
        await comes(hours, schedule)
    found = await hours.app.scheduler.get(schedule.id)
    assert (found.skipped, found.last_job, found.paused) == (2, None, None)
    await typed(hours, "queue resume")
    assert (await fired(hours, schedule)).owner == str(hours.guild.owner_id)


async def test_an_outage_of_discord_at_the_hour_passes_it_over_and_stops_nothing(hours: Hours) -> None:
    schedule = await added(hours, type="long-walk")
    fault = hours.sandbox.faults.add(method="GET", route="/guilds/{guild_id}", status=503, times=1000)
    await comes(hours, schedule)
    assert fault.hits
    fault.times = 0
    found = await hours.app.scheduler.get(schedule.id)
    assert (found.skipped, found.paused) == (1, None)
    assert (await fired(hours, schedule)).owner == str(hours.guild.owner_id)
