"""Waits that an outside service asks for, told to the stage on whose behalf it was asked.

Whoever talks to the service knows of the wait and not of the job; a stage of the job is told through the task's
context. Invariant: a wait that nobody wants to hear of costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TypeAlias

Waits: TypeAlias = Callable[[float], AbstractAsyncContextManager[None]]
"""What a wait of so many seconds is told to, like a stage's `waiting`."""
_waits: ContextVar[Waits | None] = ContextVar("waits", default=None)


@contextmanager
def telling_waits(waits: Waits) -> Iterator[None]:
    """Tell `waits` of the pauses that are asked for while this holds, in this task and those begun in it."""
    before = _waits.get()
    _waits.set(waits)
    try:
        yield
    finally:
        # Not by token: a stage may be left in another task than it was entered in.
        _waits.set(before)


def told_wait(seconds: float) -> AbstractAsyncContextManager[None]:
    """For a service that has to wait so long: it is shown, and the time counts for no time-out."""
    waits = _waits.get()
    return nullcontext() if waits is None else waits(seconds)
