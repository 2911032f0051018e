"""Files go with their jobs: folders of jobs that the queue does not know any more are deleted.

Looks at the folders, not at events, so that nothing is left by a crash in between. Invariant: a folder goes only
when its job is gone.
"""

from __future__ import annotations

import asyncio
import logging

from bot.services.artifacts import FileArtifacts
from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError
from jobs.engine.queue import JobQueue

log = logging.getLogger(__name__)


class ArtifactUpkeep:
    """Looks every `interval_s` seconds."""

    def __init__(self, queue: JobQueue, artifacts: FileArtifacts, clock: Clock, *, interval_s: float) -> None:
        self._queue = queue
        self._artifacts = artifacts
        self._clock = clock
        self._interval_s = interval_s
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="artifact-upkeep")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def sweep(self) -> int:
        """Delete the files of jobs that are gone; of how many jobs."""
        gone = [job_id for job_id in await self._artifacts.jobs() if await self._queue.get(job_id) is None]
        for job_id in gone:
            await self._artifacts.delete(job_id)
        return len(gone)

    async def _run(self) -> None:
        while True:
            try:
                if deleted := await self.sweep():
                    log.info("deleted the files of %d jobs that are gone", deleted)
            except (EngineError, OSError) as error:
                log.warning("old files stay for now: %s", error)
            await self._clock.sleep(self._interval_s)
