"""Everything an analysis read, in one value that the figures, the files and the list of inactive members are made of.

Knows no service. Invariant: it holds nothing of members who opted out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.services import ActivityTotals, Amounts, ChannelInfo, GuildInfo, Interval, MemberInfo

NEARLY_ALL = 0.99
"""A share of the time above which nobody asks for the rest."""


@dataclass(frozen=True, slots=True)
class Findings:
    """See the module."""

    payload: MemberActivityAnalysis
    guild: GuildInfo
    members: Mapping[int, MemberInfo]
    """People there now, by id; no bots."""
    channels: Sequence[ChannelInfo]
    """Those the analysis is about."""
    unreadable: Collection[int]
    """Ids of channels whose history could not be read."""
    unsure: Collection[int]
    """Members of whom nothing is known in a part of the range, for they had opted out."""
    within: Interval
    totals: ActivityTotals
    before: ActivityTotals | None
    """The period before, if it is to be compared."""
    before_within: Interval | None = None
    last_seen: Mapping[int, int] = field(default_factory=dict)
    """When (ms) anything was last counted of a member, at any time and in any channel."""

    def only_what_was_asked(self) -> Findings:
        """The same without messages or voice time that were not asked for."""
        for totals in filter(None, (self.totals, self.before)):
            everything = (totals.members, totals.channels, totals.days)
            cells = [a for amounts in everything for a in amounts.values()]
            for amounts in (*cells, *(a for hours in totals.hours for a in hours)):
                amounts.messages *= self.payload.include_message_count
                amounts.voice_ms *= self.payload.include_voice_time
        return self

    @property
    def known(self) -> bool:
        """Whether anything could have been seen of the range at all."""
        read = any(channel.id not in self.unreadable for channel in self.channels)
        return bool(self.totals.online) or (read and self.payload.include_message_count)

    @property
    def voice_share(self) -> float:
        """Of the range in which voice was seen, 0 to 1."""
        return _share(self.totals, self.within)

    @property
    def voice_comparable(self) -> bool:
        """Whether voice is known of this period and of the one before."""
        if self.before is None or self.before_within is None or not self.payload.include_voice_time:
            return False
        return min(self.voice_share, _share(self.before, self.before_within)) >= NEARLY_ALL


def is_active(amounts: Amounts) -> bool:
    return bool(amounts.messages or amounts.voice_ms)


def _share(totals: ActivityTotals, within: Interval) -> float:
    seen_ms = sum(interval.until - interval.since for interval in totals.online)
    return seen_ms / (within.until - within.since) if within.until > within.since else 0.0
