"""Peak memory of a process that enqueues and drains: `python -m benchmarks.memory SIDE DATABASE JOBS`.

Each side loads only what it needs, so huey no asyncio. Jobs of `ours` and `huey` take nothing, those of `modelled`
what a payload model checks. `libraries` is what asyncio, aiosqlite and pydantic take by themselves, with one model and
nothing to do.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

SLOTS = 10


def peak(side: str, path: Path, count: int) -> float:
    """Peak resident memory (MiB) of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", side, str(path), str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own


def main(side: str, path: Path, count: int) -> None:
    """Do the work and print the peak. Imports only the side that is measured."""
    if side in ("ours", "modelled"):
        import asyncio

        from benchmarks import ours

        asyncio.run(ours.drain(path, count, SLOTS, bulk=1, bare=side == "ours"))
    elif side == "libraries":
        _load_libraries()
    else:
        from benchmarks import other

        other.drain(path, count, SLOTS, bare=True)
    print(_peak_kib() / 1024)  # noqa: T201 - the parent reads it


def _load_libraries() -> None:
    import asyncio

    import aiosqlite
    from pydantic import BaseModel

    class Number(BaseModel):
        number: int

    assert asyncio.__name__
    assert aiosqlite.__name__
    assert Number(number=1).number


def _peak_kib() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss begins at what the parent had when it forked.
        return float(next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
