"""Everything an analysis read, in one value that the figures, the files and the list of inactive members are made of.

Knows no service. Invariant: it holds nothing of members who opted out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from jobs.handlers.member_activity_analysis.measure import Measure, measure_of
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.past import Comings, MonthSums
from jobs.services import ActivityTotals, Amounts, ChannelInfo, GuildInfo, Interval, MemberInfo

MINUTE_MS = 60_000
NEARLY_ALL = 0.99
"""A share of the time above which nobody asks for the rest."""
ENOUGH = 0.9
"""A share of the time that has to be seen for who was not to be called inactive."""
HARDLY_ANY = 0.01
"""A share of the messages below which it changes nothing that they are known of one period alone."""


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
    comings: Comings | None = None
    """Who joined and who left; None where only members with some roles are meant, for who is gone has none."""
    months: Sequence[MonthSums] = ()
    """Sums of the time of which nothing of members is kept, as far as the channels are those asked about."""
    kept_since: int = 0
    """Until when (ms) these sums go."""

    @property
    def known(self) -> bool:
        """Whether anything could have been seen of the range at all."""
        return self._read or any(self.totals.heard[signal] for signal in self.payload.signals)

    @property
    def listable(self) -> bool:
        """Whether so much could be seen that whoever was not seen was hardly there: history was read, or most of the
        time was listened to."""
        return self._read or any(self.share(signal) >= ENOUGH for signal in self.payload.signals)

    @property
    def _read(self) -> bool:
        """Whether messages are known from history."""
        return self.payload.include_message_count and any(c.id not in self.unreadable for c in self.channels)

    @property
    def is_whole(self) -> bool:
        """Whether it is about all channels of the guild, those that are gone among them."""
        return not self.payload.channels and not self.payload.without_channels

    @property
    def stretches(self) -> Sequence[Interval]:
        """When the bot was there, as the files tell it: less than a minute between two is no gap that a clock shows."""
        told = list[Interval]()
        for seen in self.totals.online:
            if told and seen.since - told[-1].until < MINUTE_MS:
                told[-1] = Interval(told[-1].since, max(told[-1].until, seen.until))
            else:
                told.append(seen)
        return told

    def share(self, signal: str) -> float:
        """Of the range in which `signal` was listened to, 0 to 1."""
        return _share(self.totals.heard[signal], self.within)

    @property
    def measure(self) -> Measure:
        """What charts and lists tell of."""
        return measure_of(self.totals.days.values(), self.payload.signals)

    def comparable(self, signal: str) -> bool:
        """Whether as much is known of this period as of the one before: it was listened to in both or, for messages,
        hardly any was seen where the history cannot be read."""
        if self.before is None or self.before_within is None or signal not in self.payload.signals:
            return False
        heard = min(self.share(signal), _share(self.before.heard[signal], self.before_within)) >= NEARLY_ALL
        return heard or (signal == "messages" and max(map(self._heard_alone, (self.totals, self.before))) < HARDLY_ANY)

    def _heard_alone(self, totals: ActivityTotals) -> float:
        """The share of the messages that stand in channels whose history could not be read, or that are gone."""
        read = {channel.id for channel in self.channels if channel.id not in self.unreadable}
        alone = sum(found.messages for id_, found in totals.channels.items() if id_ not in read)
        return alone / max(1, sum(found.messages for found in totals.channels.values()))


def is_active(amounts: Amounts) -> bool:
    return bool(amounts.messages or amounts.voice_ms or amounts.reactions)


def _share(heard: Sequence[Interval], within: Interval) -> float:
    seen_ms = sum(interval.until - interval.since for interval in heard)
    return seen_ms / (within.until - within.since) if within.until > within.since else 0.0
