"""Which roles may start which job types, guild by guild; administrators always may.

Kept in the records. Invariant: what is not allowed here is refused, when it is asked for and again when it runs,
and nobody's word counts outside their guild.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from bot.guards import Caller
from bot.problems import Problem
from bot.services.discord_service import DiscordClientService
from jobs.engine.records import Records

KIND = "access"
PAGE = 100


class Access:
    """See the module."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def check(self, caller: Caller, type_name: str) -> None:
        """Raises `Problem` when `caller` may not start jobs of this type."""
        if not await self.may_start(caller, type_name):
            raise Problem("administrators-or-role")

    async def may_start(self, caller: Caller, type_name: str) -> bool:
        """Whether `caller` may start jobs of this type, and so have what one found."""
        return caller.administrator or bool(caller.roles & await self.roles(caller.guild_id, type_name))

    async def allow(self, guild_id: int, type_name: str, role_id: int) -> None:
        await self._records.put(KIND, _key(guild_id, type_name, role_id), True, lane=str(guild_id))

    async def revoke(self, guild_id: int, type_name: str, role_id: int) -> bool:
        """False when it was not allowed."""
        return await self._records.delete(KIND, _key(guild_id, type_name, role_id))

    async def of(self, guild_id: int) -> Mapping[str, frozenset[int]]:
        """Allowed roles by type."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        after = ""
        while page := await self._records.find(KIND, lane=str(guild_id), after=after, limit=PAGE):
            for record in page:
                _, type_name, role_id = record.key.split("/")
                found[type_name].add(int(role_id))
            after = page[-1].key
        return {name: frozenset(roles) for name, roles in found.items()}

    async def roles(self, guild_id: int, type_name: str) -> frozenset[int]:
        """Roles that may start this type, besides administrators."""
        return (await self.of(guild_id)).get(type_name, frozenset())


class RunRights:
    """See `jobs.services.Rights`: asks Discord anew, for a person may have been demoted or have left."""

    def __init__(self, access: Access, discord: DiscordClientService) -> None:
        self._access = access
        self._discord = discord

    async def may_start(self, guild_id: int, user_id: int, type_name: str) -> bool:
        standing = await self._discord.standing(guild_id, user_id)
        if standing is None:
            return False
        return standing.administrator or bool(standing.roles & await self._access.roles(guild_id, type_name))


def _key(guild_id: int, type_name: str, role_id: int) -> str:
    return f"{guild_id}/{type_name}/{role_id}"
