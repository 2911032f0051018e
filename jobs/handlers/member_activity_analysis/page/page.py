"""Puts the page together: what stands in it, and the one file it becomes.

Imported only where it is written, for it loads jinja2. Invariant: the file asks for nothing outside of it, which its
own policy forbids, and nothing that a person typed is read as a part of the page.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from jobs.handlers.member_activity_analysis.analysis import TOP_MEMBERS, top
from jobs.handlers.member_activity_analysis.figures import Figure, figures_of
from jobs.handlers.member_activity_analysis.material import Material
from jobs.handlers.member_activity_analysis.measure import Measure
from jobs.handlers.member_activity_analysis.page.plots import FRAMES, Day, level, trend
from jobs.handlers.member_activity_analysis.page.tables import Tables, clean, moment
from jobs.handlers.member_activity_analysis.report import headline
from jobs.handlers.member_activity_analysis.sources import measured_source
from jobs.report import Words
from jobs.services import Amounts

HERE = Path(__file__).parent
TOLD_BESIDE = ("messages", "voice_ms")
"""Kinds with lists of their own."""
STRETCHES = 20
"""Times of having been there that are told one by one."""


def write_page(path: Path, material: Material) -> None:
    """Write the page as UTF-8."""
    pages = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    ours = {"style": Markup(style), "script": Markup(script)}  # noqa: S704 - our own files
    text = pages.get_template("template.html").render(Page(material).parts(), policy=policy, **ours)
    path.write_text(text, encoding="utf-8")


def _hash(text: str) -> str:
    """As a policy names what it lets in (W3C, "Content Security Policy Level 3")."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class Page:
    """What the page says, as plain values."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._findings = material.findings
        self._result: dict[str, Any] = material.result
        self._words = material.words
        self._measure = material.findings.measure

    def parts(self) -> Mapping[str, Any]:
        words, payload, totals = self._words, self._findings.payload, self._findings.totals
        figures = list(figures_of(self._result, payload, words))
        names = {words(key) for key in ("figure-active", "figure-messages", "figure-voice", "figure-reactions",
                                        "figure-new-active", "figure-inactive")}  # fmt: skip
        counted = self._measure.name(words)
        days = [self._day(day, amounts) for day, amounts in sorted(totals.days.items())]
        return {
            "language": words("page-language"),
            "server": clean(self._findings.guild.name),
            "title": words("chart-title"),
            "days": headline(payload.start_date, payload.end_date, words),
            "zone": payload.time_zone,
            "summary": words("sheet-summary"),
            "tiles": [self._told(figure) for figure in figures if figure.name in names],
            "note": "" if self._findings.known else words("nothing-known"),
            "by_day": words("chart-by-day"),
            "counted": counted,
            "weekend": words("chart-weekend"),
            "active_members": words("chart-members"),
            "plots": [trend(days, frame, words) for frame in FRAMES] if days else [],
            "heat_title": self._measure.by_hour(words),
            "heat": list(self._heat()),
            "source": measured_source(self._measure, self._result, payload, words),
            "nothing": words("chart-nothing"),
            "tops": list(self._tops()),
            "figures_title": words("page-figures"),
            "figure_columns": [words(key) for key in ("sheet-figure", "sheet-value", "sheet-source")],
            "figures": [self._told(figure) for figure in figures if figure.name not in names],
            "tables": list(Tables(self._material).all()),
            "coverage_title": words("sheet-coverage"),
            "coverage": list(self._coverage()),
            "made": words("page-made", at=moment(self._findings.within.until, payload.zone, words)),
            "number": words.number,
        }

    def _told(self, figure: Figure) -> Mapping[str, Any]:
        change = figure.change
        value = figure.value
        return {
            "name": figure.name,
            "value": value if isinstance(value, str) else self._words.number(value, 0 if value == int(value) else 1),
            "source": figure.source,
            "of": "" if figure.of is None or isinstance(value, str) else self._words("figure-of", of=figure.of),
            "change": "" if change is None else f"{self._words.number(change, 1, signed=True)} %",
            "direction": "" if not change else "up" if change > 0 else "down",
        }

    def _number(self, amounts: Amounts) -> str:
        return self._words.number(self._measure.of(amounts), self._measure.decimals)

    def _counted(self, amounts: Amounts) -> str:
        """`1,204 messages`."""
        return f"{self._number(amounts)} {self._measure.name(self._words)}"

    def _day(self, day: Any, amounts: Amounts) -> Day:
        words, members = self._words, self._findings.totals.active_members.get(day, 0)
        name = f"{words.weekday(day.weekday(), short=True)} {words.day(day)}"
        says = f"{name}: {self._counted(amounts)}, {words.number(members)} {words('chart-members')}"
        return Day(day, self._measure.of(amounts), members, says)

    def _heat(self) -> Iterator[Mapping[str, Any]]:
        hours = self._findings.totals.hours
        amount = self._measure.of
        most = max(amount(amounts) for row in hours for amounts in row)
        for weekday, row in enumerate(hours):
            name = self._words.weekday(weekday)
            yield {
                "day": self._words.weekday(weekday, short=True),
                "cells": [
                    {
                        "level": level(amount(amounts), most),
                        "says": f"{name} {hour:02d}:00: {self._counted(amounts)}",
                    }
                    for hour, amounts in enumerate(row)
                ],
            }

    def _tops(self) -> Iterator[Mapping[str, Any]]:
        """The first members and channels by messages and by voice, as far as there is any; by reactions where there is
        nothing else."""
        totals, words, payload = self._findings.totals, self._words, self._findings.payload
        found = {*TOLD_BESIDE, self._measure.signal}
        for measure in (Measure(signal) for signal in payload.signals if signal in found):
            parts = (
                ("page-top-members", totals.members, self._member_name),
                ("page-top-channels", totals.channels, self._channel_name),
            )
            if measure != self._measure and not any(getattr(a, measure.signal) for a in totals.members.values()):
                continue
            source = measured_source(measure, self._result, payload, words)
            for key, amounts, name_of in parts:
                title = words(key, of=measure.name(words))
                yield {"title": title, "entries": _first(amounts, measure, name_of, words), "source": source}

    def _member_name(self, id_: int) -> str:
        member = self._findings.members.get(id_)
        return clean(member.name) if member else f"{id_} {self._words('member-left')}"

    def _channel_name(self, id_: int) -> str:
        channel = next((c for c in self._findings.channels if c.id == id_), None)
        return f"#{clean(channel.name)}" if channel else f"{id_} {self._words('channel-gone')}"

    def _coverage(self) -> Iterator[str]:
        words, findings, zone = self._words, self._findings, self._findings.payload.zone
        for channel in findings.channels:
            if channel.id in findings.unreadable:
                yield f"{words('sheet-unreadable')}: #{clean(channel.name)}"
        online = findings.stretches
        for seen in online[:STRETCHES]:
            since, until = (moment(at, zone, words) for at in (seen.since, seen.until))
            yield f"{words('sheet-there')}: {words('range', start=since, end=until)}"
        if len(online) > STRETCHES:
            yield words("page-more-stretches", n=len(online) - STRETCHES)
        if not online:
            yield words("page-never-there")


def _first(
    amounts: Mapping[int, Amounts], measure: Measure, name_of: Callable[[int], str], words: Words
) -> list[Mapping[str, Any]]:
    """Those with the most, each with its share of the first one's."""
    first = top(amounts, TOP_MEMBERS, measure.signal)
    most = max((measure.of(amounts[id_]) for id_ in first), default=0.0)
    return [
        {
            "id": str(id_),
            "name": name_of(id_),
            "amount": words.number(measure.of(amounts[id_]), measure.decimals),
            "share": round(100 * measure.of(amounts[id_]) / most, 1),
        }
        for id_ in first
    ]
