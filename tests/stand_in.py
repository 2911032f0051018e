"""The stand-in for Discord as tests want it: small, fast, with discord.py's addresses put back afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import discord
import yarl
from discord.gateway import DiscordWebSocket

from bot.sandbox import Sandbox, build_world
from jobs.engine.clock import Clock, SystemClock


@asynccontextmanager
async def serving(
    seed: int, *, members: int, channels: int, days: int, messages: int, clock: Clock | None = None
) -> AsyncIterator[Sandbox]:
    """A started stand-in without rate limits that would matter."""
    clock = clock or SystemClock()
    world = build_world(seed, clock.now(), members=members, channels=channels, days=days, messages=messages)
    sandbox = Sandbox(world, clock=clock, buckets="fast")
    await sandbox.start()
    try:
        yield sandbox
    finally:
        await sandbox.stop()


@contextmanager
def kept_addresses(sandbox: Sandbox | None = None) -> Iterator[None]:
    """discord.py's addresses are class attributes: point them at `sandbox`, and put back what was there."""
    base, gateway = discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    if sandbox is not None:
        discord.http.Route.BASE = sandbox.api_base
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sandbox.gateway_url)
    try:
        yield
    finally:
        discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
