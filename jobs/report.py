"""What people see of a finished job, whatever its type: a headline, lines, columns and files.

A job type's `report(job, words)` makes it from the stored job, so a card, a page and the terminal say the same.
Text is Discord markdown. Invariant: whoever builds a `Report` has escaped every name that a member wrote, and what
not everyone may see who sees the message stands in `alone` and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol


class Words(Protocol):
    """Says things in the language of whoever reads. A report that says them in one language needs none of it."""

    def __call__(self, key: str, /, **values: object) -> str:
        """The sentence that the job type's catalogue has under `key`, with `values` put in. Numbers are grouped."""

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """`12,240`; with `signed`, `+8`."""

    def about(self, seconds: float) -> str:
        """`21 min`: a duration as an estimate deserves it."""

    def day(self, day: date, *, year: bool = False) -> str:
        """`1 Oct`; with `year`, `1 Oct 2026`."""

    def weekday(self, number: int, *, short: bool = False) -> str:
        """0 is Monday; with `short`, `Mon`."""


@dataclass(frozen=True, slots=True)
class Column:
    """A short list under a title, shown beside others where there is room."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The face of a result."""

    headline: str
    """Follows the title: the range, the target."""
    lines: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    notes: tuple[str, ...] = ()
    """What limits the numbers: coverage, gaps."""
    files: tuple[str, ...] = ()
    """Names of artifacts to attach, in order."""
    image: str | None = None
    """The one of `files` that is shown large."""
    offers: tuple[str, ...] = ()
    """What can be done with it, besides what can be done with any job: names of the bot's buttons, in order."""
    alone: Report | None = None
    """What to show in its place where nobody but the person who asked sees it; None for the same."""

    def seen(self, *, alone: bool) -> Report:
        """The report for a message that everyone at its place sees, or the person who asked `alone`."""
        return self.alone or self if alone else self
