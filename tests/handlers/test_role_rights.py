"""Who may give which role: each row is judged by the rule book, and then tried on the stand-in, which keeps Discord's.

What passes must be done by Discord, and be what the person who asked could do by hand; what is refused for the bot or
for the role must be refused by Discord too, in one request for one role and in a whole list.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import discord
import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.errors import ApiError
from bot.sandbox.permissions import EVERYONE_DEFAULT
from bot.sandbox.role_rules import check_manages_roles, check_role_change
from bot.sandbox.world import Channel, Member, Overwrite, Role, User
from bot.services.head_room import HeadRoom
from bot.services.role_service import DiscordRoles
from jobs.engine.clock import SystemClock
from jobs.handlers.bulk_role_assignment.rights import Why, first_refusal, refusal
from jobs.services import AccessDenied, NotFound
from tests.stand_in import add_guild, kept_addresses, serving

ADMINISTRATOR, MANAGE_ROLES, EVERYTHING_ELSE = 1 << 3, 1 << 28, (1 << 53) - 1 & ~(1 << 3 | 1 << 28)
TARGET, OF_BOT, OF_CALLER, OTHER_CALLERS = 600, 700, 800, 801
"""Ids: of two roles at one place the one with the smaller id stands higher."""
CALLER = 950_000
BOT_KINDS: dict[str, dict[str, Any]] = {
    "bot": {"bot_id": "5"},
    "integration": {"integration_id": "5"},
    "booster": {"premium_subscriber": None},
    "subscription": {"subscription_listing_id": "5", "integration_id": "6"},
    "managed": {},
}


@dataclass(frozen=True)
class Row:
    """One case. The role stands at 5, the bot's at 10, the caller's at 8, unless it says otherwise."""

    name: str
    why: Why | None
    role: int = 5
    kind: str = ""
    target: int | str = TARGET
    """Which role is asked for: an id, `everyone`, or `another` for one of another guild."""
    role_permissions: int = 0
    bot: int = 10
    bot_id: int = OF_BOT
    bot_permissions: int = MANAGE_ROLES
    bot_in_guild: bool = True
    caller: int | None = 8
    """Where the caller's highest role stands; None without one."""
    caller_id: int = OF_CALLER
    caller_permissions: int = MANAGE_ROLES
    everyone: int = EVERYONE_DEFAULT
    is_owner: bool = False
    gone: bool = False
    in_channel: bool = False
    """A channel's overwrite allows the caller to manage roles there."""
    more: int | None = None
    """Where another role of the caller stands, which has no permissions."""


