"""Who sees a report: everyone at the message's place, or the person who asked alone."""

from __future__ import annotations

from bot.cards import Card, job_card
from jobs.engine.states import State
from jobs.report import Column, Report
from tests.cards.test_job_card import ENGLISH, NOW, STYLE, job, text, type_with

SECRET = Report(
    headline="July", lines=("\\#secret was busiest",), columns=(Column("Channels", ("\\#secret",)),), files=("all.csv",)
)
PUBLIC = Report(headline="July", lines=("12 members were active",), alone=SECRET)


def card_of(report: Report, *, alone: bool) -> Card:
    return job_card(job(State.COMPLETED), type_with(report), now=NOW, style=STYLE, words=ENGLISH, alone=alone)


def test_a_card_that_everyone_sees_has_nothing_of_what_is_for_one_person() -> None:
    card = card_of(PUBLIC, alone=False)
    assert "12 members were active" in text(card)
    assert "secret" not in str(card.embed().to_dict())
    assert card.files == ()
    assert "download" in [button.action for button in card.buttons], "the person who asked can have the files"


def test_the_person_who_asked_sees_everything_where_nobody_else_does() -> None:
    card = card_of(PUBLIC, alone=True)
    assert "secret was busiest" in text(card)
    assert card.files == ("all.csv",)


def test_a_report_without_secrets_is_the_same_for_all() -> None:
    report = Report(headline="July", files=("all.csv",))
    assert card_of(report, alone=True) == card_of(report, alone=False)
