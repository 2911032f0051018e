from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket

from bot.sandbox import Guild, Sandbox, build_world
from jobs.engine.clock import SystemClock


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    clock = SystemClock()
    world = build_world(3, clock.now(), members=40, channels=5, days=10, messages=600)
    sandbox = Sandbox(world, clock=clock, buckets="fast")
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    return next(iter(sandbox.world.guilds.values()))


@pytest.fixture
def _pointed(sandbox: Sandbox) -> Iterator[None]:
    """discord.py talks to the stand-in, and afterwards again to nobody else's server."""
    base, gateway = discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = sandbox.api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sandbox.gateway_url)
    try:
        yield
    finally:
        discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