ROWS = [
    Row("below both", None),
    Row("just below the bot", None, role=9, caller=20),
    Row("just below the caller", None, role=7),
    Row("at the bot's place, the role is younger", None, role=10, target=701, caller=20),
    Row("at the caller's place, the role is younger", None, role=8, target=802),
    Row("at the bot's place, the role is older", Why.ABOVE_BOT, role=10, caller=20),
    Row("at the caller's place, the role is older", Why.ABOVE_CALLER, role=8),
    Row("above the bot", Why.ABOVE_BOT, role=11, caller=20),
    Row("far above the bot", Why.ABOVE_BOT, role=200, caller=300),
    Row("above the caller", Why.ABOVE_CALLER, role=9),
    Row("above both", Why.ABOVE_BOT, role=50),
    Row("the bot's own role", Why.ABOVE_BOT, target=OF_BOT, caller=20),
    Row("the caller's own highest role", Why.ABOVE_CALLER, target=OF_CALLER),
    Row("the owner's word goes above their roles", None, role=9, caller=1, is_owner=True),
    Row("the owner without any role", None, caller=None, is_owner=True),
    Row("the owner without a permission by role", None, caller=1, caller_permissions=0, is_owner=True),
    Row("the owner cannot lift the bot", Why.ABOVE_BOT, role=11, caller=None, is_owner=True),
    Row("the owner cannot lift the bot at its own place", Why.ABOVE_BOT, role=10, caller=None, is_owner=True),
    Row("an administrator above the role", None, caller_permissions=ADMINISTRATOR),
    Row("Administrator lifts nobody's place", Why.ABOVE_CALLER, role=9, caller_permissions=ADMINISTRATOR),
    Row("a bot that is administrator", None, bot_permissions=ADMINISTRATOR),
    Row("Administrator does not lift the bot", Why.ABOVE_BOT, role=11, bot_permissions=ADMINISTRATOR, caller=20),
    Row("the caller may do all but manage roles", Why.CALLER_LACKS, caller_permissions=EVERYTHING_ELSE),
    Row("the caller may do nothing", Why.CALLER_LACKS, caller_permissions=0),
    Row("the caller has no role", Why.CALLER_LACKS, caller=None),
    Row("a channel is no server", Why.CALLER_LACKS, caller_permissions=0, in_channel=True),
    Row("everybody may manage roles", None, caller_permissions=0, everyone=EVERYONE_DEFAULT | MANAGE_ROLES),
    Row("everybody may, but not without a place", Why.ABOVE_CALLER, caller=None, everyone=MANAGE_ROLES),
    Row("the place comes from one role, the permission from another", None, role=7, caller=2, more=8),
    Row("the caller has left", Why.CALLER_GONE, gone=True),
    Row("the owner has left", Why.CALLER_GONE, gone=True, is_owner=True),
    Row("the bot may not manage roles", Why.BOT_LACKS, bot_permissions=0),
    Row("the bot may do all but manage roles", Why.BOT_LACKS, bot_permissions=EVERYTHING_ELSE),
    Row("the bot may as everybody may", None, bot_permissions=0, everyone=EVERYONE_DEFAULT | MANAGE_ROLES),
    Row("neither may", Why.CALLER_LACKS, bot_permissions=0, caller_permissions=0),
    Row("everyone's own role", Why.EVERYONE, target="everyone"),
    Row("a role that is not there", Why.UNKNOWN, target=123_456),
    Row("another server's role", Why.UNKNOWN, target="another"),
    Row("another server's role, for the owner", Why.UNKNOWN, target="another", is_owner=True),
    *(Row(f"a role of kind {kind}", Why(kind), kind=kind) for kind in BOT_KINDS),
    *(Row(f"a role of kind {kind}, for the owner", Why(kind), kind=kind, is_owner=True) for kind in BOT_KINDS),
    Row("a linked role", Why.LINKED, kind="linked"),
    Row("a linked role, for the owner", Why.LINKED, kind="linked", is_owner=True),
    Row("a role that may do everything", None, role_permissions=ADMINISTRATOR),
    Row("a role that may do what the caller may not", None, role_permissions=EVERYTHING_ELSE),
    Row("a role at the bottom", None, role=1, bot=2, caller=2, bot_id=OF_BOT, caller_id=OTHER_CALLERS),
]
assert len(ROWS) >= 40
OF_DISCORD = {Why.BOT_LACKS, Why.UNKNOWN, Why.EVERYONE, Why.LINKED, Why.ABOVE_BOT, *map(Why, BOT_KINDS)}
"""What Discord refuses the bot, whoever asked."""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serving(3, members=4, channels=2, days=1, messages=2) as sandbox:
        add_guild(sandbox, 9)
        yield sandbox


@pytest.fixture(autouse=True)
def pointed(sandbox: Sandbox) -> Iterator[None]:
    with kept_addresses(sandbox):
        yield


@pytest.fixture
async def service(sandbox: Sandbox) -> AsyncIterator[DiscordRoles]:
    clock = SystemClock()
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(sandbox.token)
        yield DiscordRoles(client, clock, HeadRoom(clock, 1000))


