"""What is written on the chart of an analysis, in the language of whoever asked."""

from __future__ import annotations

from datetime import date, timedelta

from matplotlib.text import Text

from bot.languages import words_in
from jobs.handlers.member_activity_analysis import member_activity_analysis
from jobs.handlers.member_activity_analysis.chart import figure_of
from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.services import SIGNALS, ActivityTotals, Amounts, GuildInfo, Interval

FIRST = date(2026, 9, 29)


def findings(days: int, messages: int) -> Findings:
    last = FIRST + timedelta(days=days - 1)
    payload = MemberActivityAnalysis.model_validate(
        {"guild_id": "1", "start_date": FIRST.isoformat(), "end_date": last.isoformat()}
    )
    amounts = {FIRST + timedelta(days=n): Amounts(messages=messages) for n in range(days)}
    totals = ActivityTotals(
        members={},
        channels={},
        days=amounts,
        active_members=dict.fromkeys(amounts, 1),
        hours=[[Amounts(messages=messages)] * 24] * 7,
        last_active={},
        online=(),
        heard=dict.fromkeys(SIGNALS, ()),
    )
    return Findings(
        payload=payload,
        guild=GuildInfo(1, "", 1, 0, 1),
        members={},
        channels=(),
        unreadable=(),
        unsure=(),
        within=Interval(0, 1),
        totals=totals,
        before=None,
    )


def written(found: Findings, language: str) -> set[str]:
    figure = figure_of(found, words_in(language).within(member_activity_analysis))
    figure.draw_without_rendering()
    return {text.get_text() for text in figure.findobj(Text)}


def test_titles_legends_days_and_numbers_are_in_the_language() -> None:
    seen = written(findings(5, 4000), "id")
    assert {"Server ini", "Per hari", "■ pesan", "● anggota aktif", "Pesan, menurut hari dan jam"} <= seen
    assert {"Sel\n29", "Rab\n30", "Kam\n1", "Min"} <= seen
    assert "2.000" in seen
    assert "Aktivitas anggota · 29 Sep sampai 3 Okt 2026 · UTC" in seen


def test_a_longer_range_names_days_with_their_month() -> None:
    assert any(text.endswith(" Okt") for text in written(findings(40, 4), "id"))
    assert any(text.endswith(" Oct") for text in written(findings(40, 4), "en"))


def test_nothing_is_said_to_be_nothing() -> None:
    assert {"tidak ada data", "■ pesan"} <= written(findings(3, 0), "id")
    assert {"no data", "■ messages", "Messages, by weekday and hour"} <= written(findings(3, 0), "en")
