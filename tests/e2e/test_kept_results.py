"""The same question twice: the answer that is there is given again, says since when, and can be made anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Message, Sandbox
from bot.sandbox.world import Guild
from bot.settings import Settings
from jobs.engine.model import Job, RunPolicy
from jobs.engine.states import State
from tests.e2e.conftest import Play, job_id_of, playing, running, settings_for, text_of
from tests.e2e.forms import buttons_of, pressed, typed
from tests.e2e.presses import job_of
from tests.e2e.typist import heard

ANALYSIS = "member-activity-analysis"
KEPT = "Result from <t:"
HISTORY = "/channels/{channel_id}/messages"


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return settings_for(sandbox, tmp_path, user_commands_per_minute=100)


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, settings: Settings) -> AsyncIterator[Play]:
    async with playing(sandbox, guild, settings) as play:
        yield play


def pages_read(play: Play) -> int:
    return sum(request.route == HISTORY for request in play.sandbox.requests)


async def asked(play: Play) -> tuple[Message, str]:
    """The card and the id of an analysis that has ended."""
    card = await (await typed(play, "async-job", type=ANALYSIS, start="3d")).said()
    job_id = job_id_of(card)
    await play.ended(job_id)
    return card, job_id


async def test_the_same_analysis_is_answered_with_the_kept_result_and_its_files(play: Play) -> None:
    first, made_by = await asked(play)
    assert KEPT not in text_of(first)
    read = pages_read(play)
    again, job_id = await asked(play)
    assert job_id != made_by
    assert KEPT in text_of(again)
    assert buttons_of(again) == buttons_of(first)
    assert [file.filename for file in again.attachments] == [file.filename for file in first.attachments] != []
    figures, kept = text_of(first).split("took ")[0], text_of(again).split(KEPT)[0]
    assert kept == figures
    assert pages_read(play) == read, "nothing is read again"
    assert (await job_of(play, job_id)).first_started_at is None
    sent = await pressed(play, again, "Download")
    await play.sandbox.until(lambda: sent.message is not None and bool(sent.message.attachments), 20.0)
    assert sent.message is not None
    assert {"chart.png", "members.csv"} <= {file.filename for file in sent.message.attachments}


async def test_run_again_makes_it_anew_and_that_is_given_from_then_on(play: Play) -> None:
    _, first = await asked(play)
    kept, _ = await asked(play)
    sent = await pressed(play, kept, "Run again")
    fresh = job_id_of(await sent.said())
    ended = await play.ended(fresh)
    assert ended.first_started_at is not None
    assert (await job_of(play, (await asked(play))[1])).made_by == fresh != first


async def test_another_language_and_another_range_are_other_questions(play: Play) -> None:
    await asked(play)
    await heard(await typed(play, "setup language", name="id"))
    other, job_id = await asked(play)
    assert (await job_of(play, job_id)).first_started_at is not None
    assert "Selesai" in text_of(other)
    _, job_id = await play.start_analysis("2d")
    assert (await play.ended(job_id)).first_started_at is not None


async def test_kept_results_outlive_a_restart(sandbox: Sandbox, guild: Guild, settings: Settings) -> None:
    jobs: list[Job] = []
    for _ in range(2):
        async with running(settings) as app:
            await sandbox.bot_ready()
            play = Play(sandbox, app, guild)
            jobs.append(await job_of(play, (await asked(play))[1]))
    assert jobs[1].made_by == jobs[0].id != jobs[1].id


async def test_without_a_cache_everything_runs(sandbox: Sandbox, guild: Guild, settings: Settings) -> None:
    async with running(settings.model_copy(update={"enable_result_caching": False})) as app:
        await sandbox.bot_ready()
        play = Play(sandbox, app, guild)
        for _ in range(2):
            _, job_id = await asked(play)
            assert (await job_of(play, job_id)).first_started_at is not None


@pytest.mark.parametrize("made_at", [None, "yesterday"])
def test_only_an_instant_is_taken_for_one(made_at: object) -> None:
    job = Job("a", "work", State.COMPLETED, {}, RunPolicy(), 1, 1, 1, metadata={"cached_at": made_at})  # type: ignore[dict-item]
    assert job.made_at is None
