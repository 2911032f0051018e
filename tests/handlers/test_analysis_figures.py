"""Each figure of an analysis against members and counts that are chosen for it, and who is called inactive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.languages import words_in
from jobs.engine.model import Job, RunPolicy
from jobs.engine.states import State
from jobs.handlers.member_activity_analysis import member_activity_analysis
from jobs.handlers.member_activity_analysis.analysis import summarise
from jobs.handlers.member_activity_analysis.figures import figures_of
from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.inactivity import judge
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.handlers.member_activity_analysis.report import report
from jobs.past import Comings
from jobs.report import Report
from jobs.services import SIGNALS, ActivityTotals, Amounts, ChannelInfo, GuildInfo, Interval, MemberInfo

ENGLISH = words_in("en").within(member_activity_analysis)
DAY_MS = 86_400_000
SINCE = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp() * 1000)
DAYS = 30
UNTIL = SINCE + DAYS * DAY_MS
LONG_AGO = SINCE - 500 * DAY_MS
GENERAL = ChannelInfo(10, "general", "text", True, True)
STAFF = ChannelInfo(11, "staff", "text", True, False)
HOUR_MS = 3_600_000


def totals_of(
    members: Mapping[int, Amounts], last: Mapping[int, int] | None = None, online: tuple[Interval, ...] = ()
) -> ActivityTotals:
    sums = (sum(getattr(amounts, signal) for amounts in members.values()) for signal in SIGNALS)
    return ActivityTotals(
        members=members,
        channels={},
        days={date(2026, 10, 1): Amounts(*sums)},
        active_members={},
        hours=[[Amounts() for _ in range(24)] for _ in range(7)],
        last_active=last or {id_: UNTIL - DAY_MS for id_, amounts in members.items() if amounts != Amounts()},
        online=online,
        heard=dict.fromkeys(SIGNALS, online),
    )


def findings_of(
    members: list[MemberInfo], totals: ActivityTotals, before: ActivityTotals | None = None, **asked: Any
) -> Findings:
    payload = MemberActivityAnalysis.model_validate(
        {"guild_id": "1", "start_date": "2026-10-01", "end_date": "2026-10-30", **asked}
    )
    return Findings(
        payload=payload,
        guild=GuildInfo(1, "Guild", 1, 0, 1),
        members={member.id: member for member in members},
        channels=(GENERAL,),
        unreadable=(),
        unsure=(),
        within=Interval(SINCE, UNTIL),
        totals=totals,
        before=before,
        before_within=Interval(SINCE - DAYS * DAY_MS, SINCE),
        last_seen=dict(totals.last_active),
    )


def person(id_: int, joined_at: int | None = LONG_AGO, *roles: int) -> MemberInfo:
    return MemberInfo(id_, f"Member {id_}", False, joined_at, roles)


def result_of(findings: Findings) -> dict[str, Any]:
    return summarise(findings, judge(findings))


def shown_of(findings: Findings) -> Report:
    """The card of it."""
    result = {**result_of(findings), "files": []}
    payload = findings.payload.model_dump(mode="json")
    job = Job("k", "member-activity-analysis", State.COMPLETED, payload, RunPolicy(), 0, 0, 0, result=result)
    return report(job, ENGLISH)


def wrote(*members: int) -> dict[int, Amounts]:
    return {member: Amounts(messages=1) for member in members}


def test_who_was_quiet_for_a_period_and_is_active_again_came_back() -> None:
    people = [person(1), person(2), person(3, SINCE + DAY_MS)]
    found = findings_of(people, totals_of(wrote(1, 2, 3)), totals_of(wrote(1)))
    assert result_of(found)["returning"] == 1, "2 did; 1 never left and 3 is new"


def test_nobody_is_said_to_come_back_who_may_have_been_in_voice_while_nobody_looked() -> None:
    now = {1: Amounts(voice_ms=HOUR_MS), 2: Amounts(messages=1), 3: Amounts(messages=1)}
    there, there_before = Interval(SINCE, UNTIL), Interval(SINCE - DAYS * DAY_MS, SINCE)
    people = [person(n) for n in range(1, 4)]
    unseen = findings_of(people, totals_of(now, online=(there,)), totals_of(wrote(3)))
    assert result_of(unseen)["returning"] == 1, "2 wrote again; of 1 nothing can be said"
    source = {figure.name: figure.source for figure in figures_of(result_of(unseen), unseen.payload, ENGLISH)}
    assert "compared by messages alone" in source["Came back"]
    seen = replace(unseen, before=totals_of(wrote(3), online=(there_before,)))
    assert result_of(seen)["returning"] == 2


def test_nobody_comes_back_from_a_period_of_which_nothing_is_known() -> None:
    found = findings_of([person(1)], totals_of(wrote(1)), totals_of({}))
    assert result_of(found)["returning"] is None
    assert result_of(replace(found, before=None))["returning"] is None


def test_newcomers_are_kept_when_they_are_active_on_their_seventh_day_or_later() -> None:
    joined = SINCE + 2 * DAY_MS
    people = [person(n, joined) for n in range(1, 5)]
    last = {1: joined + 7 * DAY_MS, 2: joined + 7 * DAY_MS - 1_800_000, 3: joined + 20 * DAY_MS}
    kept = result_of(findings_of(people, totals_of(wrote(1, 2, 3), last)))["kept"]
    assert kept[0] == {"days": 7, "of": 4, "kept": 2}


@pytest.mark.parametrize(
    ("joined_at", "of"),
    [
        (SINCE - 30 * DAY_MS, 1),
        (UNTIL - 30 * DAY_MS, 0),
        (SINCE - 30 * DAY_MS - 1, 0),
        (None, 0),
    ],
)
def test_newcomers_count_in_the_period_in_which_their_day_comes(joined_at: int | None, of: int) -> None:
    kept = result_of(findings_of([person(1, joined_at)], totals_of(wrote(1))))["kept"]
    assert kept[1] == {"days": 30, "of": of, "kept": of}


def test_the_share_of_the_most_active_tenth_is_told_of_enough_members() -> None:
    amounts = {1: Amounts(messages=91), **wrote(*range(2, 11))}
    found = findings_of([person(n) for n in amounts], totals_of(amounts))
    assert result_of(found)["concentration"] == {"of": "messages", "members": 1, "share": 0.91}
    few = findings_of([person(n) for n in range(1, 10)], totals_of(wrote(*range(1, 10))))
    assert result_of(few)["concentration"] is None
    voice = {n: Amounts(voice_ms=HOUR_MS) for n in range(1, 21)}
    talk = findings_of([person(n) for n in voice], totals_of(voice))
    assert result_of(talk)["concentration"] == {"of": "voice_ms", "members": 2, "share": 0.1}


def test_messages_and_voice_change_only_where_both_periods_are_known() -> None:
    now, before = {1: Amounts(30, 2 * HOUR_MS)}, {1: Amounts(20, HOUR_MS)}
    there, there_before = Interval(SINCE, UNTIL), Interval(SINCE - DAYS * DAY_MS, SINCE)
    both = findings_of([person(1)], totals_of(now, online=(there,)), totals_of(before, online=(there_before,)))
    result = result_of(both)
    assert (result["messages_change"], result["voice_change"]) == (50.0, 100.0)
    half = replace(both, before=totals_of(before, online=(Interval(SINCE - DAY_MS, SINCE),)))
    assert result_of(half)["voice_change"] is None, "an hour of a day that was seen is not an hour of a month"
    assert result_of(replace(both, before=totals_of({})))["messages_change"] is None, (
        "more than nothing is no percentage"
    )


def test_active_members_are_compared_by_what_is_known_of_both_periods() -> None:
    """Three spoke before and nobody does now; while voice was not seen in both, that is no fall."""
    now, before = wrote(1, 2), {**wrote(1), **{n: Amounts(voice_ms=HOUR_MS) for n in (2, 3, 4)}}
    there, there_before = Interval(SINCE, UNTIL), Interval(SINCE - DAYS * DAY_MS, SINCE)
    asked: dict[str, Any] = {"include_reactions": False}
    people = [person(n) for n in range(1, 5)]
    both = findings_of(people, totals_of(now, online=(there,)), totals_of(before, online=(there_before,)), **asked)
    assert (result_of(both)["change"], result_of(both)["change_of"]) == (-50.0, ["messages", "voice_ms"])
    half = replace(both, totals=totals_of(now))
    assert (result_of(half)["change"], result_of(half)["change_of"]) == (100.0, ["messages"])
    told = {
        found is half: next(f for f in figures_of(result_of(found), found.payload, ENGLISH) if f.change is not None)
        for found in (both, half)
    }
    assert "The periods are compared by messages alone" in told[True].source
    assert "compared" not in told[False].source


@pytest.mark.parametrize(("seen_alone", "change"), [(0, 100.0), (1, 100.0), (40, None)])
def test_messages_that_were_only_seen_live_are_not_compared_with_a_time_nobody_saw(
    seen_alone: int, change: float | None
) -> None:
    """A channel whose history is closed was recorded in this period only."""
    locked = ChannelInfo(12, "locked", "text", False, True)
    total, before = totals_of({1: Amounts(200)}), totals_of({1: Amounts(100)})
    total = replace(total, channels={10: Amounts(200 - seen_alone), 12: Amounts(seen_alone)})
    found = replace(
        findings_of([person(1)], total, replace(before, channels={10: Amounts(100)})),
        channels=(GENERAL, locked),
        unreadable={12},
    )
    assert result_of(found)["messages_change"] == change


def test_newcomers_who_are_gone_again_are_asked_too_if_they_were_seen_to_come() -> None:
    joined = SINCE + 2 * DAY_MS
    last = {1: joined + 8 * DAY_MS, 3: joined + 9 * DAY_MS}
    found = findings_of([person(1, joined), person(2, LONG_AGO)], totals_of(wrote(1, 3), last))
    gone = Comings(joined={2: joined, 3: joined, 4: joined}, left={3, 4}, seen_since=SINCE, seen_ms=DAYS * DAY_MS)
    assert result_of(found)["kept"][0] == {"days": 7, "of": 1, "kept": 1}
    assert result_of(found)["gone"] is None, "nobody looked"
    result = result_of(replace(found, comings=gone))
    assert result["kept"][0] == {"days": 7, "of": 3, "kept": 2}, "2 is known by the list of members itself"
    assert result["gone"] == {"members": 2, "since": SINCE, "share": 1.0}


def test_what_is_measured_is_what_there_is_and_stands_under_its_own_name() -> None:
    people = [person(1), person(2)]
    reacted = findings_of(people, totals_of({1: Amounts(reactions=3), 2: Amounts(reactions=9)}))
    result = result_of(reacted)
    assert (result["measure"], [entry["id"] for entry in result["top"]]) == ("reactions", ["2", "1"])
    shown = shown_of(reacted)
    assert shown.columns[0].title == "Top members, by reactions"
    assert shown.columns[0].lines == ("1. <@2> 9",)
    assert "**12** reactions" in shown.lines[0]
    both = shown_of(findings_of(people, totals_of({1: Amounts(voice_ms=HOUR_MS), 2: Amounts(messages=1)})))
    assert [column.lines for column in both.columns] == [("1. <@2> 1",)], "1 wrote nothing"
    spoke = shown_of(findings_of(people, totals_of({1: Amounts(voice_ms=HOUR_MS * 3 // 2)})))
    assert (spoke.columns[0].title, spoke.columns[0].lines) == ("Top members, by hours in voice", ("1. <@1> 1.5 h",))


def test_the_card_tells_each_sum_with_its_change() -> None:
    there, there_before = Interval(SINCE, UNTIL), Interval(SINCE - DAYS * DAY_MS, SINCE)
    found = findings_of(
        [person(1)],
        totals_of({1: Amounts(30, 2 * HOUR_MS, 2)}, online=(there,)),
        totals_of({1: Amounts(20, HOUR_MS, 1)}, online=(there_before,)),
    )
    assert shown_of(found).lines[0] == (
        "**1** of 1 members were active (±0 %) · **30** messages (+50 %) · **2 h** in voice (+100 %) · "
        "**2** reactions (+100 %)"
    )


def test_where_nothing_could_be_seen_nobody_is_said_to_be_silent() -> None:
    found = replace(findings_of([person(1), person(2)], totals_of({}), totals_of(wrote(1))), unreadable={10})
    result, lines = result_of(found), " ".join(shown_of(found).lines)
    assert (result["silent"], result["kept"], result["returning"]) == (None, [], None)
    assert "What the 2 members did in this time is not known" in lines
    assert "no activity" not in lines
    figures = {figure.name: figure for figure in figures_of(result, found.payload, ENGLISH)}
    for name in ("Active members", "Without activity", "Joined and active", "Inactive"):
        assert figures[name].value == "unknown", name
        assert figures[name].source.startswith("Nothing is known of this time"), name


def test_the_list_says_who_may_be_on_it_because_nobody_could_see_them() -> None:
    found = replace(
        findings_of([person(1)], totals_of({}, online=(Interval(UNTIL - 3 * DAY_MS, UNTIL),))),
        channels=(GENERAL, STAFF),
        unreadable={11},
    )
    source = next(f.source for f in figures_of(result_of(found), found.payload, ENGLISH) if f.name == "Inactive")
    assert "1 of 2 channels could not be read." in source
    assert "Voice and reactions are known for 10 % of the time" in source
    alone = replace(found, payload=found.payload.model_copy(update={"include_reactions": False}))
    source = next(f.source for f in figures_of(result_of(alone), alone.payload, ENGLISH) if f.name == "Inactive")
    assert "Voice is known for 10 % of the time; who was there in the rest can be on the list." in source
    seen = findings_of([person(1)], totals_of({}, online=(Interval(SINCE, UNTIL),)))
    source = next(f.source for f in figures_of(result_of(seen), seen.payload, ENGLISH) if f.name == "Inactive")
    assert source == "Who wrote nothing, was not in voice, gave no reactions, has been here for 7 days."


def test_a_moment_away_is_no_gap_that_the_files_tell() -> None:
    there = (
        Interval(SINCE, SINCE + DAY_MS),
        Interval(SINCE + DAY_MS + 59_999, UNTIL - DAY_MS),
        Interval(UNTIL - 1, UNTIL),
    )
    found = findings_of([person(1)], totals_of({}, online=there))
    assert found.stretches == [Interval(SINCE, UNTIL - DAY_MS), Interval(UNTIL - 1, UNTIL)]


def test_the_list_keeps_to_each_rule() -> None:
    amounts = {
        1: Amounts(messages=3),
        2: Amounts(messages=4),
        3: Amounts(voice_ms=600_000),
        4: Amounts(voice_ms=600_001),
    }
    people = [person(n) for n in amounts]
    people += [person(5, LONG_AGO, 7), person(6, UNTIL - 9 * DAY_MS), person(7, UNTIL - 10 * DAY_MS), person(8, None)]
    asked: dict[str, Any] = {
        "inactive_messages": 3,
        "inactive_voice_minutes": 10,
        "grace_days": 10,
        "exempt_roles": ["7"],
    }
    found = judge(findings_of(people, totals_of(amounts), **asked))
    assert found is not None
    assert sorted(found.members) == [1, 3, 7]
    assert (found.exempt, found.new, found.unsure) == (1, 2, 0)


def test_who_was_seen_longest_ago_comes_first_and_who_was_never_seen_apart() -> None:
    people = [person(1), person(2), person(3, LONG_AGO + 1), person(4)]
    found = findings_of(people, totals_of({}))
    listed = judge(replace(found, last_seen={1: SINCE - 5, 2: SINCE - 9}))
    assert listed is not None
    assert (listed.gone_quiet, listed.never_seen) == ([2, 1], [4, 3])


def test_who_had_opted_out_is_on_no_list() -> None:
    listed = judge(replace(findings_of([person(1)], totals_of({})), unsure={1}))
    assert listed is not None
    assert (listed.members, listed.unsure) == ([], 1)


def test_nobody_is_inactive_where_nothing_could_be_seen() -> None:
    found = replace(findings_of([person(1)], totals_of({})), unreadable={10})
    assert judge(found) is None
    result = result_of(found)
    assert (result["inactive"], result["coverage"]["known"]) == (None, False)
    seen = totals_of({}, online=(Interval(SINCE, UNTIL),))
    assert judge(replace(found, totals=seen)) is not None, "what is written there now would have been seen"
    assert judge(findings_of([person(1)], totals_of({}), include_message_count=False)) is None


@pytest.mark.parametrize(("days", "listed"), [(1, False), (26, False), (27, True)])
def test_nobody_is_inactive_by_a_day_of_a_month(days: int, listed: bool) -> None:
    """Where no history can be read; the rest of the figures are told for what they are."""
    seen = totals_of({2: Amounts(voice_ms=1)}, online=(Interval(UNTIL - days * DAY_MS, UNTIL),))
    found = replace(findings_of([person(1), person(2)], seen), unreadable={10})
    result = result_of(found)
    assert (result["inactive"] is not None, result["active"]) == (listed, 1)
    sentence = "Too little is known of this time to call anybody inactive."
    assert (sentence in shown_of(found).notes) is not listed
    figures = {figure.name: figure for figure in figures_of(result, found.payload, ENGLISH)}
    assert (figures["Inactive"].source == sentence) is not listed
    assert figures["Active members"].value == 1


@pytest.mark.parametrize(
    ("asked", "private"),
    [
        ({}, False),
        ({"channels": ["11"]}, True),
        ({"channels": ["10", "11"]}, True),
        ({"without_channels": ["12"]}, False),
    ],
)
def test_sums_of_chosen_channels_are_private_where_one_of_them_is(asked: dict[str, Any], private: bool) -> None:
    channels = [GENERAL, STAFF] if asked.get("channels") != ["11"] else [STAFF]
    found = replace(findings_of([person(1)], totals_of(wrote(1)), **asked), channels=channels)
    assert result_of(found)["alone"] is private
    gone = replace(found, channels=[])
    assert result_of(gone)["alone"] is bool(asked), "nobody knows who could see it"
    only = replace(findings_of([person(1)], totals_of(wrote(1)), without_channels=["10"]), channels=[STAFF])
    assert result_of(only)["alone"], "what is left is what not everybody may see"


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("asked", [{}, {"include_voice_time": False}, {"include_message_count": False}])
@pytest.mark.parametrize("online", [(), (Interval(SINCE + DAY_MS, UNTIL),), (Interval(SINCE, UNTIL),)])
def test_no_figure_is_without_its_source(language: str, asked: dict[str, Any], online: tuple[Interval, ...]) -> None:
    wrote_too, spoke = asked.get("include_message_count", True), asked.get("include_voice_time", True)
    amounts = {n: Amounts(n * wrote_too, HOUR_MS * spoke) for n in range(1, 12)}
    found = findings_of(
        [person(n) for n in range(1, 14)], totals_of(amounts, online=online), totals_of(wrote(1)), **asked
    )
    found = replace(found, unsure={12})
    words = words_in(language).within(member_activity_analysis)
    figures = list(figures_of(result_of(found), found.payload, words))
    assert len(figures) >= 10
    for figure in figures:
        assert figure.name
        assert len(figure.source) > 20, figure
        assert not {figure.name, figure.source} & {"", "figure", "source"}
    named = {figure.name: figure.value for figure in figures}
    if not online and asked.get("include_voice_time", True):
        assert named[words("figure-voice")] == words("unknown"), "no data is not nothing"
