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

    @property
    def known(self) -> bool:
        """Whether anything could have been seen of the range at all."""
        read = any(channel.id not in self.unreadable for channel in self.channels)
        heard = any(self.totals.heard[signal] for signal in self.payload.signals)
        return heard or (read and self.payload.include_message_count)

    def share(self, signal: str) -> float:
        """Of the range in which `signal` was listened to, 0 to 1."""
        return _share(self.totals.heard[signal], self.within)

    def comparable(self, signal: str) -> bool:
        """Whether what nobody can read back is known of this period and of the one before."""
        if self.before is None or self.before_within is None or signal not in self.payload.signals:
            return False
        return min(self.share(signal), _share(self.before.heard[signal], self.before_within)) >= NEARLY_ALL


def is_active(amounts: Amounts) -> bool:
    return bool(amounts.messages or amounts.voice_ms or amounts.reactions)


def _share(heard: Sequence[Interval], within: Interval) -> float:
    seen_ms = sum(interval.until - interval.since for interval in heard)
    return seen_ms / (within.until - within.since) if within.until > within.since else 0.0
