"""Files that jobs made, one folder a job.

Knows no queue and no Discord. Invariant: a name can never lead out of its folder, and a file is there whole or not
at all.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from jobs.engine.model import Job, JsonValue
from jobs.services import Artifact, NotFound

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
UNFINISHED, WORKING = ".unfinished", ".working-"
LARGE_RESULT = "result.json"


class FileArtifacts:
    """See `ArtifactStore`. Raises `ValueError` for names that are no plain names."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def prepare(self) -> None:
        """Make the folder. Raises `OSError` when nothing can be written there."""
        await asyncio.to_thread(_prepare, self._root)

    async def write(self, job_id: str, name: str, media_type: str, produce: Callable[[Path], None]) -> Artifact:
        path = self._place(job_id, name)
        size = await asyncio.to_thread(_write, path, produce)
        return Artifact(job_id, name, size, media_type)

    @asynccontextmanager
    async def working(self, job_id: str) -> AsyncIterator[Path]:
        folder = await asyncio.to_thread(_begin_work, self._root / _plain(job_id))
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, True)

    def path(self, job_id: str, name: str) -> Path:
        path = self._place(job_id, name)
        if not path.is_file():
            raise NotFound(f"There is no file {name} of job {job_id}.")
        return path

    async def list(self, job_id: str) -> Sequence[Artifact]:
        return await asyncio.to_thread(_list, job_id, self._root / _plain(job_id))

    async def jobs(self) -> Sequence[str]:
        """Ids of jobs that have a folder."""
        return await asyncio.to_thread(_folders, self._root)

    async def remove(self, job_id: str, name: str) -> None:
        """Delete one file; the others of its job stay."""
        await asyncio.to_thread(self._place(job_id, name).unlink, True)

    async def tidy(self, job_id: str) -> None:
        """Delete what a job that has ended did not come to finish: a process that was killed left it there."""
        await asyncio.to_thread(_tidy, self._root / _plain(job_id))

    async def delete(self, job_id: str) -> None:
        await asyncio.to_thread(shutil.rmtree, self._root / _plain(job_id), True)

    def _place(self, job_id: str, name: str) -> Path:
        return self._root / _plain(job_id) / _plain(name)


def large_results(artifacts: FileArtifacts) -> Callable[[Job, JsonValue], Awaitable[JsonValue]]:
    """Keeps a result that is too large for a row as a file of its job."""

    async def keep(job: Job, result: JsonValue) -> JsonValue:
        def produce(path: Path) -> None:
            path.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")

        artifact = await artifacts.write(job.id, LARGE_RESULT, "application/json", produce)
        return {"artifact": artifact.name, "bytes": artifact.size}

    return keep


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name) or name.endswith(UNFINISHED):
        raise ValueError(f"not a plain name: {name[:40]!r}")
    return name


def _prepare(root: Path) -> None:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=root):
        pass


def _drop_work(folder: Path) -> None:
    for left in folder.glob(f"{WORKING}*"):
        shutil.rmtree(left, ignore_errors=True)


def _tidy(folder: Path) -> None:
    _drop_work(folder)
    for half in folder.glob(f"*{UNFINISHED}"):
        half.unlink(missing_ok=True)


def _begin_work(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _drop_work(folder)
    # A name of its own: a process that outlived the bot may still write into the last one.
    return Path(tempfile.mkdtemp(prefix=WORKING, dir=folder))


def _write(path: Path, produce: Callable[[Path], None]) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        produce(unfinished)
        unfinished.chmod(0o600)
        _sync(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(path.parent)
    return path.stat().st_size


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _folders(root: Path) -> Sequence[str]:
    if not root.is_dir():
        return []
    return [path.name for path in root.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]


def _list(job_id: str, folder: Path) -> Sequence[Artifact]:
    if not folder.is_dir():
        return []
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.endswith(UNFINISHED))
    return [Artifact(job_id, path.name, path.stat().st_size, _media_type(path.name)) for path in files]


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
