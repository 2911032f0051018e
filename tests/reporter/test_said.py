"""Which ends and pauses are worth a reply of their own."""

from __future__ import annotations

import pytest

from bot.languages import words_in
from bot.reporter.words import LONG_MS, sentence, worth_saying
from jobs.confirmation import WAITS
from jobs.engine.model import Job, RunPolicy
from jobs.engine.states import State


def paused(reason: str, after_ms: int) -> Job:
    return Job(
        id="abc", type="t", state=State.PAUSED, payload={}, policy=RunPolicy(), created_at=0, run_at=0,
        updated_at=after_ms, reason=reason, owner="5",
    )  # fmt: skip


@pytest.mark.parametrize(("after_ms", "expected"), [(LONG_MS - 1, False), (LONG_MS, True)])
def test_who_is_still_looking_is_not_called_to_confirm(after_ms: int, expected: bool) -> None:
    assert worth_saying(paused(WAITS, after_ms), "always") is expected
    assert worth_saying(paused("I may not.", after_ms), "always"), "a pause that needs somebody is said at once"
    assert not worth_saying(paused(WAITS, after_ms), "never")


def test_a_question_is_called_a_question() -> None:
    said = sentence(paused(WAITS, 0), "Role Assignment", words_in("en"))
    assert said == "<@5> Your Role Assignment waits for you to confirm it."
    assert "is paused" in sentence(paused("I may not.", 0), "Role Assignment", words_in("en"))
