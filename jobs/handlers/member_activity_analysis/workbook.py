"""The analysis as an XLSX workbook, a sheet for each question.

Imported only where it is written, for it loads XlsxWriter. Rows go to the disk as they come, so a hundred thousand
members take no memory. Invariant: ids and names are text, never numbers or formulas; instants are real dates in the
time zone of the analysis; each figure stands beside where it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from jobs.handlers.member_activity_analysis.figures import Figure, channel_figures, figures_of
from jobs.handlers.member_activity_analysis.material import Material
from jobs.handlers.member_activity_analysis.sources import months_source
from jobs.handlers.member_activity_analysis.table import (
    NO,
    UNKNOWN,
    YES,
    MemberRow,
    minutes_of,
    printable,
)
from jobs.services import Amounts

OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
MOST_ROWS = 1_048_575
"""Under the header (Microsoft, "Excel specifications and limits")."""
LONGEST = 32_767
"""Letters of one cell, by the same page."""
HOUR_MS = 3_600_000
DAY = timedelta(days=1)
FIRST_INSTANT = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's dates know no time zone
"""Day 0 of a spreadsheet, for all days since March 1900 (ECMA-376, part 1, 18.17.4.1)."""
WHO = (22, 28, 18, 11, 14, 11)
"""Widths of the columns that say who a member is and what they did."""
LEFT = {"align": "left", "indent": 1}
"""Text stands off from the numbers before it, which end at their column's edge."""
AMOUNTS = range(3, 6)
"""Those of the latter."""


class Instant(float):
    """Days since `FIRST_INSTANT`, by the clocks of the analysis: XlsxWriter takes them several times as fast as a
    datetime, and each is reckoned once for all who joined in the same millisecond or were last seen in the same quarter
    of an hour."""


Cell: TypeAlias = str | int | float | date | None


def write_workbook(path: Path, material: Material) -> None:
    """Write the whole workbook."""
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        Sheets(book, material).write()


