"""The page's tables of members and channels, cell by cell. Knows no HTML.

Invariant: a table is no longer than a phone can show; what is left out is counted, and said to be in the other files.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice

from jobs.handlers.member_activity_analysis.figures import channel_figures
from jobs.handlers.member_activity_analysis.material import Material
from jobs.handlers.member_activity_analysis.sources import listed_by, months_source, rules, unlisted
from jobs.handlers.member_activity_analysis.table import MemberRow, minutes_of, printable
from jobs.report import Words

MOST_ROWS = 1000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    key: float | None = None
    """What it is sorted by, if not by its text."""


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    count: int | None = None
    """Of all rows, where it tells anything; those that are not in `rows` are in the other files alone."""
    cut: str = ""
    """Says that some are not."""
    note: str = ""


class Tables:
    """Of one analysis."""

    def __init__(self, material: Material) -> None:
        self._findings = material.findings
        self._everybody = material.everybody
        self._listed = material.inactive
        self._result = material.result
        self._words = material.words
        self._zone = material.findings.payload.zone

    def all(self) -> Iterator[Table]:
        yield self._members()
        yield from self._inactive()
        yield self._channels()
        if self._findings.months:
            yield self._months()

    def _members(self) -> Table:
        words, states = self._words, {state: self._words(f"page-{state}") for state in ("yes", "no", "unknown")}
        columns = [*self._who(), Column(words("sheet-active")), Column(words("sheet-last-active")), self._id()]
        rows = [
            [*self._person(row), Cell(states[row.active]), self._on(row.last_active), Cell(str(row.id))]
            for row in islice(self._everybody, MOST_ROWS)
        ]
        return self._table(words("sheet-members"), columns, rows, len(self._everybody), words("page-known"))

    def _inactive(self) -> Iterator[Table]:
        """Those who were seen at some time, and apart from them those who never were."""
        words, found = self._words, self._listed
        if found is None:
            yield Table(words("page-gone-quiet"), (), (), note=unlisted(self._result, words))
            return
        quiet, never = (islice(rows, MOST_ROWS) for rows in (found.gone_quiet, found.never_seen))
        columns = [*self._who(), Column(words("sheet-last-seen")), self._id()]
        payload = self._findings.payload
        rule = listed_by(self._result, payload, words)
        rows = [[*self._person(row), self._on(row.last_seen), Cell(str(row.id))] for row in quiet]
        yield self._table(words("page-gone-quiet"), columns, rows, len(found.gone_quiet), rule)
        columns, note = [*self._who(), self._id()], f"{rules(payload, words)} {words('source-never')}"
        rows = [[*self._person(row), Cell(str(row.id))] for row in never]
        yield self._table(words("page-never-seen"), columns, rows, len(found.never_seen), note)

    def _channels(self) -> Table:
        words = self._words
        columns = [
            Column(words("sheet-name")),
            Column(words("sheet-messages"), number=True),
            Column(words("sheet-voice-hours"), number=True),
            Column(words("sheet-reactions"), number=True),
            Column(words("sheet-readable")),
            Column(words("sheet-everyone")),
        ]
        rows = [
            [
                Cell(clean(channel.name)),
                self._number(channel.messages),
                self._number(channel.voice_ms / HOUR_MS, 1),
                self._number(channel.reactions),
                Cell(words("page-yes" if channel.readable else "page-no")),
                Cell(words("page-yes" if channel.everyone else "page-no")),
            ]
            for channel in channel_figures(self._findings, words)
        ]
        return self._table(words("sheet-channels"), columns, rows[:MOST_ROWS], len(rows), words("page-known"))

    def _months(self) -> Table:
        """What is left of the time of which nothing of members is kept."""
        words, whole = self._words, self._findings.is_whole
        titles = ["sheet-messages", "sheet-voice-hours", "sheet-reactions"]
        titles += ["sheet-joins", "sheet-leaves"] if whole else []
        columns = [Column(words("sheet-month")), *(Column(words(title), number=True) for title in titles)]
        rows = [
            [
                Cell(f"{sums.first_day:%Y-%m}"),
                self._number(sums.messages),
                self._number(sums.voice_ms / HOUR_MS, 1),
                self._number(sums.reactions),
                *((self._number(sums.joins), self._number(sums.leaves)) if whole else ()),
            ]
            for sums in self._findings.months
        ]
        return Table(words("page-months"), columns, rows, note=months_source(self._findings, words))

    def _table(
        self, title: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], count: int, note: str = ""
    ) -> Table:
        """`count` is how many rows there are, of which `rows` are the first."""
        cut = self._words("page-first", shown=len(rows), all=count) if len(rows) < count else ""
        return Table(title, columns, rows, count, cut, note)

    def _who(self) -> list[Column]:
        words = self._words
        return [
            Column(words("sheet-name")),
            Column(words("sheet-messages"), number=True),
            Column(words("sheet-voice-minutes"), number=True),
            Column(words("sheet-reactions"), number=True),
            Column(words("sheet-joined")),
        ]

    def _person(self, row: MemberRow) -> list[Cell]:
        return [
            Cell(self._words("member-left") if row.name is None else clean(row.name)),
            self._number(row.messages),
            self._number(minutes_of(row.voice_ms), 1),
            self._number(row.reactions),
            self._on(row.joined_at),
        ]

    def _number(self, value: float, decimals: int = 0) -> Cell:
        return Cell(self._words.number(value, decimals), round(value, decimals))

    def _on(self, at: int | None) -> Cell:
        if at is None:
            return Cell("–")
        return Cell(self._words.day(datetime.fromtimestamp(at / 1000, self._zone).date(), year=True), at)

    def _id(self) -> Column:
        return Column(self._words("sheet-member-id"))


def moment(at: int, zone: tzinfo, words: Words) -> str:
    """`1 Oct 2026 14:30`, as the clocks there showed it."""
    local = datetime.fromtimestamp(at / 1000, zone)
    return f"{words.day(local.date(), year=True)} {local:%H:%M}"


def clean(name: str) -> str:
    """A name without what no page can show."""
    return "".join("\ufffd" if unicodedata.category(c) == "Cc" else c for c in printable(name)).strip() or "\ufffd"
