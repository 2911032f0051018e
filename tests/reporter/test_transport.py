"""Discord's refusals as the real discord.py brings them, and what the reporter takes each for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest

from bot.reporter import DiscordTransport, EditFailed, EditLimited, EditRefused, Face, FaceRefused, TokenDead
from bot.sandbox import Guild, Sandbox
from jobs.engine.clock import SystemClock
from tests.stand_in import kept_addresses, serving

BY_BOT = "/channels/{channel_id}/messages/{message_id}"
FACE = Face(discord.Embed(title="Job Progress", description="`job1` goes on"))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serving(5, members=20, channels=4, days=1, messages=5, clock=SystemClock()) as sandbox:
        with kept_addresses(sandbox):
            yield sandbox


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    return next(iter(sandbox.world.guilds.values()))


@pytest.fixture
async def transport(sandbox: Sandbox) -> AsyncIterator[DiscordTransport]:
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(sandbox.token)
        yield DiscordTransport(client)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, 10003, EditRefused),
        (404, 10008, EditRefused),
        (404, 10015, TokenDead),
        (401, 50027, TokenDead),
        (403, 50001, EditRefused),
        (403, 50007, EditRefused),
        (403, 50013, EditRefused),
        (400, 50083, EditRefused),
        (400, 50035, FaceRefused),
        (413, 40005, FaceRefused),
        (400, 20028, EditFailed),
        (403, 40062, EditFailed),
        (401, 0, EditFailed),
        (403, 0, EditFailed),
        (503, 0, EditFailed),
    ],
)
async def test_each_refusal_has_its_meaning(
    sandbox: Sandbox, guild: Guild, transport: DiscordTransport, status: int, code: int, expected: type[Exception]
) -> None:
    sandbox.faults.add(method="PATCH", route=BY_BOT, status=status, code=code)
    with pytest.raises(Exception, match=str(code)) as raised:
        await transport.edit_by_bot(guild.id, guild.default_channel.id, 1, FACE)
    assert type(raised.value) is expected
    assert "/" not in str(raised.value), "no address"


async def test_a_limit_says_whether_it_is_the_messages_age_and_how_long(
    sandbox: Sandbox, guild: Guild, transport: DiscordTransport
) -> None:
    for code, old in ((30046, True), (0, False)):
        sandbox.faults.add(method="PATCH", route=BY_BOT, status=429, code=code, retry_after=0.001, times=5)
        with pytest.raises(EditLimited) as raised:
            await transport.edit_by_bot(guild.id, guild.default_channel.id, 1, FACE)
        assert raised.value.old == old


async def test_a_message_of_its_own_is_found_by_what_it_says(
    sandbox: Sandbox, guild: Guild, transport: DiscordTransport
) -> None:
    channel, since = guild.default_channel.id, sandbox.clock.now() - 60_000
    await sandbox.say(channel, guild.owner_id, "`job1` is mine")
    assert await transport.find_own(guild.id, channel, since, "`job1`") is None, "somebody else's"
    posted = await transport.post(guild.id, channel, FACE, reply_to=None, nonce="n1")
    assert await transport.post(guild.id, channel, FACE, reply_to=None, nonce="n1") == posted
    assert await transport.find_own(guild.id, channel, since, "`job1`") == posted
    assert await transport.find_own(guild.id, channel, since, "`job2`") is None


async def test_a_broken_connection_is_no_refusal(sandbox: Sandbox, guild: Guild, transport: DiscordTransport) -> None:
    sandbox.faults.add(method="PATCH", route=BY_BOT, status="reset", times=5)
    with pytest.raises(EditFailed):
        await transport.edit_by_bot(guild.id, guild.default_channel.id, 1, FACE)
