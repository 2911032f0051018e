"""`make bench`: all scenarios, interleaved, medians of several rounds, and the ratios that are aimed at."""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import memory, other, ours, raw

Measure = Callable[[Path], float]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One question: our figure, and those beside it. Higher is better, unless `lower`."""

    name: str
    unit: str
    ours: Measure
    huey: Measure | None = None
    raw: Measure | None = None
    aim: str = ""
    lower: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """How much work a round is."""

    jobs: int
    singles: int
    behind: int
    far_behind: int
    rounds: int


FULL = Size(jobs=10_000, singles=2000, behind=200_000, far_behind=1_000_000, rounds=3)
SMOKE = Size(jobs=500, singles=100, behind=2000, far_behind=5000, rounds=1)


def scenarios(size: Size) -> list[Scenario]:
    """Everything that is measured."""
    jobs, singles = size.jobs, size.singles
    return [
        Scenario(
            "enqueue, one by one", "jobs/s",
            lambda path: asyncio.run(ours.enqueue_one_by_one(path, singles)),
            lambda path: other.enqueue_one_by_one(path, singles),
            lambda path: raw.enqueue_one_by_one(path, singles),
            "≥ 0.5 × raw",
        ),
        Scenario(
            "enqueue, 50 producers", "jobs/s",
            lambda path: asyncio.run(ours.enqueue_by_many(path, jobs)),
            lambda path: other.enqueue_by_many(path, singles),
            aim="≥ 8 × huey",
        ),
        Scenario(
            "enqueue, by 500s", "jobs/s",
            lambda path: asyncio.run(ours.enqueue_in_bulk(path, jobs)),
            raw=lambda path: raw.enqueue_in_bulk(path, jobs),
            aim="≥ 0.5 × raw",
        ),
        Scenario(
            "drain, 50 slots", "jobs/s",
            lambda path: asyncio.run(ours.drain(path, jobs, 50)),
            lambda path: other.drain(path, singles, 50),
            lambda path: raw.drain(path, jobs),
            "≥ 5 × huey, ≥ 0.2 × raw",
        ),
        Scenario(
            "drain, 10 slots", "jobs/s",
            lambda path: asyncio.run(ours.drain(path, jobs, 10)),
            lambda path: other.drain(path, singles, 10),
            aim="≥ 4 × huey",
        ),
        Scenario(
            f"drain, 50 slots, {size.behind:,} wait behind", "jobs/s",
            lambda path: asyncio.run(ours.drain(path, jobs, 50, behind=size.behind)),
            aim="≥ 0.7 × none behind",
        ),
        Scenario(
            f"drain, 50 slots, {size.behind:,} delayed", "jobs/s",
            lambda path: asyncio.run(ours.drain(path, jobs, 50, behind=size.behind, delayed=True)),
            aim="≥ 0.7 × none behind",
        ),
        Scenario(
            f"drain, 50 slots, {size.far_behind:,} wait behind", "jobs/s",
            lambda path: asyncio.run(ours.drain(path, jobs, 50, behind=size.far_behind)),
            aim=f"≥ 0.9 × {size.behind:,} behind",
        ),
        Scenario(
            "peak memory of a drain", "MiB",
            lambda path: memory.peak("ours", path, singles),
            lambda path: memory.peak("huey", path, singles),
            aim="≤ 1.3 × huey", lower=True,
        ),
        Scenario(
            "enqueue to start, idle, p50", "ms",
            lambda path: statistics.median(asyncio.run(ours.latency(path, singles // 10))),
            lambda path: statistics.median(other.latency(path, singles // 20)),
            aim="≤ 0.2 × huey", lower=True,
        ),
    ]  # fmt: skip


def measure(scenario: Scenario, rounds: int) -> dict[str, float]:
    """Medians by side; the sides take turns, so that what else the machine does hits all alike."""
    sides = {"ours": scenario.ours, "huey": scenario.huey, "raw": scenario.raw}
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for side, run in sides.items():
            if run is not None:
                with tempfile.TemporaryDirectory(prefix="errand-bench-") as folder:
                    found.setdefault(side, []).append(run(Path(folder) / "bench.db"))
    return {side: statistics.median(values) for side, values in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few jobs only: does it run?")
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("huey").setLevel(logging.CRITICAL)
    size = SMOKE if given.smoke else FULL
    table = Table(title="medians, all at synchronous=FULL; ratios are ours to theirs")
    for title in ("scenario", "ours", "huey", "raw SQLite", "× huey", "× raw", "aim"):
        table.add_column(title, justify="left" if title in ("scenario", "aim") else "right")
    console = Console()
    for scenario in scenarios(size):
        if given.only in scenario.name:
            values = measure(scenario, size.rounds)
            console.print(f"[dim]{scenario.name}: {values}[/dim]")
            table.add_row(*_row(scenario, values))
    console.print(table)


def _row(scenario: Scenario, values: dict[str, float]) -> list[str]:
    digits = 0 if scenario.unit == "jobs/s" else 2

    def shown(side: str) -> str:
        return f"{values[side]:,.{digits}f}" if side in values else ""

    def ratio(side: str) -> str:
        return f"{values['ours'] / values[side]:.2f}" if side in values else ""

    name = f"{scenario.name} ({scenario.unit})"
    return [name, shown("ours"), shown("huey"), shown("raw"), ratio("huey"), ratio("raw"), scenario.aim]


if __name__ == "__main__":
    main()
