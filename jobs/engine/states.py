"""The states of a job and the edges between them, as data.

Everything that asks "may this happen?" asks here: the backend's guards, the tests and the life-cycle page.
Invariant: a job is in exactly one state, and only an edge of `EDGES` ever changes it.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from jobs.engine.errors import InvalidOption


class State(StrEnum):
    """Where a job stands in its life."""

    WAITING = "waiting"
    """May run now."""
    DELAYED = "delayed"
    """Not before `run_at`; also the wait before a retry."""
    BLOCKED = "blocked"
    """Waits for other jobs."""
    ACTIVE = "active"
    """A process holds its lease."""
    PAUSED = "paused"
    """Held by a person or a reason; resumable."""
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True when only an explicit retry brings the job back."""
        return self in FINAL


FINAL = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})
UNFINISHED = frozenset(State) - FINAL
INITIAL = frozenset({State.WAITING, State.DELAYED, State.BLOCKED, State.COMPLETED})
"""Where an enqueued job may begin; `completed` is a result that came from the cache."""

EDGES = MappingProxyType(
    {
        State.WAITING: frozenset({State.ACTIVE, State.PAUSED, State.CANCELLED, State.FAILED}),
        State.DELAYED: frozenset({State.WAITING, State.PAUSED, State.CANCELLED, State.FAILED}),
        State.BLOCKED: frozenset({State.WAITING, State.DELAYED, State.PAUSED, State.CANCELLED, State.FAILED}),
        State.ACTIVE: frozenset(
            {State.WAITING, State.DELAYED, State.PAUSED, State.COMPLETED, State.FAILED, State.CANCELLED}
        ),
        State.PAUSED: frozenset({State.WAITING, State.DELAYED, State.BLOCKED, State.CANCELLED, State.FAILED}),
        State.COMPLETED: frozenset(),
        State.FAILED: frozenset({State.WAITING, State.BLOCKED}),
        State.CANCELLED: frozenset({State.WAITING, State.BLOCKED}),
    }
)
"""Legal transitions. Out of `failed` and `cancelled` leads only a retry by hand."""

ALIASES = MappingProxyType(
    {
        "pending": State.WAITING,
        "queued": State.WAITING,
        "running": State.ACTIVE,
        "processing": State.ACTIVE,
        "succeeded": State.COMPLETED,
    }
)


def is_legal(source: State, target: State) -> bool:
    """Whether a job may go from `source` to `target`."""
    return target in EDGES[source]


def parse_state(word: str) -> State:
    """The state named by `word`, aliases included.

    Raises `InvalidOption` with the accepted words.
    """
    folded = word.strip().lower()
    if folded in ALIASES:
        return ALIASES[folded]
    try:
        return State(folded)
    except ValueError:
        raise InvalidOption("state", word, "one of " + ", ".join([*State, *ALIASES])) from None
