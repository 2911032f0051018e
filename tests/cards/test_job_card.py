from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import Card, CardStyle, job_card
from bot.languages import Words, languages, words_in
from jobs.confirmation import Question
from jobs.engine.forecast import Outlook
from jobs.engine.model import ErrorInfo, Job, Progress, RunPolicy
from jobs.engine.payload import Payload
from jobs.engine.registry import JobType
from jobs.engine.states import State
from jobs.report import Column, Report

NOW = 1_790_000_000_000
STYLE = CardStyle()
ENGLISH = words_in()


async def nothing(ctx: object, payload: object) -> None:
    """A handler that is never run."""


def type_with(report: Report | None = None, title: str = "Member Analysis") -> JobType:
    return JobType("analysis", title, Payload, nothing, report=(lambda job, words: report) if report else None)


def job(state: State, **more: Any) -> Job:
    base = Job(
        id="k7f39qztma",
        type="analysis",
        state=state,
        payload={},
        policy=RunPolicy(max_attempts=4),
        created_at=NOW - 100_000,
        run_at=NOW,
        updated_at=NOW,
        owner="42",
        attempts=1,
        first_started_at=NOW - 72_000,
        started_at=NOW - 72_000,
    )
    return replace(base, **more)


def text(card: Card) -> str:
    return f"{card.title}\n{card.embed().description}"


@pytest.mark.parametrize(
    ("outlook", "said"),
    [
        (Outlook(3, 118.0), ["Queued, 3rd in line.", "Starts in about 2 min."]),
        (Outlook(1, 12.0), ["Queued, next in line.", "Starts in about 10 s."]),
        (Outlook(2, None), ["Queued, 2nd in line."]),
        (Outlook(1, 2.0), ["Queued, next in line."]),
        (None, ["Queued, next in line."]),
    ],
)
def test_a_waiting_card_names_the_place_in_line_and_when_it_starts(outlook: Outlook | None, said: list[str]) -> None:
    waiting = job(State.WAITING, attempts=0)
    card = job_card(waiting, type_with(), now=NOW, style=STYLE, words=ENGLISH, outlook=outlook)
    assert [*card.lines, *card.clock] == said


def test_a_running_card_has_stage_bar_counts_time_left_attempt_and_id() -> None:
    progress = Progress(
        current=12_240, total=20_061, unit="messages", message="#general", stage="Reading history", stage_no=2, stages=4,
        ok=11_900, skipped=340, eta_s=44,
    )  # fmt: skip
    card = job_card(job(State.ACTIVE, progress=progress), type_with(), now=NOW, style=STYLE, words=ENGLISH)
    assert card.title == "⚙️ Job Progress · Member Analysis"
    assert card.color == 0x00AE86
    assert card.embed().description == (
        "Reading history: \\#general · stage 2 of 4\n"
        "`▰▰▰▰▰▰▱▱▱▱` 61 % · 12,240 of 20,061 messages\n"
        "11,900 counted · 340 skipped\n"
        "1 min 12 s so far · about 45 s left in this stage\n"
        "-# `k7f39qztma` · attempt 1 of 4 · asked by <@42>"
    )


def test_an_unknown_total_has_a_count_and_no_bar() -> None:
    progress = Progress(current=12_240, unit="messages", stage="Reading")
    shown = text(job_card(job(State.ACTIVE, progress=progress), type_with(), now=NOW, style=STYLE, words=ENGLISH))
    assert "12,240 messages so far" in shown
    assert "%" not in shown
    assert "▰" not in shown


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"cancelling": "enough"}, "Stopping after the current step."),
        ({"cancelling": "enough", "stuck": True}, "It does not stop by itself"),
        (
            {"attempts": 2, "error": ErrorInfo("Discord did not answer.")},
            "Attempt 2 of 4, after: Discord did not answer.",
        ),
        ({"progress": Progress(stage="Reading", waiting_s=12.0)}, "Discord asked us to wait 12 s"),
        (
            {"started_at": NOW - 2000, "progress": Progress(current=1240, stage="R", resumed_at=1240)},
            "The bot restarted; went on at 1,240.",
        ),
    ],
)
def test_what_is_unusual_about_a_run_is_said(more: dict[str, Any], words: str) -> None:
    assert words in text(job_card(job(State.ACTIVE, **more), type_with(), now=NOW, style=STYLE, words=ENGLISH))


