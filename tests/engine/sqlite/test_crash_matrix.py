"""A process killed around every kind of commit, at its first, second and last time: the next life makes it whole."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.engine.sqlite.crash_load import EFFECTS, script

ROOT = Path(__file__).parent.parent.parent.parent
KILLED = -9
OPERATIONS = (
    "cancel", "claim", "clean_up", "complete_all", "delete", "fenced", "hold", "mark_stuck", "pass_time", "put", "put_many",
    "recount", "recover", "retry", "settle", "sweep", "transact", "unhold", "wake",
)  # fmt: skip
CANCELLED = {"held", "expired"}
FAILED = {"stubborn"}


class Lives:
    """Starts lives of the load on one file."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self.database, self.diary = folder / "errand.db", folder / "diary"
        self._process = process
        self.diary.touch()

    async def live(self, at: str | None = None, hit: int = 1) -> int:
        """One life; how it ended: 0, or -9 when it was killed at its point."""
        order = {"database": str(self.database), "diary": str(self.diary), "at": at, "hit": hit}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(40):
            return int(await self._process.stdout.readline())

    @property
    def hits(self) -> dict[str, int]:
        """How often each point was passed in the last life that ended well."""
        found: dict[str, int] = json.loads(self.diary.with_suffix(".hits").read_text())
        return found

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchall()

    def lines(self, word: str) -> list[list[str]]:
        return [words[1:] for words in map(str.split, self.diary.read_text().splitlines()) if words[0] == word]


@pytest.fixture
async def process() -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.engine.sqlite.crash_load", cwd=ROOT, stdin=pipe, stdout=pipe
    )
    yield process
    process.kill()
    await process.wait()


def finished(lives: Lives) -> set[str]:
    """Jobs that stay as they are; `wrong` is retried by hand once it has failed."""
    if not lives.rows("SELECT 1 FROM sqlite_master WHERE name = 'job'"):
        return set()
    return {row[0] for row in lives.rows("SELECT id FROM job WHERE completed_at IS NOT NULL AND id <> 'wrong'")}


def check(lives: Lives) -> None:
    """What must hold behind any crash, once everything has ended."""
    jobs = {row[0]: row[1:] for row in lives.rows("SELECT id, state, attempts, crashes, type FROM job")}
    asked = {str(request.job_id) for request in script()} | {"own"}
    assert {id_ for ids in lives.lines("acknowledged") for id_ in ids} <= set(jobs), "an acknowledged job is there"
    assert {id_ for id_, job in jobs.items() if job[-1] != "delivery"} == asked
    starts = Counter(words[0] for words in lives.lines("start"))
    for job_id, (state, attempts, crashes, _) in jobs.items():
        wanted = "cancelled" if job_id in CANCELLED else "failed" if job_id in FAILED else "completed"
        assert state == wanted, job_id
        assert starts[job_id] <= attempts + crashes <= starts[job_id] + 1, f"{job_id} ran more often than is known"
        assert crashes <= 1
    effects = Counter(tuple(words) for words in lives.lines("effect"))
    assert effects == {(f"effects{n}", str(item)): 1 for n in range(2) for item in range(EFFECTS)}
    assert lives.rows("SELECT count(*) FROM journal WHERE settled_at IS NULL") == [(0,)]
    assert lives.rows("SELECT job FROM own") == [("own",)]
    told = Counter(tuple(json.loads(row[0])) for row in lives.rows("SELECT labels FROM job WHERE type = 'delivery'"))
    assert set(told.values()) == {1}, "what an end owes is stored once"
    ends = lives.rows(
        "SELECT job, type FROM event WHERE type IN ('job_completed', 'job_failed', 'job_cancelled') "
        "AND job NOT IN (SELECT id FROM job WHERE type = 'delivery')"
    )
    assert Counter(ends) == told
    assert lives.rows("PRAGMA integrity_check") == [("ok",)]
    assert lives.rows("PRAGMA foreign_key_check") == []
    assert lives.rows(
        "SELECT count(*) FROM lane WHERE waiting <> (SELECT count(*) FROM job WHERE state = 'waiting' "
        "AND job.type = lane.type AND job.lane = lane.lane AND job.priority = lane.priority)"
    ) == [(0,)]


async def test_the_load_passes_every_point_that_is_named(process: asyncio.subprocess.Process, tmp_path: Path) -> None:
    lives = Lives(tmp_path, process)
    assert await lives.live() == 0
    check(lives)
    passed = {point.split(":")[1] for point in lives.hits}
    assert passed == set(OPERATIONS)


async def killed(process: asyncio.subprocess.Process, folder: Path, point: str, hit: int) -> Lives:
    """Lives of which one was killed at that hit of the point.

    How operations fall into groups differs from life to life: one that passes the point less often says how often.
    """
    for number in range(8):
        (own := folder / f"{hit}-{number}").mkdir()
        lives = Lives(own, process)
        if await lives.live(point, hit) == KILLED:
            return lives
        hit = min(hit, lives.hits[point])
    raise AssertionError(f"no life came to hit {hit} of {point}")


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_crash_at_any_commit_is_made_whole_by_the_next_life(
    process: asyncio.subprocess.Process, tmp_path: Path, operation: str, moment: str
) -> None:
    point = f"{moment}:{operation}"
    (tmp_path / "dry").mkdir()
    dry = Lives(tmp_path / "dry", process)
    assert await dry.live() == 0
    for hit in sorted({1, min(2, dry.hits[point]), dry.hits[point]}):
        lives = await killed(process, tmp_path, point, hit)
        before, done = len(lives.lines("start")), finished(lives)
        assert await lives.live() == 0
        again = {words[0] for words in lives.lines("start")[before:]}
        assert not again & done, "what had finished was run again"
        check(lives)
