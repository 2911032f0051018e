"""Who is in which voice channel, and how long they are.

Plain arithmetic on instants that are handed in (ms). Invariant: no millisecond of a member is counted twice, and none
that lies behind the instant up to which somebody was there to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from jobs.activity.store import QUARTER_MS, quarter_of


@dataclass(slots=True)
class Stay:
    """A member in a voice channel, counted up to `since`."""

    channel_id: int
    since: int


class Stays:
    """`count(guild, channel, member, quarter, ms)` is told of time as it is counted."""

    def __init__(self, count: Callable[[int, int, int, int, int], None]) -> None:
        self._count = count
        self._open: dict[tuple[int, int], Stay] = {}

    def move(self, guild_id: int, member_id: int, channel_id: int | None, now: int) -> None:
        """Where a member is now. The same place again (a mute, a stream) changes nothing."""
        who = (guild_id, member_id)
        stay = self._open.get(who)
        if stay is not None and stay.channel_id == channel_id:
            return
        if stay is not None:
            self._end(who, now)
        if channel_id is not None:
            self._open[who] = Stay(channel_id, now)

    def only(self, guild_id: int, present: Mapping[int, int], now: int) -> None:
        """All who are in voice in a guild, member to channel: whoever it does not name has left."""
        for member_id in self._members(guild_id) - present.keys():
            self.move(guild_id, member_id, None, now)
        for member_id, channel_id in present.items():
            self.move(guild_id, member_id, channel_id, now)

    def empty(self, guild_id: int, channel_id: int, now: int) -> None:
        """The channel is gone."""
        for who in [who for who, stay in self._open.items() if who[0] == guild_id and stay.channel_id == channel_id]:
            self._end(who, now)

    def end(self, guild_id: int | None, until: int) -> None:
        """Nothing is known from `until` on, of one guild or (None) of all."""
        for who in [who for who in self._open if guild_id in (None, who[0])]:
            self._end(who, until)

    def advance(self, until: int) -> None:
        """Count all that are open up to `until`."""
        for (guild_id, member_id), stay in self._open.items():
            self._count_up(guild_id, member_id, stay, until)
            stay.since = max(stay.since, until)

    def begin_anew(self, until: int, now: int) -> None:
        """Nothing is known between `until` and `now`."""
        for (guild_id, member_id), stay in self._open.items():
            self._count_up(guild_id, member_id, stay, until)
            stay.since = now

    def _members(self, guild_id: int) -> set[int]:
        return {member for guild, member in self._open if guild == guild_id}

    def _end(self, who: tuple[int, int], until: int) -> None:
        self._count_up(*who, self._open.pop(who), until)

    def _count_up(self, guild_id: int, member_id: int, stay: Stay, until: int) -> None:
        for quarter, amount in _split(stay.since, until):
            self._count(guild_id, stay.channel_id, member_id, quarter, amount)


def _split(since: int, until: int) -> Iterator[tuple[int, int]]:
    """The milliseconds from `since` to `until`, by quarter."""
    while since < until:
        end = min(until, (quarter_of(since) + 1) * QUARTER_MS)
        yield quarter_of(since), end - since
        since = end
