"""Why a role job stands still, in the other languages too: each reason, with what to do."""

from __future__ import annotations

import pytest

from bot.languages import languages, words_in
from jobs.handlers.bulk_role_assignment.handler import POLICY
from jobs.handlers.bulk_role_assignment.rights import Refusal, Why

OTHERS = [language for language in languages() if language != "en"]
TAILS = (
    " Then press Resume: it goes on with the 1,060 left.",
    " Press Cancel, and ask anew for the 1,060 left.",
    " Then press Resume; or somebody else takes back k7f39qztma by /job undo.",
)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("why", Why)
def test_every_refusal_and_what_to_do_about_it_is_said_in_every_language(language: str, why: Why) -> None:
    words = words_in(language).beside(POLICY["languages"])
    sentence = Refusal(why, "Old: Hands. Then").sentence
    said = words.of(sentence)
    assert said != sentence
    if "Old: Hands. Then" in sentence:
        assert "Old: Hands. Then" in said
    for tail in TAILS:
        whole = words.of(sentence + tail)
        assert whole.startswith(said)
        assert tail.strip() not in whole
