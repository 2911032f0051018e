"""Wishes of other processes, obeyed by the one that owns the file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from jobs.engine.clock import SystemClock
from jobs.engine.inbox import Inbox, answer_to, folder_of, leave
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.states import State
from tests.engine.conftest import Bench, Number


async def double(ctx: JobContext[Any], payload: Number) -> int:
    return payload.number * 2


@pytest.fixture
async def queue(bench: Bench) -> JobQueue:
    return await bench.queue(double)


@pytest.fixture
def inbox(queue: JobQueue, tmp_path: Path) -> Inbox:
    return Inbox(queue, folder_of(tmp_path / "errand.db"), SystemClock())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "errand.db")


async def test_a_job_is_enqueued_under_the_wishs_own_id(
    bench: Bench, queue: JobQueue, inbox: Inbox, folder: Path
) -> None:
    name = leave(folder, "enqueue", type="work", payload={"number": 4}, options={"lane": "g"})
    assert answer_to(folder, name) is None
    assert await inbox.obey_all() == 1
    answer = answer_to(folder, name)
    assert answer is not None
    assert (answer.good, answer.sentence) == (True, f"job {name} is enqueued")
    job = await queue.get(name)
    assert job is not None
    assert (await bench.ended(queue, job)).result == 8
    assert list(folder.iterdir()) == []


async def test_a_wish_that_is_obeyed_again_after_a_crash_changes_nothing(
    queue: JobQueue, inbox: Inbox, folder: Path
) -> None:
    name = leave(folder, "enqueue", type="work", payload={"number": 4})
    path = next(folder.glob("*.wish.json"))
    text = path.read_text()
    await inbox.obey_all()
    path.write_text(text)
    await inbox.obey_all()
    answer = answer_to(folder, name)
    assert answer is not None
    assert answer.good
    assert (await queue.statistics()).total == 1


async def test_jobs_are_cancelled_and_tried_again(queue: JobQueue, inbox: Inbox, folder: Path) -> None:
    job = await queue.enqueue("work", {"number": 1}, delay=3600)
    name = leave(folder, "cancel", id=job.id, reason="not needed")
    await inbox.obey_all()
    answer = answer_to(folder, name)
    assert answer is not None
    assert answer.sentence == f"{job.id}: cancelled"
    cancelled = await queue.get(job.id)
    assert cancelled is not None
    assert (cancelled.state, cancelled.reason) == (State.CANCELLED, "not needed")
    leave(folder, "retry", id=job.id)
    await inbox.obey_all()
    assert await queue.state(job.id) is not State.CANCELLED


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"action": "explode"}, "one of enqueue, cancel, retry"),
        ({"action": "enqueue", "type": "nothing", "payload": {}}, "nothing"),
        ({"action": "enqueue", "type": "work", "payload": {"number": "x"}}, "number"),
        ({"action": "enqueue", "type": "work", "payload": {}, "options": {"magic": 1}}, "magic"),
        ({"action": "retry", "id": "nobody"}, "nobody"),
        ({"action": "cancel"}, "id"),
        ({"action": "cancel", "id": [1]}, "id cannot be [1]"),
        ({"action": "cancel", "id": "x", "reason": 5}, "reason cannot be 5"),
        ({"action": "retry", "id": None}, "id cannot be None"),
        ({"action": "enqueue", "payload": {}}, "no job type ''"),
        ({"action": "enqueue", "type": "work", "payload": {}, "options": [1]}, "an object"),
        ({"action": "enqueue", "type": "work", "payload": {}, "options": {"job_id": "x"}}, "no option 'job_id'"),
        ({"action": "enqueue", "type": "work", "payload": {}, "options": {"records": [1]}}, "RecordWrite"),
    ],
)
async def test_a_wish_that_cannot_be_is_answered_with_the_reason(
    inbox: Inbox, folder: Path, wish: dict[str, Any], words: str
) -> None:
    name = leave(folder, **wish)
    await inbox.obey_all()
    answer = answer_to(folder, name)
    assert answer is not None
    assert not answer.good
    assert words in answer.sentence


@pytest.mark.parametrize("text", ["", "no json", "[1]", "null", "{}"])
async def test_a_damaged_file_is_answered_and_taken_away(inbox: Inbox, folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "x.wish.json").write_text(text)
    await inbox.obey_all()
    answer = answer_to(folder, "x")
    assert answer is not None
    assert not answer.good
    assert list(folder.iterdir()) == []


async def test_a_wish_that_breaks_the_engine_is_answered_and_the_next_one_obeyed(
    queue: JobQueue, inbox: Inbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wish that stayed would end the inbox at each start."""

    async def breaks(job_id: str, reason: str) -> None:
        raise sqlite3.ProgrammingError("type 'list' is not supported")

    monkeypatch.setattr(queue, "cancel", breaks)
    bad = leave(folder, "cancel", id="x")
    good = leave(folder, "enqueue", type="work", payload={"number": 4})
    assert await inbox.obey_all() == 2
    answers = [answer_to(folder, name) for name in (bad, good)]
    assert [answer.good for answer in answers if answer is not None] == [False, True]
    assert list(folder.iterdir()) == []


async def test_what_was_left_before_the_start_is_obeyed_first(queue: JobQueue, inbox: Inbox, folder: Path) -> None:
    name = leave(folder, "enqueue", type="work", payload={"number": 4})
    await inbox.start()
    async with asyncio.timeout(10):
        while answer_to(folder, name) is None:
            await asyncio.sleep(0.01)
    await inbox.stop()
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_answers_that_nobody_comes_for_go_after_a_day(queue: JobQueue, inbox: Inbox, folder: Path) -> None:
    old, new = (leave(folder, "cancel", id="aaaaaaaaaa") for _ in range(2))
    await inbox.obey_all()
    begun = folder / "b.unfinished"
    begun.write_text("{")
    for path in (folder / f"{old}.answer.json", begun):
        os.utime(path, (0, time.time() - 90_000))
    await inbox.start()
    while begun.exists() or (folder / f"{old}.answer.json").exists():
        await asyncio.sleep(0.001)
    await inbox.stop()
    assert answer_to(folder, new) is not None
