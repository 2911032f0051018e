"""A process under a mixed load, killed at random: nothing lost, nothing finished run again, one extra run a kill."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from pathlib import Path

from jobs.engine.queue import JobQueue
from jobs.engine.request import EnqueueRequest
from tests.engine.sqlite.invariants import Books
from tests.engine.sqlite.load import ITEMS, queue_on

ROOT = Path(__file__).parent.parent.parent.parent
ROUNDS = int(os.environ.get("KILL_ROUNDS", "12"))
QUICK, STEPS = 12, 2
"""Little enough that the lives, short as they are, keep up with what is asked of them."""


def load_of(round_: int) -> list[EnqueueRequest]:
    """Quick jobs in threads and out of them, long ones with checkpoints, batches, chains that stumble first, keys."""
    requests = [EnqueueRequest("quick", {"number": n}, lane=f"lane{n % 3}", priority=n % 4) for n in range(QUICK)]
    requests += [EnqueueRequest("plain", {"number": n}) for n in range(4)]
    requests += [EnqueueRequest("together", {"number": n}) for n in range(5)]
    requests += [EnqueueRequest("steps", {"number": n}) for n in range(STEPS)]
    requests += [EnqueueRequest("quick", {"number": n}, key=f"key{n}", delay=0.05 * n) for n in range(4)]
    requests += [EnqueueRequest("late", {}), EnqueueRequest("quick", {}, delay=3600, job_id=f"cancelled{round_}")]
    for chain in range(2):
        parent = f"r{round_}c{chain}"
        requests.append(EnqueueRequest("quick", {"number": chain}, job_id=parent))
        requests.append(EnqueueRequest("stumbling", {"number": chain}, job_id=f"{parent}child", depends_on=[parent]))
    return requests


class Process:
    """One life of the load."""

    def __init__(self, path: Path, diary: Path) -> None:
        self._arguments = (str(path), str(diary))

    async def __aenter__(self) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "tests.engine.sqlite.load", *self._arguments)
        self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            assert await self._process.stdout.readline() == b"ready\n"
        return self._process

    async def __aexit__(self, *error: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


async def enqueue(queue: JobQueue, round_: int) -> set[str]:
    """The ids that were acknowledged."""
    ids = {job.id for job in await queue.enqueue_many(load_of(round_))}
    await queue.cancel(f"cancelled{round_}", "not needed")
    return ids


async def test_no_kill_loses_a_job_or_runs_a_finished_one_again(tmp_path: Path) -> None:
    path, diary = tmp_path / "errand.db", tmp_path / "diary"
    books, chance = Books(path, diary), random.Random(1)
    asked: set[str] = set()
    for round_ in range(ROUNDS):
        queue = queue_on(path, diary)
        await queue.start(run=False)
        try:
            asked |= await enqueue(queue, round_)
            books.check(asked)
        finally:
            await queue.stop(0)
        finished, before = books.finished(), books.started()
        async with Process(path, diary):
            await asyncio.sleep(chance.uniform(0.0, 0.5))
        assert not set(books.started() - before) & finished, "what had finished was run again"
    async with Process(path, diary) as process, asyncio.timeout(60 + ROUNDS):
        while books.rows("SELECT 1 FROM job WHERE completed_at IS NULL LIMIT 1") or not all_told(books):
            await asyncio.sleep(0.05)
        process.terminate()
        assert process.stdout is not None
        async with asyncio.timeout(10):
            assert await process.stdout.readline() == b"0 0 0 0\n", "no run, task, thread or file is left"
            assert await process.wait() == 0
    books.check(asked)
    check_ends(books, asked)


def all_told(books: Books) -> bool:
    (owed,), (told,) = (books.rows(f"SELECT count(*) FROM job WHERE type {sign} 'delivery'")[0] for sign in ("<>", "="))
    return bool(owed == told)


def check_ends(books: Books, asked: set[str]) -> None:
    """What must hold once everything has ended."""
    jobs = {row[0]: row[1:] for row in books.rows("SELECT id, type, state, attempts, crashes FROM job")}
    assert {id_ for id_, job in jobs.items() if job[0] != "delivery"} == asked, "no other job is there"
    starts = books.started()
    items = Counter((job_id, item) for _, _, job_id, item in books.lines("item"))
    for job_id, (type_, state, attempts, crashes) in jobs.items():
        wanted = "failed" if type_ == "late" else "cancelled" if job_id.startswith("cancelled") else "completed"
        assert state == wanted, (job_id, type_, state)
        charged = 2 if type_ in ("stumbling", "late") else 0 if wanted == "cancelled" else 1
        assert attempts == charged, "a crash uses up no attempt"
        assert attempts <= starts[job_id] <= attempts + crashes, "at most one extra run a kill"
        assert crashes <= ROUNDS
        if type_ == "steps":
            doubled = sum(items[job_id, str(item)] - 1 for item in range(ITEMS))
            assert 0 <= doubled <= crashes, "at most the open item is done again"
    assert any(job[-1] for job in jobs.values()), "some kill hit a running job"
