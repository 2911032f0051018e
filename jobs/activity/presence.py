"""When the recorder was there to see, what it could see, and what of that is not stored yet.

Plain arithmetic on instants that are handed in (ms). Invariant: of time behind the last sign of life, and of time that
has not come yet, nothing is called seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass, replace
from typing import TypeAlias

from jobs.activity.store import UNSURE_MS, View
from jobs.services import Interval

TOLD_WITHIN_MS = UNSURE_MS // 2
"""What is told later than this is not called seen: what was hidden meanwhile is told no earlier, and clocks differ."""
Stretches: TypeAlias = list[tuple[int, Interval]]
"""Guilds, each with a time (ms) in which it was seen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is to be stored."""

    online: Stretches
    told_late: Stretches
    """Of these times everything was told afterwards, but how long somebody was in voice."""
    views: list[View]
    ended: Stretches
    """Those of `online` that do not go on."""


class Presence:
    """See the module."""

    def __init__(self) -> None:
        self._online: dict[int, int] = {}
        """Since when each guild is seen; the start of its stretch."""
        self._ended: Stretches = []
        self._dropped: dict[int, int] = {}
        """Since when each guild is not seen, for the connection was lost and may be taken up again."""
        self._told_late: Stretches = []
        self._channels: dict[int, frozenset[int]] = {}
        self._views: list[View] = []

    @property
    def guild_ids(self) -> Set[int]:
        """Guilds that are seen now."""
        return self._online.keys()

    def begin(self, guild_id: int, now: int) -> None:
        """The guild is seen from now on."""
        self._online.setdefault(guild_id, now)
        self._dropped.pop(guild_id, None)

    def take_up(self, guild_id: int, now: int) -> None:
        """As `begin`, and what happened since the connection was lost has been told."""
        since = self._dropped.get(guild_id, now)
        if 0 < now - since <= TOLD_WITHIN_MS:
            self._told_late.append((guild_id, Interval(since, now)))
        self.begin(guild_id, now)

    def show(self, guild_id: int, channel_ids: Collection[int], now: int) -> None:
        """The channels that can be seen from now on."""
        view = View(guild_id, now, frozenset(channel_ids))
        if self._channels.get(guild_id) != view.channel_ids:
            self._channels[guild_id] = view.channel_ids
            self._views.append(view)

    def drop(self, beat: int) -> None:
        """The connection is lost, which was last heard at `beat`."""
        for guild_id, since in self._online.items():
            self._end(guild_id, since, beat)
            self._dropped[guild_id] = max(since, beat)
        self._online.clear()

    def lose(self, guild_id: int, beat: int) -> None:
        """One guild is not seen any more."""
        if guild_id in self._online:
            self._end(guild_id, self._online.pop(guild_id), beat)
        self._dropped.pop(guild_id, None)
        # What is kept of it may be erased before it is back.
        self._channels.pop(guild_id, None)

    def begin_anew(self, beat: int, now: int) -> None:
        """Nothing was seen from `beat` to `now`."""
        for guild_id, since in self._online.items():
            self._end(guild_id, since, beat)
        self._online = dict.fromkeys(self._online, now)

    def put_back(self, now: int) -> None:
        """The clock stood ahead and shows an earlier time: what it said of the time after `now` has not come yet."""
        self._online = {guild: min(since, now) for guild, since in self._online.items()}
        self._ended, self._told_late = _before(now, self._ended), _before(now, self._told_late)
        self._views = [replace(view, at=min(view.at, now)) for view in self._views]
        self._dropped.clear()

    def forget(self, now: int) -> None:
        """What is not stored yet never will be."""
        self._ended.clear()
        self._told_late.clear()
        self._dropped.clear()
        self._online = dict.fromkeys(self._online, now)

    def seen(self, beat: int) -> Seen:
        """All that is not stored, up to the last sign of life."""
        going_on = [(guild, Interval(since, beat)) for guild, since in self._online.items() if since < beat]
        return Seen([*self._ended, *going_on], list(self._told_late), list(self._views), list(self._ended))

    def take_out(self, seen: Seen) -> None:
        """This is stored; what came meanwhile stays."""
        self._ended = [stretch for stretch in self._ended if stretch not in seen.ended]
        self._told_late = [stretch for stretch in self._told_late if stretch not in seen.told_late]
        del self._views[: len(seen.views)]

    def _end(self, guild_id: int, since: int, beat: int) -> None:
        if beat > since:
            self._ended.append((guild_id, Interval(since, beat)))


def _before(now: int, stretches: Iterable[tuple[int, Interval]]) -> Stretches:
    """What of them lies before instant `now`."""
    return [(guild, Interval(seen.since, min(seen.until, now))) for guild, seen in stretches if seen.since < now]
