"""What is known of jobs afterwards: results, figures by type and lane, what one process has run."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.services.artifacts import FileArtifacts, large_results
from jobs.engine.backend import JobQuery
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import DeferJob, JobError
from jobs.engine.events import EventType
from jobs.engine.model import Job, JsonValue
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.result import JobResult, result_of
from jobs.engine.retry import Backoff
from jobs.engine.states import State
from tests.engine.conftest import Bench, Number

Ctx = JobContext[Any]
AT_ONCE = Backoff("fixed", base_s=0.0, jitter=0.0)
LARGE: list[JsonValue] = ["x" * 1000] * 1200


async def work(ctx: Ctx, payload: Number) -> JsonValue:
    """Ends as its number says."""
    match payload.number:
        case 1:
            raise JobError("a rule", retryable=False, category="rules", severity="warning")
        case 2:
            raise JobError("a service", category="network", severity="critical")
        case 3:
            raise DeferJob(3600, "later")
        case 4:
            return LARGE
    return {"fine": True}


async def test_an_end_is_told_in_five_fields(bench: Bench) -> None:
    queue = await bench.queue(work)
    good = await bench.ended(queue, await queue.enqueue("work", {}))
    bad = await bench.ended(queue, await queue.enqueue("work", {"number": 2}, max_retries=2, backoff=AT_ONCE))
    waiting = await queue.enqueue("work", {}, delay=60)
    assert result_of(waiting) is None
    result = result_of(good)
    assert result is not None
    assert (result.success, result.data, result.error, result.retry_count) == (True, {"fine": True}, None, 0)
    assert result.execution_time_s is not None
    assert 0 <= result.execution_time_s < 10
    result = result_of(bad)
    assert result is not None
    assert (result.success, result.data, result.retry_count) == (False, None, 2)
    assert result.error is not None
    assert result.to_json()["error"] == result.error.to_json()
    assert set(result.to_json()) == {"success", "data", "error", "execution_time_s", "retry_count"}
    await queue.cancel(waiting.id, "not needed")
    cancelled = await bench.ended(queue, waiting)
    assert result_of(cancelled) == JobResult(False, None, None, None, 0)


async def with_files(tmp_path: Path, files: FileArtifacts | None) -> JobQueue:
    registry = Registry()
    registry.register("work", work, payload=Number, max_attempts=1)
    clock, config = SystemClock(), QueueConfig()
    backend = SqliteBackend(
        SqliteDatabase(tmp_path / "errand.db", migrations=ENGINE_MIGRATIONS), clock=clock, config=config
    )
    keep = large_results(files) if files is not None else None
    queue = JobQueue(backend, registry, clock=clock, config=config, keep_large=keep)
    await queue.start()
    return queue


async def test_a_result_over_a_mebibyte_goes_to_a_file_of_its_job(bench: Bench, tmp_path: Path) -> None:
    files = FileArtifacts(tmp_path / "artifacts")
    queue = await with_files(tmp_path, files)
    job = await bench.ended(queue, await queue.enqueue("work", {"number": 4}))
    assert job.state is State.COMPLETED
    path = files.path(job.id, "result.json")
    assert job.result == {"artifact": "result.json", "bytes": path.stat().st_size}
    assert json.loads(path.read_text()) == LARGE
    await queue.stop()


@pytest.mark.parametrize(("place", "kind"), [(None, "unserialisable_result"), ("a file", "error")])
async def test_a_large_result_without_a_place_to_go_fails_its_job(
    bench: Bench, tmp_path: Path, place: str | None, kind: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    queue = await with_files(tmp_path, FileArtifacts(tmp_path / "file") if place else None)
    job = await bench.ended(queue, await queue.enqueue("work", {"number": 4}))
    assert job.error is not None
    assert (job.state, job.error.kind) == (State.FAILED, kind)
    await queue.stop()


async def test_severity_and_category_find_failed_jobs(bench: Bench) -> None:
    queue = await bench.queue(work)
    jobs = [await queue.enqueue("work", {"number": n}, max_attempts=1) for n in (0, 1, 2)]
    for job in jobs:
        await bench.ended(queue, job)

    async def found(**query: str) -> list[str]:
        return [job.id for job in (await queue.find(JobQuery(**query))).jobs]  # type: ignore[arg-type]

    assert await found(category="rules") == await found(severity="warning") == [jobs[1].id]
    assert await found(severity="critical", category="network") == [jobs[2].id]
    assert await found(severity="critical", category="rules") == []


async def test_figures_are_told_by_type_and_by_lane(bench: Bench) -> None:
    queue = await bench.queue(work, run=False)
    queue.registry.register("other", work, payload=Number)
    await queue.run()
    asked = [("work", 0, "a"), ("work", 1, "a"), ("other", 0, "b"), ("other", 0, "a")]
    for type_, number, lane in asked:
        await bench.ended(queue, await queue.enqueue(type_, {"number": number}, lane=lane))
    put_off = await queue.enqueue("work", {"number": 3}, lane="b")
    async with asyncio.timeout(10):
        while await queue.state(put_off.id) is not State.DELAYED:
            await asyncio.sleep(0.005)
    everything, of_a = await queue.statistics(), await queue.statistics(lane="a")
    assert (everything.total, everything.states[State.DELAYED], everything.error_rate) == (5, 1, 0.25)
    assert everything.throughput_per_minute == pytest.approx(4 / 60), "what was put off is no end"
    assert {name: (f.total, f.error_rate) for name, f in everything.by_type.items()} == {
        "work": (3, 0.5),
        "other": (2, 0.0),
    }
    assert everything.by_type["other"].average_execution_s is not None
    assert of_a.total == 3
    assert of_a.error_rate == pytest.approx(1 / 3)
    assert of_a.throughput_per_minute == pytest.approx(3 / 60)
    assert of_a.by_type["work"].error_rate == 0.5


async def test_internal_types_are_left_out_unless_asked_for(bench: Bench) -> None:
    queue = await bench.queue(work, run=False)
    queue.registry.register("upkeep", work, payload=Number, internal=True)
    job, own = await queue.enqueue("work", {}), await queue.enqueue("upkeep", {})
    assert [j.id for j in (await queue.find(JobQuery())).jobs] == [job.id]
    assert [j.id for j in (await queue.find(JobQuery(types=("upkeep",)))).jobs] == [own.id]
    assert [j.id for j in (await queue.find(JobQuery(), internal=True)).jobs] == [own.id, job.id]
    assert (await queue.statistics()).total == 1
    assert (await queue.statistics(internal=True)).total == 2
    assert [type_.name for type_ in queue.registry.listed()] == ["work"]


async def test_a_process_tells_what_it_has_run(bench: Bench) -> None:
    go_on, running = asyncio.Event(), asyncio.Event()

    async def handle(ctx: Ctx, payload: Number) -> None:
        if payload.number == 7:
            running.set()
            await go_on.wait()
        await work(ctx, payload)

    queue = await bench.queue(handle)
    before = queue.worker()
    assert (before.active, before.completed, before.failed, before.average_processing_s) == (0, 0, 0, None)
    for number in (0, 0, 1):
        await bench.ended(queue, await queue.enqueue("work", {"number": number}))
    held = await queue.enqueue("work", {"number": 7})
    await running.wait()
    now = queue.worker()
    assert (now.active, now.completed, now.failed, now.stuck) == (1, 2, 1, 0)
    assert now.average_processing_s is not None
    assert now.uptime_s > before.uptime_s
    await queue.cancel(held.id, "enough")
    await bench.ended(queue, held)
    assert (queue.worker().active, queue.worker().completed) == (0, 2)


async def test_a_handler_sees_the_job_it_runs(bench: Bench) -> None:
    seen: list[Job] = []

    async def look(ctx: Ctx, payload: Number) -> None:
        seen.append(ctx.job)

    queue = await bench.queue(look)
    job = await queue.enqueue("work", {}, context={"channel": "1"}, metadata={"from": "test"}, priority="high")
    await bench.ended(queue, job)
    (job,) = seen
    assert (job.context, job.metadata, job.priority, job.attempts) == ({"channel": "1"}, {"from": "test"}, 10, 1)
    assert job.policy.max_attempts == queue.config.max_attempts


async def test_an_event_of_a_cancel_names_the_reason(bench: Bench) -> None:
    queue = await bench.queue(work)
    events = queue.events([EventType.JOB_CANCELLED])
    job = await queue.enqueue("work", {}, delay=60)
    await queue.cancel(job.id, "not needed")
    async with asyncio.timeout(5):
        event = await anext(events)
    assert event.data == {"reason": "not needed"}
    assert event.job is not None
    assert event.job.reason == "not needed"
