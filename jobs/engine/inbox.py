"""Wishes of other processes on the same machine: enqueue, cancel, retry, left as files that the owner obeys.

A file and not a table, because one process alone writes the store. Invariant: a wish is obeyed at least once and
answered once; obeying it again changes nothing, for a job's id is the wish's own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.engine.backend import CancelAnswer
from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError, JobExists, NotRetryable, UnknownJob
from jobs.engine.model import new_id
from jobs.engine.options import instance_of, known_only, text_of
from jobs.engine.queue import JobQueue
from jobs.engine.request import OPTIONS

log = logging.getLogger(__name__)

WISH, ANSWER = ".wish.json", ".answer.json"
LOOK_EVERY_S = 1.0
MAX_BYTES = 512 * 1024
FETCHED_WITHIN_S = 86_400.0
"""After it nobody comes for an answer any more, nor ends a wish that was begun."""
ACTIONS = ("enqueue", "cancel", "retry")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a wish."""

    good: bool
    sentence: str


def folder_of(database: Path) -> Path:
    """Where the wishes for the owner of `database` lie."""
    return database.with_name(database.name + ".inbox")


def leave(folder: Path, action: str, **arguments: Any) -> str:
    """Leave a wish; its name, by which the answer is found."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = new_id()
    unfinished = folder / f"{name}.unfinished"
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump({"action": action, **arguments}, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(folder / f"{name}{WISH}")
    return name


def answer_to(folder: Path, name: str) -> Answer | None:
    """The answer to a wish, taken out of the folder; None while there is none."""
    path = folder / f"{name}{ANSWER}"
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    path.unlink()
    return Answer(bool(answer["good"]), str(answer["sentence"]))


class Inbox:
    """Obeys wishes for as long as it runs; those left before the start first. What lies unfetched goes at the start."""

    def __init__(self, queue: JobQueue, folder: Path, clock: Clock) -> None:
        self._queue = queue
        self._folder = folder
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="inbox")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def obey_all(self) -> int:
        """Obey what lies there now; how many wishes."""
        paths = await asyncio.to_thread(lambda: sorted(self._folder.glob(f"*{WISH}")))
        for path in paths:
            answer = await self._obey(path)
            await asyncio.to_thread(_reply, path, answer)
        return len(paths)

    async def _run(self) -> None:
        await asyncio.to_thread(_tidy, self._folder, self._clock.now() / 1000 - FETCHED_WITHIN_S)
        while True:
            try:
                await self.obey_all()
            except OSError as error:
                log.warning("the inbox %s cannot be read: %s", self._folder, error)
            await self._clock.sleep(LOOK_EVERY_S)

    async def _obey(self, path: Path) -> Answer:
        try:
            wish = await asyncio.to_thread(_read, path)
            return Answer(True, await self._do(path.name.removesuffix(WISH), wish))
        except (EngineError, ValueError) as error:
            return Answer(False, str(error))
        except Exception:
            log.exception("the wish %s cannot be obeyed", path.name)
            return Answer(False, "it cannot be obeyed; the log of the process that runs says why")

    async def _do(self, name: str, wish: Mapping[str, Any]) -> str:
        match wish.get("action"):
            case "enqueue":
                return await self._enqueue(name, wish)
            case "cancel":
                job_id = _id_of(wish)
                answer = await self._queue.cancel(job_id, wish.get("reason") or "Cancelled by the operator.")
                if answer is CancelAnswer.UNKNOWN:
                    raise UnknownJob(job_id)
                return f"{job_id}: {answer}"
            case "retry":
                try:
                    job = await self._queue.retry(_id_of(wish))
                except NotRetryable as error:
                    return str(error)
                return f"{job.id} waits to run again"
        raise ValueError("the action must be one of " + ", ".join(ACTIONS))

    async def _enqueue(self, name: str, wish: Mapping[str, Any]) -> str:
        options = instance_of("options", wish.get("options", {}), dict, "an object")
        known_only(options, [option for option in OPTIONS if option != "job_id"])
        try:
            await self._queue.enqueue(wish.get("type", ""), wish.get("payload", {}), job_id=name, **options)
        except JobExists:
            log.info("job %s is there already", name)
        return f"job {name} is enqueued"


def _tidy(folder: Path, before: float) -> None:
    for left in (*folder.glob(f"*{ANSWER}"), *folder.glob("*.unfinished")):
        with suppress(OSError):
            if left.stat().st_mtime < before:
                left.unlink()


def _read(path: Path) -> Mapping[str, Any]:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"a wish may have {MAX_BYTES:,} bytes")
    wish = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(wish, dict):
        raise ValueError("a wish is a JSON object")
    return wish


def _id_of(wish: Mapping[str, Any]) -> str:
    return text_of("id", wish.get("id"), low=1)


def _reply(path: Path, answer: Answer) -> None:
    """The answer first: a crash in between obeys again and never leaves a wish without one."""
    reply = path.with_name(path.name.removesuffix(WISH) + ANSWER)
    unfinished = reply.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"good": answer.good, "sentence": answer.sentence}), encoding="utf-8")
    unfinished.rename(reply)
    path.unlink(missing_ok=True)
