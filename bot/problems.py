"""Problems that have a sentence: one for the person who typed a command, one for the operator.

Invariant: the sentence is all that is shown, so it holds nothing internal and says what to do.
"""

from __future__ import annotations


class Problem(Exception):
    """A request in Discord that is refused; `sentence` is shown to the caller alone."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class ExitProblem(Exception):
    """The process cannot go on; `sentence` is its last line and `exit_code` its end."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.exit_code = exit_code
