from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.text import bar, escape, joined
from bot.languages import words_in

ENGLISH = words_in()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (72, "1 min 12 s"),
        (3600, "1 h"),
        (11_100, "3 h 5 min"),
        (187_200, "2 d 4 h"),
        (-5, "0 s"),
    ],
)
def test_durations_are_said_in_two_parts_at_most(seconds: float, words: str) -> None:
    assert ENGLISH.duration(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(1, "5 s"), (43, "45 s"), (200, "3 min"), (5000, "1 h 20 min")])
def test_estimates_are_rounded(seconds: float, words: str) -> None:
    assert ENGLISH.about(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(3, "just now"), (300, "5 min ago"), (90_000, "1 d ago")])
def test_ages(seconds: float, words: str) -> None:
    assert ENGLISH.ago(seconds) == words


def test_a_bar_is_full_only_at_the_end() -> None:
    assert bar(0) == "▱" * 10
    assert bar(99.9) == "▰" * 9 + "▱"
    assert bar(100) == "▰" * 10


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("**bold**", "\\*\\*bold\\*\\*"),
        ("a\nb\r\nc", "a b c"),
        ("\u202eesrever", "esrever"),
        ("x" * 300, "x" * 199 + "…"),
        ("\ud800lone", "lone"),
        ("[click](https://e.org/_x_)", "\\[click\\](https:\u200b//e.org/\\_x\\_)"),
        ("see http://e.org", "see http:\u200b//e.org"),
        ("[**big**](x)", "\\[\\*\\*big\\*\\*\\](x)"),
        ("12. item", "12\\. item"),
        ("a\\", "a\\\\"),
        ("# head", "\\# head"),
        ("> quote", "\\> quote"),
        ("- item", "\\- item"),
        ("-# small", "\\-# small"),
        ("e\u0301" + "\u0336" * 40, "e\u0301\u0336\u0336"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("</job list:4> <t:0> <:x:1>", "\\</job list:4> \\<t:0> \\<:x:1>"),
    ],
)
def test_names_become_plain_words(typed: str, shown: str) -> None:
    assert escape(typed) == shown


@given(st.text())
def test_no_name_can_mention_format_or_break_a_line(typed: str) -> None:
    shown = escape(typed)
    assert "\n" not in shown
    for danger in ("<@", "<#", "@everyone", "@here", "\u202e"):
        assert danger not in shown.replace("\\<", "")
    assert "`" not in escape(typed, code=True)


@given(st.lists(st.text(alphabet="abc", max_size=40), max_size=40), st.integers(30, 300))
def test_joined_lines_stay_inside_the_limit_and_say_what_is_missing(lines: list[str], limit: int) -> None:
    text = joined(lines, limit, ENGLISH)
    assert len(text) <= limit
    assert text == "\n".join(lines) or "more" in text
