from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.languages import language_of, languages, words_in
from bot.languages.words import Words
from bot.problems import Problem
from jobs.engine.payload import Payload
from jobs.engine.registry import JobType
from jobs.engine.states import State

ENGLISH, INDONESIAN = words_in(), words_in("id")


async def nothing(ctx: object, payload: object) -> None:
    """A handler that is never run."""


def type_with(folder: Path | None) -> JobType:
    return JobType("a-type", "Its Title", Payload, nothing, languages=folder)


def test_there_are_english_and_indonesian_each_by_its_own_name() -> None:
    assert languages().items() >= {"en": "English", "id": "Bahasa Indonesia"}.items()


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (("id",), "id"),
        (("en-GB",), "en"),
        ((None, "id"), "id"),
        (("xx", "id"), "id"),
        (("xx-YY",), "en"),
        ((), "en"),
        (("../../etc/passwd",), "en"),
    ],
)
def test_the_first_language_that_there_is_is_taken_and_english_without_any(
    wanted: tuple[str | None, ...], language: str
) -> None:
    assert language_of(*wanted) == language


def test_numbers_days_and_weekdays_are_those_of_the_language() -> None:
    assert (ENGLISH.number(12_240), INDONESIAN.number(12_240)) == ("12,240", "12.240")
    assert (ENGLISH.number(1.5, 1), INDONESIAN.number(1.5, 1)) == ("1.5", "1,5")
    assert (ENGLISH.number(8, signed=True), INDONESIAN.number(-1200, signed=True)) == ("+8", "-1.200")
    assert (ENGLISH.day(date(2026, 10, 1)), INDONESIAN.day(date(2026, 10, 1), year=True)) == ("1 Oct", "1 Okt 2026")
    assert (ENGLISH.weekday(6), INDONESIAN.weekday(6)) == ("Sunday", "Minggu")


def test_durations_are_said_in_the_language() -> None:
    assert INDONESIAN.duration(11_100) == "3 jam 5 mnt"
    assert INDONESIAN.about(43) == "45 dtk"
    assert INDONESIAN.ago(90_000) == "1 hari yang lalu"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("Discord did not answer.", "Discord tidak menjawab."),
        ("It took longer than 3,600 seconds.", "Tugas ini memakan waktu lebih dari 3.600 detik."),
        ("Paused by Ann: The bot restarted.", "Dijeda oleh Ann: Bot dimulai ulang."),
        ("Paused by Ann.", "Dijeda oleh Ann."),
        ("Somebody's own words.", "Somebody's own words."),
        ("Paused by " + "x" * 1000, "Paused by " + "x" * 1000),
    ],
)
def test_what_was_written_down_in_english_is_shown_in_the_language_and_other_text_as_it_is(
    stored: str, shown: str
) -> None:
    assert INDONESIAN.of(stored) == shown
    assert ENGLISH.of(stored) == stored


@given(st.text(max_size=300))
def test_any_text_can_be_asked_for(text: str) -> None:
    assert INDONESIAN.of(f"Paused by {text}.")


def test_a_value_is_put_in_as_text_and_never_read_as_a_sentence() -> None:
    assert INDONESIAN("delayed-start", when="{ $x } { button-cancel } \u2068") == (
        "Dimulai { $x } { button-cancel } \u2068."
    )
    assert len(INDONESIAN("delayed-start", when="x" * 5000)) < 2100


def test_a_job_type_brings_its_own_words_and_one_without_catalogue_is_said_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "en.ftl").write_text("title = Its Title\nstored-reading = Reading\nonly-english = Here\n")
    (tmp_path / "id.ftl").write_text("title = Judulnya\nstored-reading = Membaca\n")
    type_ = type_with(tmp_path)
    words = INDONESIAN.within(type_)
    assert INDONESIAN.title(type_) == "Judulnya"
    assert words.of("Reading") == "Membaca"
    assert words("only-english") == "Here"
    assert words("just-now") == "baru saja"
    assert INDONESIAN.title(type_with(None)) == "Its Title"
    assert INDONESIAN.within(type_with(None)).of("Reading") == "Reading"


def test_a_sentence_that_nobody_wrote_is_told_to_the_operator_and_breaks_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        assert Words("id")("no-such-sentence") == "no-such-sentence"
        assert Words("id")("delayed-start") == "Dimulai when."
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def test_types_states_and_functions_are_put_in_as_they_are_called_in_the_language(tmp_path: Path) -> None:
    (tmp_path / "id.ftl").write_text("title = Judulnya\n")
    type_ = type_with(tmp_path)
    said = INDONESIAN("said-completed", user=lambda words: words("operator"), title=type_)
    assert said == "operator Judulnya yang kamu minta sudah selesai."
    assert INDONESIAN("card-asked-by", user=State.PAUSED) == "diminta oleh dijeda"


def test_a_refusal_is_said_in_the_readers_language_and_logged_in_english() -> None:
    problem = Problem("in-a-server")
    assert problem.said(INDONESIAN) == "Gunakan perintah ini di sebuah server."
    assert str(problem) == "Use this command in a server."
