"""Notifications by the real discord.py on the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest

from bot.sandbox import Guild, Sandbox
from bot.services.notifier import DiscordNotifier
from jobs.engine.errors import JobError


@pytest.fixture
async def notifier(sandbox: Sandbox) -> AsyncIterator[DiscordNotifier]:
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(sandbox.token)
        yield DiscordNotifier(client)


async def test_channels_and_people_are_told_and_nobody_is_pinged(
    notifier: DiscordNotifier, sandbox: Sandbox, guild: Guild
) -> None:
    channel = guild.default_channel
    await notifier.notify("channel", str(channel.id), "@everyone the report is there")
    assert channel.messages[-1].content == "@everyone the report is there"
    await notifier.notify("dm", str(guild.owner_id), "the report is there")
    (dm,) = sandbox.world.dms.values()
    assert (dm.recipient_id, dm.messages[-1].content) == (guild.owner_id, "the report is there")
    sent = [r for r in sandbox.requests if r.method == "POST" and r.path.endswith("/messages")]
    assert [r.body["allowed_mentions"] for r in sent] == [{"parse": []}] * 2


@pytest.mark.parametrize(
    ("kind", "recipient", "message", "words"),
    [
        ("pigeon", "1", "hello", "channel or dm"),
        ("dm", "Ada", "hello", "is the id"),
        ("dm", "12345", "hello", "no such"),
        ("channel", "12345", "hello", "no such"),
        ("channel", "1", "", "1 to 2000"),
        ("channel", "1", "x" * 2001, "1 to 2000"),
    ],
)
async def test_what_cannot_be_sent_says_why(
    notifier: DiscordNotifier, kind: str, recipient: str, message: str, words: str
) -> None:
    with pytest.raises(JobError, match=words):
        await notifier.notify(kind, recipient, message)


async def test_a_channel_that_is_closed_to_the_bot_says_so(notifier: DiscordNotifier, guild: Guild) -> None:
    hidden = next(c for c in guild.channels.values() if c.name == "archive")
    with pytest.raises(JobError, match="may not write"):
        await notifier.notify("channel", str(hidden.id), "hello")
