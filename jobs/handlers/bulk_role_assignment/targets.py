"""Which members are meant, and what is to become of their roles. Pure.

Invariant: a filter that cannot be judged of a member leaves them out, and who was named and is not there is said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from jobs.handlers.bulk_role_assignment.payload import BulkRoleAssignment
from jobs.handlers.bulk_role_assignment.plan import Draft
from jobs.handlers.bulk_role_assignment.rights import refusal
from jobs.roles import RoleBook
from jobs.services import MemberInfo, snowflake_time

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of activity."""

    last: Mapping[int, int]
    """Newest sign of each member (ms)."""
    unknown: Collection[int]
    """Of whom nothing may be known."""


class Targets:
    """Who is meant, as of `now` (ms). `named` is None where everybody may be."""

    def __init__(
        self, payload: BulkRoleAssignment, named: Collection[int] | None, now: int, seen: Seen | None = None
    ) -> None:
        self._payload = payload
        self._named = None if named is None else frozenset(named)
        self._now = now
        self._seen = seen
        self._joined_after = _start_of(payload, payload.joined_after)
        self._joined_before = _start_of(payload, payload.joined_before)

    def mean(self, member: MemberInfo) -> bool:
        if self._named is not None and member.id not in self._named:
            return False
        kinds = {"humans": not member.bot, "bots": member.bot}
        return kinds.get(self._payload.who, True) and self._has_roles(member) and self._is_of_age(member)

    def was_active_as_wanted(self, member: MemberInfo) -> bool:
        payload, seen = self._payload, self._seen
        days = payload.active_days or payload.inactive_days
        if days is None:
            return True
        if seen is None or member.id in seen.unknown:
            return False
        since = self._now - days * DAY_MS
        if payload.active_days:
            return seen.last.get(member.id, 0) >= since
        # Who came within these days has had no time to be inactive in.
        return max(seen.last.get(member.id, 0), member.joined_at or self._now) < since

    def _has_roles(self, member: MemberInfo) -> bool:
        roles, payload = frozenset(member.role_ids), self._payload
        some = not payload.any_roles or not roles.isdisjoint(payload.any_roles)
        return some and roles.issuperset(payload.all_roles) and roles.isdisjoint(payload.no_roles)

    def _is_of_age(self, member: MemberInfo) -> bool:
        payload = self._payload
        if self._joined_after is not None and (member.joined_at is None or member.joined_at < self._joined_after):
            return False
        if self._joined_before is not None and (member.joined_at is None or member.joined_at >= self._joined_before):
            return False
        days = (self._now - snowflake_time(member.id)) / DAY_MS
        least, most = payload.account_days_min, payload.account_days_max
        return (least is None or days >= least) and (most is None or days <= most)


def plan_for(draft: Draft, payload: BulkRoleAssignment, book: RoleBook, member: MemberInfo) -> None:
    """Put into `draft` what is to become of the roles of a member who is meant."""
    has, wanted = frozenset(member.role_ids), frozenset(payload.role_ids)
    match payload.action:
        case "add":
            draft.change(member.id, member.name, wanted - has, ())
        case "remove":
            draft.change(member.id, member.name, (), wanted & has)
        case "replace":
            others = {id_ for id_ in has - wanted if id_ in book.roles and not book.roles[id_].kind}
            if any(refusal(book, id_) for id_ in others):
                draft.block(member.id, member.name, "above")
            else:
                draft.change(member.id, member.name, wanted - has, others)


def _start_of(payload: BulkRoleAssignment, day: date | None) -> int | None:
    if day is None:
        return None
    moment = datetime(day.year, day.month, day.day, tzinfo=payload.zone)
    return round(moment.timestamp() * 1000)
