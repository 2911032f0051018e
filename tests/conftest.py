"""What every test gets: no task, no thread and no warning may be left behind."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.engine.processes import Processes
from tests.contracts.openapi import Contract

DOCUMENT = Path(__file__).parent.parent.parent / "shared" / "discord" / "openapi.json"
CHOSEN = "DISCORD_OPENAPI"
"""Environment variable with another place of Discord's OpenAPI document."""


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Discord's OpenAPI document; tests that need it skip where it is not."""
    path = Path(os.environ.get(CHOSEN, DOCUMENT))
    if not path.is_file():
        pytest.skip(f"Discord's OpenAPI document is not there (set {CHOSEN} to its path)")
    return Contract(path)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread of ours running (asyncio's idle pool threads excepted)."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 2.0
    while left := [t for t in threading.enumerate() if t not in before and not t.name.startswith("asyncio_")]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left running: {[t.name for t in left]}")
        left[0].join(timeout=0.05)


class KeptProcesses(Processes):
    """Real ones that outlive their queue: to start one takes longer than most tests."""

    async def stop(self) -> None:
        """They are for the next test."""


@pytest.fixture(scope="session")
def kept_processes() -> Iterator[Processes]:
    kept = KeptProcesses()
    asyncio.run(kept.run(os.getpid))
    yield kept
    asyncio.run(Processes.stop(kept))


@pytest.fixture
def shared_processes(kept_processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of this test find a process that is there already."""
    monkeypatch.setattr("jobs.engine.executor.Processes", lambda: kept_processes)
