"""What goes by itself: files of jobs that are gone, and what is kept of guilds that removed the bot long ago.

Looks at what is there, not at events, so that nothing is left by a crash in between. Invariant: one sweep's trouble
stops no other, and a folder goes only when its job is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from bot.services.artifacts import FileArtifacts
from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError
from jobs.engine.queue import JobQueue

log = logging.getLogger(__name__)

Sweep: TypeAlias = Callable[[], Awaitable[int]]
"""Deletes what is due; how much it was."""


class Upkeep:
    """Sweeps every `interval_s` seconds; each sweep under the name of what it deletes."""

    def __init__(self, sweeps: Mapping[str, Sweep], clock: Clock, *, interval_s: float) -> None:
        self._sweeps = sweeps
        self._clock = clock
        self._interval_s = interval_s
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="upkeep")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def _run(self) -> None:
        while True:
            for name, sweep in self._sweeps.items():
                try:
                    if deleted := await sweep():
                        log.info("deleted: %s (%d)", name, deleted)
                except (EngineError, OSError) as error:
                    log.warning("%s stay for now: %s", name, error)
            await self._clock.sleep(self._interval_s)


class ArtifactSweep:
    """Deletes the folders of jobs that the queue does not know any more."""

    def __init__(self, queue: JobQueue, artifacts: FileArtifacts) -> None:
        self._queue = queue
        self._artifacts = artifacts

    async def sweep(self) -> int:
        """Of how many jobs."""
        gone = [job_id for job_id in await self._artifacts.jobs() if await self._queue.get(job_id) is None]
        for job_id in gone:
            await self._artifacts.delete(job_id)
        return len(gone)
