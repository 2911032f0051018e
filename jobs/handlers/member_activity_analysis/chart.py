"""The picture of an analysis: the days' trend above, weekday by hour below.

Imported only where it is drawn, for it loads matplotlib. Draws on figures of its own, never on shared state, so
it may run in any thread. Invariant: every text is readable on a phone, on a dark background.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator

from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.report import headline
from jobs.report import Words
from jobs.services import Amounts

INK, QUIET, PAPER, PANEL = "#f2f3f5", "#a5a9b4", "#1e1f22", "#26282c"
ACCENT, SECOND = "#12c49a", "#f0b232"
HEAT = LinearSegmentedColormap.from_list("errand", ["#26282c", "#0f5c4f", "#12a383", "#7fe3c4", "#f4fff9"])
SIZE_IN, DPI = (8.0, 9.6), 150
HOUR_MS = 3_600_000
BARS_TO = 120
"""Days above which single bars cannot be told apart."""
FEWEST_DAYS = 7
"""Fewer are drawn as wide as a week, so that one day is no wall."""
mdates: Any = dates
"""That module of matplotlib has no types."""


def draw_chart(path: Path, findings: Findings, words: Words) -> None:
    """Write the picture as PNG, 1200 by 1440 pixels."""
    figure_of(findings, words).savefig(path, format="png", facecolor=PAPER)


def figure_of(findings: Findings, words: Words) -> Figure:
    by_voice = not any(a.messages for a in findings.totals.days.values())
    figure = Figure(figsize=SIZE_IN, dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 1, height_ratios=[1.0, 0.92], left=0.1, right=0.9, top=0.84, bottom=0.055, hspace=0.3)
    payload = findings.payload
    name = _printable(findings.guild.name) or words("chart-server")
    figure.text(0.04, 0.95, name, color=INK, fontsize=21, fontweight="bold", va="center")
    days = headline(payload.start_date, payload.end_date, words)
    subtitle = f"{words('chart-title')} · {days} · {payload.time_zone}"
    figure.text(0.04, 0.915, subtitle, color=QUIET, fontsize=13, va="center")
    _draw_trend(figure.add_subplot(grid[0]), findings, words, by_voice=by_voice)
    _draw_heat(figure, figure.add_subplot(grid[1]), findings, words, by_voice=by_voice)
    return figure


def _draw_trend(axes: Axes, findings: Findings, words: Words, *, by_voice: bool) -> None:
    totals = findings.totals
    days = sorted(totals.days)
    amounts = [_amount(totals.days[day], by_voice) for day in days]
    active = [totals.active_members.get(day, 0) for day in days]
    _style(axes, words("chart-by-day"))
    counted = words("chart-hours" if by_voice else "chart-messages")
    _legend(axes, (f"■ {counted}", ACCENT), (f"● {words('chart-members')}", SECOND))
    places = mdates.date2num(days)
    if len(days) <= BARS_TO:
        axes.bar(places, amounts, width=0.82, color=[_bar_color(day) for day in days], zorder=2)
    else:
        axes.fill_between(places, amounts, step="mid", color=ACCENT, linewidth=0, zorder=2)
    _scale(axes, amounts, ACCENT, words)
    axes.grid(axis="y", color="#3a3d44", linewidth=0.8, zorder=0)
    members = axes.twinx()
    _bare(members)
    width, marker = (2.2, "o") if len(days) <= 45 else (1.2, None)
    members.plot(places, active, color=SECOND, linewidth=width, marker=marker, markersize=5, zorder=3)
    _scale(members, active, SECOND, words)
    room = max(0.0, (FEWEST_DAYS - len(days)) / 2) + 0.6
    axes.set_xlim(places[0] - room, places[-1] + room)
    _label_days(axes, days, words)
    axes.tick_params(axis="x", pad=8)


def _scale(axes: Axes, values: Sequence[float], color: str, words: Words) -> None:
    axes.set_ylim(0, max(values, default=0) * 1.18 or 1)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value)))
    axes.tick_params(axis="y", colors=color, labelsize=12, length=0)


def _legend(axes: Axes, left: tuple[str, str], right: tuple[str, str]) -> None:
    """Names in the colours of what they name, above the two scales."""
    for place, align, (text, color) in ((0.42, "left", left), (1.0, "right", right)):
        axes.text(place, 1.045, text, color=color, fontsize=13, ha=align, transform=axes.transAxes)


def _label_days(axes: Axes, days: list[date], words: Words) -> None:
    """A handful of labels, however long the range is."""
    if len(days) <= 7:
        axes.set_xticks(mdates.date2num(days))
        axes.set_xticklabels([f"{words.weekday(day.weekday(), short=True)} {day.day}" for day in days])
    else:
        axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=4, maxticks=7))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda place, _: words.day(mdates.num2date(place))))


def _draw_heat(figure: Figure, axes: Axes, findings: Findings, words: Words, *, by_voice: bool) -> None:
    cells = [[_amount(amounts, by_voice) for amounts in hours] for hours in findings.totals.hours]
    _style(axes, words("chart-hours-by-weekday" if by_voice else "chart-messages-by-weekday"))
    top = max(max(row) for row in cells)
    picture = axes.imshow(cells, cmap=HEAT, aspect="auto", vmin=0, vmax=top or 1)
    axes.set_yticks(range(7), [words.weekday(day, short=True) for day in range(7)])
    axes.set_xticks(range(0, 24, 3), [f"{hour:02d}" for hour in range(0, 24, 3)])
    axes.set_xticks([hour - 0.5 for hour in range(1, 24)], minor=True)
    axes.set_yticks([day - 0.5 for day in range(1, 7)], minor=True)
    axes.grid(which="minor", color=PAPER, linewidth=2)
    axes.tick_params(which="both", length=0)
    if not top:
        axes.text(11.5, 3, words("chart-nothing"), color=QUIET, fontsize=16, ha="center", va="center")
    bar = figure.colorbar(picture, ax=axes, fraction=0.035, pad=0.025)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=QUIET, labelsize=11, length=0)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value)))
    bar.ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def _amount(amounts: Amounts, by_voice: bool) -> float:
    return amounts.voice_ms / HOUR_MS if by_voice else amounts.messages


def _bar_color(day: date) -> str:
    """Weekends a shade lighter."""
    return "#3fd9b5" if day.weekday() >= 5 else ACCENT


def _style(axes: Axes, title: str) -> None:
    axes.set_facecolor(PANEL)
    axes.set_title(title, color=INK, fontsize=15, loc="left", pad=12)
    axes.tick_params(colors=QUIET, labelsize=12, length=0)
    _bare(axes)


def _bare(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)


def _printable(text: str) -> str:
    """`text` without what the font cannot draw; "$" would begin a formula."""
    known = get_font(findfont(FontProperties())).get_charmap()
    drawn = "".join(c for c in text if ord(c) in known and c.isprintable()).strip()
    return drawn[:40].replace("$", r"\$")
