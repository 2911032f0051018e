"""Roles given to members and taken from them: one by one, and as a whole list.

Every change that really was one is written into `World.role_changes`, the stand-in's audit log of roles.
"""

from __future__ import annotations

from urllib.parse import unquote

from bot.sandbox import render
from bot.sandbox.call import Answer, Call, snowflake
from bot.sandbox.errors import invalid_form, unknown_member
from bot.sandbox.rest.guilds import guild_of
from bot.sandbox.rest.route import Route
from bot.sandbox.role_rules import check_manages_roles, check_role_change
from bot.sandbox.world import Guild, Member, RoleChange

REASON, ROLES = 512, 350
"""Longest reason (Discord API documentation, "Audit Logs") and most roles of a member (OpenAPI document)."""


async def give(call: Call) -> Answer:
    """One role; the same one twice is no change and no error."""
    return await _change_one(call, given=True)


async def take(call: Call) -> Answer:
    return await _change_one(call, given=False)


async def edit(call: Call) -> Answer:
    """The whole list: what is not in it is taken. Other fields of a member are not played here."""
    guild, bot = _begin(call)
    member = _member(call, guild)
    wanted = _wanted(call)
    has = set(member.roles)
    for role_id in sorted(wanted ^ has):
        check_role_change(guild, bot, role_id)
    for role_id in sorted(wanted - has):
        _note(call, guild, member, role_id, given=True)
    for role_id in sorted(has - wanted):
        _note(call, guild, member, role_id, given=False)
    member.roles = [role for role in member.roles if role in wanted] + sorted(wanted - has)
    if wanted != has:
        await call.sandbox.gateway.member_changed(guild, member)
    return render.member(member)


async def _change_one(call: Call, *, given: bool) -> Answer:
    guild, bot = _begin(call)
    member = _member(call, guild)
    role_id = call.id("role_id")
    check_role_change(guild, bot, role_id)
    if (role_id in member.roles) == given:
        return None
    if given:
        member.roles.append(role_id)
    else:
        member.roles.remove(role_id)
    _note(call, guild, member, role_id, given=given)
    await call.sandbox.gateway.member_changed(guild, member)
    return None


def _begin(call: Call) -> tuple[Guild, Member]:
    """The guild and the bot as its member, who may manage roles. Raises 403/50013 and 400/50035."""
    guild = guild_of(call)
    bot = guild.members[call.sandbox.world.bot.id]
    check_manages_roles(guild, bot)
    if call.reason is not None and not 1 <= len(unquote(call.reason)) <= REASON:
        raise invalid_form("reason", f"Must be between 1 and {REASON} in length.")
    return guild, bot


def _wanted(call: Call) -> set[int]:
    body = call.body if isinstance(call.body, dict) else {}
    if unknown := sorted(body.keys() - {"roles"}):
        raise invalid_form(unknown[0], "The stand-in changes roles only.")
    roles = body.get("roles")
    if not isinstance(roles, list):
        raise invalid_form("roles", "Only iterables may be used in an ArrayType")
    if len(roles) > ROLES:
        raise invalid_form("roles", f"Must be {ROLES} or fewer in length.")
    return {snowflake(role, "roles") for role in roles}


def _member(call: Call, guild: Guild) -> Member:
    found = guild.members.get(call.id("user_id"))
    if found is None:
        raise unknown_member()
    return found


def _note(call: Call, guild: Guild, member: Member, role_id: int, *, given: bool) -> None:
    world = call.sandbox.world
    reason = None if call.reason is None else unquote(call.reason)
    world.role_changes.append(RoleChange(call.sandbox.clock.now(), guild.id, member.user.id, role_id, given, reason))
    world.touch()


ROUTES = (
    Route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", give),
    Route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", take),
    Route("PATCH", "/guilds/{guild_id}/members/{user_id}", edit),
)
