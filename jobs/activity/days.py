"""Whole days of a time zone, and the quarters of an hour that a range cuts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo

from jobs.activity.store import QUARTER_MS, quarter_of
from jobs.services import Interval


def local_days(within: Interval, time_zone: tzinfo) -> Iterator[tuple[date, Interval]]:
    """The days of `within` in a time zone, each with its part of it (ms)."""
    day = datetime.fromtimestamp(within.since / 1000, time_zone).date()
    while max(begin := day_start(day, time_zone), within.since) < within.until:
        end = day_start(day + timedelta(days=1), time_zone)
        yield day, Interval(max(begin, within.since), min(end, within.until))
        day += timedelta(days=1)


def day_start(day: date, time_zone: tzinfo) -> int:
    """The instant (ms) in which `day` begins there."""
    return round(datetime(day.year, day.month, day.day, tzinfo=time_zone).timestamp() * 1000)


def cut_quarters(within: Interval) -> list[Interval]:
    """Those parts of `within` that are less than their quarter of an hour."""
    edges = {quarter_of(within.since), quarter_of(within.until - 1)} if within.since < within.until else set()
    parts = []
    for quarter in sorted(edges):
        begin, end = quarter * QUARTER_MS, (quarter + 1) * QUARTER_MS
        if begin < within.since or end > within.until:
            parts.append(Interval(max(begin, within.since), min(end, within.until)))
    return parts