class Sheets:
    """Writes the sheets, one after the other; a row that is left cannot be written again."""

    def __init__(self, book: Workbook, material: Material) -> None:
        self._book = book
        self._findings = material.findings
        self._everybody = material.everybody
        self._listed = material.inactive
        self._result = material.result
        self._words = material.words
        self._zone = material.findings.payload.zone
        head = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        self._head = book.add_format(head | LEFT)
        self._number_head = book.add_format(head | {"align": "right"})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"} | LEFT)
        self._instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"} | LEFT)
        self._text = book.add_format({"num_format": "@"} | LEFT)
        self._value = book.add_format(LEFT)
        self._at = lru_cache(maxsize=10_000)(self._local)
        self._states = {state: material.words(f"page-{state}") for state in (YES, NO, UNKNOWN)}
        self._left = material.words("member-left")
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"} | LEFT)

    def write(self) -> None:
        self._summary()
        self._members()
        self._channels()
        self._days()
        self._hours()
        self._inactive()
        if self._findings.months:
            self._months()
        self._coverage()

    def _summary(self) -> None:
        words, payload = self._words, self._findings.payload
        rows: list[Sequence[Cell]] = [
            (words("sheet-server"), printable(self._findings.guild.name)),
            (words("sheet-first-day"), payload.start_date),
            (words("sheet-last-day"), payload.end_date),
            (words("sheet-time-zone"), payload.time_zone),
        ]
        rows += [_figure_row(figure) for figure in figures_of(self._result, payload, words)]
        titles = (words("sheet-figure"), words("sheet-value"), words("sheet-change"), words("sheet-source"))
        self._sheet(words("sheet-summary"), titles, rows, widths=(34, 24, 12, 90), numbers=(2,), looks={1: self._value})

    def _members(self) -> None:
        rows = map(self._member, self._everybody)
        words = self._words
        titles = (*self._who(), words("sheet-active"), words("sheet-last-active"), words("sheet-inactive"),
                  words("sheet-last-seen"))  # fmt: skip
        self._sheet(words("sheet-members"), titles, rows, widths=(*WHO, 10, 18, 10, 18), numbers=AMOUNTS, filtered=True)

    def _member(self, row: MemberRow) -> Sequence[Cell]:
        active, inactive = self._states[row.active], self._states[row.inactive]
        return (*self._person(row), active, self._at(row.last_active), inactive, self._at(row.last_seen))

    def _inactive(self) -> None:
        words = self._words
        titles = (*self._who(), words("sheet-last-seen"), words("sheet-never-seen"))
        rows: Iterable[Sequence[Cell]] = ()
        if self._listed is not None:
            rows = (
                (*self._person(row), self._at(row.last_seen), self._yes(row.last_seen is None)) for row in self._listed
            )
        self._sheet(
            words("sheet-inactive-members"), titles, rows, widths=(*WHO, 18, 12), numbers=AMOUNTS, filtered=True
        )

    def _who(self) -> tuple[str, ...]:
        keys = ("sheet-member-id", "sheet-name", "sheet-joined", "sheet-messages", "sheet-voice-minutes",
                "sheet-reactions")  # fmt: skip
        return tuple(self._words(key) for key in keys)

    def _person(self, row: MemberRow) -> Sequence[Cell]:
        return (
            str(row.id), self._left if row.name is None else row.name, self._at(row.joined_at),
            row.messages, minutes_of(row.voice_ms), row.reactions,
        )  # fmt: skip

    def _channels(self) -> None:
        words = self._words
        rows = [
            (
                str(c.id),
                printable(c.name),
                words(f"kind-{c.kind}") if c.kind else None,
                self._yes(c.everyone),
                self._yes(c.readable),
                c.messages,
                _hours(c.voice_ms),
                c.reactions,
            )
            for c in channel_figures(self._findings, words)
        ]
        titles = (words("sheet-channel-id"), words("sheet-name"), words("sheet-kind"), words("sheet-everyone"),
                  words("sheet-readable"), words("sheet-messages"), words("sheet-voice-hours"),
                  words("sheet-reactions"))  # fmt: skip
        self._sheet(words("sheet-channels"), titles, rows, widths=(22, 28, 14, 16, 12, 12, 14, 12),
                    numbers=range(5, 8), filtered=True)  # fmt: skip

    def _days(self) -> None:
        words, totals = self._words, self._findings.totals
        rows = (
            (day, words.weekday(day.weekday()), amounts.messages, _hours(amounts.voice_ms), amounts.reactions,
             totals.active_members.get(day, 0))
            for day, amounts in sorted(totals.days.items())
        )  # fmt: skip
        titles = (words("sheet-day"), words("sheet-weekday"), words("sheet-messages"), words("sheet-voice-hours"),
                  words("sheet-reactions"), words("sheet-active-members"))  # fmt: skip
        self._sheet(words("sheet-days"), titles, rows, widths=(14, 14, 12, 14, 12, 16), numbers=range(2, 6))

    def _hours(self) -> None:
        words, hours = self._words, self._findings.totals.hours
        every: Mapping[str, tuple[str, Callable[[Amounts], Cell]]] = {
            "messages": (words("sheet-messages"), lambda amounts: amounts.messages),
            "voice_ms": (words("sheet-voice-hours"), lambda amounts: _hours(amounts.voice_ms)),
            "reactions": (words("sheet-reactions"), lambda amounts: amounts.reactions),
        }
        parts = [every[signal] for signal in self._findings.payload.signals]
        rows = [
            (name, words.weekday(weekday), *(take(hours[weekday][hour]) for hour in range(24)))
            for name, take in parts
            for weekday in range(7)
        ]
        titles = (words("sheet-figure"), words("sheet-weekday"), *(f"{hour:02d}:00" for hour in range(24)))
        self._sheet(words("sheet-hours"), titles, rows, widths=(16, 14, *(8,) * 24), numbers=range(2, 26))

    def _months(self) -> None:
        words, whole = self._words, self._findings.is_whole
        rows = (
            (sums.first_day, sums.messages, _hours(sums.voice_ms), sums.reactions,
             *((sums.joins, sums.leaves) if whole else ()))
            for sums in self._findings.months
        )  # fmt: skip
        titles = [words("sheet-month"), words("sheet-messages"), words("sheet-voice-hours"), words("sheet-reactions")]
        titles += [words("sheet-joins"), words("sheet-leaves")] if whole else []
        self._sheet(words("sheet-months"), titles, rows, widths=(14, 12, 14, 12, 12, 12)[: len(titles)],
                    numbers=range(1, len(titles)))  # fmt: skip

    def _coverage(self) -> None:
        words, findings = self._words, self._findings
        rows: list[Sequence[Cell]] = [
            (figure.name, figure.source, None, None) for figure in figures_of(self._result, findings.payload, words)
        ]
        rows += [
            (words("sheet-unreadable"), f"#{printable(channel.name)} ({channel.id})", None, None)
            for channel in findings.channels
            if channel.id in findings.unreadable
        ]
        rows += [
            (words("sheet-there"), None, self._at(seen.since), self._at(seen.until)) for seen in findings.stretches
        ]
        if findings.months:
            rows.append((words("sheet-months"), months_source(findings, words), None, self._at(findings.kept_since)))
        titles = (words("sheet-what"), words("sheet-source"), words("sheet-from"), words("sheet-until"))
        self._sheet(words("sheet-coverage"), titles, rows, widths=(34, 90, 18, 18), looks={1: self._wrapped})

    def _local(self, at: int | None) -> Instant | None:
        """As the clocks there showed it; a spreadsheet's dates know no time zone."""
        if at is None:
            return None
        local = datetime.fromtimestamp(at / 1000, self._zone).replace(tzinfo=None, microsecond=0)
        return Instant((local - FIRST_INSTANT) / DAY)

    def _yes(self, value: bool) -> str:
        return self._states[YES if value else NO]

    def _sheet(
        self,
        name: str,
        titles: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        *,
        widths: Sequence[int],
        numbers: Collection[int] = (),
        looks: Mapping[int, Format] | None = None,
        filtered: bool = False,
    ) -> None:
        """A sheet with its head; `numbers` are columns of numbers, `looks` those that look otherwise than by kind."""
        sheet: Worksheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for column, title in enumerate(titles):
            sheet.write_string(0, column, title, self._number_head if column in numbers else self._head)
        last, looks = 0, looks or {}
        for last, row in enumerate(rows, start=1):
            if last > MOST_ROWS:
                break
            for column, cell in enumerate(row):
                self._put(sheet, last, column, cell, looks.get(column))
        if filtered and last:
            sheet.autofilter(0, 0, min(last, MOST_ROWS), len(titles) - 1)

    def _put(self, sheet: Worksheet, row: int, column: int, cell: Cell, look: Format | None) -> None:
        match cell:
            case None:
                pass
            case str():
                sheet.write_string(row, column, cell[:LONGEST], look or self._text)
            case Instant():
                sheet.write_number(row, column, cell, self._instant)
            case date():
                sheet.write_number(row, column, (cell - FIRST_INSTANT.date()) / DAY, self._day)
            case _:
                sheet.write_number(row, column, cell, look)


def _figure_row(figure: Figure) -> Sequence[Cell]:
    return figure.name, figure.value, figure.change, figure.source


def _hours(voice_ms: int) -> float:
    return round(voice_ms / HOUR_MS, 2)
