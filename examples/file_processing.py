"""`file-processing`: fingerprints of files, as a class. `JOB_MODULES=examples.file_processing`.

Shows a processor with `process`, `on_complete` and `on_error`, and blocking work off the event loop.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from pydantic import Field

from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.plugins import processor_type
from jobs.engine.registry import JobContext

log = logging.getLogger(__name__)


class FileProcessing(Payload):
    """Take the fingerprints of files."""

    paths: list[str] = Field(min_length=1, max_length=10_000)


class FileProcessor:
    """SHA-256 and size of each file; one that cannot be read is counted as failed."""

    async def process(self, ctx: JobContext[Any], payload: FileProcessing) -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with ctx.stage("Reading", total=len(payload.paths), unit="files") as stage:
            async for path in stage.each(payload.paths, key=str):
                try:
                    found[path] = await ctx.in_thread(_fingerprint, path)
                    stage.count("ok")
                except OSError as error:
                    stage.count("failed")
                    await ctx.log(f"{path}: {error.strerror}")
        return {"files": found, "failed": len(payload.paths) - len(found)}

    def on_complete(self, job: Job) -> None:
        log.info("files of job %s are done", job.id)

    def on_error(self, job: Job) -> None:
        log.warning("files of job %s failed", job.id)


def _fingerprint(path: str) -> dict[str, Any]:
    with Path(path).open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": Path(path).stat().st_size}


file_processing = processor_type("file-processing", FileProcessor(), payload=FileProcessing)
