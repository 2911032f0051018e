"""Sums that are not stored yet, by the place that they belong to.

Plain arithmetic. Invariant: what is taken out is what was handed over; what came meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Place: TypeAlias = tuple[int, ...]
Sums: TypeAlias = tuple[int, ...]


class Pending:
    """`columns` sums a place."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._sums: dict[Place, list[int]] = {}

    def __len__(self) -> int:
        return len(self._sums)

    def add(self, place: Place, column: int, amount: int = 1) -> None:
        sums = self._sums.get(place)
        if sums is None:
            self._sums[place] = sums = [0] * self._columns
        sums[column] += amount

    def rows(self) -> list[tuple[Place, Sums]]:
        """All sums as they are now."""
        return [(place, tuple(sums)) for place, sums in self._sums.items()]

    def take_out(self, rows: Sequence[tuple[Place, Sums]]) -> None:
        """These are stored."""
        for place, stored in rows:
            left = [sum_ - part for sum_, part in zip(self._sums[place], stored, strict=True)]
            if any(left):
                self._sums[place] = left
            else:
                del self._sums[place]

    def clear(self) -> None:
        self._sums.clear()
