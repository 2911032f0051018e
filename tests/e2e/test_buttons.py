"""Every button there is, pressed by those who may and those who may not, in time, too late, twice and after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox
from bot.settings import Settings
from jobs.engine.states import State
from tests.e2e import asking
from tests.e2e.conftest import Play, job_id_of, playing, running, settings_for, text_of
from tests.e2e.forms import answer, buttons_of, pressed, said, typed
from tests.e2e.presses import at_work, job_of, posted, shows, start
from tests.e2e.typist import heard

MODULES = "tests.e2e.asking"
GONE = "This job is not kept any more."
REFUSED = "Only administrators, or a role allowed with `/queue access`, can start this here."


@pytest.fixture(autouse=True)
def gate() -> asking.Gate:
    asking.GATES[:] = [asking.Gate()]
    return asking.GATES[0]


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return settings_for(
        sandbox, tmp_path, job_modules=MODULES, user_commands_per_minute=100, user_unfinished_jobs=20, shutdown_grace=0
    )


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, settings: Settings) -> AsyncIterator[Play]:
    async with playing(sandbox, guild, settings) as play:
        yield play
    assert_nobody_is_pinged(sandbox)


def assert_nobody_is_pinged(sandbox: Sandbox) -> None:
    """Every message that the bot made or changed says itself that it calls nobody."""
    said_something = 0
    for request in sandbox.requests:
        body = request.body if isinstance(request.body, dict) else {}
        data = body.get("data") if request.route.endswith("/callback") else body
        if request.method not in ("POST", "PATCH") or not isinstance(data, dict):
            continue
        if not data.get("content") and not data.get("embeds"):
            continue
        said_something += 1
        allowed = data.get("allowed_mentions")
        assert allowed is not None, f"{request.method} {request.route} leaves it to Discord who is called"
        assert not allowed.get("parse"), request
        assert not allowed.get("roles"), request
        assert not allowed.get("replied_user"), request
        called = [str(user) for user in allowed.get("users") or []]
        # One reply says the end or the pause to whoever asked, and to nobody else.
        assert len(called) <= 1, request
        assert all(str(data.get("content")).startswith(f"<@{user}>") for user in called), request
    assert said_something


async def test_pause_and_resume(play: Play, gate: asking.Gate) -> None:
    card, job_id = await start(play)
    await at_work(play, card)
    assert buttons_of(card) == ["Pause", "Cancel"]
    await pressed(play, card, "Pause")
    gate.open.set()
    text = await shows(play, card, "Paused · Gate")
    name = play.guild.members[play.guild.owner_id].display_name
    assert f"Paused by {name}." in text
    assert buttons_of(card) == ["Resume", "Cancel", "Undo"]
    await pressed(play, card, "Resume")
    job = await play.ended(job_id)
    assert job.state is State.COMPLETED
    assert "Completed · Gate" in text_of(card)
    assert buttons_of(card)[-1] == "Run again"


async def test_cancel_asks_once_more_for_a_job_that_has_begun(play: Play) -> None:
    card, job_id = await start(play)
    await at_work(play, card)
    asked = await pressed(play, card, "Cancel")
    assert said(asked) == f"Stop Gate `{job_id}`? What it has done until now stays."
    assert asked.ephemeral
    assert asked.message is not None
    assert buttons_of(asked.message) == ["Stop it", "Leave it"]
    left = await pressed(play, asked.message, "Leave it")
    assert said(left) == "Left as it is."
    assert not asked.message.components
    assert (await job_of(play, job_id)).state is State.ACTIVE
    again = await pressed(play, card, "Cancel")
    assert again.message is not None
    question = again.message
    await pressed(play, question, "Stop it")
    await play.sandbox.until(lambda: "asked to stop after the current step" in text_of(question))
    job = await play.ended(job_id)
    assert job.state is State.CANCELLED
    assert "Cancelled · Gate" in text_of(card)
    assert not question.components


async def test_cancel_of_a_job_that_has_not_begun_is_done_at_once(play: Play) -> None:
    await play.app.queue.pause("full")
    card, job_id = await start(play)
    await shows(play, card, "Queued")
    await pressed(play, card, "Cancel")
    assert (await play.ended(job_id)).state is State.CANCELLED
    assert "Cancelled · Gate" in text_of(card)


async def test_retry(play: Play, gate: asking.Gate) -> None:
    gate.trouble = "The gate is **rusty**."
    gate.open.set()
    card, job_id = await start(play)
    assert (await play.ended(job_id)).state is State.FAILED
    assert "The gate is \\*\\*rusty\\*\\*." in text_of(card)
    assert buttons_of(card) == ["Retry", "Undo", "Run again"]
    gate.trouble = None
    await pressed(play, card, "Retry")
    await shows(play, card, "Completed · Gate")


async def test_run_again_twice_makes_one_job(play: Play, gate: asking.Gate) -> None:
    gate.open.set()
    card, job_id = await start(play)
    await play.ended(job_id)
    gate.open.clear()
    first, second = await asyncio.gather(pressed(play, card, "Run again"), pressed(play, card, "Run again"))
    texts = [(await heard(sent)).text for sent in (first, second)]
    refused = [text for text in texts if "is already" in text or "That was asked for already" in text]
    assert len(refused) == 1, texts
    assert (await play.app.queue.statistics()).total == 2
    gate.open.set()


async def test_run_again_of_a_private_job_is_private(play: Play, gate: asking.Gate) -> None:
    gate.open.set()
    card, job_id = await start(play, private=True)
    assert card.ephemeral
    await play.ended(job_id)
    again = await pressed(play, card, "Run again")
    assert again.ephemeral


async def test_undo_asks_once_more_and_makes_one_job(play: Play, gate: asking.Gate) -> None:
    gate.open.set()
    card, job_id = await start(play)
    await play.ended(job_id)
    asked = await pressed(play, card, "Undo")
    question = asked.message
    assert question is not None
    assert text_of(question) == f"Take back what Gate `{job_id}` did? What somebody has changed since stays."
    assert buttons_of(question) == ["Take it back", "Leave it"]
    done = await pressed(play, question, "Take it back")
    back = await done.said()
    assert "Gate: Back" in text_of(back)
    job = await play.ended(job_id_of(back))
    assert (job.state, job.result) == (State.COMPLETED, {"back": job_id})
    await play.sandbox.until(lambda: asked.message is None)
    assert "cannot be taken back" in await answer(play, posted(play, job.id, "undo"), "undo")


async def test_undo_of_a_job_that_had_not_begun_is_asked_too(play: Play) -> None:
    """No card offers it, an old one may; the answer to it never takes that card's place."""
    await play.app.queue.pause("full")
    _, job_id = await start(play)
    await play.app.queue.cancel(job_id, "Enough.")
    card = posted(play, job_id, "undo")
    assert (await answer(play, card, "undo")).startswith("Take back what Gate")
    assert text_of(card) == "a card"


