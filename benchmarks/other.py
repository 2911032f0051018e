"""huey on SQLite, as its documentation sets it up: threads for workers, results stored, `fsync=True`."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from huey import SqliteHuey  # type: ignore[import-untyped]

PRODUCERS = 50
"""Alike in `benchmarks.ours`, which is not imported here: each side is measured without the other."""


class Desk:
    """One huey with one task that counts."""

    def __init__(self, path: Path) -> None:
        self.huey: Any = SqliteHuey("errand-bench", filename=str(path), fsync=True, journal_mode="wal")
        self.left = 0
        self.lock = threading.Lock()
        self.all = threading.Event()
        self.started: list[float] = []

        @self.huey.task()  # type: ignore[untyped-decorator]
        def number(value: int = 0) -> int:
            self.started.append(time.perf_counter())
            with self.lock:
                self.left -= 1
                if self.left <= 0:
                    self.all.set()
            return value

        self.number = number

    def expect(self, count: int) -> None:
        self.left = count
        self.all.clear()

    def consumer(self, workers: int) -> Any:
        consumer = self.huey.create_consumer(workers=workers, periodic=False, worker_type="thread")
        consumer._set_signal_handlers = lambda: None
        return consumer


def enqueue_one_by_one(path: Path, count: int) -> float:
    desk = Desk(path)
    begun = time.perf_counter()
    for value in range(count):
        desk.number(value)
    return count / (time.perf_counter() - begun)


def enqueue_by_many(path: Path, count: int) -> float:
    desk = Desk(path)

    def produce(_: int) -> None:
        for value in range(count // PRODUCERS):
            desk.number(value)

    begun = time.perf_counter()
    with ThreadPoolExecutor(PRODUCERS) as pool:
        list(pool.map(produce, range(PRODUCERS)))
    return count / (time.perf_counter() - begun)


def drain(path: Path, count: int, workers: int, *, bare: bool = False) -> float:
    """Jobs a second until all are done; `bare` ones are given nothing."""
    desk = Desk(path)
    for value in range(count):
        desk.number(*(() if bare else (value,)))
    desk.expect(count)
    consumer = desk.consumer(workers)
    begun = time.perf_counter()
    consumer.start()
    desk.all.wait()
    rate = count / (time.perf_counter() - begun)
    consumer.stop(graceful=True)
    return rate


def latency(path: Path, count: int) -> list[float]:
    """Milliseconds from the call to the task's first line, with the delays that huey sets by itself."""
    desk = Desk(path)
    consumer = desk.consumer(10)
    consumer.start()
    waits = []
    for value in range(count):
        desk.started.clear()
        desk.expect(1)
        begun = time.perf_counter()
        desk.number(value)
        desk.all.wait()
        waits.append((desk.started[0] - begun) * 1000)
        time.sleep(0.02)
    consumer.stop(graceful=True)
    return sorted(waits)
