"""Heavy work in other processes outlives nothing: not the queue, and not a kill of the process that uses it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from jobs.engine.errors import JobError
from jobs.engine.processes import NICENESS, Processes
from jobs.engine.threads import Threads

USER = """
import asyncio, os
from jobs.engine.processes import Processes

async def main():
    print(await Processes(1).run(os.getpid), flush=True)
    await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_a_worker_ends_when_the_process_that_uses_it_is_killed() -> None:
    user = await asyncio.create_subprocess_exec(sys.executable, "-c", USER, stdout=asyncio.subprocess.PIPE)
    try:
        assert user.stdout is not None
        worker = int(await user.stdout.readline())
        assert is_there(worker)
    finally:
        user.kill()
        # Not `communicate`: the worker holds the pipe's other end.
        await user.wait()
    async with asyncio.timeout(20):
        while is_there(worker):
            await asyncio.sleep(0.05)


def niceness() -> int:
    return os.nice(0)


def meet(mine: Path, other: Path) -> bool:
    """Whether who leaves `other` is there at the same time."""
    mine.touch()
    for _ in range(400):
        if other.exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core")
async def test_there_is_one_for_each_core(tmp_path: Path) -> None:
    processes, one, two = Processes(), tmp_path / "one", tmp_path / "two"
    try:
        assert all(await asyncio.gather(processes.run(meet, one, two), processes.run(meet, two, one)))
    finally:
        await processes.stop()


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no nice(2)")
async def test_the_loop_goes_before_them() -> None:
    processes = Processes(1)
    try:
        assert await processes.run(niceness) == min(19, os.nice(0) + NICENESS)
    finally:
        await processes.stop()


async def test_nobody_stays_who_has_nothing_to_do_and_another_comes_when_there_is() -> None:
    processes = Processes(1, idle_s=0.1)
    try:
        first = await processes.run(os.getpid)
        async with asyncio.timeout(20):
            while is_there(first):
                await asyncio.sleep(0.05)
        assert await processes.run(os.getpid) != first
    finally:
        await processes.stop()


async def test_work_that_comes_meanwhile_keeps_them() -> None:
    processes = Processes(1, idle_s=0.5)
    try:
        first = await processes.run(os.getpid)
        await processes.run(time.sleep, 1.0)
        assert await processes.run(os.getpid) == first
    finally:
        await processes.stop()


def wait_at(mine: Path, *, for_s: float = 60.0) -> None:
    mine.write_text(str(os.getpid()))
    time.sleep(for_s)


async def there(path: Path) -> int:
    """The process that waits at `path`, once it does."""
    async with asyncio.timeout(20):
        while not path.exists() or not path.read_text():
            await asyncio.sleep(0.02)
    return int(path.read_text())


async def test_a_kill_fails_what_was_worked_on_and_nothing_after_it(tmp_path: Path) -> None:
    processes, before = Processes(2), set(threading.enumerate())
    try:
        pieces = [asyncio.create_task(processes.run(wait_at, tmp_path / str(n))) for n in range(2)]
        workers = [await there(tmp_path / str(n)) for n in range(2)]
        os.kill(workers[0], signal.SIGKILL)
        for error in await asyncio.gather(*pieces, return_exceptions=True):
            assert isinstance(error, JobError)
            assert error.retryable
            assert str(error) == "A process that worked on this was killed. The machine may be short of memory."
        async with asyncio.timeout(20):
            while is_there(workers[1]):
                await asyncio.sleep(0.02)
        idle = await processes.run(os.getpid)
        os.kill(idle, signal.SIGKILL)
        async with asyncio.timeout(20):
            while any(not t.name.startswith("asyncio_") for t in set(threading.enumerate()) - before):
                await asyncio.sleep(0.02)
        assert await processes.run(os.getpid) not in {*workers, idle}, "nothing was lost with one that did nothing"
    finally:
        await processes.stop()


async def test_none_is_left_when_they_were_stopped_in_the_middle(tmp_path: Path) -> None:
    processes = Processes(1)
    piece = asyncio.create_task(processes.run(wait_at, tmp_path / "one"))
    worker = await there(tmp_path / "one")
    await processes.stop()
    assert not is_there(worker)
    with pytest.raises(JobError):
        await piece


def signalled(number: int) -> str:
    """As by Ctrl+C in a terminal, or by a service manager, which reach all processes that were started there."""
    os.kill(os.getpid(), number)
    return "worked on"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_what_asks_the_bot_to_stop_does_not_stop_its_workers(number: int) -> None:
    processes = Processes(1)
    try:
        assert await processes.run(signalled, number) == "worked on"
    finally:
        await processes.stop()


@pytest.mark.parametrize("elsewhere", [Processes, Threads])
async def test_work_cannot_end_the_process_that_waits_for_it(elsewhere: type[Processes] | type[Threads]) -> None:
    place = elsewhere()
    run: Callable[..., Awaitable[None]] = place.run
    try:
        with pytest.raises(ExceptionGroup) as failed:
            async with asyncio.TaskGroup() as group:
                group.create_task(run(sys.exit, 3))  # type: ignore[arg-type]
        assert str(failed.value.exceptions[0]) == "the work raised SystemExit"
    finally:
        stopped = place.stop()
        if stopped is not None:
            await stopped


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Where nobody collects orphans, an ended one stays as a zombie.
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return True