def test_a_restart_is_mentioned_for_a_while_only() -> None:
    resumed = job(State.ACTIVE, started_at=NOW - 40_000, progress=Progress(current=5, stage="R", resumed_at=5))
    assert "restarted" not in text(job_card(resumed, type_with(), now=NOW, style=STYLE, words=ENGLISH))


def test_a_retry_names_the_attempt_the_instant_and_the_reason() -> None:
    delayed = job(State.DELAYED, run_at=NOW + 20_000, error=ErrorInfo("Discord did not answer."))
    shown = text(job_card(delayed, type_with(), now=NOW, style=STYLE, words=ENGLISH))
    assert f"Attempt 2 of 4 starts <t:{(NOW + 20_000) // 1000}:R>, after: Discord did not answer." in shown


def test_a_completed_card_is_the_types_report() -> None:
    report = Report(
        "1 Oct to 30 Oct", ("312 were active",), (Column("Top", ("a", "b")),), ("2 not read.",), ("c.png",), "c.png"
    )
    done = job(State.COMPLETED, completed_at=NOW)
    card = job_card(done, type_with(report), now=NOW, style=STYLE, words=ENGLISH)
    embed = card.embed()
    assert embed.description == "**1 Oct to 30 Oct**\n312 were active\n2 not read.\ntook 1 min 12 s"
    assert [(field.value, field.inline) for field in embed.fields] == [
        ("a\nb", True),
        ("-# `k7f39qztma` · asked by <@42>", False),
    ]
    assert card.files == ("c.png",)
    assert card.embed().image.url == "attachment://c.png"


def test_a_report_without_end_is_cut_and_still_says_which_job_it_is() -> None:
    report = Report("", tuple(f"line {n} {'x' * 80}" for n in range(300)))
    shown = job_card(
        job(State.COMPLETED, completed_at=NOW), type_with(report), now=NOW, style=STYLE, words=ENGLISH
    ).embed()
    lines = (shown.description or "").split("\n")
    assert len(lines) <= 31
    assert lines[-2].startswith("… and 27")
    assert lines[-1] == "-# `k7f39qztma` · asked by <@42>"


def test_what_asked_first_is_timed_from_its_confirmation_and_offers_an_undo_of_what_was_done_alone() -> None:
    type_ = replace(type_with(), undo="undo", preview=lambda *_: Report("what"))
    question = Question(1, {}, 5, False, NOW + 1, confirmed_at=NOW - 12_000)
    stage = Progress(current=5, total=10, stage="Changing", stage_no=2)
    active = job(State.ACTIVE, progress=stage, started_at=NOW - 12_000)
    shown = job_card(active, type_, now=NOW, style=STYLE, words=ENGLISH, question=question)
    assert shown.clock == ("12 s so far",)
    done = job(State.COMPLETED, completed_at=NOW, progress=stage)
    shown = job_card(done, type_, now=NOW, style=STYLE, words=ENGLISH, question=question)
    assert "took 12 s" in text(shown)
    assert [button.action for button in shown.buttons] == ["undo", "run-again"]
    for state in (State.COMPLETED, State.FAILED, State.CANCELLED):
        nothing = job(state, completed_at=NOW, progress=replace(stage, stage_no=1))
        card = job_card(nothing, type_, now=NOW, style=STYLE, words=ENGLISH, question=question)
        assert "undo" not in [button.action for button in card.buttons]


def test_a_type_says_what_its_job_is_about_and_what_it_has_not_done() -> None:
    type_ = replace(type_with(), subject=lambda *_: "add a role", until_now=lambda *_: ("5 of 9, and no more",))
    for state in (State.PAUSED, State.FAILED, State.CANCELLED):
        stopped = job(state, completed_at=NOW, progress=Progress(current=5, total=9, stage="Changing"))
        lines = job_card(stopped, type_, now=NOW, style=STYLE, words=ENGLISH).lines
        assert lines[0] == "**add a role**"
        assert "5 of 9, and no more" in lines
        assert "It had come to" not in "".join(lines)


