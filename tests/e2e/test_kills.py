"""`kill -9` in each stage: the job goes on by itself, in the same message, to the same numbers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bot.sandbox import Guild, Sandbox, SandboxInteraction
from jobs.engine.model import Job
from jobs.engine.states import State
from tests.e2e.conftest import job_id_of, text_of
from tests.e2e.process import BotProcess, rows
from tests.e2e.truth import messages_by_member, messages_in

HISTORY = "/channels/{channel_id}/messages"
MEMBERS = "/guilds/{guild_id}/members"
MEMBER = "/guilds/{guild_id}/members/{user_id}"
Moment = Callable[[Sandbox, Path, str], Coroutine[Any, Any, None]]


def when_asked(route: str, after: int = 0) -> Moment:
    """The moment in which request number `after` + 1 of this route is on its way."""

    async def moment(sandbox: Sandbox, folder: Path, job_id: str) -> None:
        fault = sandbox.faults.add(method="GET", route=route, status="hang", after=after)
        await sandbox.until(lambda: fault.hits or done(sandbox))
        assert fault.hits, "the job ended before the moment came"

    return moment


async def while_drawing(sandbox: Sandbox, folder: Path, job_id: str) -> None:
    """The moment in which the first file is being written: what is there before, and after a kill, has no suffix."""
    place = folder / "artifacts" / job_id
    async with asyncio.timeout(30):
        while not list(place.glob(".working-*/*.*")):
            await asyncio.sleep(0.002)


def done(sandbox: Sandbox) -> bool:
    channel = next(iter(sandbox.world.guilds.values())).default_channel
    return any("Completed" in text_of(m) or "Failed" in text_of(m) for m in channel.messages if m.author_bot)


def stored(folder: Path, job_id: str) -> Job:
    names = ("state", "payload", "attempts", "crashes", "first_started_at")
    (row,) = rows(folder, f"SELECT {', '.join(names)} FROM job WHERE id = '{job_id}'")
    job = dict(zip(names, row, strict=True))
    return Job(
        id=job_id,
        type="member-activity-analysis",
        state=State(job["state"]),
        payload=json.loads(job["payload"]),
        policy=None,  # type: ignore[arg-type]
        created_at=0,
        run_at=0,
        updated_at=0,
        attempts=job["attempts"],
        crashes=job["crashes"],
        first_started_at=job["first_started_at"],
    )


async def begin(sandbox: Sandbox, guild: Guild) -> tuple[SandboxInteraction, str]:
    sent = await sandbox.slash("async-job", {"type": "member-activity-analysis", "start": "10d"}, user=guild.owner_id)
    await sent.answered()
    return sent, job_id_of(await sent.said())


async def test_a_job_killed_in_each_stage_goes_on_by_itself_in_the_same_message(
    sandbox: Sandbox, guild: Guild, tmp_path: Path
) -> None:
    folder = tmp_path / "bot"
    moments = (
        when_asked(MEMBERS),
        when_asked(HISTORY, after=2),
        when_asked(HISTORY, after=7),
        when_asked(MEMBER, after=2),  # the second look at the requester: after counting, before drawing
        while_drawing,
    )
    first = sandbox.faults.add(method="GET", route=MEMBER, status="hang")
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.bot_ready()
    sent, job_id = await begin(sandbox, guild)
    message = sent.message
    assert message is not None
    await sandbox.until(lambda: first.hits)
    await bot.kill()
    for moment in moments:
        coming = asyncio.create_task(moment(sandbox, folder, job_id))
        await asyncio.sleep(0)
        bot = await BotProcess.start(sandbox, folder)
        await coming
        await bot.kill()
    kills = len(moments) + 1
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.until(lambda: done(sandbox), 60)
    assert await bot.terminate() == 0

    job = stored(folder, job_id)
    assert job.state is State.COMPLETED
    assert rows(folder, "SELECT count(*) FROM job") == [(1,)]
    assert job.attempts == 1, "a crash uses up no attempt"
    assert job.crashes == kills
    assert rows(folder, "SELECT claim_no FROM job") == [(kills + 1,)], "at most one extra run a kill"
    assert messages_in(folder / "artifacts" / job_id / "members.csv") == messages_by_member(guild, job)

    own = [m for m in guild.default_channel.messages if m.author_id == sandbox.world.bot.id]
    assert own == [message], "one message from the first card to the last"
    assert "Completed" in text_of(message)
    assert [a.filename for a in message.attachments] == ["chart.png"]
    pages = Counter((r.path, r.query["after"]) for r in sandbox.requests if r.route == HISTORY and r.method == "GET")
    read_again = sum(count - 1 for count in pages.values())
    assert read_again <= kills, "at most one page is read again for a kill"
    assert "Traceback" not in bot.said()


async def test_a_kill_between_the_end_and_its_card_leaves_no_stale_message(
    sandbox: Sandbox, guild: Guild, tmp_path: Path
) -> None:
    folder = tmp_path / "bot"
    route = "/webhooks/{webhook_id}/{token}/messages/{message_id}"
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.bot_ready()
    sent, job_id = await begin(sandbox, guild)
    hanging = sandbox.faults.add(method="PATCH", route=route, status="hang")
    await sandbox.until(lambda: hanging.hits)
    async with asyncio.timeout(30):
        while stored(folder, job_id).state is not State.COMPLETED:
            await asyncio.sleep(0.02)
    await bot.kill()
    assert sent.message is not None
    assert "Completed" not in text_of(sent.message)
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.until(lambda: done(sandbox))
    assert await bot.terminate() == 0
    assert rows(folder, "SELECT claim_no FROM job") == [(1,)], "the job is not run again for its card"


async def test_a_graceful_stop_gives_the_job_back_without_a_charge(
    sandbox: Sandbox, guild: Guild, tmp_path: Path
) -> None:
    folder = tmp_path / "bot"
    bot = await BotProcess.start(sandbox, folder, SHUTDOWN_GRACE="0.2", CANCEL_GRACE="0.5")
    await sandbox.bot_ready()
    sandbox.faults.add(method="GET", route=HISTORY, status=503, times=1, after=3)
    _, job_id = await begin(sandbox, guild)
    await sandbox.until(lambda: sandbox.faults.faults[-1].hits)
    assert await bot.terminate() == 0
    assert stored(folder, job_id).state is State.WAITING
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.until(lambda: done(sandbox))
    assert await bot.terminate() == 0
    job = stored(folder, job_id)
    assert (job.state, job.attempts, job.crashes) == (State.COMPLETED, 1, 0)
    assert messages_in(folder / "artifacts" / job_id / "members.csv") == messages_by_member(guild, job)
