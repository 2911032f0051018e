"""The members of the next batch as they are right before it: who stands already as a change would have them.

What somebody else has given or taken since the plan was made is theirs: it takes no request, and is not taken back with
the job. Knows no Discord library. Invariant: of whom nothing was seen nothing is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from jobs.handlers.bulk_role_assignment.plan import Change
from jobs.roles import RoleService
from jobs.services import AccessDenied

FIRST, MORE = 100, 1000
"""Members of the first page, which is enough where most are changed, and of those behind it."""


class Sightings:
    """See the module. Holds one batch at a time."""

    def __init__(self, roles: RoleService, guild_id: int) -> None:
        self._service = roles
        self._guild_id = guild_id
        self._roles: dict[int, frozenset[int]] = {}

    async def look(self, batch: Sequence[Change]) -> None:
        """See the members of the batch, whose ids ascend. Raises `ServiceUnavailable`."""
        self._roles = {}
        wanted, last = {change.member_id for change in batch}, batch[-1].member_id
        behind, size = batch[0].member_id - 1, FIRST
        while behind < last:
            try:
                page = await self._service.holders(self._guild_id, behind=behind, limit=size)
            except AccessDenied:
                # Without the member list the changes are made as they were planned.
                return
            self._roles.update({holder.id: holder.roles for holder in page if holder.id in wanted})
            if len(page) < size:
                return
            behind, size = page[-1].id, MORE

    def stands(self, change: Change) -> bool:
        """The member was seen to have the roles that the change gives, and none that it takes."""
        roles = self._roles.get(change.member_id)
        return roles is not None and roles.issuperset(change.add) and roles.isdisjoint(change.remove)
