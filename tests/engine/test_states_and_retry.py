"""The pure floor: states, retry arithmetic, values and their JSON."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.errors import InvalidOption, NotSerialisable
from jobs.engine.model import ErrorInfo, Job, Progress, RunPolicy, dump_json, new_id
from jobs.engine.outcome import Cancelled, Defer, Done, Fail, Hold, Outcome, Release, Retry, target_state
from jobs.engine.retry import Again, Backoff, BackoffKind, GiveUp, decide
from jobs.engine.states import ALIASES, EDGES, FINAL, INITIAL, UNFINISHED, State, is_legal, parse_state

ERROR = ErrorInfo("no")
OUTCOMES: list[Outcome] = [
    Done(),
    Retry(1, ERROR),
    Defer(1, ""),
    Hold(""),
    Fail(ERROR),
    Cancelled(""),
    Release(),
]


def test_every_state_can_be_reached_and_every_unfinished_one_can_end() -> None:
    reached = set(INITIAL)
    while more := {t for s in reached for t in EDGES[s]} - reached:
        reached |= more
    assert reached == set(State)
    for state in UNFINISHED:
        ways = {state}
        while more := {t for s in ways for t in EDGES[s]} - ways:
            ways |= more
        assert ways & FINAL


def test_out_of_an_end_leads_only_a_retry_by_hand() -> None:
    assert all(EDGES[state] <= {State.WAITING, State.BLOCKED} for state in FINAL)
    assert not EDGES[State.COMPLETED]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_a_legal_edge_from_active(outcome: Outcome) -> None:
    assert is_legal(State.ACTIVE, target_state(outcome))


def test_words_of_other_systems_are_understood_and_unknown_ones_refused() -> None:
    assert parse_state(" Running ") is State.ACTIVE
    assert {parse_state(word) for word in [*ALIASES, *State]} == set(State)
    with pytest.raises(InvalidOption, match="waiting, delayed"):
        parse_state("asleep")


@pytest.mark.parametrize(
    ("kind", "base_s", "waits"),
    [("exponential", 1, [1, 2, 4, 8, 16]), ("linear", 1, [1, 2, 3, 4, 5]), ("fixed", 5, [5, 5, 5])],
)
def test_waits_without_jitter_follow_their_kind(kind: BackoffKind, base_s: float, waits: list[float]) -> None:
    backoff = Backoff(kind, base_s=base_s, jitter=0.0)
    assert [backoff.delay_s(n, lambda: 0.9) for n in range(1, len(waits) + 1)] == waits


@given(
    kind=st.sampled_from(["exponential", "linear", "fixed"]),
    base_s=st.floats(0, 86_400),
    factor=st.floats(1, 100),
    max_delay_s=st.floats(0, 7 * 86_400),
    jitter=st.floats(0, 1),
    attempt=st.integers(1, 10**9),
    dice=st.floats(0, 1, exclude_max=True),
)
def test_a_wait_is_never_negative_and_never_above_the_cap(
    kind: BackoffKind,
    base_s: float,
    factor: float,
    max_delay_s: float,
    jitter: float,
    attempt: int,
    dice: float,
) -> None:
    backoff = Backoff(kind, base_s, factor, max_delay_s, jitter)
    assert 0 <= backoff.delay_s(attempt, lambda: dice) <= max_delay_s


@given(dice=st.floats(0, 1, exclude_max=True))
def test_jitter_spreads_by_its_share(dice: float) -> None:
    assert 8.0 <= Backoff("fixed", base_s=10, jitter=0.2).delay_s(1, lambda: dice) <= 12.0


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "random"},
        {"base_s": float("nan")},
        {"factor": 0.5},
        {"max_delay_s": float("inf")},
        {"jitter": 2},
        {"base_s": True},
    ],
)
def test_a_backoff_out_of_range_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidOption):
        Backoff(**options)  # type: ignore[arg-type]


def test_attempts_end_when_used_up_or_not_retryable() -> None:
    backoff = Backoff("fixed", base_s=3, jitter=0)

    def after(attempt: int, retryable: bool = True) -> Again | GiveUp:
        return decide(retryable=retryable, attempt=attempt, max_attempts=2, backoff=backoff, random=lambda: 0.5)

    assert after(1) == Again(3.0)
    assert after(2) == GiveUp("attempts_used_up")
    assert after(1, retryable=False) == GiveUp("not_retryable")


def test_a_job_survives_json() -> None:
    for state, progress, error in product(State, (None, Progress(3, 10, ok=3)), (None, ERROR)):
        job = Job("a", "work", state, {"n": [1]}, RunPolicy(), 1, 2, 3, progress=progress, error=error)
        assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job


def test_ids_are_ten_letters_and_digits_and_do_not_repeat() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(id_) == 10 and id_.isalnum() and id_.islower() | id_.isdigit() for id_ in ids)


@pytest.mark.parametrize("value", [float("inf"), {1: {2}}, "\ud800", b"bytes"])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(NotSerialisable):
        dump_json(value, "payload", 1000)


def test_an_unknown_total_gives_no_percentage() -> None:
    assert Progress(5).percentage is None
    assert Progress(5, 10).percentage == 50.0
    assert Progress(15, 10).percentage == 100.0
