"""Ranges of days as people type them, and the refusals they get."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.days import DISCORD_BEGAN, MAX_DAYS, DayRefused, check_kept, parse_days

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, (date(2026, 1, 31), TODAY)),
        ("30d", None, (date(2026, 1, 31), TODAY)),
        ("1d", None, (TODAY, TODAY)),
        ("7 days", "yesterday", (date(2026, 2, 23), date(2026, 2, 28))),
        ("2026-02-01", "2026-02-10", (date(2026, 2, 1), date(2026, 2, 10))),
        (None, "2026-02-10", (date(2026, 1, 12), date(2026, 2, 10))),
        ("2024-02-29", "2024-02-29", (date(2024, 2, 29), date(2024, 2, 29))),
        (" TODAY ", "today", (TODAY, TODAY)),
    ],
)
def test_a_range_is_read_as_whole_days_with_both_ends(
    start: str | None, end: str | None, expected: tuple[date, date]
) -> None:
    days = parse_days(start, end, TODAY)
    assert (days.start, days.end) == expected


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        (
            "2026-02-10",
            "2026-02-01",
            "The end date is before the start date. Try `start: 2026-02-01 end: 2026-02-10`.",
        ),
        ("2026-03-02", None, "The start date is in the future. The latest day is today, `2026-03-01`."),
        ("2015-05-12", None, "The start date is before Discord began. The earliest day is `2015-05-13`."),
        ("2025-01-01", None, "That is 425 days; at most 400 can be analysed at once. Try `start: 2025-01-26`."),
        ("9999d", None, "The start date is before Discord began. The earliest day is `2015-05-13`."),
        ("2026-02-30", None, "I cannot read the start date."),
        ("last week", None, "I cannot read the start date."),
        (None, "@everyone", "I cannot read the end date."),
        ("٢٠٢٦-٠٢-٠١", None, "I cannot read the start date."),
    ],
)
def test_a_range_that_cannot_be_is_refused_with_the_reason(start: str | None, end: str | None, sentence: str) -> None:
    with pytest.raises(DayRefused) as refusal:
        parse_days(start, end, TODAY)
    assert str(refusal.value).startswith(sentence)


@given(start=st.one_of(st.none(), st.text()), end=st.one_of(st.none(), st.text()))
def test_whatever_is_typed_gives_a_usable_range_or_a_refusal(start: str | None, end: str | None) -> None:
    try:
        days = parse_days(start, end, TODAY)
    except DayRefused:
        return
    assert DISCORD_BEGAN - timedelta(days=30) <= days.start <= days.end <= TODAY
    assert 1 <= days.length <= MAX_DAYS


def test_days_that_are_not_kept_any_more_are_refused_with_the_earliest_there_is() -> None:
    """In a time zone whose days begin at half past five of the day before."""
    zone = ZoneInfo("Asia/Kolkata")
    noon = round(datetime(2026, 2, 20, 12, tzinfo=zone).timestamp() * 1000)
    midnight = round(datetime(2026, 2, 20, tzinfo=zone).timestamp() * 1000)
    check_kept(parse_days("2026-02-21", None, TODAY), noon, zone)
    check_kept(parse_days("2026-02-20", None, TODAY), midnight, zone)
    for kept_since, start, earliest in (
        (noon, "2026-02-20", "2026-02-21"),
        (midnight + 1, "2026-02-20", "2026-02-21"),
        (midnight, "2026-02-19", "2026-02-20"),
    ):
        with pytest.raises(DayRefused) as refusal:
            check_kept(parse_days(start, None, TODAY), kept_since, zone)
        assert str(refusal.value) == (f"What members did is not kept for so long. The earliest day is `{earliest}`.")
