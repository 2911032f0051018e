"""`kill -9` at random moments of a role job: everybody ends right, each change is made once, the message is true.

`ROLE_KILLS=full` kills fifty times in a job of five thousand members; without it the job and the kills are few.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Guild, Message, Sandbox
from tests.e2e.conftest import Play, job_id_of, text_of
from tests.e2e.forms import filled, pressed
from tests.e2e.process import BotProcess, rows
from tests.e2e.roles import OTHER, ROLE, add_roles, holders, labels, people, previewed, undo_shown
from tests.stand_in import serving

FULL = os.environ.get("ROLE_KILLS") == "full"
MEMBERS, KILLS = (5000, 50) if FULL else (120, 4)
UNKNOWN: Any = None
"""The bot runs in a process of its own."""
SETTINGS = {"MAX_CONCURRENT_JOBS": "2", "LOG_LEVEL": "warning"}


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("ROLE_KILLS_SEED", random.randrange(10**6)))
    sys.stdout.write(f"ROLE_KILLS_SEED={seed}\n")
    return random.Random(seed)


async def confirm(play: Play, card: Message) -> None:
    """Press Confirm, and type the number where it is asked for."""
    label = labels(card)[0]
    sent = await pressed(play, card, label)
    if sent.modal is not None:
        (number,) = re.findall(r"\d[\d,]*", label)
        await filled(play, sent, {"count": number})


async def killed_until_done(
    sandbox: Sandbox, folder: Path, bot: BotProcess, card: Message, chance: random.Random, *, kills: int, total: int
) -> BotProcess:
    """Kill the bot `kills` times while it changes `total` members, wherever it is, and start it anew."""
    changes = sandbox.world.role_changes
    before = len(changes)
    for number in range(kills):
        # Somewhere in the next part of the work, so that the kills lie all over it.
        target = before + round(total * (number + chance.random() * 0.9) / kills)
        await sandbox.until(lambda target=target: len(changes) > min(target, before + total - 2), 300)  # type: ignore[misc]
        await asyncio.sleep(chance.random() * 0.05)
        bot = await _again(sandbox, folder, bot)
        if chance.random() < 0.2:
            # Before it has found its job again, or just when it has.
            await asyncio.sleep(chance.random() * 1.5)
            bot = await _again(sandbox, folder, bot)
    await sandbox.until(lambda: "Completed" in text_of(card), 300)
    # The last kill may have come behind the last change, and this process have begun just now.
    await sandbox.bot_ready()
    return bot


async def _again(sandbox: Sandbox, folder: Path, bot: BotProcess) -> BotProcess:
    await bot.kill()
    await sandbox.until(lambda: not sandbox.gateway.connected)
    return await BotProcess.start(sandbox, folder, **SETTINGS)


def requests(sandbox: Sandbox, method: str, guild: Guild) -> Counter[str]:
    """How often a member was asked for or changed, by path; who asked and the bot itself are no targets."""
    actors = {str(guild.owner_id), str(sandbox.world.bot.id)}
    route = re.compile(rf".*/guilds/{guild.id}/members/(\d+)(/roles/\d+)?")
    found = Counter[str]()
    for record in sandbox.requests:
        place = route.fullmatch(record.path)
        if record.method == method and place is not None and (method != "GET" or place[1] not in actors):
            found[record.path] += 1
    return found


async def test_a_role_job_killed_at_random_makes_each_change_once_and_so_does_its_undo(
    tmp_path: Path, chance: random.Random
) -> None:
    folder = tmp_path / "bot"
    async with serving(5, members=MEMBERS, channels=3, days=1, messages=10) as sandbox:
        guild = next(iter(sandbox.world.guilds.values()))
        add_roles(guild, ROLE, OTHER)
        play, everybody = Play(sandbox, UNKNOWN, guild), {m.user.id for m in people(guild)}
        changes = sandbox.world.role_changes
        bot = await BotProcess.start(sandbox, folder, **SETTINGS)
        await sandbox.bot_ready()
        card = await previewed(play, who="humans")
        # What waits to be confirmed is nowhere but in the store.
        await bot.kill()
        bot = await BotProcess.start(sandbox, folder, **SETTINGS)
        await sandbox.bot_ready()
        await confirm(play, card)
        bot = await killed_until_done(sandbox, folder, bot, card, chance, kills=KILLS, total=len(everybody))
        assert holders(guild, ROLE) == everybody
        assert Counter((c.member_id, c.given) for c in changes) == Counter((m, True) for m in everybody)
        assert f"**{len(everybody):,}** members got it" in text_of(card)
        deaths = rows(folder, "SELECT crashes FROM job")[0][0]
        assert deaths >= KILLS - 1, "a kill may come after the last change"
        writes, reads = requests(sandbox, "PUT", guild), requests(sandbox, "GET", guild)
        told = f"{len(everybody)} changes, {deaths} deaths, {writes.total()} writes, {reads.total()} looked up"
        sys.stdout.write(f"{told}\n")
        assert len(everybody) <= writes.total() <= len(everybody) + deaths, "only a request that was lost is sent again"
        assert reads.total() <= deaths, "what is open is looked up once a kill, and nothing else"
        looks = [r for r in sandbox.requests if r.route == "/guilds/{guild_id}/members" and r.query["limit"] == "100"]
        assert len(looks) <= math.ceil(len(everybody) / 50) + deaths, "one page for each batch, and when it goes on"
        assert rows(folder, "SELECT count(*) FROM journal WHERE settled_at IS NULL") == [(0,)]

        sandbox.requests.clear()
        done = len(changes)
        kept = next(iter(everybody))
        guild.members[kept].roles.remove(ROLE)
        await sandbox.bot_ready()
        undo = await undo_shown(play, card)
        assert "1 cannot be changed (1 changed by others since)" in text_of(undo)
        await confirm(play, undo)
        bot = await killed_until_done(
            sandbox, folder, bot, undo, chance, kills=max(2, KILLS // 10), total=len(everybody) - 1
        )
        assert holders(guild, ROLE) == set()
        assert Counter((c.member_id, c.given) for c in changes[done:]) == Counter(
            (m, False) for m in everybody if m != kept
        )
        assert f"**{len(everybody) - 1:,}** members are as before" in text_of(undo)
        assert job_id_of(undo) != job_id_of(card)
        assert await bot.terminate() == 0
        assert "Traceback" not in bot.said()
