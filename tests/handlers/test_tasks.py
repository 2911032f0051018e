"""The tasks that come with the project, through a real queue."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.services.artifacts import FileArtifacts
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import JobError
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.registry import Registry
from jobs.engine.states import State
from jobs.engine.tasks import Tasks
from jobs.handlers.tasks import builtin_tasks

ROWS = [{"who": "a", "n": 3}, {"who": "b", "n": 1}, {"who": "a", "n": 2}]


class Post:
    """A notifier that knows everybody but one."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def notify(self, kind: str, recipient: str, message: str) -> None:
        if recipient == "nobody":
            raise JobError("unknown")
        self.sent.append((kind, recipient, message))


class Desk:
    def __init__(self, folder: Path) -> None:
        self.post = Post()
        self.artifacts = FileArtifacts(folder)
        self.tasks: Tasks = builtin_tasks(lambda: self.queue, self.post)
        clock, config = SystemClock(), QueueConfig()
        backend = SqliteBackend(SqliteDatabase(":memory:", migrations=ENGINE_MIGRATIONS), clock=clock, config=config)
        self.queue = JobQueue(backend, Registry(self.tasks.types()), services=self, clock=clock, config=config)

    async def call(self, name: str, *args: Any, **kwargs: Any) -> Job:
        job = await self.tasks.enqueue_call(self.queue, name, list(args), kwargs)
        async with asyncio.timeout(10):
            while not (found := await self.queue.get(job.id)) or not found.state.is_final:
                await asyncio.sleep(0.005)
        return found


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    await desk.queue.start()
    yield desk
    await desk.queue.stop(0)


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ({"pick": ["n"]}, [{"n": 3}, {"n": 1}, {"n": 2}]),
        ({"rename": {"n": "count"}}, [{"who": "a", "count": 3}, {"who": "b", "count": 1}, {"who": "a", "count": 2}]),
        ({"filter": {"field": "n", "op": ">", "value": 1}}, [{"who": "a", "n": 3}, {"who": "a", "n": 2}]),
        ({"filter": {"field": "who", "op": "in", "value": ["b"]}}, [{"who": "b", "n": 1}]),
        ({"sort": {"by": "n"}}, [{"who": "b", "n": 1}, {"who": "a", "n": 2}, {"who": "a", "n": 3}]),
        ({"sort": {"by": "n", "descending": True}}, [{"who": "a", "n": 3}, {"who": "a", "n": 2}, {"who": "b", "n": 1}]),
        ({"group": {"by": "who", "sum": "n"}}, [{"who": "a", "n": 5.0, "rows": 2}, {"who": "b", "n": 1.0, "rows": 1}]),
    ],
)
async def test_data_is_processed_by_one_operation(desk: Desk, operation: dict[str, Any], result: list[Any]) -> None:
    assert (await desk.call("process_data", ROWS, operation)).result == result


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("process_data", [ROWS, {"explode": 1}], "Give one operation"),
        ("process_data", [ROWS, {}], "Give one operation"),
        ("process_data", [ROWS, {"pick": ["missing"]}], "do not fit the operation pick"),
        ("process_data", [ROWS, {"filter": {"field": "n", "op": "~", "value": 1}}], "do not fit the operation filter"),
        ("calculate_sum", [["1"]], "finite numbers"),
        ("calculate_sum", [[1e308, 1e308]], "larger than any number"),
        ("delay", [-1], "A delay lies between"),
        ("cleanup_old_data", ["jobs", -1], "older_than cannot be -1"),
        ("cleanup_old_data", ["users", 5], "Only these can be cleaned up"),
        ("generate_report", ["secrets"], "Only these reports"),
    ],
)
async def test_what_cannot_be_is_refused_in_a_sentence_at_once(
    desk: Desk, name: str, args: list[Any], words: str
) -> None:
    job = await desk.call(name, *args)
    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert job.error is not None
    assert words in job.error.message


async def test_sums_are_exact(desk: Desk) -> None:
    assert (await desk.call("calculate_sum", [0.1] * 10)).result == 1.0


