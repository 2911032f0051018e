"""`RoleService` by REST alone: what decides who may give a role, and the requests that change the roles of members.

Knows no job. Invariants: of one guild one change is made at a time, so that a list which was read is still true when it
is written; and the limits are Discord's own, read from its answers by discord.py, under a limit for all guilds together
that leaves room for everything else the bot is asked for.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import discord

from bot.rest import Heard, hearing, read
from bot.services.head_room import HeadRoom
from jobs.engine.clock import Clock
from jobs.roles import AppliedThenCancelled, Changed, Holder, Role, RoleBook
from jobs.services import AccessDenied, NotFound

T = TypeVar("T")
PACE_S = 1.0
"""Of one change where nothing is known yet: bot authors report ten in ten seconds."""
KINDS: Mapping[str, str] = {
    "bot_id": "bot",
    "subscription_listing_id": "subscription",
    "integration_id": "integration",
    "premium_subscriber": "booster",
    "guild_connections": "linked",
}
"""Who gives a role, by its tag (Discord API documentation, "Role Tags Structure"); some tags have no value, and a
role that is sold has that of the integration too."""


class DiscordRoles:
    """See `RoleService`. `client` must be logged in; it need not be connected."""

    def __init__(self, client: discord.Client, clock: Clock, room: HeadRoom) -> None:
        self._client = client
        self._clock = clock
        self._room = room
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._paces: dict[int, float] = {}

    async def book(self, guild_id: int, caller_id: int | None) -> RoleBook:
        http = self._client.http
        guild = await read(self._clock, lambda: http.get_guild(guild_id, with_counts=False))
        assert self._client.user is not None, "the client is logged in before jobs run"
        me = await self.holder(guild_id, self._client.user.id)
        caller = None
        if caller_id is not None:
            try:
                caller = await self.holder(guild_id, caller_id)
            except NotFound:
                caller = None
        roles = {int(role["id"]): _role(role) for role in guild["roles"]}
        return RoleBook(guild_id, int(guild["owner_id"]), roles, me, caller)

    async def holder(self, guild_id: int, user_id: int) -> Holder:
        return _holder(await read(self._clock, lambda: self._client.http.get_member(guild_id, user_id)))

    async def holders(self, guild_id: int, *, behind: int, limit: int) -> Sequence[Holder]:
        after = behind or None
        page = await read(self._clock, lambda: self._client.http.get_members(guild_id, limit, after))
        return sorted(map(_holder, page), key=lambda holder: holder.id)

    async def give(self, guild_id: int, user_id: int, role_id: int, *, reason: str) -> None:
        http = self._client.http
        await self._one(guild_id, lambda: http.add_role(guild_id, user_id, role_id, reason=reason))

    async def take(self, guild_id: int, user_id: int, role_id: int, *, reason: str) -> None:
        http = self._client.http
        await self._one(guild_id, lambda: http.remove_role(guild_id, user_id, role_id, reason=reason))

    async def change(
        self, guild_id: int, user_id: int, *, add: Collection[int], remove: Collection[int], reason: str
    ) -> Changed:
        async with self._locks[guild_id]:
            before = (await self.holder(guild_id, user_id)).roles
            wanted = (before - frozenset(remove)) | frozenset(add)
            if wanted == before:
                return Changed(before, before)
            await self._room.turn()
            roles = sorted(wanted)
            http = self._client.http
            with hearing() as heard:
                try:
                    # Once: a list that is sent again later may be older than what others have changed since.
                    answer = await read(
                        self._clock,
                        lambda: _no_means_no(http.edit_member(guild_id, user_id, roles=roles, reason=reason)),
                        pauses_s=(),
                    )
                except asyncio.CancelledError:
                    if _is_done(heard):
                        raise AppliedThenCancelled(Changed(before, wanted)) from None
                    raise
                finally:
                    self._learn(guild_id, heard)
            return Changed(before, frozenset(map(int, answer["roles"])))

    def seconds_a_change(self, guild_id: int) -> float:
        return max(self._paces.get(guild_id, PACE_S), 1.0 / self._room.a_second)

    async def _one(self, guild_id: int, call: Callable[[], Awaitable[Any]]) -> None:
        async with self._locks[guild_id]:
            await self._room.turn()
            with hearing() as heard:
                try:
                    await read(self._clock, lambda: _no_means_no(call()))
                except asyncio.CancelledError:
                    if _is_done(heard):
                        raise AppliedThenCancelled from None
                    raise
                finally:
                    self._learn(guild_id, heard)

    def _learn(self, guild_id: int, heard: Sequence[Heard]) -> None:
        """The first answer of a window tells how long it is and what fits into it."""
        for answer in heard:
            try:
                limit, left = (int(answer.headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining"))
                window_s = float(answer.headers["X-RateLimit-Reset-After"])
            except (KeyError, ValueError):
                continue
            if limit > 0 and left == limit - 1:
                self._paces[guild_id] = window_s / limit


async def _no_means_no(call: Awaitable[T]) -> T:
    """A request that Discord takes for wrong stays wrong. Raises `AccessDenied`."""
    try:
        return await call
    except discord.HTTPException as error:
        if error.status == 400:
            raise AccessDenied(f"HTTP 400, code {error.code}: {error.text}", error.code) from None
        raise


def _is_done(heard: Sequence[Heard]) -> bool:
    return bool(heard) and heard[-1].done


def _holder(data: Mapping[str, Any]) -> Holder:
    user = data["user"]
    name = data.get("nick") or user.get("global_name") or user["username"]
    return Holder(int(user["id"]), name, frozenset(map(int, data["roles"])))


def _role(data: Mapping[str, Any]) -> Role:
    tags = data.get("tags") or {}
    kind = next((kind for tag, kind in KINDS.items() if tag in tags), "managed" if data["managed"] else "")
    return Role(int(data["id"]), data["name"], int(data["position"]), int(data["permissions"]), kind)
