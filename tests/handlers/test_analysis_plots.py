"""The page's charts: every mark lies in its picture, whatever there is to draw."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.languages import words_in
from jobs.handlers.member_activity_analysis.page.plots import FRAMES, LEVELS, Day, Frame, level, trend
from jobs.handlers.member_activity_analysis.scale import nice

WORDS = words_in()
amounts = st.one_of(st.integers(0, 10**9), st.floats(0, 10**6))


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
@given(drawn=st.lists(st.tuples(amounts, st.integers(0, 10**6)), min_size=1, max_size=400))
def test_every_mark_lies_in_its_picture(frame: Frame, drawn: list[tuple[float, int]]) -> None:
    days = [Day(date(2026, 1, 1) + timedelta(days=n), amount, members, "") for n, (amount, members) in enumerate(drawn)]
    plot = trend(days, frame, WORDS)
    assert len(plot.bars) == len(days)
    for bar in plot.bars:
        assert plot.left - 0.1 <= bar.x <= bar.x + bar.width <= plot.right + 0.1
        assert frame.top - 0.1 <= bar.y <= bar.y + bar.height <= frame.height - frame.bottom + 0.2
    for point in plot.line.split():
        x, y = map(float, point.split(","))
        assert plot.left - 0.1 <= x <= plot.right + 0.1
        assert frame.top - 0.1 <= y <= frame.height - frame.bottom + 0.1
    assert 1 <= len(plot.labels) <= frame.labels
    assert len({label.text for label in plot.labels}) == len(plot.labels)


def test_a_bar_is_as_tall_as_its_share_of_the_scale() -> None:
    days = [Day(date(2026, 10, 3) + timedelta(days=n), amount, 0, "") for n, amount in enumerate((100, 50, 0))]
    frame = FRAMES[0]
    plot = trend(days, frame, WORDS)
    room = frame.height - frame.bottom - frame.top
    assert [bar.height for bar in plot.bars] == [room, room / 2, 0]
    assert [bar.weekend for bar in plot.bars] == [True, True, False]
    assert [tick.amount for tick in plot.ticks] == ["0", "25", "50", "75", "100"]


@given(st.floats(0, 10**12, allow_nan=False))
def test_a_scale_reaches_the_most_and_not_much_further(most: float) -> None:
    assert most <= nice(most) <= max(4, 1.7 * most)


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_only_nothing_has_no_shade_and_the_most_has_the_strongest(amount: int, more: int) -> None:
    most = amount + more
    assert (level(amount, most) == 0) is (amount == 0)
    assert 0 <= level(amount, most) <= level(most, most) == LEVELS
