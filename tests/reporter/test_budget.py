"""One budget of edits for all messages: how fast, in which order, and what slows it down."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from bot.reporter.budget import EditBudget
from jobs.engine.config import QueueConfig
from jobs.engine.testing.clock import FakeClock
from tests.reporter.conftest import Desk
from tests.reporter.test_reporter import steps


class Turns:
    """Takes turns of a budget and writes down when and in which order."""

    def __init__(self, clock: FakeClock, budget: EditBudget) -> None:
        self.taken: list[tuple[str, float]] = []
        self._clock = clock
        self._budget = budget
        self._tasks: list[asyncio.Task[None]] = []

    def want(self, name: str, place: object = None, *, last: bool = False, rest_s: float = 0.0) -> asyncio.Task[None]:
        async def take() -> None:
            where = place or name
            async with self._budget.turn(where, who=name, last=last, rest_s=rest_s):
                self.taken.append((name, self._clock.monotonic()))

        self._tasks.append(asyncio.create_task(take()))
        return self._tasks[-1]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.taken]

    async def all_taken(self) -> None:
        await self._clock.advance(60)
        await asyncio.gather(*self._tasks)


async def test_turns_begin_no_faster_than_the_pace_and_as_they_came() -> None:
    clock = FakeClock()
    turns = Turns(clock, EditBudget(clock, per_s=10.0))
    for number in range(30):
        turns.want(str(number))
    await turns.all_taken()
    assert turns.names == [str(number) for number in range(30)]
    assert min(later - earlier for (_, earlier), (_, later) in pairwise(turns.taken)) >= 0.1 - 1e-6
    assert turns.taken[-1][1] < 3.0


async def test_a_last_state_goes_before_all_progress() -> None:
    clock = FakeClock()
    turns = Turns(clock, EditBudget(clock, per_s=10.0))
    for number in range(10):
        turns.want(f"progress {number}")
    turns.want("end", last=True)
    await turns.all_taken()
    assert turns.names[:2] == ["progress 0", "end"], "the first one had its turn at once"


async def test_progress_that_waits_and_becomes_a_last_state_goes_before_the_rest() -> None:
    clock = FakeClock()
    budget = EditBudget(clock, per_s=10.0)
    turns = Turns(clock, budget)
    for number in range(10):
        turns.want(f"job {number}")
    await clock.advance(0.15)
    budget.promote("job 9")
    await turns.all_taken()
    assert turns.names.index("job 9") == 2


async def test_at_one_place_only_one_has_a_turn_and_then_the_place_rests() -> None:
    clock = FakeClock()
    turns = Turns(clock, EditBudget(clock, per_s=10.0))
    for number in range(3):
        turns.want(f"here {number}", "here", rest_s=4.0)
    turns.want("there")
    await turns.all_taken()
    assert dict(turns.taken)["there"] < 0.3, "it does not wait for the other place"
    here = [at for name, at in turns.taken if name.startswith("here")]
    assert min(later - earlier for earlier, later in pairwise(here)) >= 4.0 - 1e-6


async def test_a_slow_edit_holds_up_its_own_place_alone() -> None:
    clock = FakeClock()
    budget = EditBudget(clock, per_s=10.0)
    turns = Turns(clock, budget)
    async with budget.turn("here"):
        turns.want("behind", "here")
        turns.want("elsewhere")
        await clock.advance(30)
        assert turns.names == ["elsewhere"]
    await turns.all_taken()
    assert turns.names == ["elsewhere", "behind"]


async def test_who_gives_up_waiting_takes_no_turn_from_others() -> None:
    clock = FakeClock()
    turns = Turns(clock, EditBudget(clock, per_s=10.0))
    turns.want("first")
    gone = turns.want("gone")
    turns.want("last")
    await clock.advance(0.0)
    gone.cancel()
    await clock.advance(0.15)
    assert turns.names == ["first", "last"]
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_limit_halves_the_pace_which_comes_back_by_itself() -> None:
    clock = FakeClock()
    budget = EditBudget(clock, per_s=10.0)
    budget.limited()
    assert budget.per_s == pytest.approx(5.0)
    budget.limited()
    assert budget.per_s == pytest.approx(2.5)
    for _ in range(10):
        budget.limited()
    assert budget.per_s == pytest.approx(1.0)
    await clock.advance(60)
    assert budget.per_s == pytest.approx(10.0)


async def test_many_refused_requests_of_the_bot_make_edits_slow_before_the_door_closes() -> None:
    clock, refused = FakeClock(), 4_999
    budget = EditBudget(clock, per_s=10.0, invalid=lambda: refused)
    assert budget.per_s == 10.0
    refused = 5_000
    assert budget.per_s == 1.0


async def test_at_the_end_of_the_process_what_waits_goes_out_faster() -> None:
    clock = FakeClock()
    budget = EditBudget(clock, per_s=1.0)
    turns = Turns(clock, budget)
    for number in range(60):
        turns.want(str(number))
    await clock.advance(0.5)
    budget.hurry()
    await clock.advance(3.0)
    assert len(turns.taken) == 60


async def test_a_hundred_messages_stay_within_one_budget_and_each_still_moves(desk: Desk) -> None:
    count = 100
    await desk.open(steps(desk, 60, 1.0), config=QueueConfig(concurrency=count, cancel_grace_s=1, shutdown_grace_s=0))
    jobs = [await desk.enqueue(message_id=number + 10) for number in range(count)]
    for job in jobs:
        await desk.ended(job, step=0.1)
    at = sorted(at for _, at in desk.wire.calls)
    # Five seconds at a time: the clock of this test runs faster than the file is read.
    assert all(later - earlier >= 5 for earlier, later in zip(at, at[100:], strict=False)), "20 in a second"
    for number in range(count):
        own = [edit.text for edit in desk.wire.edits if edit.message_id == number + 10]
        assert len(own) >= 5
        assert "Completed" in own[-1]
