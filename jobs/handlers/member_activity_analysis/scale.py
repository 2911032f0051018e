"""The scales of the charts, the same in the picture and on the page. Pure."""

from __future__ import annotations

import math

TICKS = 4
"""Steps of a scale; both scales of a chart have as many, so that the lines behind it belong to both."""


def nice(most: float) -> float:
    """The next number above that people like on a scale, whose quarters are whole where they can be."""
    if most <= TICKS:
        return TICKS
    size = 10.0 ** math.floor(math.log10(most))
    steps = (step * size for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10))
    return next(step for step in steps if step >= most)


def spread(count: int, most: int) -> list[int]:
    """At most so many of the numbers below `count`, evenly: the days that are named under a chart."""
    every = max(1, math.ceil(count / most))
    return list(range(every // 2 if count > most else 0, count, every))