async def test_download(play: Play, gate: asking.Gate) -> None:
    gate.open.set()
    _, job_id = await start(play)
    await play.ended(job_id)
    card = posted(play, job_id, "download")
    sent = await pressed(play, card, "download")
    await play.sandbox.until(lambda: sent.message is not None and sent.message.attachments)
    assert sent.message is not None
    assert sent.ephemeral
    assert [(a.filename, a.data) for a in sent.message.attachments] == [("passed.csv", b"1\n2\n3\n")]
    await play.app.client.desk.artifacts.delete(job_id)
    gone = "The files of this job are not kept any more. Run it again to have them."
    assert await answer(play, card, "download") == gone


async def test_a_file_that_is_too_large_is_named_and_the_others_come(play: Play, gate: asking.Gate) -> None:
    gate.open.set()
    _, job_id = await start(play)
    await play.ended(job_id)

    def large(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(11 * 1024 * 1024)

    await play.app.client.desk.artifacts.write(job_id, "huge.bin", "application/octet-stream", large)
    heard_ = await heard(await pressed(play, posted(play, job_id, "download"), "download"))
    assert heard_.text == "Too large for Discord: `huge.bin`. The operator has them."
    assert [a.filename for a in heard_.message.attachments] == ["passed.csv"]


async def test_refresh_shows_the_card_as_of_now(play: Play, gate: asking.Gate) -> None:
    card, job_id = await start(play)
    await at_work(play, card)
    status = await typed(play, "job status", id=job_id)
    shown = await status.said()
    assert "Job Progress · Gate" in text_of(shown)
    gate.open.set()
    await play.ended(job_id)
    await pressed(play, shown, "Refresh")
    assert "Completed · Gate" in text_of(shown)


async def test_buttons_that_come_too_late_say_why(play: Play, gate: asking.Gate) -> None:
    gate.open.set()
    _, job_id = await start(play)
    await play.ended(job_id)
    card = posted(play, job_id, "pause", "resume", "cancel", "cancel-now", "retry", "explode")
    for label, words in (
        ("pause", f"`{job_id}` has already ended."),
        ("resume", f"`{job_id}` is not paused; it is completed."),
        ("retry", f"`{job_id}` is completed; only a failed or cancelled job can be tried again."),
        ("cancel-now", f"`{job_id}` has already ended."),
    ):
        assert await answer(play, card, label) == words
    assert await answer(play, card, "cancel") == f"`{job_id}` has already ended."
    assert await answer(play, card, "explode") == "This button is from another version of me. Use `/job status`."
    assert (await job_of(play, job_id)).state is State.COMPLETED


async def test_buttons_that_come_too_early_say_why(play: Play) -> None:
    card, job_id = await start(play)
    await at_work(play, card)
    early = posted(play, job_id, "run-again", "undo", "retry", "resume")
    for label in ("run-again", "undo"):
        assert await answer(play, early, label) == f"`{job_id}` is active. Wait for its end, or cancel it."
    only = "only a failed or cancelled job can be tried again."
    assert await answer(play, early, "retry") == f"`{job_id}` is active; {only}"


async def test_a_second_press_of_cancel_says_that_it_stops(play: Play) -> None:
    card, job_id = await start(play)
    await at_work(play, card)
    asked = [await pressed(play, card, "Cancel") for _ in range(2)]
    for one in asked:
        assert one.message is not None
        await pressed(play, one.message, "Stop it")
    await play.ended(job_id)
    stopping, ended = "stop after the current step", "has already ended"
    await play.sandbox.until(lambda: all(stopping in said(one) or ended in said(one) for one in asked))


@pytest.mark.parametrize("action", ["pause", "resume", "cancel", "retry", "download", "run-again", "undo", "refresh"])
async def test_a_job_that_is_gone_says_so(play: Play, action: str) -> None:
    assert await answer(play, posted(play, "nosuchjob0", action), action) == GONE


async def test_a_type_that_is_gone_says_so(
    sandbox: Sandbox, guild: Guild, settings: Settings, gate: asking.Gate
) -> None:
    gate.open.set()
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        card, job_id = await start(play)
        await play.ended(job_id)
    async with running(settings.model_copy(update={"job_modules": "examples.guest_list"})) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        for label in ("Run again", "Undo"):
            assert await answer(play, card, label) == "This job type is not there any more. Ask the operator."


async def test_buttons_and_lists_work_after_a_restart(
    sandbox: Sandbox, guild: Guild, settings: Settings, gate: asking.Gate
) -> None:
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        card, job_id = await start(play)
        await at_work(play, card)
        asked = await pressed(play, card, "Cancel")
    async with running(settings) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        await sandbox.until(lambda: "Pause" in buttons_of(card))
        await pressed(play, card, "Pause")
        gate.open.set()
        await shows(play, card, "Paused · Gate")
        assert asked.message is not None
        await pressed(play, asked.message, "Stop it")
        assert (await play.ended(job_id)).state is State.CANCELLED
