"""`kill -9` between what Discord has done and what the bot has stored of it: nothing is sent twice."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox import Guild, Message, Sandbox, SandboxInteraction, composing
from bot.sandbox.faults import Fault
from tests.e2e.conftest import job_id_of, text_of
from tests.e2e.process import BotProcess, rows

MESSAGES = "/channels/{channel_id}/messages"
QUARTER_OF_AN_HOUR_MS = 900_000


def cards(guild: Guild, job_id: str) -> list[Message]:
    return [m for c in guild.channels.values() for m in c.messages if f"`{job_id}`" in text_of(m)]


def put_back(folder: Path) -> None:
    """Let what was being sent have been sent so long ago that Discord has forgotten its nonce."""
    with closing(sqlite3.connect(folder / "errand.db")) as connection, connection:
        ((key, value),) = connection.execute("SELECT key, value FROM record WHERE kind = 'progress-message'")
        message = json.loads(value)
        assert message["sending"]
        message["sending_since"] -= QUARTER_OF_AN_HOUR_MS
        connection.execute("UPDATE record SET value = ? WHERE key = ? AND kind = 'progress-message'",
                           (json.dumps(message), key))  # fmt: skip


async def begin(sandbox: Sandbox, user: int) -> tuple[SandboxInteraction, str]:
    options = {"type": "member-activity-analysis", "start": "10d"}
    sent = await sandbox.slash("async-job", options, user=user)
    await sent.answered()
    return sent, job_id_of(await sent.said())


def answer_lost(sandbox: Sandbox) -> Fault:
    """The next message that is sent arrives, and its sender never hears of it."""
    return sandbox.faults.add(method="POST", route=MESSAGES, status="hang", late=True)


@pytest.mark.parametrize("forgotten", [False, True], ids=["nonce known", "nonce forgotten"])
async def test_a_new_message_that_was_sent_and_not_stored_is_the_only_one(
    sandbox: Sandbox, guild: Guild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: bool
) -> None:
    folder = tmp_path / "bot"
    hanging = sandbox.faults.add(method="GET", route=MESSAGES, status="hang", after=3)
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.bot_ready()
    sent, job_id = await begin(sandbox, guild.owner_id)
    await sandbox.until(lambda: hanging.hits)
    lost = answer_lost(sandbox)
    assert sent.message is not None
    await sandbox.delete_message(sent.message)
    await bot.kill()

    bot = await BotProcess.start(sandbox, folder)
    await sandbox.until(lambda: lost.hits)
    await sandbox.until(lambda: cards(guild, job_id))
    await bot.kill()
    if forgotten:
        put_back(folder)
        monkeypatch.setattr(composing, "NONCE_LIFE_MS", 0)

    bot = await BotProcess.start(sandbox, folder)
    await sandbox.until(lambda: any("Completed" in text_of(card) for card in cards(guild, job_id)), 60)
    assert await bot.terminate() == 0
    (card,) = cards(guild, job_id)
    assert "Completed · Member Analysis" in text_of(card)
    assert [a.filename for a in card.attachments] == ["chart.png"]


@pytest.mark.parametrize("forgotten", [False, True], ids=["nonce known", "nonce forgotten"])
async def test_an_end_that_was_said_and_not_stored_is_not_said_again(
    sandbox: Sandbox, guild: Guild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: bool
) -> None:
    folder = tmp_path / "bot"
    admin = next(m for m in guild.members.values() if any(guild.roles[r].name == "Admin" for r in m.roles))
    hanging = sandbox.faults.add(method="GET", route=MESSAGES, status=503, times=2, after=3)
    bot = await BotProcess.start(sandbox, folder)
    await sandbox.bot_ready()
    sent, _ = await begin(sandbox, admin.user.id)
    await sandbox.until(lambda: hanging.hits)
    lost = answer_lost(sandbox)
    admin.roles = []
    await sandbox.until(lambda: lost.hits, 60)
    assert sent.message is not None
    assert "Failed · Member Analysis" in text_of(sent.message)
    await bot.kill()
    if forgotten:
        put_back(folder)
        monkeypatch.setattr(composing, "NONCE_LIFE_MS", 0)

    bot = await BotProcess.start(sandbox, folder)
    async with asyncio.timeout(30):
        while rows(folder, "SELECT 1 FROM record WHERE kind = 'progress-message-open'"):
            await asyncio.sleep(0.05)
    assert await bot.terminate() == 0
    said = [m for m in guild.default_channel.messages if m.author_bot and m.mentions]
    assert [(m.content, m.mentions) for m in said] == [
        (f"<@{admin.user.id}> Your Member Analysis failed. The message above says why.", [admin.user.id])
    ]
