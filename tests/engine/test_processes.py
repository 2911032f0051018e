"""Heavy work in other processes outlives nothing: not the queue, and not a kill of the process that uses it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from jobs.engine.processes import NICENESS, Processes

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
