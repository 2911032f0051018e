"""Who is in which voice channel, and how long they are.

Plain arithmetic on instants that are handed in (ms). Invariant: no moment of a member is counted twice, and none that
lies behind the instant up to which somebody was there to see.
"""

from __future__ import annotations

from collections import defaultdict
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
        self._open: defaultdict[int, dict[int, Stay]] = defaultdict(dict)
        """By guild and member."""

    def move(self, guild_id: int, member_id: int, channel_id: int | None, now: int) -> None:
        """Where a member is now. The same place again (a mute, a stream) changes nothing."""
        stay = self._open[guild_id].get(member_id)
        if stay is not None and stay.channel_id == channel_id:
            return
        if stay is not None:
            self._end(guild_id, member_id, now)
        if channel_id is not None:
            self._open[guild_id][member_id] = Stay(channel_id, now)

    def only(self, guild_id: int, present: Mapping[int, int], now: int) -> None:
        """All who are in voice in a guild, member to channel: whoever it does not name has left."""
        for member_id in self._open[guild_id].keys() - present.keys():
            self._end(guild_id, member_id, now)
        for member_id, channel_id in present.items():
            self.move(guild_id, member_id, channel_id, now)

    def empty(self, guild_id: int, channel_id: int, now: int) -> None:
        """The channel is gone."""
        for member_id in [member for member, stay in self._open[guild_id].items() if stay.channel_id == channel_id]:
            self._end(guild_id, member_id, now)

    def forget(self, guild_id: int | None) -> None:
        """Nothing is known any more, of one guild or (None) of all. What was seen is counted by `advance`."""
        if guild_id is None:
            self._open.clear()
        else:
            self._open.pop(guild_id, None)

    def advance(self, until: int) -> None:
        """Count all that are open up to `until`."""
        for guild_id, member_id, stay in self._all():
            self._count_up(guild_id, member_id, stay, until)
            stay.since = max(stay.since, until)

    def begin_anew(self, now: int) -> None:
        """Nothing is known from the last `advance` to `now`."""
        for _, _, stay in self._all():
            stay.since = now

    def put_back(self, now: int) -> None:
        """The clock stood ahead and shows `now`, which is earlier. What began before it was put back begins anew: the
        time that it shows once more is another one."""
        for _, _, stay in self._all():
            stay.since = min(stay.since, now)

    def _all(self) -> Iterator[tuple[int, int, Stay]]:
        for guild_id, stays in self._open.items():
            for member_id, stay in stays.items():
                yield guild_id, member_id, stay

    def _end(self, guild_id: int, member_id: int, until: int) -> None:
        self._count_up(guild_id, member_id, self._open[guild_id].pop(member_id), until)

    def _count_up(self, guild_id: int, member_id: int, stay: Stay, until: int) -> None:
        for quarter, amount in _split(stay.since, until):
            self._count(guild_id, stay.channel_id, member_id, quarter, amount)


def _split(since: int, until: int) -> Iterator[tuple[int, int]]:
    """The milliseconds from `since` to `until`, by quarter."""
    while since < until:
        end = min(until, (quarter_of(since) + 1) * QUARTER_MS)
        yield quarter_of(since), end - since
        since = end
