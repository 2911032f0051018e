"""What the charts and lists of an analysis tell of: messages; voice where there are none; reactions where there is
neither. Pure.

Invariant: a number never stands under the name of another kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobs.report import Words
from jobs.services import SIGNALS, Amounts

HOUR_MS = 3_600_000
NAMES = {"messages": "chart-messages", "voice_ms": "chart-hours", "reactions": "chart-reactions"}
BY_HOUR = {
    "messages": "chart-messages-by-weekday",
    "voice_ms": "chart-hours-by-weekday",
    "reactions": "chart-reactions-by-weekday",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of activity, as it is shown."""

    signal: str
    """One of `jobs.services.SIGNALS`."""

    @property
    def decimals(self) -> int:
        """Digits behind the point that are worth reading."""
        return 1 if self.signal == "voice_ms" else 0

    def of(self, amounts: Amounts) -> float:
        """Messages, hours, or reactions."""
        return self.shown(getattr(amounts, self.signal))

    def shown(self, amount: int) -> float:
        """An amount of this kind, as it is stored, in the unit in which it is shown."""
        return amount / HOUR_MS if self.signal == "voice_ms" else amount

    def name(self, words: Words) -> str:
        """`messages`, as a legend has it."""
        return words(NAMES[self.signal])

    def by_hour(self, words: Words) -> str:
        """The title of the heat map."""
        return words(BY_HOUR[self.signal])


def measure_of(found: Iterable[Amounts], asked: Sequence[str]) -> Measure:
    """The first kind of which there is anything; without any, the first that was asked for."""
    some = list(found)
    return Measure(next((s for s in SIGNALS if any(getattr(amounts, s) for amounts in some)), asked[0]))
