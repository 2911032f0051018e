"""Remembers what was told lately, so that what is told again is not counted again.

A gateway that resumes may repeat events, and Discord may send one twice. Invariant: memory is bounded; whatever is
among the newest `kept` is recognised.
"""

from __future__ import annotations

from collections.abc import Hashable

KEPT = 50_000
"""Half a minute of a very busy bot; weeks of a small one. A resume repeats less."""


class Recent:
    """See the module. Two generations of a set: the older one goes whole."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._new: set[Hashable] = set()
        self._old: set[Hashable] = set()

    def is_new(self, what: Hashable) -> bool:
        """Whether `what` was not told before; from now on it was."""
        if what in self._new or what in self._old:
            return False
        if len(self._new) >= self._kept:
            self._old, self._new = self._new, set()
        self._new.add(what)
        return True
