"""A process under a mixed load, killed at random: nothing lost, nothing finished run again, one extra run a kill."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from jobs.engine.request import EnqueueRequest
from tests.engine.sqlite.load import ITEMS, queue_on

ROOT = Path(__file__).parent.parent.parent.parent
ROUNDS = int(os.environ.get("KILL_ROUNDS", "12"))
QUICK, STEPS = 60, 6


def load_of(round_: int) -> list[EnqueueRequest]:
    """Quick jobs, long ones with checkpoints, and chains that stumble first."""
    requests = [EnqueueRequest("quick", {"number": n}, lane=f"lane{n % 3}") for n in range(QUICK)]
    requests += [EnqueueRequest("steps", {"number": n}) for n in range(STEPS)]
    for chain in range(3):
        parent = f"r{round_}c{chain}"
        requests.append(EnqueueRequest("quick", {"number": chain}, job_id=parent))
        requests.append(EnqueueRequest("stumbling", {"number": chain}, job_id=f"{parent}child", depends_on=[parent]))
    return requests


async def run_and_kill(path: Path, diary: Path, seconds: float | None) -> None:
    """One life of the process; without `seconds` until nothing is left to do."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.engine.sqlite.load",
        str(path),
        str(diary),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            await process.stdout.readline()
            if seconds is not None:
                await asyncio.sleep(seconds)
            while seconds is None and rows(path, "SELECT 1 FROM job WHERE completed_at IS NULL LIMIT 1"):
                await asyncio.sleep(0.05)
    finally:
        process.kill()
        await process.wait()


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


async def test_no_kill_loses_a_job_or_runs_a_finished_one_again(tmp_path: Path) -> None:
    path, diary = tmp_path / "errand.db", tmp_path / "diary"
    chance = random.Random(1)
    asked = []
    for round_ in range(ROUNDS):
        queue = queue_on(path, diary)
        await queue.start(run=False)
        asked += [job.id for job in await queue.enqueue_many(load_of(round_))]
        finished = {row[0] for row in rows(path, "SELECT id FROM job WHERE completed_at IS NOT NULL")}
        before = Counter(diary.read_text().splitlines())
        await queue.stop(0)
        await run_and_kill(path, diary, chance.uniform(0.0, 0.35))
        again = {
            line.split()[1] for line in Counter(diary.read_text().splitlines()) - before if line.startswith("start")
        }
        assert not again & finished, "what had finished was run again"
    await run_and_kill(path, diary, None)

    jobs = {row[0]: row[1:] for row in rows(path, "SELECT id, type, state, attempts, crashes FROM job")}
    assert set(jobs) == set(asked), "every job that was acknowledged is there, and no other"
    lines = [line.split() for line in diary.read_text().splitlines()]
    starts = Counter(words[1] for words in lines if words[0] == "start")
    items = Counter(tuple(words[1:]) for words in lines if words[0] == "item")
    for job_id, (type_, state, attempts, crashes) in jobs.items():
        assert state == "completed", (job_id, type_, state)
        assert attempts == (2 if type_ == "stumbling" else 1), "a crash uses up no attempt"
        assert starts[job_id] <= attempts + crashes, "at most one extra run a kill"
        assert crashes <= ROUNDS
        if type_ == "steps":
            doubled = sum(items[job_id, str(item)] - 1 for item in range(ITEMS))
            assert 0 <= doubled <= crashes, "at most the open item is done again"
    assert rows(path, "SELECT count(*) FROM job WHERE crashes > 0")[0][0] > 0, "some kill hit a running job"
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    drift = """
        SELECT count(*) FROM lane WHERE waiting <> (
          SELECT count(*) FROM job WHERE state = 'waiting' AND job.type = lane.type AND job.lane = lane.lane
            AND job.priority = lane.priority)"""
    assert rows(path, drift) == [(0,)]
