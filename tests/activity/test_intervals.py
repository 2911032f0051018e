"""Stretches on a line are sets of points, and lie in order with something between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from jobs.activity.days import cut_quarters
from jobs.activity.intervals import covers, inside, joined, shared, whole_quarters, without
from jobs.activity.store import QUARTER_MS
from jobs.services import Interval
from tests.activity.test_crawl import ALL, START

stretches = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda p: Interval(min(p), max(p)))
several = st.lists(stretches, max_size=6)
PARTS = 3
PART_MS = QUARTER_MS // PARTS


def points(intervals: Sequence[Interval]) -> set[int]:
    return {point for interval in intervals for point in range(interval.since, interval.until)}


def points_in_order(intervals: Sequence[Interval]) -> set[int]:
    assert all(interval.since < interval.until for interval in intervals)
    assert all(one.until < next_.since for one, next_ in pairwise(intervals))
    return points(intervals)


@given(several, several, stretches)
@example([Interval(1, 3), Interval(5, 7)], [Interval(3, 5)], Interval(3, 5))
@example([Interval(1, 9)], [], Interval(4, 4))
@example([Interval(1, 9)], [], Interval(6, 3))
def test_intervals_are_sets_of_points(some: list[Interval], others: list[Interval], whole: Interval) -> None:
    all_, taken = points([whole]), points(some)
    assert points_in_order(joined(some)) == taken
    assert points_in_order(without(whole, some)) == all_ - taken
    assert points_in_order(inside(joined(some), whole)) == taken & all_
    assert points_in_order(shared(some, others)) == taken & points(others)
    assert covers(some, whole) == (all_ <= taken)


@given(several, stretches)
def test_a_quarter_is_whole_when_each_of_its_parts_lies_in_both(some: list[Interval], within: Interval) -> None:
    seen = [Interval(interval.since * PART_MS, interval.until * PART_MS) for interval in some]
    found = whole_quarters(seen, Interval(within.since * PART_MS, within.until * PART_MS))
    both = points(some) & points([within])
    whole = {part for part in both if both.issuperset(range(part - part % PARTS, part - part % PARTS + PARTS))}
    assert points_in_order([Interval(i.since // PART_MS, i.until // PART_MS) for i in found]) == whole


def test_quarters_are_whole_only_inside_both() -> None:
    seen = [Interval(START + 1, START + 3 * QUARTER_MS)]
    assert whole_quarters(seen, ALL) == [Interval(START + QUARTER_MS, START + 3 * QUARTER_MS)]
    assert whole_quarters(seen, Interval(START, START + 2 * QUARTER_MS + 5)) == [
        Interval(START + QUARTER_MS, START + 2 * QUARTER_MS)
    ]
    assert cut_quarters(Interval(START, START + QUARTER_MS)) == []
    assert cut_quarters(Interval(START + 5, START + 9)) == [Interval(START + 5, START + 9)]