async def test_a_delay_waits_and_says_how_far_it_is(desk: Desk) -> None:
    job = await desk.call("delay", 0.05)
    assert job.result == 0.05
    assert job.completed_at is not None
    assert job.started_at is not None
    assert job.completed_at - job.started_at >= 50


async def test_one_who_cannot_be_reached_does_not_stop_the_rest(desk: Desk) -> None:
    job = await desk.call("send_notification", "dm", ["a", "nobody", "b"], "hello")
    assert job.result == {"sent": 2, "failed": ["nobody"]}
    assert desk.post.sent == [("dm", "a", "hello"), ("dm", "b", "hello")]


async def test_a_clean_up_says_first_what_would_go(desk: Desk) -> None:
    await desk.call("calculate_sum", [1])
    await asyncio.sleep(0.01)
    first = await desk.call("cleanup_old_data", "jobs", 0)
    assert first.result == {"what": "jobs", "found": 1, "deleted": 0, "dry_run": True}
    await asyncio.sleep(0.01)
    second = await desk.call("cleanup_old_data", "jobs", 0, dry_run=False)
    assert isinstance(second.result, dict)
    assert second.result["deleted"] == 2


async def test_a_report_of_figures_is_a_file(desk: Desk) -> None:
    await desk.call("calculate_sum", [1])
    job = await desk.call("generate_report")
    result: Any = job.result
    assert result["states"]["completed"] == 1
    assert json.loads(desk.artifacts.path(job.id, "statistics.json").read_text())["states"] == result["states"]


async def test_a_report_of_jobs_lists_what_matches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.handlers.job_report.PAGE", 2)
    done = [await desk.call("calculate_sum", [n]) for n in range(5)]
    failed = await desk.call("calculate_sum", ["=1+1"])
    waiting = await desk.queue.enqueue("call", {"name": "delay", "args": [1]}, delay=3600, owner="=cmd()")

    async def listed(**filters: Any) -> list[dict[str, str]]:
        job = await desk.call("generate_report", "jobs", filters)
        with desk.artifacts.path(job.id, "jobs.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    rows = {row["id"]: row for row in await listed()}
    assert {job.id for job in [*done, failed, waiting]} <= set(rows)
    assert rows[waiting.id]["owner"] == "'=cmd()"
    assert [row["id"] for row in await listed(state="failed")] == [failed.id]
    assert [row["id"] for row in await listed(state="delayed", type="call", owner="=cmd()")] == [waiting.id]
    assert await listed(until=1) == []


@pytest.mark.parametrize(
    ("kind", "filters", "words"),
    [
        ("secrets", {}, "statistics, jobs"),
        ("jobs", {"colour": "red"}, "no filter colour"),
        ("jobs", {"state": "asleep"}, "waiting"),
        ("jobs", {"state": 7}, "running"),
        ("jobs", {"since": "yesterday"}, "milliseconds"),
    ],
)
async def test_a_report_that_cannot_be_made_says_why(
    desk: Desk, kind: str, filters: dict[str, Any], words: str
) -> None:
    job = await desk.call("generate_report", kind, filters)
    assert job.error is not None
    assert words in job.error.message


async def test_without_a_notifier_it_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.tasks = builtin_tasks(lambda: desk.queue)
    await desk.queue.start()
    desk.queue.registry._types.update({t.name: t for t in desk.tasks.types()})
    job = await desk.call("send_notification", "dm", ["a"], "hello")
    assert job.error is not None
    assert job.error.message == "No notifier is installed."
    await desk.queue.stop(0)


async def test_a_custom_task_runs_a_registered_function_with_its_data(desk: Desk) -> None:
    @desk.tasks.task("shout")
    def shout(words: list[str]) -> str:
        return " ".join(words).upper()

    assert (await desk.call("custom", "shout", ["a", "b"])).result == "A B"


@pytest.mark.parametrize(
    ("name", "words"), [("os.system", "task"), ("custom", "not itself"), ("send_notification", "takes")]
)
async def test_a_custom_task_runs_nothing_else(desk: Desk, name: str, words: str) -> None:
    job = await desk.call("custom", name, {"a": 1})
    assert job.error is not None
    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert words in job.error.message
