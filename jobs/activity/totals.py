"""Adds counts up to the figures of a report, a day at a time.

Pure but for the reading that is handed in. Invariant: each quarter of an hour of a channel has one source. Both
miss messages (the recorder while it was away, the history what was deleted) and neither counts one twice, so the
larger count is the truer; where the range cuts a quarter, only the history can be cut with it, and time in voice is
at most what is left of the quarter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from jobs.activity.store import QUARTER_MS, quarter_of
from jobs.services import Amounts, Interval

Place = tuple[int, int]
"""Channel and quarter."""


@dataclass(frozen=True, slots=True)
class Row:
    """A stored count of one member in one channel and quarter."""

    channel_id: int
    quarter: int
    member_id: int
    messages: int
    voice_ms: int = 0


@dataclass(slots=True)
class Book:
    """Sums so far. `channel_ids` and `member_ids` say whose; None takes every one."""

    time_zone: tzinfo
    channel_ids: Collection[int] | None
    member_ids: Collection[int] | None
    cut: Mapping[int, int] = field(default_factory=dict)
    """Quarters that the range cuts, and how much of each (ms) lies in it."""
    left_out: Collection[int] = frozenset()
    """Members who are in no sum, whoever is asked for."""
    members: defaultdict[int, Amounts] = field(default_factory=lambda: defaultdict(Amounts))
    channels: defaultdict[int, Amounts] = field(default_factory=lambda: defaultdict(Amounts))
    days: dict[date, Amounts] = field(default_factory=dict)
    active_members: dict[date, int] = field(default_factory=dict)
    hours: list[list[Amounts]] = field(default_factory=lambda: [[Amounts() for _ in range(24)] for _ in range(7)])
    last_active: dict[int, int] = field(default_factory=dict)

    def add_day(self, day: date, recorded: Iterable[Row], crawled: Iterable[Row], history: Collection[Place]) -> None:
        """Add one local day. `history` names places that only the history can answer for."""
        total, seen = self.days.setdefault(day, Amounts()), set[int]()
        for row in self._chosen(recorded, crawled, history):
            if row.member_id in self.left_out:
                continue
            if self.member_ids is not None and row.member_id not in self.member_ids:
                continue
            local = datetime.fromtimestamp(row.quarter * QUARTER_MS / 1000, self.time_zone)
            hour = self.hours[local.weekday()][local.hour]
            voice_ms = min(row.voice_ms, self.cut.get(row.quarter, row.voice_ms))
            for amounts in (self.members[row.member_id], self.channels[row.channel_id], total, hour):
                amounts.messages += row.messages
                amounts.voice_ms += voice_ms
            seen.add(row.member_id)
            at = row.quarter * QUARTER_MS
            self.last_active[row.member_id] = max(at, self.last_active.get(row.member_id, 0))
        self.active_members[day] = len(seen)

    def _chosen(self, recorded: Iterable[Row], crawled: Iterable[Row], history: Collection[Place]) -> Iterator[Row]:
        live, read = self._by_place(recorded), self._by_place(crawled)
        for place in live.keys() | read.keys():
            ours, theirs = live.get(place, []), read.get(place, [])
            if place in history or _messages(theirs) > _messages(ours):
                yield from theirs
                yield from (Row(*place, row.member_id, 0, row.voice_ms) for row in ours if row.voice_ms)
            else:
                yield from ours

    def _by_place(self, rows: Iterable[Row]) -> Mapping[Place, list[Row]]:
        # Of all members: which source is the truer must not depend on whom is asked for.
        places: defaultdict[Place, list[Row]] = defaultdict(list)
        for row in rows:
            if self.channel_ids is None or row.channel_id in self.channel_ids:
                places[row.channel_id, row.quarter].append(row)
        return places


def local_days(within: Interval, time_zone: tzinfo) -> Iterator[tuple[date, Interval]]:
    """The days of `within` in a time zone, each with its part of it (ms)."""
    day = datetime.fromtimestamp(within.since / 1000, time_zone).date()
    while max(begin := day_start(day, time_zone), within.since) < within.until:
        end = day_start(day + timedelta(days=1), time_zone)
        yield day, Interval(max(begin, within.since), min(end, within.until))
        day += timedelta(days=1)


def day_start(day: date, time_zone: tzinfo) -> int:
    """The instant (ms) in which `day` begins there."""
    return round(datetime(day.year, day.month, day.day, tzinfo=time_zone).astimezone(UTC).timestamp() * 1000)


def cut_quarters(within: Interval) -> list[Interval]:
    """Those parts of `within` that are less than their quarter of an hour."""
    edges = {quarter_of(within.since), quarter_of(within.until - 1)} if within.since < within.until else set()
    parts = []
    for quarter in sorted(edges):
        begin, end = quarter * QUARTER_MS, (quarter + 1) * QUARTER_MS
        if begin < within.since or end > within.until:
            parts.append(Interval(max(begin, within.since), min(end, within.until)))
    return parts


def _messages(rows: Iterable[Row]) -> int:
    return sum(row.messages for row in rows)
