"""The picture of an analysis: the days' trend above, weekday by hour below.

Imported only where it is drawn, for it loads matplotlib. Draws on figures of its own, never on shared state, so
it may run in any thread. Invariant: every text is readable on a phone, on a dark background, and stands in the picture
whole.
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
from jobs.handlers.member_activity_analysis.scale import TICKS, nice, spread
from jobs.report import Words

INK, QUIET, PAPER, PANEL = "#f2f3f5", "#a5a9b4", "#1e1f22", "#26282c"
ACCENT, SECOND = "#12c49a", "#f0b232"
HEAT = LinearSegmentedColormap.from_list("errand", ["#26282c", "#0f5c4f", "#12a383", "#7fe3c4", "#f4fff9"])
WEEKEND = "#7fe3c4"
SIZE_IN, DPI = (8.0, 9.6), 150
BIG, TITLE, TEXT, SMALL = 27.0, 20.0, 18.0, 16.0
"""Letters in points. A phone shows the picture 300 pixels wide, an eighth of an inch's points to a pixel: 16 are 8."""
ROOM = 6.0
"""Digits of the usual size that fit beside the axes."""
EDGE, WIDTH = 0.04, 0.92
"""Where the header begins, and how wide it may be, as shares of the picture."""
BARS_TO = 120
"""Days above which single bars cannot be told apart."""
SATURDAY = 5
MOST_NAMED = 5
"""Days with room for their name."""
FEWEST_DAYS = 7
"""Fewer are drawn as wide as a week, so that one day is no wall."""
mdates: Any = dates
"""That module of matplotlib has no types."""


def draw_chart(path: Path, findings: Findings, words: Words) -> None:
    """Write the picture as PNG, 1200 by 1440 pixels."""
    figure_of(findings, words).savefig(path, format="png", facecolor=PAPER)


def figure_of(findings: Findings, words: Words) -> Figure:
    figure = Figure(figsize=SIZE_IN, dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        2, 1, height_ratios=[1.0, 1.0], left=0.125, right=0.89, top=0.785, bottom=0.055, hspace=0.45
    )
    payload = findings.payload
    name = _printable(findings.guild.name) or words("chart-server")
    _write_line(figure, 0.955, name, INK, BIG, weight="bold")
    days = headline(payload.start_date, payload.end_date, words)
    _write_line(figure, 0.908, f"{words('chart-title')} · {days} · {payload.time_zone}", QUIET, SMALL)
    _draw_trend(figure.add_subplot(grid[0]), findings, words)
    _draw_heat(figure, figure.add_subplot(grid[1]), findings, words)
    return figure


def _write_line(figure: Figure, y: float, line: str, color: str, size: float, weight: str = "normal") -> None:
    """A line of the header, smaller where it would not fit."""
    text = figure.text(EDGE, y, line, color=color, fontsize=size, fontweight=weight, va="center")
    taken = text.get_window_extent().width / (SIZE_IN[0] * DPI)
    if taken > WIDTH:
        text.set_fontsize(size * WIDTH / taken)


def _draw_trend(axes: Axes, findings: Findings, words: Words) -> None:
    totals, measure = findings.totals, findings.measure
    days = sorted(totals.days)
    amounts = [measure.of(totals.days[day]) for day in days]
    active = [totals.active_members.get(day, 0) for day in days]
    _style(axes, words("chart-by-day"), pad=42)
    _legend(axes, 1.05, f"■ {measure.name(words)}", ACCENT, "left")
    _legend(axes, 1.05, f"● {words('chart-members')}", SECOND, "right")
    places = mdates.date2num(days)
    if len(days) <= BARS_TO:
        axes.bar(places, amounts, width=0.82, color=[_bar_color(day) for day in days], zorder=2)
        if any(day.weekday() >= SATURDAY for day in days):
            _legend(axes, 1.2, f"■ {words('chart-weekend')}", WEEKEND, "right")
    else:
        axes.fill_between(places, amounts, step="mid", color=ACCENT, linewidth=0, zorder=2)
    _scale(axes, amounts, ACCENT, words)
    axes.grid(axis="y", color="#3a3d44", linewidth=0.8, zorder=0)
    members = axes.twinx()
    _bare(members)
    width, marker = (3.0, "o") if len(days) <= 45 else (1.6, None)
    members.plot(places, active, color=SECOND, linewidth=width, marker=marker, markersize=6.5, zorder=3)
    _scale(members, active, SECOND, words)
    room = max(0.0, (FEWEST_DAYS - len(days)) / 2) + 0.6
    axes.set_xlim(places[0] - room, places[-1] + room)
    _label_days(axes, days, words)
    axes.tick_params(axis="x", pad=8)


