"""One change of one member's roles: which request it takes, and what came of it.

Invariant: one role is changed in one step that touches no other, several in one request from a list that was read right
before; what stands as it should takes no request that changes anything.
"""

from __future__ import annotations

from urllib.parse import quote

from jobs.engine.clock import Clock
from jobs.engine.model import JsonObject
from jobs.handlers.bulk_role_assignment.ledger import GONE, RIGHT, done
from jobs.handlers.bulk_role_assignment.plan import Change
from jobs.roles import Changed, RoleService
from jobs.services import NotFound, ServiceUnavailable

UNKNOWN_MEMBER, UNKNOWN_USER = 10007, 10013
"""Discord API documentation, "Opcodes and Status Codes"."""
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)
REASON = 512
"""Longest reason in the audit log, as it goes over the wire (Discord API documentation, "Audit Logs")."""


class Changer:
    """See the module. Raises `AccessDenied` and `NotFound` for what Discord refuses, `ServiceUnavailable`."""

    def __init__(self, roles: RoleService, clock: Clock, guild_id: int, reason: str) -> None:
        self._roles = roles
        self._clock = clock
        self._guild_id = guild_id
        self._reason = reason

    async def apply(self, change: Change) -> JsonObject:
        """Make the change; its result for the journal. Raises `AppliedThenCancelled`."""
        try:
            if change.size > 1:
                return result_of(change, await self._several(change))
            if change.add:
                await self._roles.give(self._guild_id, change.member_id, change.add[0], reason=self._reason)
            else:
                await self._roles.take(self._guild_id, change.member_id, change.remove[0], reason=self._reason)
        except NotFound as error:
            if error.code not in (UNKNOWN_MEMBER, UNKNOWN_USER):
                raise
            return {"s": GONE}
        return result_of(change, None)

    async def look(self, change: Change) -> JsonObject | None:
        """What came of a change that may have been made: its result where it stands so, else None."""
        try:
            has = (await self._roles.holder(self._guild_id, change.member_id)).roles
        except NotFound:
            return {"s": GONE}
        is_so = has.issuperset(change.add) and has.isdisjoint(change.remove)
        return result_of(change, None) if is_so else None

    async def _several(self, change: Change) -> Changed:
        for pause_s in (*PAUSES_S, None):
            try:
                return await self._roles.change(
                    self._guild_id, change.member_id, add=change.add, remove=change.remove, reason=self._reason
                )
            except ServiceUnavailable:
                if pause_s is None:
                    raise
            await self._clock.sleep(pause_s)
        raise AssertionError("the last pause is None")


def result_of(change: Change, changed: Changed | None) -> JsonObject:
    """For the journal; `changed` is None for a change that did just what it was meant to."""
    if changed is None:
        return done(change.remove, change.add)
    about = frozenset((*change.add, *change.remove))
    before, after = changed.before & about, changed.after & about
    return {"s": RIGHT} if before == after else done(before, after)


def audit_reason(job_id: str, name: str, user_id: int, text: str) -> str:
    """What stands in the server's audit log: the job, who asked, and why; cut to what may go over the wire."""
    reason = f"Errand job {job_id} for {name} ({user_id})" + (f": {text}" if text else "")
    reason = "".join(c if c.isprintable() else " " for c in reason)
    while len(quote(reason, safe="/ ")) > REASON:
        reason = reason[:-1]
    return reason
