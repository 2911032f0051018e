"""The stand-in for Discord as tests want it: small, fast, with discord.py's addresses put back afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import discord
import yarl
from discord.gateway import DiscordWebSocket

from bot.sandbox import Guild, Sandbox, build_world
from bot.sandbox.world import Member
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


def add_guild(sandbox: Sandbox, seed: int, *, members: int = 12) -> Guild:
    """A second guild with people of its own, which the same bot is in; before the bot starts."""
    world, born = sandbox.world, sandbox.clock.now() - seed * 86_400_000
    other = build_world(seed, born, members=members, channels=3, days=1, messages=10)
    (guild,) = other.guilds.values()
    role = next(role for role in guild.roles.values() if role.tags)
    role.tags["bot_id"] = str(world.bot.id)
    joined = guild.members.pop(other.bot.id)
    guild.members[world.bot.id] = Member(world.bot, joined.joined_at, joined.roles)
    world.guilds[guild.id] = guild
    world.add_users(member.user for member in guild.members.values())
    return guild


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
