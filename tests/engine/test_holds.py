"""Jobs that are paused while they run, and jobs that have to start in time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase, upkeep
from jobs.engine.config import QueueConfig
from jobs.engine.errors import HoldJob, JobError
from jobs.engine.events import EventType
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]


async def active(queue: JobQueue, job_id: str) -> None:
    async with asyncio.timeout(10):
        while await queue.state(job_id) is not State.ACTIVE:
            await asyncio.sleep(0.005)


async def paused(queue: JobQueue, job_id: str) -> None:
    async with asyncio.timeout(10):
        while await queue.state(job_id) is not State.PAUSED:
            await asyncio.sleep(0.005)


async def count(ctx: Ctx, payload: Number) -> int:
    """Ten steps, one kept after each; slow until the job has been paused once."""
    kept = await ctx.load("done")
    done = kept if isinstance(kept, int) else 0
    for step in range(done, 10):
        await ctx.checkpoint("done", step + 1)
        if not done:
            await asyncio.sleep(0.05)
    return 10 - done


async def test_a_running_job_is_paused_at_its_next_step_and_resumes_at_its_checkpoint(bench: Bench) -> None:
    queue = await bench.queue(count)
    events = queue.events([EventType.JOB_PAUSED])
    job = await queue.enqueue("work", {})
    await active(queue, job.id)
    assert await queue.hold(job.id, "Paused by @admin.")
    await paused(queue, job.id)
    held = await queue.get(job.id)
    assert held is not None
    assert (held.reason, held.attempts) == ("Paused by @admin.", 0)
    async with asyncio.timeout(5):
        assert (await anext(events)).data == {"reason": "Paused by @admin."}
    assert (await queue.statistics()).states[State.ACTIVE] == 0
    assert await queue.unhold(job.id)
    ended = await bench.ended(queue, job)
    assert isinstance(ended.result, int)
    assert 0 < ended.result < 10


@pytest.mark.parametrize("own", [False, True], ids=["by a person", "by the job itself"])
async def test_after_a_pause_a_stage_goes_on_and_does_not_speak_of_a_restart(bench: Bench, own: bool) -> None:
    async def staged(ctx: Ctx, payload: Number) -> None:
        async with ctx.stage("Counting", total=10) as stage:
            async for number in stage.each(range(10), key=int):
                if number == 4 and not await ctx.load("held"):
                    await ctx.checkpoint("held", True)
                    if own:
                        raise HoldJob("Look at this first.")
                    await queue.hold(ctx.job_id, "Paused by @admin.")
                    await asyncio.Event().wait()
                stage.count()

    queue = await bench.queue(staged)
    job = await queue.enqueue("work", {})
    await paused(queue, job.id)
    assert await queue.unhold(job.id)
    ended = await bench.ended(queue, job)
    assert ended.progress is not None
    assert (ended.progress.current, ended.progress.ok, ended.progress.resumed_at) == (10, 10, None)


async def test_a_pause_asked_of_a_running_job_ends_at_its_instant(bench: Bench) -> None:
    queue = await bench.queue(count)
    job = await queue.enqueue("work", {})
    await active(queue, job.id)
    assert await queue.hold(job.id, "a moment", until=queue.clock.now() + 400)
    await paused(queue, job.id)
    assert (await bench.ended(queue, job)).state is State.COMPLETED


async def test_a_pause_outlives_the_process_that_was_asked_for_it(bench: Bench) -> None:
    """The process ends without a word between the wish and the handler's next step."""
    config = QueueConfig()

    async def deaf(ctx: Ctx, payload: Number) -> None:
        await asyncio.Event().wait()

    clock = FakeClock()  # so that no grace passes
    registry = Registry()
    registry.register("work", deaf, payload=Number)
    database = SqliteDatabase(bench.path, migrations=ENGINE_MIGRATIONS)
    backend = SqliteBackend(database, clock=clock, config=config)
    queue = JobQueue(backend, registry, clock=clock, config=config)
    await queue.start()
    job, free = await queue.enqueue("work", {}), await queue.enqueue("work", {})
    await active(queue, job.id)
    await active(queue, free.id)
    until = clock.now() + 3_600_000
    assert await queue.hold(job.id, "over night", until=until)
    await backend.close()
    queue = await bench.queue(count, clock=clock, run=False)
    held, released = await queue.get(job.id), await queue.get(free.id)
    assert held is not None
    assert released is not None
    assert (held.state, held.reason, held.crashes) == (State.PAUSED, "over night", 1)
    assert (released.state, released.crashes) == (State.WAITING, 1)
    clock.move_wall(3_600_001)
    await queue._backend.sweep()
    assert await queue.state(job.id) is State.WAITING


async def test_what_has_started_in_time_does_not_expire_when_it_comes_back(bench: Bench) -> None:
    clock = FakeClock()
    fails = True

    async def stumble(ctx: Ctx, payload: Number) -> str:
        if fails:
            raise JobError("not yet")
        return "well"

    queue = await bench.queue(stumble, clock=clock)
    late = await queue.enqueue("work", {}, expires=60, delay=120)
    job = await queue.enqueue("work", {}, expires=60, max_attempts=2)
    async with asyncio.timeout(10):
        while await queue.state(job.id) is not State.DELAYED:
            await asyncio.sleep(0.005)
    fails = False
    clock.move_wall(3_600_000)
    await queue._backend.sweep()
    expired = await queue.get(late.id)
    assert expired is not None
    assert (expired.state, expired.reason) == (State.CANCELLED, "It could not start in time.")
    assert (await bench.ended(queue, job)).result == "well"


async def test_a_pause_that_ends_too_late_to_start_ends_the_job_in_one_step(bench: Bench) -> None:
    clock = FakeClock()
    queue = await bench.queue(count, clock=clock, run=False)
    job = await queue.enqueue("work", {}, expires=10)
    assert await queue.hold(job.id, "later", clock.now() + 10_000)
    clock.move_wall(15_000)
    backend: Any = queue._backend
    await backend._database.write(lambda connection: upkeep.pass_time(connection, clock.now()))
    assert await queue.state(job.id) is State.CANCELLED


async def test_a_resume_wins_over_a_pause_that_was_asked_before_it(bench: Bench) -> None:
    """The handler is still on its way to its next step when the pause is taken back."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(ctx: Ctx, payload: Number) -> int:
        kept = await ctx.load("done")
        if kept is None:
            await ctx.checkpoint("done", 1)
            reached.set()
            try:
                await go_on.wait()
            except asyncio.CancelledError:
                await go_on.wait()
                raise
        return ctx.attempt

    queue = await bench.queue(slow)
    told: list[EventType] = []
    queue.on(None, lambda event: told.append(event.type))
    job = await queue.enqueue("work", {})
    await reached.wait()
    assert await queue.hold(job.id, "Paused by @admin.")
    assert await queue.unhold(job.id)
    assert not await queue.unhold(job.id)
    go_on.set()
    ended = await bench.ended(queue, job)
    assert (ended.state, ended.result, ended.reason) == (State.COMPLETED, 1, None)
    assert EventType.JOB_PAUSED not in told
