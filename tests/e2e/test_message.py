"""The progress message in the real client: token ends, edits that fail, pacing."""

from __future__ import annotations

import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from bot.sandbox import Guild, Message, Sandbox
from bot.sandbox.permissions import VIEW_CHANNEL
from jobs.engine.clock import SystemClock
from jobs.engine.states import State
from tests.e2e.conftest import Play, job_id_of, running, settings_for, text_of

FILES = ["chart.png", "inactive.csv", "members.csv", "members.xlsx", "report.html"]
HISTORY = "/channels/{channel_id}/messages"
BY_TOKEN = "/webhooks/{webhook_id}/{token}/messages/{message_id}"
BY_BOT = "/channels/{channel_id}/messages/{message_id}"


async def test_a_token_that_ends_in_mid_job_costs_one_request_and_the_message_goes_on(play: Play) -> None:
    hanging = play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1, after=2)
    sent, job_id = await play.start_analysis()
    await play.sandbox.until(lambda: hanging.hits)
    sent.expire()
    job = await play.ended(job_id)
    assert job.state is State.COMPLETED
    assert sent.message is not None
    assert "Completed" in text_of(sent.message)
    assert len(sent.message.attachments) == 1
    refused = [r for r in play.sandbox.requests if r.status == 401]
    assert len(refused) <= 1
    assert [r for r in play.sandbox.requests if r.route == BY_BOT and r.method == "PATCH" and r.status == 200]


async def test_a_token_near_its_end_is_not_used_at_all(play: Play) -> None:
    play.sandbox.token_life_s = 30.0
    sent, job_id = await play.start_analysis("2d")
    await play.ended(job_id)
    assert "Completed" in text_of(_message(sent.message))
    assert not [r for r in play.sandbox.requests if r.status in (401, 404)]


async def test_edits_keep_their_distance_and_an_unchanged_card_is_not_sent(play: Play) -> None:
    play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=2, after=2)
    _, job_id = await play.start_analysis()
    await play.ended(job_id)
    edits = [r for r in play.sandbox.requests if r.method == "PATCH" and r.route in (BY_TOKEN, BY_BOT)]
    assert len(edits) >= 2
    gaps = [later.at - earlier.at for earlier, later in pairwise(edits)]
    assert min(gaps) >= 990, "settings say one second"
    bodies = [str(r.body) for r in edits]
    assert len(set(bodies)) == len(bodies)


@pytest.mark.parametrize(("asked_s", "everywhere"), [(4.0, False), (4.0, True), (31.0, False)])
async def test_a_wait_that_discord_asks_for_is_shown_whatever_the_job_type(
    sandbox: Sandbox, guild: Guild, tmp_path: Path, asked_s: float, everywhere: bool
) -> None:
    """A short one is discord.py's own, a long one is ours."""
    sandbox.faults.add(method="GET", route="/guilds/{guild_id}", status=429, retry_after=asked_s, everywhere=everywhere)
    seen: list[str] = []
    sandbox.watch(lambda message, what: seen.append(text_of(message)))
    settings = settings_for(sandbox, tmp_path, job_modules="tests.e2e.asking")
    async with running(settings, clock=Hurried()) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        sent = await sandbox.slash("async-job", {"type": "look"}, user=guild.owner_id)
        await sent.answered()
        job = await play.ended(job_id_of(await sent.said()))
    assert (job.state, job.result) == (State.COMPLETED, guild.name)
    told = [text for text in seen if f"Discord asked us to wait {asked_s:.0f} s" in text]
    assert told
    assert "Completed" in text_of(_message(sent.message))
    assert "asked us" not in text_of(_message(sent.message))