def _scale(axes: Axes, values: Sequence[float], color: str, words: Words) -> None:
    top = nice(max(values, default=0))
    axes.set_ylim(0, top * 1.02)
    axes.set_yticks([top * step / TICKS for step in range(TICKS + 1)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, 0 if value % 1 == 0 else 1)))
    axes.tick_params(axis="y", colors=color, labelsize=_fitted(TEXT, words.number(top)), length=0)


def _fitted(size: float, number: str) -> float:
    """A size of letters in which `number` takes no more room than there is beside the axes."""
    return size * min(1.0, ROOM / len(number))


def _legend(axes: Axes, y: float, text: str, color: str, side: str) -> None:
    """A name in the colour of what it names, above the scale of it."""
    axes.text(float(side == "right"), y, text, color=color, fontsize=TEXT, ha=side, transform=axes.transAxes)


def _label_days(axes: Axes, days: list[date], words: Words) -> None:
    """A handful of labels, however long the range is."""
    if len(days) <= 7:
        axes.set_xticks(mdates.date2num(days))
        axes.set_xticklabels([f"{words.weekday(day.weekday(), short=True)}\n{day.day}" for day in days])
    else:
        named = [days[place] for place in spread(len(days), MOST_NAMED)]
        axes.set_xticks(mdates.date2num(named))
        axes.set_xticklabels([words.day(day) for day in named])


def _draw_heat(figure: Figure, axes: Axes, findings: Findings, words: Words) -> None:
    measure = findings.measure
    cells = [[measure.of(amounts) for amounts in hours] for hours in findings.totals.hours]
    _style(axes, measure.by_hour(words), pad=14)
    top = max(max(row) for row in cells)
    picture = axes.imshow(cells, cmap=HEAT, aspect="auto", vmin=0, vmax=top or 1)
    axes.set_yticks(range(7), [words.weekday(day, short=True) for day in range(7)])
    axes.set_xticks(range(0, 24, 3), [f"{hour:02d}" for hour in range(0, 24, 3)])
    axes.set_xticks([hour - 0.5 for hour in range(1, 24)], minor=True)
    axes.set_yticks([day - 0.5 for day in range(1, 7)], minor=True)
    axes.grid(which="minor", color=PAPER, linewidth=2)
    axes.tick_params(which="both", length=0)
    if not top:
        axes.text(11.5, 3, words("chart-nothing"), color=QUIET, fontsize=TITLE, ha="center", va="center")
        return
    bar = figure.colorbar(picture, ax=axes, fraction=0.035, pad=0.025)
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=QUIET, labelsize=_fitted(SMALL, words.number(top)), length=0)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value)))
    bar.ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _bar_color(day: date) -> str:
    """Weekends a shade lighter."""
    return WEEKEND if day.weekday() >= SATURDAY else ACCENT


def _style(axes: Axes, title: str, pad: float) -> None:
    axes.set_facecolor(PANEL)
    axes.set_title(title, color=INK, fontsize=TITLE, loc="left", pad=pad)
    axes.tick_params(colors=QUIET, labelsize=TEXT, length=0)
    _bare(axes)


def _bare(axes: Axes) -> None:
    for spine in axes.spines.values():
        spine.set_visible(False)


def _printable(text: str) -> str:
    """`text` without what the font cannot draw; "$" would begin a formula."""
    known = get_font(findfont(FontProperties())).get_charmap()
    drawn = "".join(c for c in text if ord(c) in known and c.isprintable()).strip()
    return drawn[:40].replace("$", r"\$")
