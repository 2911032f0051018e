"""What a run ended as: a closed set; nothing else leaves the executor.

`Settlement` is one object with everything that must become durable together with the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from jobs.engine.model import ErrorInfo, JobSpec, JsonValue, RecordWrite
from jobs.engine.states import State


@dataclass(frozen=True, slots=True)
class Done:
    """The handler returned; whatever it returned, it succeeded."""

    result: JsonValue = None


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed and another one follows after `delay_s`."""

    delay_s: float
    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class Defer:
    """Later, without using an attempt."""

    delay_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Paused until a person or a reason lets it go on; no attempt is used."""

    reason: str
    until: int | None = None
    """Instant (ms) at which it goes on by itself; None waits for `unhold`."""
    asked: bool = False
    """Somebody asked for it while it ran. Void, and a `Release`, when he has taken that back by now."""


@dataclass(frozen=True, slots=True)
class Fail:
    """Ended for good."""

    error: ErrorInfo


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Ended because somebody asked for it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """Back to waiting at once, without using an attempt: the process is stopping."""

    reason: str = "the bot is restarting"


Outcome: TypeAlias = Done | Retry | Defer | Hold | Fail | Cancelled | Release


def target_state(outcome: Outcome) -> State:
    """The state an active job goes to with this outcome."""
    match outcome:
        case Done():
            return State.COMPLETED
        case Retry() | Defer():
            return State.DELAYED
        case Hold():
            return State.PAUSED
        case Fail():
            return State.FAILED
        case Cancelled():
            return State.CANCELLED
        case Release():
            return State.WAITING


def gives_attempt_back(outcome: Outcome) -> bool:
    """Whether the attempt that the claim charged is returned."""
    return isinstance(outcome, Defer | Hold | Release)


@dataclass(frozen=True, slots=True)
class Settlement:
    """An outcome and what follows from it, stored in one step."""

    outcome: Outcome
    follow_ups: tuple[JobSpec, ...] = ()
    records: tuple[RecordWrite, ...] = ()
