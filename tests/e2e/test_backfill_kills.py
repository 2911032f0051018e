"""A backfill that is killed again and again ends with exact counts, and reads at most one page again for a kill.

Small by default. `FULL_BACKFILL=1` takes a server of 200,000 messages and twenty kills, which is minutes.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.sandbox import Guild, Sandbox, SandboxInteraction, people
from bot.sandbox.call import RequestRecord
from bot.sandbox.world import Channel, Message
from jobs.activity.store import quarter_of
from tests.e2e.conftest import job_id_of, text_of
from tests.e2e.process import BotProcess, rows
from tests.e2e.truth import HIDDEN
from tests.stand_in import serving

FULL = os.environ.get("FULL_BACKFILL") == "1"
MESSAGES, KILLS = (200_000, 20) if FULL else (5_000, 4)
log = logging.getLogger(__name__)

HISTORY = "/channels/{channel_id}/messages"
PAGE = 100


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serving(11, members=300 if FULL else 60, channels=8, days=60, messages=MESSAGES) as sandbox:
        sandbox.keeps_answers = False
        yield sandbox


async def archive_some_talk(sandbox: Sandbox, guild: Guild) -> None:
    """Move a part of a channel's talk into threads that were archived since, a private one among them."""
    parent = guild.default_channel
    for private in (False, True):
        author = next(m.author_id for m in parent.messages if m.by_person)
        thread = await people.open_thread(sandbox, parent, author, private=private)
        thread.members.add(sandbox.world.bot.id)
        old = Channel(parent.messages[0].id + private, guild.id, thread.name, thread.type, parent_id=parent.id)
        old.members = thread.members
        del guild.channels[thread.id]
        guild.channels[old.id] = old
        for message in parent.messages[150:400]:
            copy = Message(message.id + 1 + private, old.id, message.author_id, type=message.type)
            copy.author_bot = message.author_bot
            old.add(copy)
        old.archived, old.archived_at = True, sandbox.clock.now() - 1000


def written(guild: Guild, started_at: int) -> Counter[tuple[int, int, int]]:
    """What people wrote where the bot may read, by channel, member and quarter."""
    found: Counter[tuple[int, int, int]] = Counter()
    for channel in guild.channels.values():
        if channel.name != HIDDEN:
            for message in channel.messages:
                if message.by_person and message.at < started_at:
                    found[channel.id, message.author_id, quarter_of(message.at)] += 1
    return found


def pages(sandbox: Sandbox) -> list[RequestRecord]:
    return [record for record in sandbox.requests if record.route == HISTORY and record.method == "GET"]


async def begin(sandbox: Sandbox, guild: Guild) -> tuple[SandboxInteraction, str]:
    sent = await sandbox.slash("activity backfill", {}, user=guild.owner_id)
    await sent.answered()
    return sent, job_id_of(await sent.said())


async def kill_behind(bot: BotProcess, sandbox: Sandbox, page: int, rng: random.Random) -> None:
    """Kill the bot around request number `page`: while it is on its way, or at any moment until the next one."""
    if rng.random() < 0.5:
        fault = sandbox.faults.add(method="GET", route=HISTORY, status="hang", after=max(0, page - len(pages(sandbox))))
        await sandbox.until(lambda: fault.hits, 120)
    else:
        async with asyncio.timeout(120):
            while len(pages(sandbox)) < page:
                await asyncio.sleep(0.001)
        await asyncio.sleep(rng.uniform(0, 0.02))
    await bot.kill()


async def test_a_backfill_that_is_killed_again_and_again_is_exact_and_reads_a_page_again_at_most(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    guild = next(iter(sandbox.world.guilds.values()))
    await archive_some_talk(sandbox, guild)
    folder, rng = tmp_path / "bot", random.Random(7)
    needed = sum(len(c.messages) // PAGE + 1 for c in guild.channels.values() if c.name != HIDDEN)
    moments = sorted(rng.sample(range(2, needed - 8), KILLS))
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.bot_ready()
    sent, job_id = await begin(sandbox, guild)
    deaths = []
    for page in moments:
        await kill_behind(bot, sandbox, page, rng)
        deaths.append(len(pages(sandbox)))
        bot = await BotProcess.start(sandbox, folder)
    assert sent.message is not None
    message = sent.message
    await sandbox.until(lambda: "Completed" in text_of(message), 600)

    (ended,) = rows(folder, f"SELECT state, crashes, first_started_at FROM job WHERE id = '{job_id}'")
    state, crashes, started_at = ended
    assert (state, crashes) == ("completed", KILLS)
    found = rows(folder, "SELECT channel, member, quarter, messages FROM activity_crawled")
    truth = written(guild, started_at)
    assert Counter({(c, m, q): n for c, m, q, n in found}) == truth
    assert f"{truth.total():,}" in text_of(message)

    asked = [(record.path, record.query["after"]) for record in pages(sandbox)]
    again = [page in asked[:number] for number, page in enumerate(asked)]
    per_life = [sum(again[since:until]) for since, until in pairwise([0, *deaths, len(asked)])]
    assert max(per_life) <= 1, "at most one page is read again for a kill"
    log.info("%d messages, %d pages, %d kills, %d read again", truth.total(), len(asked), KILLS, sum(again))

    before = len(asked)
    _, second = await begin(sandbox, guild)
    async with asyncio.timeout(120):
        while rows(folder, f"SELECT state FROM job WHERE id = '{second}'") != [("completed",)]:
            await asyncio.sleep(0.05)
    silent = {channel.id for channel in guild.channels.values() if not channel.messages}
    new = {int(record.path.split("/")[-2]) for record in pages(sandbox)[before:]}
    assert new - silent <= {guild.default_channel.id}, "only the channel of the cards has something new"
    assert await bot.terminate() == 0
    assert "Traceback" not in bot.said()
