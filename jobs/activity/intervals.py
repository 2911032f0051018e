"""Stretches on a line: joined, cut, taken out of each other. Pure; the line may be time or ids."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from jobs.activity.store import QUARTER_MS, quarter_of
from jobs.services import Interval


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The same points in order, without overlap."""
    answer: list[Interval] = []
    for interval in sorted(intervals, key=lambda i: i.since):
        if answer and interval.since <= answer[-1].until:
            answer[-1] = Interval(answer[-1].since, max(answer[-1].until, interval.until))
        elif interval.since < interval.until:
            answer.append(interval)
    return answer


def without(whole: Interval, taken: Iterable[Interval]) -> list[Interval]:
    """What of `whole` lies in none of `taken`, in order."""
    ends = [end for interval in inside(joined(taken), whole) for end in (interval.since, interval.until)]
    ends = [whole.since, *ends, whole.until]
    return [Interval(since, until) for since, until in zip(ends[::2], ends[1::2], strict=True) if since < until]


def shared(one: Iterable[Interval], other: Iterable[Interval]) -> list[Interval]:
    """The points that lie in both, in order, without overlap."""
    others = joined(other)
    return [
        Interval(max(a.since, b.since), min(a.until, b.until))
        for a in joined(one)
        for b in others
        if max(a.since, b.since) < min(a.until, b.until)
    ]


def inside(intervals: Sequence[Interval], within: Interval) -> list[Interval]:
    """The points of `intervals`, which are in order and without overlap, that lie in `within`."""
    first = bisect_right(intervals, within.since, key=lambda interval: interval.until)
    end = bisect_left(intervals, within.until, key=lambda interval: interval.since)
    part = list(intervals[first:end]) if within.since < within.until else []
    if part:
        part[0] = Interval(max(part[0].since, within.since), part[0].until)
        part[-1] = Interval(part[-1].since, min(part[-1].until, within.until))
    return part


def covers(intervals: Sequence[Interval], wanted: Interval) -> bool:
    """Whether every point of `wanted` lies in one of `intervals`."""
    return not without(wanted, intervals)


def whole_quarters(intervals: Iterable[Interval], within: Interval) -> list[Interval]:
    """The quarters of an hour that lie completely in `intervals` and in `within`, joined."""
    answer = []
    for interval in joined(intervals):
        since, until = max(interval.since, within.since), min(interval.until, within.until)
        first, end = -(-since // QUARTER_MS), quarter_of(until)
        if first < end:
            answer.append(Interval(first * QUARTER_MS, end * QUARTER_MS))
    return answer
