"""How fast role jobs go, counted in the windows of Discord's limits, and how several servers share one bot."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.buckets import Rate
from jobs.engine.states import State
from tests.e2e.conftest import Play, running, settings_for
from tests.e2e.presses import job_of
from tests.e2e.roles import OTHER, ROLE, add_roles, asked, given, go, holders, people, playing_with
from tests.stand_in import add_guild, serving

ONE = "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}"
WHOLE = "PATCH /guilds/{guild_id}/members/{user_id}"
LIMIT, WINDOW_S, CHANGES = 5, 1.0, 30


@pytest.fixture
async def play(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing_with(sandbox, guild, tmp_path, ROLE) as play:
        yield play


async def test_a_job_takes_no_more_windows_than_its_changes_need_and_leaves_none_idle(play: Play) -> None:
    wanted = [m.user.id for m in people(play.guild)][:CHANGES]
    play.sandbox.buckets.chosen[ONE] = Rate(LIMIT, WINDOW_S)
    job = await asked(play, member_ids=[*map(str, wanted)])
    await go(play, job.id)
    assert (await play.ended(job.id)).state is State.COMPLETED
    assert given(play, wanted)
    bucket = play.sandbox.buckets.find(ONE, {"guild_id": str(play.guild.id)})
    assert bucket.windows == math.ceil(CHANGES / LIMIT), "each window was used to its end"
    assert bucket.idle_s <= 0.1 * bucket.windows * WINDOW_S, "and the next one began right behind it"
    assert [r.status for r in play.sandbox.requests if r.method == "PUT"].count(429) == 0
    assert play.app.client.invalid.count() == 0


async def test_several_roles_at_once_take_no_more_windows_either(play: Play) -> None:
    """Each takes a request that reads before the one that writes."""
    add_roles(play.guild, OTHER)
    wanted = [m.user.id for m in people(play.guild) if not m.roles][: 3 * LIMIT]
    play.sandbox.buckets.chosen[WHOLE] = Rate(LIMIT, WINDOW_S)
    job = await asked(play, role_ids=[str(ROLE), str(OTHER)], member_ids=[*map(str, wanted)])
    await go(play, job.id)
    assert (await play.ended(job.id)).state is State.COMPLETED
    assert holders(play.guild, ROLE) == holders(play.guild, OTHER) == set(wanted)
    assert play.sandbox.buckets.find(WHOLE, {"guild_id": str(play.guild.id)}).windows == math.ceil(len(wanted) / LIMIT)
    assert [r.status for r in play.sandbox.requests if r.method == "PATCH"] == [200] * len(wanted)


async def test_small_servers_are_not_held_up_by_a_large_one(tmp_path: Path) -> None:
    async with serving(5, members=5000, channels=3, days=1, messages=10) as sandbox:
        large = next(iter(sandbox.world.guilds.values()))
        middle, small = add_guild(sandbox, 6, members=50), add_guild(sandbox, 7, members=5)
        for guild in (large, middle, small):
            add_roles(guild, ROLE)
        sandbox.buckets.chosen[ONE] = Rate(10, 0.3)
        async with running(settings_for(sandbox, tmp_path)) as app:
            await sandbox.bot_ready()
            play = Play(sandbox, app, large)
            jobs = [await asked(play, guild=guild, who="humans") for guild in (large, middle, small)]
            assert [len(people(guild)) for guild in (large, middle, small)] == [5000, 50, 5]
            for job in jobs:
                await go(play, job.id)
            for job, guild in ((jobs[2], small), (jobs[1], middle)):
                assert (await play.ended(job.id)).state is State.COMPLETED
                assert holders(guild, ROLE) == {m.user.id for m in people(guild)}
            ahead = len(holders(large, ROLE))
            assert 0 < ahead < 500, "the large one goes on meanwhile, and the small ones did not wait for it"
            assert (await job_of(play, jobs[0].id)).state is State.ACTIVE
            await app.queue.cancel(jobs[0].id, "Cancelled by a test.")
            await play.ended(jobs[0].id)
