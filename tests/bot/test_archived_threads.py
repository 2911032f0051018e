"""Archived threads by the real discord.py on the stand-in: public ones, private ones, and who may see which."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.permissions import MANAGE_THREADS, READ_MESSAGE_HISTORY
from bot.sandbox.world import FORUM, PRIVATE_THREAD, PUBLIC_THREAD, TEXT, Channel, Overwrite
from bot.services.discord_service import DiscordClientService
from jobs.engine.clock import SystemClock
from jobs.services import ChannelInfo
from tests.contracts.openapi import Contract

DAY_MS = 86_400_000


@pytest.fixture
async def service(sandbox: Sandbox) -> AsyncIterator[DiscordClientService]:
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(sandbox.token)
        yield DiscordClientService(client, SystemClock())


def archived(sandbox: Sandbox, guild: Guild, parent: Channel, *, days: int, private: bool = False) -> Channel:
    """A thread that was archived so many days ago."""
    kind = PRIVATE_THREAD if private else PUBLIC_THREAD
    thread = Channel(sandbox.world.snowflake(), guild.id, f"{days} days", kind, parent_id=parent.id, archived=True)
    thread.archived_at = sandbox.clock.now() - days * DAY_MS
    guild.channels[thread.id] = thread
    return thread


async def info(service: DiscordClientService, guild: Guild, channel: Channel) -> ChannelInfo:
    return next(found for found in await service.channels(guild.id) if found.id == channel.id)


async def listed(service: DiscordClientService, channel: ChannelInfo, since: int = 0) -> list[ChannelInfo]:
    return [thread async for page in service.archived_threads(channel, since=since) for thread in page]


async def test_all_pages_come_down_to_the_instant_asked_for(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    parent = guild.default_channel
    made = [archived(sandbox, guild, parent, days=days) for days in range(230)]
    for kind in (PUBLIC_THREAD, TEXT):  # one that is active, and one of another channel
        other = Channel(sandbox.world.snowflake(), guild.id, "other", kind, parent_id=parent.id)
        guild.channels[other.id] = other
    channel = await info(service, guild, parent)
    assert {thread.id for thread in await listed(service, channel)} == {thread.id for thread in made}
    since = sandbox.clock.now() - 120 * DAY_MS - 5000
    sandbox.requests.clear()
    assert {thread.id for thread in await listed(service, channel, since)} == {thread.id for thread in made[:121]}
    public = [r for r in sandbox.requests if r.route.endswith("archived/public")]
    assert len(public) == 2, "not a page more than needed"


async def test_private_threads_are_for_who_was_let_in_or_manages_threads(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    parent = guild.default_channel
    let_in, shut = (archived(sandbox, guild, parent, days=1, private=True) for _ in range(2))
    let_in.members.add(sandbox.world.bot.id)
    old = archived(sandbox, guild, parent, days=9, private=True)
    old.members.add(sandbox.world.bot.id)
    since = sandbox.clock.now() - 5 * DAY_MS
    channel = await info(service, guild, parent)
    found = await listed(service, channel, since)
    assert [(thread.id, thread.everyone, thread.parent_id) for thread in found] == [(let_in.id, False, parent.id)]
    parent.overwrites.append(Overwrite(sandbox.world.bot.id, 1, allow=MANAGE_THREADS))
    channel = await info(service, guild, parent)
    assert {thread.id for thread in await listed(service, channel, since)} == {let_in.id, shut.id}


async def test_a_forum_has_threads_and_what_cannot_be_read_or_has_none_is_not_asked(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    forum = Channel(sandbox.world.snowflake(), guild.id, "ideas", FORUM)
    guild.channels[forum.id] = forum
    idea = archived(sandbox, guild, forum, days=1)
    found = await listed(service, await info(service, guild, forum))
    assert [(thread.id, thread.kind) for thread in found] == [(idea.id, "thread")]
    parent, room = guild.default_channel, next(c for c in guild.channels.values() if c.type == 2)
    archived(sandbox, guild, parent, days=1)
    parent.overwrites.append(Overwrite(sandbox.world.bot.id, 1, deny=READ_MESSAGE_HISTORY))
    sandbox.requests.clear()
    for channel in (parent, room):
        known = await info(service, guild, channel)
        assert await listed(service, known) == []
    assert not [r for r in sandbox.requests if "archived" in r.route]


async def test_requests_and_answers_are_as_the_document_says(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild, contract: Contract
) -> None:
    parent = guild.default_channel
    for private in (False, True):
        thread = archived(sandbox, guild, parent, days=1, private=private)
        thread.members.add(sandbox.world.bot.id)
    sandbox.requests.clear()
    await listed(service, await info(service, guild, parent))
    parent.overwrites.append(Overwrite(sandbox.world.bot.id, 1, allow=MANAGE_THREADS))
    await listed(service, await info(service, guild, parent))
    asked = [r for r in sandbox.requests if "archived" in r.route]
    assert len({r.route for r in asked}) == 3
    for record in asked:
        assert contract.check_request(record.method, record.path, record.query, record.body) == []
        assert contract.check_answer(record.method, record.path, record.status, record.response) == []
