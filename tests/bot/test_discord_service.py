"""`DiscordService` by the real discord.py on the stand-in, logged in and not connected."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.permissions import ADMINISTRATOR, CONNECT, READ_MESSAGE_HISTORY, VIEW_CHANNEL
from bot.sandbox.world import PUBLIC_THREAD, Channel, Member, Overwrite, User
from bot.services.discord_service import DiscordClientService
from bot.services.rules import by_person
from jobs.engine.clock import SystemClock
from jobs.services import AccessDenied, NotFound, ServiceUnavailable


class QuickClock(SystemClock):
    """Sleeps are written down and take no time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
async def service(sandbox: Sandbox, clock: QuickClock) -> AsyncIterator[DiscordClientService]:
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(sandbox.token)
        yield DiscordClientService(client, clock)


async def test_channels_say_what_the_bot_can_read_and_everyone_see(service: DiscordClientService, guild: Guild) -> None:
    parent = guild.default_channel
    thread = Channel(parent.id + 1, guild.id, "a thread", PUBLIC_THREAD, parent_id=parent.id)
    guild.channels[thread.id] = thread
    found = {c.name: c for c in await service.channels(guild.id)}
    assert {name: (c.kind, c.readable, c.everyone) for name, c in found.items()} == {
        "general": ("text", True, True),
        "clips": ("text", True, True),
        "help": ("text", True, True),
        "staff": ("text", True, False),
        "archive": ("text", False, False),
        "Lounge": ("voice", True, True),
        "Gaming": ("voice", True, True),
        "a thread": ("thread", True, True),
    }
    assert found["a thread"].parent_id == parent.id


async def test_a_channel_hidden_from_one_role_or_member_is_not_everyones(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    quiet, member = next(role for role in guild.roles.values() if role.id != guild.id), guild.owner_id
    first, second = [channel for channel in guild.channels.values() if channel.name in ("general", "clips")]
    await sandbox.set_overwrite(first.id, Overwrite(quiet.id, 0, deny=VIEW_CHANNEL))
    await sandbox.set_overwrite(second.id, Overwrite(member, 1, deny=VIEW_CHANNEL))
    found = {c.id: c for c in await service.channels(guild.id)}
    assert not found[first.id].everyone
    assert not found[second.id].everyone


@pytest.mark.parametrize("denied", [VIEW_CHANNEL, READ_MESSAGE_HISTORY])
async def test_an_overwrite_makes_a_channel_and_its_threads_unreadable(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild, denied: int
) -> None:
    parent = guild.default_channel
    parent.overwrites.append(Overwrite(sandbox.world.bot.id, 1, deny=denied))
    guild.channels[1] = Channel(1, guild.id, "a thread", PUBLIC_THREAD, parent_id=parent.id)
    found = {c.name: c.readable for c in await service.channels(guild.id)}
    assert (found["general"], found["a thread"]) == (False, False)


async def test_a_voice_channels_chat_needs_connect(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    lounge = next(c for c in guild.channels.values() if c.name == "Lounge")
    lounge.overwrites.append(Overwrite(guild.id, 0, deny=CONNECT))
    assert {c.name: c.readable for c in await service.channels(guild.id)}["Lounge"] is False


async def test_all_members_come_whatever_their_number(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild
) -> None:
    for number in range(2000):
        user = User(sandbox.world.snowflake(), f"extra{number}")
        guild.members[user.id] = Member(user, sandbox.clock.now(), nick="nick")
    pages = [page async for page in service.members(guild.id)]
    assert [len(page) for page in pages] == [1000, 1000, len(guild.members) - 2000]
    assert {member.id for page in pages for member in page} == set(guild.members)
    assert pages[-1][-1].name == "nick"


async def test_messages_come_oldest_first_between_two_places(service: DiscordClientService, guild: Guild) -> None:
    channel = guild.default_channel
    ids = [m.id for m in channel.messages]
    assert [m.id for m in await service.messages(channel.id, limit=5)] == ids[:5]
    assert [m.id for m in await service.messages(channel.id, after=ids[9], limit=5)] == ids[10:15]
    assert [m.id for m in await service.messages(channel.id, after=ids[9], before=ids[12])] == ids[10:12]
    assert await service.messages(channel.id, after=ids[-1]) == []
    page = await service.messages(channel.id, limit=100)
    assert [m.by_person for m in page] == [m.by_person for m in channel.messages[:100]]
    assert [m.at for m in page] == [m.at for m in channel.messages[:100]]


@pytest.mark.parametrize(
    ("bot", "webhook", "kind", "counted"),
    [
        (False, None, 0, True),
        (False, None, 19, True),
        (True, None, 0, False),
        (False, "5", 0, False),
        (False, None, 7, False),
        (False, None, 18, False),  # a thread was opened
        (False, None, 21, False),  # a thread's first line, which shows the message it was opened from
    ],
)
def test_what_counts_as_a_persons_message(bot: bool, webhook: str | None, kind: int, counted: bool) -> None:
    assert by_person(bot, webhook, kind) is counted


async def test_permissions_of_members_are_those_of_now(service: DiscordClientService, guild: Guild) -> None:
    assert await service.member_permissions(guild.id, 5) is None
    owner = await service.member_permissions(guild.id, guild.owner_id)
    assert owner is not None
    assert owner & ADMINISTRATOR
    plain = next(m for m in guild.members.values() if not m.roles and not m.user.bot and m.user.id != guild.owner_id)
    bits = await service.member_permissions(guild.id, plain.user.id)
    assert bits is not None
    assert not bits & ADMINISTRATOR
    plain.roles.append(next(r.id for r in guild.roles.values() if r.name == "Admin"))
    bits = await service.member_permissions(guild.id, plain.user.id)
    assert bits is not None
    assert bits & ADMINISTRATOR


async def test_refusals_have_their_own_exceptions(service: DiscordClientService, guild: Guild) -> None:
    with pytest.raises(NotFound):
        await service.guild(5)
    hidden = next(c for c in guild.channels.values() if c.name == "archive")
    with pytest.raises(AccessDenied):
        await service.messages(hidden.id)


@pytest.mark.parametrize("thread", [False, True])
async def test_an_empty_page_of_a_channel_that_may_not_be_read_is_a_refusal(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild, thread: bool
) -> None:
    """Discord answers with an empty page there, which is not the same as silence."""
    parent = guild.default_channel
    newest = parent.messages[-1].id
    inner = Channel(parent.id + 1, guild.id, "a thread", PUBLIC_THREAD, parent_id=parent.id)
    guild.channels[inner.id] = inner
    channel = inner if thread else parent
    assert await service.messages(channel.id, after=newest) == [], "nothing new is no refusal"
    parent.overwrites.append(Overwrite(guild.id, 0, deny=READ_MESSAGE_HISTORY))
    with pytest.raises(AccessDenied):
        await service.messages(channel.id)


async def test_trouble_is_waited_out_with_growing_pauses_and_then_said(
    service: DiscordClientService, sandbox: Sandbox, guild: Guild, clock: QuickClock
) -> None:
    route = "/guilds/{guild_id}"
    fault = sandbox.faults.add(method="GET", route=route, status=503, times=2)
    assert (await service.guild(guild.id)).name == guild.name
    assert (fault.hits, clock.slept) == (2, [1.0, 2.0])
    sandbox.faults.add(method="GET", route=route, status=503, times=100)
    with pytest.raises(ServiceUnavailable, match="HTTP 503"):
        await service.guild(guild.id)
    assert len(clock.slept) == 7
