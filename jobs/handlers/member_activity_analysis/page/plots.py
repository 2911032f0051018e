"""Where the marks of the page's charts stand. Pure geometry, in the units of their pictures.

Invariant: nothing is drawn outside its picture, however long the range or large the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from jobs.handlers.member_activity_analysis.scale import TICKS, nice, spread
from jobs.report import Words

GAP = 0.18
"""Of a day's width between two bars."""
LEVELS = 9
"""Shades of the heat map besides none."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    weekend: bool
    says: str


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    amount: str
    members: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The days' trend in one width."""

    name: str
    width: int
    height: int
    left: float
    right: float
    ticks: Sequence[Tick]
    bars: Sequence[Bar]
    line: str
    """Points of active members, as SVG takes them."""
    labels: Sequence[Label]

    @property
    def has_weekend(self) -> bool:
        return any(bar.weekend for bar in self.bars)


@dataclass(frozen=True, slots=True)
class Day:
    """What is drawn of one."""

    day: date
    amount: float
    members: int
    says: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture's size, and how many days it has room to name."""

    name: str
    width: int
    height: int
    labels: int
    left: int = 58
    right: int = 46
    top: int = 10
    bottom: int = 24


FRAMES = (Frame("wide", 1040, 270, 8), Frame("narrow", 340, 230, 4, left=46, right=34))
"""For a desk and for a phone: letters that are scaled down cannot be read."""


def trend(days: Sequence[Day], frame: Frame, words: Words) -> Plot:
    """Bars of the amounts, and a line of the members."""
    left, right = frame.left, frame.width - frame.right
    floor, height = frame.height - frame.bottom, frame.height - frame.bottom - frame.top
    step = (right - left) / max(len(days), 7)
    shift = left + (right - left - step * len(days)) / 2
    most, most_members = nice(max(d.amount for d in days)), nice(max(d.members for d in days))
    bars, points = [], []
    for number, day in enumerate(days):
        x, tall = shift + number * step, height * day.amount / most
        bars.append(
            Bar(_short(x + step * GAP / 2), _short(floor - tall), _short(step * (1 - GAP)), _short(tall),
                day.day.weekday() >= 5, day.says)
        )  # fmt: skip
        points.append(f"{_short(x + step / 2)},{_short(floor - height * day.members / most_members)}")
    ticks = [
        Tick(_short(floor - height * n), _amount(most * n, words), _amount(most_members * n, words))
        for n in (quarter / TICKS for quarter in range(TICKS + 1))
    ]
    places = [(_short(shift + (n + 0.5) * step), days[n].day) for n in spread(len(days), frame.labels)]
    labels = [Label(x, _anchor(x, frame), words.day(day)) for x, day in places]
    return Plot(frame.name, frame.width, frame.height, left, right, ticks, bars, " ".join(points), labels)


def level(amount: float, most: float) -> int:
    """The shade of one cell: 0 for nothing, 9 for the most."""
    return min(LEVELS, 1 + int((LEVELS - 1) * amount / most)) if amount else 0


def _anchor(x: float, frame: Frame) -> str:
    if x < frame.left + 20:
        return "start"
    return "end" if x > frame.width - frame.right - 10 else "middle"


def _amount(value: float, words: Words) -> str:
    return words.number(value, 0 if value == round(value) else 1)


def _short(value: float) -> float:
    return round(value, 1)
