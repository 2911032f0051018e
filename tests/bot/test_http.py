"""Limits of Discord that a cancelled or long request meets: nobody else may be stopped by them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.client import ErrandClient
from bot.rest import seconds_of
from bot.sandbox import Guild, Sandbox
from bot.services.discord_service import DiscordClientService
from bot.settings import Settings
from jobs.services import ServiceUnavailable
from tests.bot.test_discord_service import QuickClock

ROUTE = "/guilds/{guild_id}"


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
async def service(sandbox: Sandbox, clock: QuickClock, tmp_path: Path) -> AsyncIterator[DiscordClientService]:
    settings = Settings(_env_file=None, discord_token=SecretStr(sandbox.token), database_path=tmp_path / "x.db")
    async with ErrandClient(settings, clock) as client:
        await client.log_in()
        yield DiscordClientService(client, clock)


async def test_a_request_cancelled_while_the_whole_bot_is_limited_stops_no_other(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    limited = sandbox.faults.add(method="GET", route=ROUTE, status=429, retry_after=25.0, everywhere=True)
    asking = asyncio.create_task(service.guild(guild.id))
    await sandbox.until(lambda: limited.hits)
    while service._client.http._global_over.is_set():  # the answer is on its way
        await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait({asking})
    async with asyncio.timeout(5):
        assert (await service.guild(guild.id)).name == guild.name


async def test_a_long_limit_is_waited_out_to_its_end_and_asked_once(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild, clock: QuickClock
) -> None:
    limited = sandbox.faults.add(method="GET", route=ROUTE, status=429, retry_after=300.0, times=3)
    assert (await service.guild(guild.id)).name == guild.name
    assert (limited.hits, clock.slept) == (3, [300.0, 300.0, 300.0])


async def test_a_limit_of_hours_is_an_outage(service: DiscordClientService, sandbox: Sandbox, guild: Guild) -> None:
    sandbox.faults.add(method="GET", route=ROUTE, status=429, retry_after=90_000.0, times=100)
    with pytest.raises(ServiceUnavailable):
        await service.guild(guild.id)


def test_a_pause_that_is_named_otherwise_than_discord_does_tells_nothing() -> None:
    """From a proxy, for a request that would have gone on."""
    assert [seconds_of(text) for text in ("0.75", "12", None, "", "Wed, 21 Oct 2026 07:28:00 GMT")] == [
        0.75, 12.0, 0.0, 0.0, 0.0,
    ]  # fmt: skip
