"""Roles for who was active, or was not: by what is known of everybody, and by nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Guild, Sandbox
from jobs.confirmation import Confirmations
from jobs.engine.states import State
from jobs.services import snowflake_time
from tests.e2e.conftest import Play
from tests.e2e.roles import ROLE, asked, people, playing_with, table

DAYS, DAY_MS, QUARTER_MS = 3, 86_400_000, 900_000


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE) as play:
        yield play


def last_written(guild: Guild) -> dict[int, int]:
    """When each member wrote last, by the quarter of an hour in which they did (ms)."""
    last: dict[int, int] = {}
    for channel in guild.channels.values():
        for message in channel.messages:
            at = snowflake_time(message.id) // QUARTER_MS * QUARTER_MS
            last[message.author_id] = max(at, last.get(message.author_id, 0))
    return last


async def meant(play: Play, **filters: Any) -> tuple[set[int], int]:
    """Whom the preview is about, and when it was made."""
    job = await asked(play, who="humans", **filters)
    assert job.state is State.PAUSED, job.error
    question = await Confirmations(play.app.queue.records).of(job.id)
    assert question is not None
    made_at = question.shown["made_at"]
    assert isinstance(made_at, int)
    return set(table(play, job.id, "plan.csv")), made_at


async def test_nobody_is_taken_for_inactive_while_nobody_can_know(play: Play) -> None:
    job = await asked(play, who="humans", inactive_days=DAYS)
    assert job.state is State.FAILED
    assert job.error is not None
    assert job.error.message == (
        f"Nobody knows who was inactive for {DAYS} days. Run a Member Analysis of them, then ask again."
    )


async def test_who_was_active_and_who_was_not_are_told_apart_by_what_they_wrote(play: Play) -> None:
    _, analysis = await play.start_analysis("7d")
    assert (await play.ended(analysis)).state is State.COMPLETED
    last, here = last_written(play.guild), {m.user.id: m.joined_at for m in people(play.guild)}
    active, made_at = await meant(play, active_days=DAYS)
    since = made_at - DAYS * DAY_MS
    assert active == {id_ for id_ in here if last.get(id_, 0) >= since}
    inactive, made_at = await meant(play, inactive_days=DAYS)
    since = made_at - DAYS * DAY_MS
    assert inactive == {id_ for id_, joined in here.items() if max(last.get(id_, 0), joined) < since}
    assert active
    assert inactive
    assert not active & inactive


async def test_who_opted_out_is_in_neither(play: Play) -> None:
    _, analysis = await play.start_analysis("7d")
    await play.ended(analysis)
    inactive, _ = await meant(play, inactive_days=DAYS)
    hidden = min(inactive)
    await play.app.client.desk.activity.members.opt_out(play.guild.id, hidden)
    for filters in ({"inactive_days": DAYS}, {"active_days": DAYS}):
        assert hidden not in (await meant(play, **filters))[0]
