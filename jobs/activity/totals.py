"""Adds counts up to the figures of a report, a day at a time.

Pure; loads numpy, so it is imported where counting is done and nowhere else. Invariant: what a member wrote in a
channel in a quarter of an hour has one source. Both miss some (the recorder while it was away, the history what was
deleted) and neither counts one twice, so the larger count is the truer; where the range cuts a quarter, only the
history can be cut with it, and time in voice is at most what is left of the quarter.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jobs.activity.store import QUARTER_MS
from jobs.services import SIGNALS, Amounts

Place = tuple[int, int]
"""Channel and quarter."""
Rows: TypeAlias = NDArray[np.int64]
"""Counts of one member in one channel and quarter, a row each: channel, quarter, member, then the `SIGNALS`."""
CHANNEL, QUARTER, MEMBER, FIRST = range(4)
WIDTH = FIRST + len(SIGNALS)
MESSAGES, VOICE = FIRST + SIGNALS.index("messages"), FIRST + SIGNALS.index("voice_ms")
HOURS = 24


class Sums:
    """Amounts by id, and the newest quarter of each."""

    def __init__(self) -> None:
        self.ids: NDArray[np.int64] = np.empty(0, np.int64)
        self.amounts: NDArray[np.int64] = np.empty((0, len(SIGNALS)), np.int64)
        self.newest: NDArray[np.int64] = np.empty(0, np.int64)

    def add(self, ids: NDArray[np.int64], rows: Rows) -> int:
        """Add `rows`, each to its id; how many ids they have."""
        new, of = np.unique(ids, return_inverse=True)
        both, place = np.unique(np.concatenate([self.ids, new]), return_inverse=True)
        known, added = place[: len(self.ids)], place[len(self.ids) :][of]
        amounts, newest = np.zeros((len(both), len(SIGNALS)), np.int64), np.zeros(len(both), np.int64)
        amounts[known], newest[known] = self.amounts, self.newest
        _add(amounts, added, rows)
        np.maximum.at(newest, added, rows[:, QUARTER])
        self.ids, self.amounts, self.newest = both, amounts, newest
        return len(new)

    def by_id(self) -> dict[int, Amounts]:
        # By columns: a list for each id would take more memory than the numbers.
        columns = (column.tolist() for column in self.amounts.T)
        return dict(zip(self.ids.tolist(), map(Amounts, *columns), strict=True))

    def last_by_id(self) -> dict[int, int]:
        """When (ms) the newest quarter of each began."""
        return dict(zip(self.ids.tolist(), (self.newest * QUARTER_MS).tolist(), strict=True))


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
    counted: Collection[str] = SIGNALS
    """Signals that are told and make active."""
    members: Sums = field(default_factory=Sums)
    channels: Sums = field(default_factory=Sums)
    days: dict[date, Amounts] = field(default_factory=dict)
    active_members: dict[date, int] = field(default_factory=dict)
    by_hour: NDArray[np.int64] = field(default_factory=lambda: np.zeros((7 * HOURS, len(SIGNALS)), np.int64))

    def add_day(self, day: date, recorded: Rows, crawled: Rows, history: Collection[Place]) -> None:
        """Add one local day. `history` names places that only the history can answer for."""
        rows = self._wanted(merged(self._here(recorded), self._here(crawled), history))
        self.active_members[day] = self.members.add(rows[:, MEMBER], rows)
        self.channels.add(rows[:, CHANNEL], rows)
        self.days[day] = Amounts(*rows[:, FIRST:].sum(axis=0).tolist())
        _add(self.by_hour, self._hours_of(rows[:, QUARTER]), rows)

    @property
    def hours(self) -> list[list[Amounts]]:
        """Seven weekdays from Monday, each with 24 hours."""
        cells = [Amounts(*found) for found in self.by_hour.tolist()]
        return [cells[weekday * HOURS : (weekday + 1) * HOURS] for weekday in range(7)]

    def _here(self, rows: Rows) -> Rows:
        return rows if self.channel_ids is None else rows[np.isin(rows[:, CHANNEL], _ids(self.channel_ids))]

    def _wanted(self, rows: Rows) -> Rows:
        """What is asked for, once it is known where it is from: that must not depend on whom is asked for."""
        if self.left_out:
            rows = rows[~np.isin(rows[:, MEMBER], _ids(self.left_out))]
        if self.member_ids is not None:
            rows = rows[np.isin(rows[:, MEMBER], _ids(self.member_ids))]
        for place, signal in enumerate(SIGNALS, start=FIRST):
            if signal not in self.counted:
                rows[:, place] = 0
        for quarter, length_ms in self.cut.items():
            in_it = rows[:, QUARTER] == quarter
            rows[in_it, VOICE] = np.minimum(rows[in_it, VOICE], length_ms)
        # By columns: numpy's `any` over short rows takes several times as long.
        shown = np.bitwise_or.reduce([rows[:, place] for place in range(FIRST, WIDTH)])
        return rows if shown.all() else rows[shown != 0]

    def _hours_of(self, quarters: NDArray[np.int64]) -> NDArray[np.int64]:
        """The hour of the local week of each."""
        found, of = np.unique(quarters, return_inverse=True)
        locals_ = [datetime.fromtimestamp(q * QUARTER_MS / 1000, self.time_zone) for q in found.tolist()]
        return np.array([local.weekday() * HOURS + local.hour for local in locals_], np.int64)[of]


def merged(recorded: Rows, crawled: Rows, history: Collection[Place]) -> Rows:
    """All rows, with what a member wrote in a place from one source; the arrays given are not to be used any more."""
    if not len(crawled) and not history:
        return recorded
    every = np.concatenate([recorded, crawled])
    live, read = every[: len(recorded)], every[len(recorded) :]
    channels, channel = np.unique(every[:, CHANNEL], return_inverse=True)
    places = every[:, QUARTER] * len(channels) + channel
    numbers = {id_: number for number, id_ in enumerate(channels.tolist())}
    only = [quarter * len(channels) + numbers[id_] for id_, quarter in history if id_ in numbers]
    live[np.isin(places[: len(live)], np.array(only, np.int64)), MESSAGES] = 0
    members, member = np.unique(every[:, MEMBER], return_inverse=True)
    keys = places * len(members) + member
    # Of each source, a member has one row a place.
    _, ours, theirs = np.intersect1d(keys[: len(live)], keys[len(live) :], assume_unique=True, return_indices=True)
    fewer = live[ours, MESSAGES] < read[theirs, MESSAGES]
    live[ours[fewer], MESSAGES] = 0
    read[theirs[~fewer], MESSAGES] = 0
    return every


def _add(amounts: NDArray[np.int64], place: NDArray[np.int64], rows: Rows) -> None:
    """Add the amounts of each row to its place."""
    for signal in range(len(SIGNALS)):
        np.add.at(amounts[:, signal], place, rows[:, FIRST + signal])


def _ids(ids: Collection[int]) -> NDArray[np.int64]:
    return np.fromiter(ids, np.int64, len(ids))
