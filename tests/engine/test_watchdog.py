from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

import pytest

from jobs.engine.errors import InvalidOption
from jobs.engine.registry import JobContext
from jobs.engine.states import State
from jobs.engine.watchdog import Watchdog
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]


LIMIT_S = 0.05


class Told:
    """What a watchdog told. On a machine that gives the loop no time it is late elsewhere, too, and that is told."""

    def __init__(self) -> None:
        self.of_others: list[str] = []
        self.of_hold: list[tuple[str, float]] = []

    def __call__(self, place: str, seconds: float) -> None:
        if place.endswith("in hold_the_loop"):
            self.of_hold.append((place, seconds))
        else:
            self.of_others.append(place)


def hold_the_loop(seen: Sequence[object] = (), enough: int = 1, *, at_most_s: float = 30.0) -> None:
    """Until so many are `seen`. Calls nothing of Python's, so that it stands nowhere but here."""
    until = time.monotonic() + at_most_s
    while len(seen) < enough and time.monotonic() < until:
        pass


async def test_a_handler_that_blocks_the_loop_is_named_once_with_file_and_line(bench: Bench) -> None:
    told = Told()
    watchdog = Watchdog(limit_s=LIMIT_S, tell=told)
    watchdog.start()

    async def block(ctx: Ctx, payload: Number) -> None:
        hold_the_loop(told.of_hold)
        hold_the_loop(at_most_s=5 * LIMIT_S)

    queue = await bench.queue(block)
    await bench.ended(queue, await queue.enqueue("work", {}))
    await watchdog.stop()
    assert len(told.of_hold) == 1, "one block is told once"
    place, seconds = told.of_hold[0]
    assert "test_watchdog.py:" in place
    assert seconds == LIMIT_S


async def test_a_loop_that_turns_is_left_alone() -> None:
    told, longest_s, turned = Told(), 0.0, time.monotonic()
    watchdog = Watchdog(limit_s=0.2, tell=told)
    watchdog.start()
    for _ in range(30):
        await asyncio.sleep(0.01)
        before, turned = turned, time.monotonic()
        longest_s = max(longest_s, turned - before)
    await watchdog.stop()
    assert not told.of_others or longest_s > 0.1


async def test_a_loop_that_turns_again_before_it_is_looked_at_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it stands by then is not what held it."""
    look, looks, turns = sys._current_frames, list[int](), threading.Event()

    def late() -> Mapping[int, FrameType]:
        looks.append(1)
        turns.wait()
        return look()

    monkeypatch.setattr(sys, "_current_frames", late)
    told = Told()
    watchdog = Watchdog(limit_s=LIMIT_S, tell=told)
    watchdog.start()
    hold_the_loop(looks)
    stopping = asyncio.create_task(watchdog.stop())
    await asyncio.sleep(0)
    turns.set()
    await stopping
    assert (told.of_hold, told.of_others) == ([], [])


def square(number: int) -> tuple[int, int]:
    """Runs in another process."""
    return number * number, os.getpid()


async def test_heavy_work_runs_in_another_process(bench: Bench) -> None:
    async def heavy(ctx: Ctx, payload: Number) -> list[int]:
        return list(await ctx.in_process(square, payload.number))

    queue = await bench.queue(heavy)
    job = await bench.ended(queue, await queue.enqueue("work", {"number": 12}))
    assert job.state is State.COMPLETED, job.error
    assert isinstance(job.result, list)
    assert job.result[0] == 144
    assert job.result[1] != os.getpid()


async def test_what_another_process_cannot_be_given_is_refused(bench: Bench) -> None:
    refused: list[BaseException] = []

    async def heavy(ctx: Ctx, payload: Number) -> None:
        try:
            await ctx.in_process(lambda: 1)
        except InvalidOption as error:
            refused.append(error)

    queue = await bench.queue(heavy)
    await bench.ended(queue, await queue.enqueue("work", {}))
    assert len(refused) == 1


async def test_a_watchdog_outlives_a_second_block() -> None:
    told = Told()
    watchdog = Watchdog(limit_s=LIMIT_S, tell=told)
    watchdog.start()
    hold_the_loop(told.of_hold)
    await asyncio.sleep(0)
    hold_the_loop(told.of_hold, 2)
    await watchdog.stop()
    assert len(told.of_hold) == 2