class Hurried(SystemClock):
    """Half a minute passes in three seconds."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 10 if seconds == 31.0 else seconds)


@pytest.mark.parametrize("status", [500, 503, "reset"])
async def test_edits_that_fail_are_made_up_for_and_cost_the_job_nothing(play: Play, status: int | str) -> None:
    play.sandbox.faults.add(method="PATCH", route=BY_TOKEN, status=status, times=3, after=1)  # type: ignore[arg-type]
    sent, job_id = await play.start_analysis("2d")
    job = await play.ended(job_id)
    assert (job.state, job.attempts) == (State.COMPLETED, 1)
    assert "Completed" in text_of(_message(sent.message))


async def test_a_message_that_was_deleted_ends_the_reporting_and_not_the_job(play: Play) -> None:
    hanging = play.sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1, after=2)
    sent, job_id = await play.start_analysis()
    await play.sandbox.until(lambda: hanging.hits)
    play.guild.default_channel.messages.remove(_message(sent.message))
    job = await play.ended(job_id)
    assert job.state is State.COMPLETED
    assert len([r for r in play.sandbox.requests if r.method == "PATCH" and r.status == 404]) == 1


async def test_no_token_is_in_the_database_or_the_log(
    play: Play, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="bot")
    caplog.set_level("DEBUG", logger="jobs")
    sent, job_id = await play.start_analysis("2d")
    await play.ended(job_id)
    token = sent.interaction.token
    await play.app.database.write(lambda connection: connection.execute("SELECT 1").fetchall())
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("errand.db*"))
    assert job_id.encode() in stored
    assert token.encode() not in stored
    assert play.sandbox.token.encode() not in stored
    assert token not in caplog.text
    assert play.sandbox.token not in caplog.text
    with sqlite3.connect(tmp_path / "errand.db") as connection:
        kept = connection.execute("SELECT value FROM record WHERE kind = 'reply-token'").fetchall()
    connection.close()
    assert len(kept) == 1


async def test_nobody_is_pinged_by_any_card(play: Play) -> None:
    pinged: list[Message] = []
    play.sandbox.watch(lambda message, what: pinged.append(message) if message.mentions else None)
    _, job_id = await play.start_analysis("2d")
    await play.ended(job_id)
    assert pinged == []
    sent = [r for r in play.sandbox.requests if r.method in ("PATCH", "POST") and isinstance(r.body, dict)]
    contents = [r.body["content"] for r in sent if r.body.get("content")]
    assert contents == []


async def test_a_hidden_channel_is_in_no_message_and_no_file_that_others_see(play: Play) -> None:
    shown: list[str] = []

    def note(message: Message, what: str) -> None:
        if not message.ephemeral and message.author_bot:
            shown.extend([text_of(message), *(a.data.decode(errors="replace") for a in message.attachments)])

    play.sandbox.watch(note)
    hidden = [c for c in play.guild.channels.values() if any(o.deny & VIEW_CHANNEL for o in c.overwrites)]
    assert hidden
    _, job_id = await play.start_analysis()
    await play.ended(job_id)
    assert "Completed" in " ".join(shown)
    for channel in hidden:
        assert not [text for text in shown if channel.name in text or str(channel.id) in text]


async def test_figures_of_a_hidden_channel_are_shown_to_who_asked_alone(play: Play) -> None:
    staff = next(c for c in play.guild.channels.values() if c.name == "staff")
    options = {"type": "member-activity-analysis", "start": "7d", "channel": staff.id}
    sent = await play.sandbox.slash("async-job", options, user=play.guild.owner_id)
    await sent.answered()
    job_id = job_id_of(await sent.said())
    await play.ended(job_id)
    card = _message(sent.message)
    assert "It is about channels that are gone, or that not everyone here may see." in text_of(card)
    assert "messages" not in text_of(card)
    assert card.attachments == []
    download = next(part for row in card.components for part in row["components"] if part["label"] == "Download")
    pressed = await play.sandbox.interactions.press(card, download["custom_id"], play.guild.owner_id)
    await pressed.answered()
    await play.sandbox.until(lambda: pressed.message is not None and pressed.message.attachments)
    assert pressed.ephemeral
    assert [a.filename for a in _message(pressed.message).attachments] == FILES
    asked = await play.sandbox.slash("job status", {"id": job_id}, user=play.guild.owner_id)
    await asked.answered()
    assert "messages" in text_of(await asked.said())


def _message(message: Message | None) -> Message:
    assert message is not None
    return message
