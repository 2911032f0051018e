"""Stretches on a line are sets of points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs.activity.days import cut_quarters
from jobs.activity.intervals import covers, inside, joined, shared, whole_quarters, without
from jobs.activity.store import QUARTER_MS
from jobs.services import Interval
from tests.activity.test_crawl import ALL, START

points = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: Interval(min(p), max(p))), max_size=6)


@given(points, st.integers(0, 60), st.integers(0, 60))
def test_intervals_are_sets_of_points(taken: list[Interval], since: int, until: int) -> None:
    whole = Interval(min(since, until), max(since, until))
    gone = {p for interval in taken for p in range(interval.since, interval.until)}
    left = {p for interval in without(whole, taken) for p in range(interval.since, interval.until)}
    assert left == set(range(whole.since, whole.until)) - gone
    assert {p for i in joined(taken) for p in range(i.since, i.until)} == gone
    assert covers(taken, whole) == (not left)
    cut = {p for i in inside(joined(taken), whole) for p in range(i.since, i.until)}
    assert cut == gone & set(range(whole.since, whole.until))
    assert {p for i in shared(taken, [whole]) for p in range(i.since, i.until)} == gone & set(
        range(whole.since, whole.until)
    )


def test_quarters_are_whole_only_inside_both() -> None:
    seen = [Interval(START + 1, START + 3 * QUARTER_MS)]
    assert whole_quarters(seen, ALL) == [Interval(START + QUARTER_MS, START + 3 * QUARTER_MS)]
    assert whole_quarters(seen, Interval(START, START + 2 * QUARTER_MS + 5)) == [
        Interval(START + QUARTER_MS, START + 2 * QUARTER_MS)
    ]
    assert cut_quarters(Interval(START, START + QUARTER_MS)) == []
    assert cut_quarters(Interval(START + 5, START + 9)) == [Interval(START + 5, START + 9)]
