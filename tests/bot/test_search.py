"""The message search by the real discord.py on the stand-in: exact, or no answer at all."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.permissions import READ_MESSAGE_HISTORY
from bot.sandbox.world import Overwrite
from bot.services.discord_service import DiscordClientService
from jobs.engine.clock import SystemClock
from jobs.services import Found, snowflake_at
from tests.contracts.openapi import Contract

ROUTE = "/guilds/{guild_id}/messages/search"
DAY_MS = 86_400_000


class QuickClock(SystemClock):
    """Sleeps are written down and take no time."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.ahead = 0

    def now(self) -> int:
        return super().now() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
async def service(sandbox: Sandbox, clock: QuickClock) -> AsyncIterator[DiscordClientService]:
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(sandbox.token)
        yield DiscordClientService(client, clock, may_search=True)


def readable(guild: Guild) -> list[int]:
    return [c.id for c in guild.channels.values() if c.type == 0 and c.name != "archive"]


async def ask(service: DiscordClientService, sandbox: Sandbox, guild: Guild, *, most: int = 10_000) -> Found | None:
    """About the second and third last day."""
    now = sandbox.clock.now()
    after, before = snowflake_at(now - 3 * DAY_MS) - 1, snowflake_at(now - DAY_MS)
    return await service.search(guild.id, readable(guild), after=after, before=before, most=most)


def asked(sandbox: Sandbox) -> int:
    return sum(record.route == ROUTE for record in sandbox.requests)


async def test_everything_in_the_range_is_found_page_by_page(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild, contract: Contract
) -> None:
    found = await ask(service, sandbox, guild)
    now = sandbox.clock.now()
    truth = {
        channel.id: [m.id for m in channel.messages if now - 3 * DAY_MS <= m.at < now - DAY_MS]
        for channel in guild.channels.values()
        if channel.id in readable(guild)
    }
    assert found is not None
    assert found.messages is not None
    assert {id_: [m.id for m in messages] for id_, messages in found.messages.items()} == {
        id_: ids for id_, ids in truth.items() if ids
    }
    people = {m.id for m in guild.truth if m.by_person}
    assert all(m.by_person == (m.id in people) for messages in found.messages.values() for m in messages)
    assert found.total == sum(map(len, truth.values())) > 50
    assert asked(sandbox) == -(-found.total // 25)
    for record in [record for record in sandbox.requests if record.route == ROUTE]:
        assert contract.check_request(record.method, record.path, record.query, None) == []
        assert contract.check_answer(record.method, record.path, record.status, record.response) == []


async def test_more_than_was_wanted_is_told_by_one_request(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    found = await ask(service, sandbox, guild, most=10)
    assert found is not None
    assert found.messages is None
    assert found.total > 10
    assert asked(sandbox) == 1


async def test_an_index_that_is_not_ready_is_waited_for_a_little(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild, clock: QuickClock, contract: Contract
) -> None:
    sandbox.index.not_ready = 2
    assert await ask(service, sandbox, guild) is not None
    assert clock.slept == [1.0, 1.0]
    first = next(record for record in sandbox.requests if record.route == ROUTE)
    assert first.status == 202
    assert contract.check_answer(first.method, first.path, 202, first.response) == []
    sandbox.index.not_ready, sandbox.index.retry_after = 1, 7
    assert await ask(service, sandbox, guild) is not None
    assert clock.slept[2:] == [7.0]
    sandbox.index.not_ready, before = 100, asked(sandbox)
    assert await ask(service, sandbox, guild) is None
    assert asked(sandbox) - before == 4
    sandbox.index.retry_after, before = 600, asked(sandbox)
    assert await ask(service, sandbox, guild) is None
    assert asked(sandbox) - before == 1


async def test_what_is_not_whole_is_no_answer(service: DiscordClientService, sandbox: Sandbox, guild: Guild) -> None:
    now = sandbox.clock.now()
    lost = next(m for m in guild.truth if now - 2 * DAY_MS < m.at < now - DAY_MS and m.channel_id in readable(guild))
    sandbox.index.lost = {lost.id}
    assert await ask(service, sandbox, guild) is None
    sandbox.index.lost, sandbox.index.deepening = set(), True
    assert await ask(service, sandbox, guild) is None


async def test_a_channel_that_may_not_be_read_any_more_is_not_called_empty(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    channel = guild.default_channel.id
    await sandbox.set_overwrite(channel, Overwrite(guild.id, 0, deny=READ_MESSAGE_HISTORY))
    assert await ask(service, sandbox, guild) is None
    await sandbox.set_overwrite(channel, Overwrite(guild.id, 0))
    found = await ask(service, sandbox, guild)
    assert found is not None
    assert found.messages is not None
    assert channel in found.messages


async def test_a_guild_that_refuses_is_left_alone_for_an_hour(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild, clock: QuickClock
) -> None:
    sandbox.set_intents(0)
    for _ in range(3):
        assert await ask(service, sandbox, guild) is None
    assert asked(sandbox) == 1
    clock.ahead = 3_700_000
    sandbox.set_intents(1 << 15)
    assert await ask(service, sandbox, guild) is not None


async def test_without_the_setting_nobody_asks(sandbox: Sandbox, guild: Guild) -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(sandbox.token)
        service = DiscordClientService(client, SystemClock())
        assert not service.may_search
        assert await ask(service, sandbox, guild) is None
    assert asked(sandbox) == 0


@pytest.mark.parametrize("query", ["limit=26", "limit=0", "offset=9976", "channel_id=1&channel_id=1", "min_id=x"])
async def test_the_stand_in_refuses_what_the_document_rules_out(sandbox: Sandbox, guild: Guild, query: str) -> None:
    import aiohttp

    url = f"{sandbox.api_base}/guilds/{guild.id}/messages/search?{query}"
    headers = {"Authorization": f"Bot {sandbox.token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 50035)
