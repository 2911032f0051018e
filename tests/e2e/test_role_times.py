"""How long role jobs can be taken back, and what becomes of those for a time: late, early, and for who has gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.buckets import Rate
from bot.upkeep import ArtifactSweep
from jobs.engine.states import State
from jobs.handlers.bulk_role_assignment.handler import NAME, UNDO
from jobs.services import NotFound
from tests.e2e.conftest import Play, job_id_of, text_of
from tests.e2e.forms import answer, pressed
from tests.e2e.presses import job_of, posted
from tests.e2e.roles import (
    ROLE,
    asked,
    confirmed,
    go,
    holders,
    people,
    playing_with,
    previewed,
    undo_shown,
    writes,
)
from tests.e2e.town import until
from tests.e2e.typist import typed, with_role

DAY_S = 86_400.0
ONE = "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}"


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE) as play:
        yield play


async def waits(play: Play, job_id: str, state: State, words: str = "") -> str:
    """Why the job stands still."""

    async def there() -> bool:
        found = await play.app.queue.get(job_id)
        return found is not None and found.state is state and words in (found.reason or "")

    await until(there)
    return (await job_of(play, job_id)).reason or ""


@pytest.mark.parametrize(
    ("days", "state", "why"),
    [
        (-0.001, State.CANCELLED, "The time at which it would be taken back is over. Choose a later one."),
        (400, State.FAILED, "It can be taken back within a year. Choose an earlier time."),
    ],
)
async def test_a_time_that_is_over_or_far_changes_nothing(play: Play, days: float, state: State, why: str) -> None:
    moment = datetime.now(UTC) + timedelta(days=days)
    payload = {"guild_id": str(play.guild.id), "role_ids": [str(ROLE)], "who": "humans", "until": moment.isoformat()}
    job = await play.app.queue.enqueue(NAME, payload, lane=str(play.guild.id), owner=str(play.guild.owner_id))
    assert (await play.ended(job.id)).state is state
    shown = (await typed(play, "job status", id=job.id)).text
    assert f"{why}\nNothing was changed." in shown
    assert not writes(play)


async def test_who_has_gone_leaves_their_roles_for_a_time_to_somebody_else(play: Play) -> None:
    person = with_role(play.guild, "Admin")
    everybody = [m.user.id for m in people(play.guild)][:4]
    end = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    job = await asked(play, user=person.user.id, member_ids=[*map(str, everybody)], until=end)
    await go(play, job.id)
    await play.ended(job.id)
    assert holders(play.guild, ROLE) == set(everybody)
    roles, person.roles = person.roles, []
    why = await waits(play, f"{job.id}-back", State.PAUSED)
    assert why == (
        "The person who asked for this may not start it here any more, so I stopped. "
        f"Then press Resume; or somebody else takes back {job.id} by /job undo."
    )
    assert await play.app.queue.clean_up(0) == 0, "what it did is kept until that is settled"
    person.roles = roles
    await play.app.queue.unhold(f"{job.id}-back")
    assert (await play.ended(f"{job.id}-back")).state is State.COMPLETED
    assert holders(play.guild, ROLE) == set()


async def test_an_undo_of_what_still_runs_is_refused_and_one_that_was_asked_for_waits(play: Play) -> None:
    play.sandbox.buckets.chosen[ONE] = Rate(10, 0.5)
    job = await asked(play, who="humans")
    await go(play, job.id)
    await play.sandbox.until(lambda: len(holders(play.guild, ROLE)) > 5)
    early = posted(play, job.id, "undo")
    assert await answer(play, early, "undo") == f"`{job.id}` is active. Wait for its end, or cancel it."
    payload = {"guild_id": str(play.guild.id), "job_id": job.id}
    undo = await play.app.queue.enqueue(UNDO, payload, lane=str(play.guild.id), owner=str(play.guild.owner_id))
    assert await waits(play, undo.id, State.DELAYED) == f"It waits for the end of {job.id}."
    assert (await play.ended(job.id)).state is State.COMPLETED
    await play.app.queue.cancel(undo.id, "Cancelled by a test.")


async def test_what_is_not_kept_any_more_cannot_be_taken_back_and_its_files_are_gone(play: Play) -> None:
    for name in (NAME, UNDO):
        assert play.app.queue.registry.get(name).retention_s == 30 * DAY_S
    card = await previewed(play, who="humans")
    job = await confirmed(play, card)
    assert job.policy.retention_s == 30 * DAY_S
    shown = await undo_shown(play, card)
    await pressed(play, shown, "Cancel")
    await play.ended(job_id_of(shown))
    assert await play.app.queue.clean_up(0) == 2
    assert await ArtifactSweep(play.app.queue, play.app.artifacts).sweep() == 2
    with pytest.raises(NotFound):
        play.app.artifacts.path(job.id, "changes.csv")
    assert await answer(play, card, "Undo") == "This job is not kept any more."
    payload = {"guild_id": str(play.guild.id), "job_id": job.id}
    undo = await play.app.queue.enqueue(UNDO, payload, lane=str(play.guild.id), owner=str(play.guild.owner_id))
    failed = await play.ended(undo.id)
    assert failed.error is not None
    assert failed.error.message == "What that job did is not kept any more, so it cannot be taken back."
    assert len(holders(play.guild, ROLE)) == len(people(play.guild))
    assert "members got it" in text_of(card)
