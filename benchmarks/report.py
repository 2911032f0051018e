"""`python -m benchmarks report`: the member analysis of a very large guild, its memory, and what the loop feels of it.

The measured process is a fresh one: `python -m benchmarks.report DATABASE full|smoke`.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.guild import FULL, GUILD, NOW, SMOKE, AllMay, Guild, Size, asked, database_at, fill
from bot.languages import words_of_job
from bot.services.artifacts import FileArtifacts
from jobs.activity.service import Activity
from jobs.engine.backends.sqlite import SqliteBackend
from jobs.engine.clock import SystemClock
from jobs.engine.events import EventType
from jobs.engine.queue import JobQueue
from jobs.engine.registry import Registry
from jobs.engine.states import State
from jobs.handlers import builtin_types
from jobs.services import Services

SIZES = {"full": FULL, "smoke": SMOKE}
AIMS = {"seconds": 30.0, "memory_mib": 400.0, "lag_p99_ms": 50.0}
NAP_S = 0.005


class Then(SystemClock):
    """The day after the last one counted."""

    def now(self) -> int:
        return NOW


def measure(size_name: str) -> dict[str, float]:
    """Fill a database, then run the report in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="errand-bench-") as folder:
        path = Path(folder) / "bench.db"
        asyncio.run(fill(path, SIZES[size_name]))
        command = [sys.executable, "-m", "benchmarks.report", str(path), size_name]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own
    found: dict[str, float] = json.loads(answer)
    return found


NOBODY: Any = None
"""A service that an analysis does not ask."""


def show(size_name: str, console: Console) -> bool:
    """Measure and print; whether every aim is reached."""
    size, found = SIZES[size_name], measure(size_name)
    console.print(f"{size.rows:,} rows, {size.members:,} members, {size.channels:,} channels: {found}")
    for name, aim in AIMS.items():
        console.print(f"{'reached' if found[name] <= aim else 'NOT reached':11}  {name} (aim ≤ {aim:g})")
    return all(found[name] <= aim for name, aim in AIMS.items())


async def report(path: Path, size: Size) -> dict[str, float]:
    """Run the job on the real engine. Raises `RuntimeError` when it does not complete."""
    clock, database, discord = Then(), database_at(path), Guild(size)
    activity, artifacts = Activity(database, discord, clock), FileArtifacts(path.parent / "artifacts")
    services = Services(discord, artifacts, activity, words_of_job, AllMay(), NOBODY, NOBODY, NOBODY)
    queue = JobQueue(SqliteBackend(database, clock=clock), Registry(builtin_types()), services=services, clock=clock)
    ended = asyncio.Event()
    for end in (EventType.JOB_COMPLETED, EventType.JOB_FAILED):
        queue.on(end, lambda event: ended.set())
    await queue.start()
    lags: list[float] = []
    feeling = asyncio.create_task(_feel(lags))
    try:
        began = time.perf_counter()
        job = await queue.enqueue("member-activity-analysis", dict(asked()), lane=str(GUILD))
        await ended.wait()
        found = await queue.get(job.id)
        took = time.perf_counter() - began
        if found is None or found.state is not State.COMPLETED:
            raise RuntimeError(f"it did not complete: {found and found.error}")
        processes = (os.getpid(), *_children())
        memory, busy_s = [_peak_mib(pid) for pid in processes], sum(map(_busy_s, processes))
        files = {artifact.name: artifact.size for artifact in await artifacts.list(job.id)}
    finally:
        feeling.cancel()
        await queue.stop(0)
    lags.sort()
    return {
        "seconds": round(took, 1),
        "cpu_seconds": round(busy_s, 1),
        "memory_mib": round(sum(memory), 1),
        "bot_mib": round(memory[0], 1),
        "lag_p99_ms": round(1000 * lags[math.floor(0.99 * (len(lags) - 1))], 2),
        "lag_max_ms": round(1000 * lags[-1], 1),
        "files_mib": round(sum(files.values()) / 2**20, 1),
    }


async def _feel(lags: list[float]) -> None:
    """How late the loop comes back, all the time."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(NAP_S)
        lags.append(time.perf_counter() - began - NAP_S)


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _busy_s(pid: int) -> float:
    """Time on a core since it was started (proc(5), fields 14 and 15 of stat)."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _peak_mib(pid: int) -> float:
    """Peak resident memory; the pages that two processes share are counted in both."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line.split()[1] for line in status if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    print(json.dumps(asyncio.run(report(Path(sys.argv[1]), SIZES[sys.argv[2]]))))  # noqa: T201 - the parent reads it
