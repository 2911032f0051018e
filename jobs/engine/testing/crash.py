"""Kills the process at a named point of the store's work, to see what a crash there leaves behind.

A point is `moment:operation`, as in `before_commit:put_many`; the operations are the backend's own methods that
write, `claim` among them. Give a `CrashPoints` to `SqliteDatabase(..., probe=...)`.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Sequence


class CrashPoints:
    """Counts every point that is passed, and kills this process at the `hit`-th time `at` is."""

    def __init__(self, at: str | None = None, hit: int = 1) -> None:
        self.hits: Counter[str] = Counter()
        self._at = at
        self._hit = hit

    def __call__(self, moment: str, operations: Sequence[str]) -> None:
        for operation in dict.fromkeys(operations):
            point = f"{moment}:{operation}"
            self.hits[point] += 1
            if point == self._at and self.hits[point] == self._hit:
                os.kill(os.getpid(), signal.SIGKILL)
