"""Days and hours of every time zone, with clock changes and half hours."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs.activity.days import day_start, local_days
from jobs.services import Interval
from tests.activity.test_crawl import CHANNEL, GUILD, HOUR_MS, Desk, spread


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]
)
async def test_days_and_hours_are_those_of_the_time_zone(tmp_path: Path, zone: str) -> None:
    time_zone = ZoneInfo(zone)
    begin = day_start(date(2026, 10, 24), time_zone)
    within = Interval(begin, day_start(date(2026, 10, 27), time_zone))
    history = spread(290, every_ms=900_000, since=begin)
    async with Desk(tmp_path / "a.db", history) as desk:
        await desk.crawl(within)
        totals = desk.activity.reader.totals(GUILD, [CHANNEL], within, time_zone)
    locals_ = [datetime.fromtimestamp(m.at / 1000, time_zone) for m in history if m.at < within.until]
    assert {d: a.messages for d, a in totals.days.items()} == Counter(local.date() for local in locals_)
    cells = {(w, h): a.messages for w, hours in enumerate(totals.hours) for h, a in enumerate(hours) if a.messages}
    assert cells == Counter((local.weekday(), local.hour) for local in locals_)
    assert set(totals.active_members.values()) == {3}


def test_a_day_of_a_clock_change_is_as_long_as_it_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    autumn = day_start(date(2026, 10, 26), berlin) - day_start(date(2026, 10, 25), berlin)
    spring = day_start(date(2026, 3, 30), berlin) - day_start(date(2026, 3, 29), berlin)
    assert (autumn, spring) == (25 * HOUR_MS, 23 * HOUR_MS)
    days = list(local_days(Interval(day_start(date(2028, 2, 28), berlin), day_start(date(2028, 3, 2), berlin)), berlin))
    assert [day for day, _ in days] == [date(2028, 2, 28) + timedelta(days=n) for n in range(3)]
