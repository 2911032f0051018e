"""What is known of members who are gone, and of months of which only sums are left; as values and a protocol.

Knows no store. Invariant: nothing here names a member who opted out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Comings:
    """Who came and who went, as far as somebody was there to see."""

    joined: Mapping[int, int]
    """When (ms, by whole quarters of an hour) each member was last seen to join."""
    left: Collection[int]
    """Members who were seen to leave."""
    seen_since: int | None
    """Since when (ms) somebody looked; None for never."""
    seen_ms: int
    """For how much of the time (ms) somebody did."""


@dataclass(frozen=True, slots=True)
class MonthSums:
    """What is left of the counts of one month (UTC)."""

    month: int
    """Like 202610."""
    messages: int
    voice_ms: int
    reactions: int
    joins: int
    leaves: int

    @property
    def first_day(self) -> date:
        return date(self.month // 100, self.month % 100, 1)


class PastReader(Protocol):
    """Reads what lies behind the counts of members; plain calls, for another process."""

    def comings(self, guild_id: int, since: int, until: int, *, joined_since: int) -> Comings:
        """Who left from `since` to `until` (ms), and who joined from `joined_since` to `until`."""

    def months(self, guild_id: int, channel_ids: Collection[int] | None) -> Sequence[MonthSums]:
        """The months of which counts by member are gone, wholly or in part, the oldest first: sums of these channels
        (None: of all there ever were). Joins and leaves are of no channel, and told only of all of them."""

    def swept_before(self, guild_id: int) -> int:
        """Of what was before this instant (ms) only the sums of `months` are left."""
