"""Roles of a guild, who has them, and what changes them: plain values and the protocol that handlers are given.

Knows no Discord library. Invariant: what is asked is answered as of now and from no cache, for rights and lists are
decided by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Role:
    """One role of a guild."""

    id: int
    name: str
    """Written by people, so escape it."""
    position: int
    permissions: int
    """Bits (Discord API documentation, "Permissions")."""
    kind: str = ""
    """Who gives it, where that is not people: `bot integration booster subscription linked`, or `managed`."""

    @property
    def rank(self) -> tuple[int, int]:
        """Orders roles: the higher position first, of two at the same the older one."""
        return self.position, -self.id


@dataclass(frozen=True, slots=True)
class Holder:
    """A member with the roles they have; @everyone is not among them."""

    id: int
    name: str
    roles: frozenset[int]


@dataclass(frozen=True, slots=True)
class RoleBook:
    """What decides who may give which role in a guild."""

    guild_id: int
    owner_id: int
    roles: Mapping[int, Role]
    me: Holder
    """The bot as a member."""
    caller: Holder | None = None
    """On whose behalf it acts; None when they are not there any more."""


@dataclass(frozen=True, slots=True)
class Changed:
    """All roles of a member before and after one change."""

    before: frozenset[int]
    after: frozenset[int]


class AppliedThenCancelled(asyncio.CancelledError):
    """The caller was cancelled while it waited, after Discord had done what was asked."""

    def __init__(self, changed: Changed | None = None) -> None:
        super().__init__("done before it was cancelled")
        self.changed = changed


class RoleService(Protocol):
    """Waits out limits and short outages by itself.

    All calls raise `ServiceUnavailable`, `AccessDenied` and `NotFound` of `jobs.services`, with Discord's code.
    """

    async def book(self, guild_id: int, caller_id: int | None) -> RoleBook: ...

    async def holder(self, guild_id: int, user_id: int) -> Holder:
        """Raises `NotFound` for who is not there."""

    async def holders(self, guild_id: int, *, behind: int, limit: int) -> Sequence[Holder]:
        """At most `limit` (≤ 1,000) members whose ids are above `behind`, in order of their ids; fewer are the last.

        Raises `AccessDenied` without the Server Members intent.
        """

    async def give(self, guild_id: int, user_id: int, role_id: int, *, reason: str) -> None:
        """One role in one step that touches no other; who has it already keeps it.

        Raises `AppliedThenCancelled`.
        """

    async def take(self, guild_id: int, user_id: int, role_id: int, *, reason: str) -> None:
        """See `give`."""

    async def change(
        self, guild_id: int, user_id: int, *, add: Collection[int], remove: Collection[int], reason: str
    ) -> Changed:
        """Several roles in one request, from the list as it is right before, so that nobody else's change is lost;
        without a request where it stands so already.

        `ServiceUnavailable` may mean that it was done. Raises `AppliedThenCancelled` like `give`.
        """

    def seconds_a_change(self, guild_id: int) -> float:
        """What one change takes in this guild, as Discord's own limits were seen last; 1 where they were not."""
