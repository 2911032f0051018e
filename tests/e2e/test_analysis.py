from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo.recording import record
from bot.sandbox import Guild, Sandbox
from bot.sandbox.permissions import READ_MESSAGE_HISTORY
from bot.sandbox.world import Overwrite
from jobs.activity.sqlite import SqliteActivityStore
from jobs.engine.states import State
from tests.e2e.conftest import Play, job_id_of, running, settings_for, text_of
from tests.e2e.forms import pressed
from tests.e2e.truth import messages_by_member, messages_in, table

HISTORY = "/channels/{channel_id}/messages"
DAY_MS = 86_400_000


async def test_the_numbers_of_the_table_are_those_of_the_seeded_world(play: Play) -> None:
    _, job_id = await play.start_analysis()
    job = await play.ended(job_id)
    assert job.state is State.COMPLETED, job.error
    path = play.app.artifacts.path(job_id, "members.csv")
    truth = messages_by_member(play.guild, job)
    assert messages_in(path) == truth
    people = {m.user.id for m in play.guild.members.values() if not m.user.bot}
    assert table(path).keys() == people
    assert isinstance(job.result, dict)
    assert job.result["messages"] == truth.total()
    assert job.result["active"] == len(truth)


async def test_the_last_card_names_the_range_the_sums_and_what_could_not_be_read(play: Play) -> None:
    sent, job_id = await play.start_analysis()
    job = await play.ended(job_id)
    assert sent.message is not None
    text = text_of(sent.message)
    assert sent.message.embeds[0]["title"] == "✅ Completed · Member Analysis"
    assert f"{messages_by_member(play.guild, job).total():,}** messages" in text
    assert "1 of 8 channels could not be read." in text
    assert "Voice is not known: I was not there to see it." in text
    assert [a.filename for a in sent.message.attachments] == ["chart.png"]
    assert sent.message.attachments[0].data.startswith(b"\x89PNG")
    assert sent.message.embeds[0]["image"]["url"] == "attachment://chart.png"
    assert len(sent.messages) == 0
    assert "archive" not in text, "a channel that not everyone may see is not named"
    assert "staff" not in text


async def test_what_was_recorded_and_what_is_read_back_are_counted_once(
    sandbox: Sandbox, guild: Guild, tmp_path: Path
) -> None:
    now = sandbox.clock.now()
    async with running(settings_for(sandbox, tmp_path)) as app:
        await record(SqliteActivityStore(app.database), sandbox.world, guild, now - 4 * DAY_MS, now - DAY_MS)
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        _, job_id = await play.start_analysis()
        job = await play.ended(job_id)
        path = app.artifacts.path(job_id, "members.csv")
        assert messages_in(path) == messages_by_member(guild, job)
        voice = sum(float(row["voice_minutes"]) for row in table(path).values())
    since, until = now - 4 * DAY_MS, now - DAY_MS
    truth = sum(max(0, min(s.until, until) - max(s.since, since)) for s in guild.voice_sessions) / 60_000
    assert truth > 0
    assert voice == pytest.approx(truth, abs=0.1 * len(guild.members))


async def test_messages_sent_while_the_bot_looks_on_are_counted(play: Play) -> None:
    author = next(m.user.id for m in play.guild.members.values() if not m.user.bot)
    for _ in range(3):
        play.guild.truth.append(await play.sandbox.say(play.guild.default_channel.id, author))
    _, job_id = await play.start_analysis("today")
    job = await play.ended(job_id)
    truth = messages_by_member(play.guild, job)
    assert truth[author] >= 3
    assert messages_in(play.app.artifacts.path(job_id, "members.csv")) == truth


@pytest.mark.parametrize("status", [500, 502, 503, 429, "reset"])
async def test_trouble_with_discord_is_waited_out_and_the_numbers_stay_right(play: Play, status: int | str) -> None:
    fault = play.sandbox.faults.add(
        method="GET",
        route=HISTORY,
        status=status,  # type: ignore[arg-type]
        times=2,
        after=3,
        retry_after=0.2,
    )
    _, job_id = await play.start_analysis()
    job = await play.ended(job_id)
    assert fault.hits == 2
    assert job.state is State.COMPLETED, job.error
    assert job.attempts == 1, "trouble that passes costs no attempt"
    assert messages_in(play.app.artifacts.path(job_id, "members.csv")) == messages_by_member(play.guild, job)


async def test_a_channel_that_refuses_in_the_middle_is_left_out_and_counted_as_unreadable(play: Play) -> None:
    play.sandbox.faults.add(method="GET", route=HISTORY, status=403, code=50001, times=1, after=4)
    sent, job_id = await play.start_analysis()
    job = await play.ended(job_id)
    assert job.state is State.COMPLETED
    assert sent.message is not None
    assert "2 of 8 channels could not be read, among them <#" in text_of(sent.message)


async def test_a_right_that_is_taken_in_the_middle_leaves_no_silence_behind(play: Play) -> None:
    """Discord answers with empty pages then; once the right is given back, the history is read and counted."""
    fault = play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1)
    sent, job_id = await play.start_analysis()
    await play.sandbox.until(lambda: fault.hits)
    channel = play.guild.default_channel
    await play.sandbox.set_overwrite(channel.id, Overwrite(play.sandbox.world.bot.id, 1, deny=READ_MESSAGE_HISTORY))
    await play.ended(job_id)
    assert sent.message is not None
    assert "2 of 8 channels could not be read, among them <#" in text_of(sent.message)
    await play.sandbox.set_overwrite(channel.id, Overwrite(play.sandbox.world.bot.id, 1))
    again = await pressed(play, sent.message, "Run again")
    job_id = job_id_of(await again.said())
    job = await play.ended(job_id)
    assert messages_in(play.app.artifacts.path(job_id, "members.csv")) == messages_by_member(play.guild, job)


async def test_a_requester_who_lost_the_right_gets_no_figures(play: Play) -> None:
    admin = next(m for m in play.guild.members.values() if any(play.guild.roles[r].name == "Admin" for r in m.roles))
    hanging = play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1)
    sent, job_id = await play.start_analysis(user=admin.user.id)
    await play.sandbox.until(lambda: hanging.hits)
    admin.roles.clear()
    job = await play.ended(job_id)
    assert job.state is State.FAILED
    assert sent.message is not None
    assert "may not start it here any more" in text_of(sent.message)
    assert sent.message.attachments == []
    assert job.attempts == 1


async def test_the_same_question_again_reads_no_page_twice(play: Play) -> None:
    sent, first = await play.start_analysis("2d")
    await play.ended(first)
    assert sent.message is not None
    before = len([r for r in play.sandbox.requests if r.route == HISTORY])
    pressed_again = await pressed(play, sent.message, "Run again")
    assert (await play.ended(job_id_of(await pressed_again.said()))).first_started_at is not None
    again = [r for r in play.sandbox.requests if r.route == HISTORY][before:]
    channels = {r.path for r in again}
    assert len(again) == len(channels) > 0, "one page a channel: what was sent since"