def staged(sandbox: Sandbox, row: Row) -> tuple[Guild, Member | None, int]:
    """The guild as the row says, the caller, and the role that is asked for."""
    guild, other = sandbox.world.guilds.values()
    tags = {"guild_connections": None} if row.kind == "linked" else BOT_KINDS.get(row.kind, {})
    guild.roles = {
        guild.id: Role(guild.id, "@everyone", row.everyone),
        TARGET: Role(TARGET, "target", row.role_permissions, row.role, managed=row.kind in BOT_KINDS, tags=tags),
        row.bot_id: Role(row.bot_id, "Errand", row.bot_permissions, row.bot),
    }
    if isinstance(row.target, int) and row.target in (701, 802):
        guild.roles[row.target] = Role(row.target, "younger", 0, row.role)
        del guild.roles[TARGET]
    for member in guild.members.values():
        member.roles = []
    guild.members[sandbox.world.bot.id].roles = [row.bot_id]
    caller = Member(User(CALLER, "caller"), 0)
    guild.members.pop(CALLER, None)
    if not row.gone:
        guild.members[CALLER] = caller
    guild.owner_id = (
        CALLER
        if row.is_owner
        else next(m.user.id for m in guild.members.values() if not m.user.bot and m.user.id != CALLER)
    )
    if row.caller is not None:
        guild.roles[row.caller_id] = Role(row.caller_id, "of the caller", row.caller_permissions, row.caller)
        caller.roles.append(row.caller_id)
    if row.more is not None:
        guild.roles[900] = Role(900, "more", 0, row.more)
        caller.roles.append(900)
    channel: Channel = guild.default_channel
    channel.overwrites = [Overwrite(CALLER, 1, allow=MANAGE_ROLES)] if row.in_channel else []
    names = {"everyone": guild.id, "another": max(other.roles)}
    return guild, None if row.gone else caller, names[row.target] if isinstance(row.target, str) else row.target


def could_by_hand(guild: Guild, caller: Member | None, role_id: int) -> bool:
    """By the stand-in's own rules for whoever is no owner; the owner is held by nothing but the kind of a role."""
    if caller is None:
        return False
    if guild.owner_id == caller.user.id:
        role = guild.roles.get(role_id)
        fixed = role is None or role.id == guild.id or role.managed or "guild_connections" in role.tags
        return not fixed
    try:
        check_manages_roles(guild, caller)
        check_role_change(guild, caller, role_id)
    except ApiError:
        return False
    return True


async def done_by_discord(service: DiscordRoles, guild: Guild, member: Member, role_id: int) -> bool:
    """Whether Discord does it for the bot: given, taken, and as part of a whole list, all alike."""
    guild_id, id_ = guild.id, member.user.id

    async def tried(call: Any) -> bool:
        try:
            await call
        except (AccessDenied, NotFound):
            return False
        return True

    given = await tried(service.give(guild_id, id_, role_id, reason="a try"))
    member.roles = [role_id]
    taken = await tried(service.take(guild_id, id_, role_id, reason="a try"))
    member.roles = []
    listed = await tried(service.change(guild_id, id_, add=[role_id], remove=[], reason="a try"))
    member.roles = []
    assert given == taken == listed
    return given


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_nothing_passes_that_discord_or_the_callers_own_place_would_refuse(
    sandbox: Sandbox, service: DiscordRoles, row: Row
) -> None:
    guild, caller, role_id = staged(sandbox, row)
    book = await service.book(guild.id, CALLER)
    found = refusal(book, role_id)
    assert (found.why if found else None) == row.why
    assert first_refusal(book, [role_id]) == found
    target = next(m for m in guild.members.values() if m.user.id not in (CALLER, sandbox.world.bot.id))
    done, by_hand = await done_by_discord(service, guild, target, role_id), could_by_hand(guild, caller, role_id)
    if found is None:
        assert done, "Discord does it"
        assert by_hand, "so could the person who asked"
    elif found.why in OF_DISCORD:
        assert not done, "no rule of ours is stricter than Discord's for the bot"
    else:
        assert not by_hand, "no rule of ours is stricter than what the person who asked is held to"
