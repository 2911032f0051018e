"""Functions and methods as jobs, by registered name only; processors as classes."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import InvalidOption, JobError
from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.plugins import processor_type
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.states import State
from jobs.engine.tasks import CALL, Tasks
from tests.engine.conftest import Bench, Number

tasks = Tasks()
calls: list[Any] = []


@tasks.task("add")
async def add(a: int, b: int = 10) -> int:
    return a + b


@tasks.task("where")
def where() -> bool:
    """A plain function does not run on the event loop's thread."""
    return threading.current_thread() is threading.main_thread()


@tasks.task("watched")
async def watched(ctx: JobContext[Any], word: str) -> str:
    await ctx.progress(1, 2, word)
    return f"{ctx.attempt} {word}"


class Opaque:
    """A kind that no JSON is."""


@tasks.task("loose")
async def loose(first: "Unknown", *rest: int, **more: Opaque) -> Any:  # type: ignore[name-defined]  # noqa: F821, UP037
    return [first, rest, more]


class Store:
    """A service with one method for jobs and one that is nobody's business."""

    def tidy(self, days: int) -> str:
        return f"tidied {days}"

    def _secret(self) -> None: ...

    def drop_everything(self) -> None:
        calls.append("dropped")


tasks.register_service("store", Store(), ["tidy"])


class Doubler:
    """A processor as a class."""

    async def process(self, ctx: JobContext[Any], payload: Number) -> int:
        if payload.number < 0:
            raise JobError("negative", retryable=False)
        return payload.number * 2

    def on_complete(self, job: Job) -> None:
        calls.append(("complete", job.result))

    def on_error(self, job: Job) -> None:
        calls.append(("error", job.error and job.error.message))


@pytest.fixture
async def queue() -> AsyncIterator[JobQueue]:
    clock, config = SystemClock(), QueueConfig()
    backend = SqliteBackend(SqliteDatabase(":memory:", migrations=ENGINE_MIGRATIONS), clock=clock, config=config)
    types = [*tasks.types(), processor_type("double", Doubler(), payload=Number)]
    queue = JobQueue(backend, Registry(types), clock=clock, config=config)
    await queue.start()
    calls.clear()
    yield queue
    await queue.stop(0)


async def ended(queue: JobQueue, job: Job) -> Job:
    return await Bench.ended(None, queue, job)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "result"),
    [
        ("add", [1], {}, 11),
        ("add", [1, 2], {}, 3),
        ("add", [], {"a": 1, "b": 5}, 6),
        ("watched", ["go"], {}, "1 go"),
        ("where", [], {}, False),
    ],
)
async def test_a_registered_function_is_called_with_its_arguments(
    queue: JobQueue, name: str, args: list[Any], kwargs: dict[str, Any], result: object
) -> None:
    job = await ended(queue, await tasks.enqueue_call(queue, name, args, kwargs, title="A title"))
    assert (job.state, job.result) == (State.COMPLETED, result)
    assert job.payload["title"] == "A title"


async def test_a_registered_method_is_called(queue: JobQueue) -> None:
    job = await ended(queue, await tasks.enqueue_method(queue, "store", "tidy", [30]))
    assert job.result == "tidied 30"


@pytest.mark.parametrize(("name", "args"), [("nothing", []), ("os.system", ["true"]), ("add", []), ("add", [1, 2, 3])])
async def test_what_is_not_registered_or_does_not_fit_is_refused_at_the_edge(
    queue: JobQueue, name: str, args: list[Any]
) -> None:
    with pytest.raises(InvalidOption):
        await tasks.enqueue_call(queue, name, args)
    assert (await queue.statistics()).total == 0


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "refused"),
    [
        ("add", ["1"], {}, "a cannot be '1'; give what add takes"),
        ("add", [1], {"b": None}, "b cannot be None"),
        ("add", [True], {}, "a cannot be True"),
        ("watched", [7], {}, "word cannot be 7"),
        ("add", 5, {}, "args cannot be 5"),
        ("add", "12", {}, "args cannot be '12'"),
        ("add", [1], [2], "kwargs cannot be"),
        (["add"], [1], {}, "task cannot be"),
    ],
)
async def test_an_argument_of_another_kind_is_refused_with_its_name(
    queue: JobQueue, name: Any, args: Any, kwargs: Any, refused: str
) -> None:
    with pytest.raises(InvalidOption) as refusal:
        await tasks.enqueue_call(queue, name, args, kwargs)
    assert refused in str(refusal.value)
    with pytest.raises(InvalidOption, match="days cannot be"):
        await tasks.enqueue_method(queue, "store", "tidy", ["x"])
    assert (await queue.statistics()).total == 0


async def test_what_its_annotations_do_not_tell_is_the_functions_own_affair(queue: JobQueue) -> None:
    job = await ended(queue, await tasks.enqueue_call(queue, "loose", [1, "two"], {"three": [3], "four": None}))
    assert job.result == [1, ["two"], {"three": [3], "four": None}]


@pytest.mark.parametrize("method", ["drop_everything", "_secret", "__class__"])
async def test_other_methods_of_a_service_cannot_be_reached(queue: JobQueue, method: str) -> None:
    with pytest.raises(InvalidOption):
        await tasks.enqueue_method(queue, "store", method)
    job = await queue.enqueue("call-method", {"service": "store", "name": method})
    assert (await ended(queue, job)).state is State.FAILED
    assert calls == []


async def test_a_payload_put_by_hand_can_name_nothing_else(queue: JobQueue) -> None:
    job = await ended(queue, await queue.enqueue(CALL, {"name": "os.system", "args": ["true"]}))
    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert job.error is not None
    assert job.error.message == "No task os.system is installed."
    job = await ended(queue, await queue.enqueue(CALL, {"name": "add", "args": ["x"]}))
    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert job.error is not None
    assert job.error.message.startswith("a cannot be 'x'")


def test_a_name_is_taken_once_and_only_public_methods_can_be_offered() -> None:
    with pytest.raises(InvalidOption):
        tasks.task("add")(add)
    with pytest.raises(InvalidOption):
        Tasks().register_service("store", Store(), ["_secret"])
    with pytest.raises(InvalidOption):
        Tasks().register_service("store", Store(), ["nothing"])
    for name, function in (("", add), (7, add), ("new", 7)):
        with pytest.raises(InvalidOption, match="task cannot be"):
            Tasks().task(name)(function)  # type: ignore[arg-type, type-var]
    with pytest.raises(InvalidOption, match="not registered yet"):
        tasks.register_service("store", Store(), ["tidy"])


async def test_a_class_has_its_own_hooks(queue: JobQueue) -> None:
    import asyncio

    await ended(queue, await queue.enqueue("double", {"number": 4}))
    await ended(queue, await queue.enqueue("double", {"number": -1}))
    async with asyncio.timeout(5):
        while len(calls) < 2:
            await asyncio.sleep(0.005)
    assert calls == [("complete", 8), ("error", "negative")]


def test_a_processor_has_a_title_in_words() -> None:
    assert processor_type("bulk-import", Doubler(), payload=Payload).title == "Bulk Import"
