"""Problems that have a sentence: one for the person who typed a command, one for the operator.

Invariant: the sentence is all that is shown, so it holds nothing internal and says what to do.
"""

from __future__ import annotations

from bot.languages import Sentence, Words, words_in

EX_UNAVAILABLE, EX_SOFTWARE, EX_TEMPFAIL, EX_CONFIG = 69, 70, 75, 78
"""Exit codes "service unavailable", "internal error", "temporary failure" and "configuration error" of sysexits.h."""


class Problem(Exception):
    """A request in Discord that is refused: the key of a sentence, and what is put into it (`bot.languages.Words`).

    It is said to the caller alone, in their language.
    """

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key, values)
        self.sentence = Sentence(key, **values)

    def __str__(self) -> str:
        """In English, for logs."""
        return self.said(words_in())

    def said(self, words: Words) -> str:
        """The sentence."""
        return self.sentence(words)


class ExitProblem(Exception):
    """The process cannot go on; `sentence` is its last line and `exit_code` its end."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code
