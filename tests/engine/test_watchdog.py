from __future__ import annotations

import asyncio
import os
import time
from typing import Any

import pytest

from jobs.engine.errors import InvalidOption
from jobs.engine.registry import JobContext
from jobs.engine.states import State
from jobs.engine.watchdog import Watchdog
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]


def hold_the_loop(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


async def test_a_handler_that_blocks_the_loop_is_named_with_file_and_line(bench: Bench) -> None:
    told: list[tuple[str, float]] = []
    watchdog = Watchdog(limit_s=0.1, tell=lambda place, seconds: told.append((place, seconds)))
    watchdog.start()

    async def block(ctx: Ctx, payload: Number) -> None:
        hold_the_loop(0.5)

    queue = await bench.queue(block)
    await bench.ended(queue, await queue.enqueue("work", {}))
    await watchdog.stop()
    assert len(told) == 1, "one block is told once"
    place, seconds = told[0]
    assert "test_watchdog.py:" in place
    assert place.endswith("in hold_the_loop")
    assert seconds == 0.1


async def test_a_loop_that_turns_is_left_alone() -> None:
    told: list[str] = []
    watchdog = Watchdog(limit_s=0.2, tell=lambda place, seconds: told.append(place))
    watchdog.start()
    for _ in range(30):
        await asyncio.sleep(0.01)
    await watchdog.stop()
    assert told == []


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


@pytest.mark.parametrize("limit", [0.05])
async def test_a_watchdog_outlives_a_second_block(limit: float) -> None:
    told: list[str] = []
    watchdog = Watchdog(limit_s=limit, tell=lambda place, seconds: told.append(place))
    watchdog.start()
    for _ in range(2):
        hold_the_loop(limit * 4)
        await asyncio.sleep(limit * 2)
    await watchdog.stop()
    assert len(told) == 2
