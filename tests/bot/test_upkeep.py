from __future__ import annotations

from pathlib import Path

from bot.services.artifacts import FileArtifacts
from bot.upkeep import ArtifactSweep
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import Registry


async def nothing(ctx: object, payload: object) -> None:
    """A handler that is never run."""


def write_x(path: Path) -> None:
    path.write_text("x")


async def test_files_of_a_job_go_with_it_and_no_earlier(tmp_path: Path) -> None:
    registry = Registry()
    registry.register("work", nothing, payload=Payload)
    clock, config = SystemClock(), QueueConfig()
    backend = SqliteBackend(SqliteDatabase(":memory:", migrations=ENGINE_MIGRATIONS), clock=clock, config=config)
    queue = JobQueue(backend, registry, clock=clock, config=config)
    await queue.start(run=False)
    artifacts = FileArtifacts(tmp_path / "artifacts")
    sweeping = ArtifactSweep(queue, artifacts)
    assert await sweeping.sweep() == 0
    job = await queue.enqueue("work", {})
    for job_id in (job.id, "gone"):
        await artifacts.write(job_id, "a.txt", "text/plain", write_x)
    (tmp_path / "artifacts" / ".hidden").mkdir()
    assert await sweeping.sweep() == 1
    assert await artifacts.jobs() == [job.id]
    assert (tmp_path / "artifacts" / ".hidden").is_dir()
    await queue.stop(0)
