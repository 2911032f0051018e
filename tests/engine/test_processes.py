"""Heavy work in other processes outlives nothing: not the queue, and not a kill of the process that uses it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

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
