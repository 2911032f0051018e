"""Every edge of the table of states is taken once, by hand, under the eyes of the model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from jobs.engine.outcome import Done, Hold, Outcome, target_state
from jobs.engine.states import State
from tests.engine.test_machine import EDGES_OF_THE_TABLE, OUTCOMES, LifeCycle


class Walk:
    """The machine's rules one by one, with its invariants after each."""

    def __init__(self, machine: LifeCycle) -> None:
        self._machine = machine

    def __getattr__(self, rule_: str) -> Callable[..., Any]:
        def step(*values: object) -> Any:
            answer = getattr(self._machine, rule_)(*values)
            self._machine.every_job_is_where_the_model_says()
            return answer

        return step

    def waiting(self) -> str:
        return str(self.enqueue(0, None, None))

    def delayed(self) -> str:
        return str(self.enqueue(20, None, None))

    def blocked(self, delay_s: int = 0) -> str:
        return str(self.enqueue_child(self.waiting(), False, delay_s))

    def active(self) -> str:
        job = self.waiting()
        self.claim_one()
        return job

    def released(self, delay_s: int) -> str:
        """A blocked job whose parent has completed."""
        job = self.blocked(delay_s)
        self.claim_one()
        self.finish(0, Done())
        return job


def end(by: str, make: Callable[[Walk], str], walk: Walk) -> str:
    job = make(walk)
    getattr(walk, by)(job)
    return job


def finish(outcome: Outcome, walk: Walk) -> None:
    walk.active()
    walk.finish(0, outcome)


def pause(make: Callable[[Walk], str], walk: Walk) -> str:
    job = make(walk)
    walk.hold(job, None)
    return job


def resume(make: Callable[[Walk], str], walk: Walk) -> None:
    walk.unhold(pause(make, walk))


def retry(make: Callable[[Walk], str], walk: Walk) -> None:
    walk.retry(make(walk))


def become_due(walk: Walk) -> None:
    walk.delayed()
    walk.move_clock(40)


IDLE: dict[State, Callable[[Walk], str]] = {
    State.WAITING: Walk.waiting,
    State.DELAYED: Walk.delayed,
    State.BLOCKED: Walk.blocked,
}
ENDS = {State.FAILED: "fail_without_a_run", State.CANCELLED: "cancel"}
WAYS: dict[tuple[State, State], Callable[[Walk], Any]] = {
    (State.WAITING, State.ACTIVE): Walk.active,
    (State.DELAYED, State.WAITING): become_due,
    (State.BLOCKED, State.WAITING): lambda walk: walk.released(0),
    (State.BLOCKED, State.DELAYED): lambda walk: walk.released(20),
}
for outcome in OUTCOMES:
    if isinstance(outcome, Hold) and outcome.asked:
        continue  # nobody has asked: it is a release
    WAYS[State.ACTIVE, target_state(outcome)] = partial(finish, outcome)
for state, make in IDLE.items():
    WAYS[state, State.PAUSED] = partial(pause, make)
    WAYS[State.PAUSED, state] = partial(resume, make)
    for ended, by in ENDS.items():
        WAYS[state, ended] = partial(end, by, make)
for ended, by in ENDS.items():
    WAYS[State.PAUSED, ended] = partial(end, by, partial(pause, Walk.waiting))
    for state in (State.WAITING, State.BLOCKED):
        WAYS[ended, state] = partial(retry, partial(end, by, IDLE[state]))


@pytest.mark.parametrize("edge", sorted(EDGES_OF_THE_TABLE))
def test_every_edge_of_the_table_is_taken(edge: tuple[State, State], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LifeCycle, "taken", set())
    machine = LifeCycle()
    try:
        WAYS[edge](Walk(machine))
    finally:
        machine.teardown()
    assert edge in machine.taken


def test_no_way_is_there_for_an_edge_that_is_not_in_the_table() -> None:
    assert set(WAYS) == EDGES_OF_THE_TABLE