def broken_words(*_: object) -> str:
    raise ValueError("no")


def test_a_type_that_cannot_tell_still_has_a_card() -> None:
    type_ = replace(type_with(), subject=broken_words, until_now=broken_words)
    stopped = job(State.PAUSED, reason="Paused by Ada.", progress=Progress(current=5, total=10, stage="Changing"))
    assert "It had come to: Changing, 50 %." in text(job_card(stopped, type_, now=NOW, style=STYLE, words=ENGLISH))


def test_a_report_that_raises_still_has_a_card() -> None:
    def broken(_: Job, __: Words) -> Report:
        raise ValueError("no")

    type_ = replace(type_with(), report=broken)
    assert "Done." in text(job_card(job(State.COMPLETED, completed_at=NOW), type_, now=NOW, style=STYLE, words=ENGLISH))


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_card_even_of_a_type_that_is_gone(state: State) -> None:
    final = {"completed_at": NOW} if state.is_final else {}
    card = job_card(job(state, **final), None, now=NOW, style=STYLE, words=ENGLISH)
    assert "k7f39qztma" in text(card)
    assert "analysis" in card.title


def test_states_differ_by_icon_and_not_by_colour_alone() -> None:
    final = {State.COMPLETED, State.FAILED, State.CANCELLED, State.PAUSED, State.ACTIVE, State.WAITING}
    icons = {
        job_card(job(s, completed_at=NOW), type_with(), now=NOW, style=STYLE, words=ENGLISH).title.split()[0]
        for s in final
    }
    assert len(icons) == len(final)


def test_time_alone_is_no_reason_for_an_edit_and_progress_is() -> None:
    at = Progress(current=5, total=10, stage="Reading", eta_s=9.0)
    active = job(State.ACTIVE, progress=at)
    card = job_card(active, type_with(), now=NOW, style=STYLE, words=ENGLISH)
    later = job_card(
        replace(active, progress=replace(at, eta_s=4.0)), type_with(), now=NOW + 5000, style=STYLE, words=ENGLISH
    )
    further = job_card(
        replace(active, progress=replace(at, current=6)), type_with(), now=NOW, style=STYLE, words=ENGLISH
    )
    assert card.fingerprint == later.fingerprint
    assert card.fingerprint != further.fingerprint


hostile = st.one_of(
    st.text(max_size=6000),
    st.sampled_from(["@everyone", "\u202e" * 50, "🦊" * 3000, "`" * 500, "\n" * 900, "<@1>" * 800, "*_~|" * 900]),
)


@settings(max_examples=150, deadline=None)
@given(
    state=st.sampled_from(State),
    words=hostile,
    more=hostile,
    many=st.integers(0, 60),
    language=st.sampled_from([*languages()]),
)
def test_whatever_a_job_holds_discord_takes_the_card(
    state: State, words: str, more: str, many: int, language: str
) -> None:
    report = Report(words, (words, more) * many, (Column(words, (more,) * many),) * 4, (more,) * many, (), None)
    shown = job(
        state,
        completed_at=NOW,
        reason=words,
        error=ErrorInfo(more),
        progress=Progress(current=3, total=9, stage=words, message=more, unit=words, resumed_at=3),
    )
    embed = job_card(
        shown, type_with(report, title=words), now=NOW, style=CardStyle(title=words), words=ENGLISH
    ).embed()
    assert_fits(embed)


def assert_fits(embed: discord.Embed) -> None:
    """Discord API reference, "Embed Limits"."""
    assert 1 <= len(embed.title or "") <= 256
    assert len(embed.description or "") <= 4096
    assert len(embed.fields) <= 25
    for field in embed.fields:
        assert 1 <= len(field.name or "") <= 256
        assert 1 <= len(field.value or "") <= 1024
    assert len(embed) <= 6000
