"""Ranges of whole days as people type them: `2026-10-01`, `30d`, `today`, `yesterday`.

Pure: the present day is an argument. Invariant: a range that leaves here is in order, not in the future, and
no longer than `MAX_DAYS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from bot.problems import Problem
from jobs.activity.days import day_start

DISCORD_BEGAN = date(2015, 5, 13)
"""The day Discord opened; nothing there is older."""
MAX_DAYS = 400
DEFAULT_DAYS = 30
_BACK = re.compile(r"(\d{1,4})\s*d(ays?)?")


class DayRefused(Problem):
    """A day or range that cannot be used; the sentence says why and what to type instead."""


@dataclass(frozen=True, slots=True)
class Days:
    """From `start` to `end`, both included."""

    start: date
    end: date

    @property
    def length(self) -> int:
        """Number of days, at least 1."""
        return (self.end - self.start).days + 1


def parse_days(start: str | None, end: str | None, today: date, *, most: int | None = MAX_DAYS) -> Days:
    """The range typed, of at most `most` days; without `start` the 30 days up to `end`, without `end` up to today.

    Raises `DayRefused`.
    """
    last = _day("end", end, today) if end else today
    first = _day("start", start, today) if start else last - timedelta(days=DEFAULT_DAYS - 1)
    if first > last:
        raise DayRefused("days-turned", start=last.isoformat(), end=first.isoformat())
    days = Days(first, last)
    if most is not None and days.length > most:
        shorter = last - timedelta(days=most - 1)
        raise DayRefused("days-too-many", days=days.length, most=most, start=shorter.isoformat())
    return days


def check_kept(days: Days, kept_since: int, zone: tzinfo) -> None:
    """Raises `DayRefused` for a range that begins before `kept_since` (ms)."""
    if day_start(days.start, zone) < kept_since:
        earliest = datetime.fromtimestamp(kept_since / 1000, zone).date()
        if day_start(earliest, zone) < kept_since:
            earliest += timedelta(days=1)
        raise DayRefused("days-not-kept", earliest=earliest.isoformat())


def _day(option: str, text: str, today: date) -> date:
    word = text.strip().lower()
    day = parse_day(word, today)
    if day is None:
        raise DayRefused("day-unreadable", option=option)
    if day > today:
        raise DayRefused("day-in-future", option=option, latest=today.isoformat())
    if day < DISCORD_BEGAN:
        raise DayRefused("day-too-early", option=option, earliest=DISCORD_BEGAN.isoformat())
    return day


def parse_day(word: str, today: date) -> date | None:
    """One day as typed, in lower case; None for what is no day."""
    if word in ("today", "yesterday"):
        return today - timedelta(days=word == "yesterday")
    if back := _BACK.fullmatch(word):
        # `30d` are the last 30 days, today among them.
        return today - timedelta(days=max(int(back[1]), 1) - 1)
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None
