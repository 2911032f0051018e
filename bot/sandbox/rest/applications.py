"""The application itself: who the bot is, its commands, where the gateway lies."""

from __future__ import annotations

from typing import Any

from bot.sandbox import render
from bot.sandbox.call import Answer, Call
from bot.sandbox.errors import ApiError, invalid_form, unknown_user
from bot.sandbox.limits import check_commands
from bot.sandbox.rest.route import Route
from bot.sandbox.world import Json, World

MEMBERS_FLAG = 1 << 15
"""GATEWAY_GUILD_MEMBERS_LIMITED (Discord API reference, "Application Flags")."""
MEMBERS_INTENT = 1 << 1


async def me(call: Call) -> Answer:
    return render.me(call.sandbox.world.bot)


async def user(call: Call) -> Answer:
    found = call.sandbox.world.user(call.id("user_id"))
    if found is None:
        raise unknown_user()
    return render.user(found)


async def application(call: Call) -> Answer:
    granted = call.sandbox.intents_allowed & MEMBERS_INTENT
    return render.application(call.sandbox.world, MEMBERS_FLAG if granted else 0)


async def gateway(call: Call) -> Answer:
    return {"url": call.sandbox.gateway_url}


async def gateway_bot(call: Call) -> Answer:
    limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    return {"url": call.sandbox.gateway_url, "shards": 1, "session_start_limit": limit}


async def commands(call: Call) -> Answer:
    _own(call)
    return list(call.sandbox.world.commands)


async def put_commands(call: Call) -> Answer:
    _own(call)
    if not isinstance(call.body, list):
        raise invalid_form("body", "This field must be a list")
    check_commands(call.body)
    world = call.sandbox.world
    known = {command["name"]: command["id"] for command in world.commands}
    world.commands = [_registered(world, command, known.get(command["name"])) for command in call.body]
    world.touch()
    return list(world.commands)


def _registered(world: World, command: Json, known: str | None) -> Json:
    answer: dict[str, Any] = {key: value for key, value in command.items() if value is not None}
    permissions = command.get("default_member_permissions")
    return {
        "type": 1,
        **answer,
        "id": known or str(world.snowflake()),
        "application_id": str(world.application_id),
        "version": str(world.snowflake()),
        "default_member_permissions": None if permissions is None else str(permissions),
    }


def _own(call: Call) -> None:
    if call.id("application_id") != call.sandbox.world.application_id:
        raise ApiError(403, 20012, "You are not authorized to perform this action on this application")


ROUTES = (
    Route("GET", "/users/@me", me),
    Route("GET", "/users/{user_id}", user),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/applications/@me", application),
    Route("GET", "/gateway", gateway, by_bot=False),
    Route("GET", "/gateway/bot", gateway_bot),
    Route("GET", "/applications/{application_id}/commands", commands),
    Route("PUT", "/applications/{application_id}/commands", put_commands),
)
