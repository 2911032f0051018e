"""Who counts as inactive, by the rules of the payload. Pure.

Invariant: "no data" is never "inactive". Where nothing, or too little, is known of a range there is no list, and who is
unsure, new or exempt is in none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.services import Amounts, MemberInfo

DAY_MS = 86_400_000
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Inactivity:
    """What the rules say of everybody who is there."""

    gone_quiet: Sequence[int]
    """Inactive members who were seen at some time, who was seen longest ago first."""
    never_seen: Sequence[int]
    """Inactive members of whom nothing was ever counted, the longest there first."""
    exempt: int
    """Members who would be inactive but for their role."""
    new: int
    """Members who would be inactive but have not been there for long enough."""
    unsure: int
    """Members who had opted out in a part of the range and were not seen in the rest."""

    @property
    def members(self) -> list[int]:
        """Everybody who is inactive."""
        return [*self.gone_quiet, *self.never_seen]


def judge(findings: Findings) -> Inactivity | None:
    """Apply the rules; None where too little is known that they could be applied to."""
    if not findings.listable:
        return None
    payload, totals, seen = findings.payload, findings.totals.members, findings.last_seen
    spared = set(payload.exempt_roles)
    joined_by = findings.within.until - payload.grace_days * DAY_MS
    exempt, new, unsure, found = 0, 0, 0, list[MemberInfo]()
    for member in findings.members.values():
        if not _is_quiet(totals.get(member.id), findings):
            continue
        if member.id in findings.unsure:
            unsure += 1
        elif not spared.isdisjoint(member.role_ids):
            exempt += 1
        elif member.joined_at is None or member.joined_at > joined_by:
            new += 1
        else:
            found.append(member)
    quiet = sorted((m.id for m in found if m.id in seen), key=seen.__getitem__)
    never = sorted((m for m in found if m.id not in seen), key=_joined)
    return Inactivity(quiet, [m.id for m in never], exempt, new, unsure)


def _is_quiet(amounts: Amounts | None, findings: Findings) -> bool:
    """Whether a member stayed within each limit. A signal that was not asked for counts as nothing."""
    if amounts is None:
        return True
    payload = findings.payload
    limit_ms = payload.inactive_voice_minutes * MINUTE_MS
    # With a limit of nothing, a second in voice is more than that.
    few = amounts.messages <= payload.inactive_messages and amounts.reactions <= payload.inactive_reactions
    return few and amounts.voice_ms <= limit_ms


def _joined(member: MemberInfo) -> int:
    return member.joined_at or 0
