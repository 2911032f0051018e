"""What the engine gives to tests of job types: a handler run by itself, and a queue whose time jumps."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from jobs.engine.errors import InvalidPayload, JobError
from jobs.engine.model import JsonValue
from jobs.engine.outcome import Retry
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext, job_type
from jobs.engine.states import State
from jobs.engine.testing.harness import Harness
from jobs.engine.testing.inline import run_inline


class Letters(Payload):
    """Letters to post."""

    to: list[str]
    stumble: bool = False


@job_type("post", title="Post", payload=Letters)
async def post(ctx: JobContext[Any], payload: Letters) -> list[JsonValue]:
    posted: list[JsonValue] = []
    async with ctx.stage("Posting", total=len(payload.to)) as stage:
        async for name in stage.each(payload.to, key=str):
            if payload.stumble and name == payload.to[-1] and ctx.attempt == 1:
                raise JobError("the pen is empty")
            await ctx.journal.write(intents={name: "post"})
            posted.append(ctx.services(name))
            await ctx.journal.write(results={name: "posted"})
            stage.count("ok")
    await ctx.log(f"{len(posted)} posted")
    return posted


@job_type("sleepy", title="Sleepy", payload=Letters, timeout=None)
async def sleepy(ctx: JobContext[Any], payload: Letters) -> int:
    await ctx.in_thread(time.sleep, 0.05)
    clock: Any = ctx
    await clock.clock.sleep(7200)
    return len(await ctx.parents())


@job_type("endless", title="Endless", payload=Letters, timeout=None)
async def endless(ctx: JobContext[Any], payload: Letters) -> None:
    await asyncio.Event().wait()


async def test_a_handler_runs_by_itself_and_shows_what_it_left() -> None:
    ran = await run_inline(post, {"to": ["Ada", "Bo"]}, services=str.upper)
    assert ran.result == ["ADA", "BO"]
    assert ran.lease.lines == ["2 posted"]
    assert ran.lease.settled == {"Ada": "posted", "Bo": "posted"}
    assert ran.lease.shown[-1].ok == 2
    with pytest.raises(InvalidPayload):
        await run_inline(post, {"to": 7})


async def test_a_second_attempt_finds_what_the_first_one_left() -> None:
    first = await run_inline(post, {"to": ["Ada", "Bo", "Cy"], "stumble": True}, services=str.upper)
    assert isinstance(first.outcome, Retry)
    with pytest.raises(AssertionError, match="the pen is empty"):
        _ = first.result
    second = await run_inline(post, {"to": ["Ada", "Bo", "Cy"], "stumble": True}, services=str.upper, after=first)
    assert second.result == ["CY"]
    assert await second.lease.open_intents() == {}


async def test_a_drain_runs_retries_delays_and_children_in_moments() -> None:
    begun = time.monotonic()
    async with Harness([post, sleepy], services=str.lower) as harness:
        first = await harness.queue.enqueue("post", {"to": ["A", "B"], "stumble": True}, delay=86_400)
        job = await harness.run("sleepy", {"to": []}, depends_on=[first.id])
        assert (job.state, job.result) == (State.COMPLETED, 1)
        (posted,) = await harness.enqueued("post")
        assert (posted.result, posted.attempts) == (["b"], 2)
        assert [job.type for job in await harness.enqueued()] == ["post", "sleepy"]
        assert harness.clock.monotonic() > 86_400 + 7200
    assert time.monotonic() - begun < 20


async def test_what_never_ends_is_named() -> None:
    async with Harness([endless]) as harness:
        job = await harness.queue.enqueue("endless", {"to": []})
        with pytest.raises(TimeoutError, match=f"endless {job.id} \\(active\\)"):
            await harness.drain(limit_s=5)
