"""`make bench`: all scenarios, interleaved, medians of several rounds, and for each aim whether it is reached.

`make bench ARGS=report` measures the member analysis of a very large guild instead, `ARGS=recorder` what recording
costs.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import memory, other, ours, raw

Measure = Callable[[Path], float]


@dataclass(frozen=True, slots=True)
class Aim:
    """Our figure is to be at least (at most, where lower is better) `factor` times that of `side`."""

    factor: float
    side: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """One question: our figure and those beside it, by name. Higher is better, unless `lower`."""

    name: str
    unit: str
    ours: Measure
    beside: Mapping[str, Measure]
    aims: Sequence[Aim]
    lower: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """How much work a round is; the same number of jobs for each side."""

    jobs: int
    singles: int
    behind: int
    far_behind: int
    rounds: int


FULL = Size(jobs=10_000, singles=2000, behind=200_000, far_behind=1_000_000, rounds=3)
SMOKE = Size(jobs=300, singles=100, behind=2000, far_behind=5000, rounds=1)


def scenarios(size: Size) -> list[Scenario]:
    """Everything that is measured."""
    jobs, singles = size.jobs, size.singles

    def drain(slots: int = 50, behind: int = 0, *, delayed: bool = False) -> Measure:
        return lambda path: asyncio.run(ours.drain(path, jobs, slots, behind=behind, delayed=delayed))

    none, some = "none behind", f"{size.behind:,} behind"
    return [
        Scenario(
            "enqueue, one by one", "jobs/s",
            lambda path: asyncio.run(ours.enqueue_one_by_one(path, singles)),
            {
                "huey": lambda path: other.enqueue_one_by_one(path, singles),
                "raw": lambda path: raw.enqueue_one_by_one(path, singles),
            },
            [Aim(0.5, "raw")],
        ),
        Scenario(
            "enqueue, 50 producers", "jobs/s",
            lambda path: asyncio.run(ours.enqueue_by_many(path, jobs)),
            {"huey": lambda path: other.enqueue_by_many(path, jobs)},
            [Aim(8, "huey")],
        ),
        Scenario(
            "enqueue, by 500s", "jobs/s",
            lambda path: asyncio.run(ours.enqueue_in_bulk(path, jobs)),
            {"raw": lambda path: raw.enqueue_in_bulk(path, jobs)},
            [Aim(0.5, "raw")],
        ),
        Scenario(
            "drain, 50 slots", "jobs/s",
            drain(50),
            {"huey": lambda path: other.drain(path, jobs, 50), "raw": lambda path: raw.drain(path, jobs)},
            [Aim(5, "huey"), Aim(0.2, "raw")],
        ),
        Scenario(
            "drain, 10 slots", "jobs/s",
            drain(10),
            {"huey": lambda path: other.drain(path, jobs, 10)},
            [Aim(4, "huey")],
        ),
        Scenario(
            f"drain, {size.behind:,} wait behind", "jobs/s",
            drain(behind=size.behind),
            {none: drain()},
            [Aim(0.7, none)],
        ),
        Scenario(
            f"drain, {size.behind:,} delayed", "jobs/s",
            drain(behind=size.behind, delayed=True),
            {none: drain()},
            [Aim(0.7, none)],
        ),
        Scenario(
            f"drain, {size.far_behind:,} wait behind", "jobs/s",
            drain(behind=size.far_behind),
            {some: drain(behind=size.behind)},
            [Aim(0.9, some)],
        ),
        Scenario(
            "peak memory of a drain", "MiB",
            lambda path: memory.peak("ours", path, singles),
            {
                "huey": lambda path: memory.peak("huey", path, singles),
                "ours with a payload model": lambda path: memory.peak("modelled", path, singles),
                "asyncio, aiosqlite and pydantic alone": lambda path: memory.peak("libraries", path, singles),
            },
            [Aim(1.3, "huey")], lower=True,
        ),
        Scenario(
            "enqueue to start, idle, p50", "ms",
            lambda path: statistics.median(asyncio.run(ours.latency(path, singles // 10))),
            {"huey": lambda path: statistics.median(other.latency(path, singles // 20))},
            [Aim(0.2, "huey")], lower=True,
        ),
    ]  # fmt: skip


def measure(scenario: Scenario, rounds: int) -> dict[str, float]:
    """Medians by side; the sides take turns, so that what else the machine does hits all alike."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for side, run in {"ours": scenario.ours, **scenario.beside}.items():
            with tempfile.TemporaryDirectory(prefix="errand-bench-") as folder:
                found.setdefault(side, []).append(run(Path(folder) / "bench.db"))
    return {side: statistics.median(values) for side, values in found.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "what", nargs="?", choices=("queue", "report", "recorder"), default="queue", help="what is measured"
    )
    parser.add_argument("--smoke", action="store_true", help="a few jobs only: does it run?")
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    given = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("huey").setLevel(logging.CRITICAL)
    if given.what != "queue":
        # Imported only here: their thousands of objects would be gone through in every full collection of garbage.
        show = import_module(f"benchmarks.{given.what}").show
        show("smoke" if given.smoke else "full", Console())
        return
    size = SMOKE if given.smoke else FULL
    table = Table(title="medians, all at synchronous=FULL")
    for title in ("scenario", "ours", "beside"):
        table.add_column(title)
    console, verdicts = Console(), []
    for scenario in scenarios(size):
        if given.only in scenario.name:
            values = measure(scenario, size.rounds)
            shown = {side: f"{value:,.{0 if scenario.unit == 'jobs/s' else 2}f}" for side, value in values.items()}
            beside = "; ".join(f"{side} {value}" for side, value in shown.items() if side != "ours")
            console.print(f"[dim]{scenario.name}: {shown['ours']}; {beside}[/dim]")
            table.add_row(f"{scenario.name} ({scenario.unit})", shown["ours"], beside)
            verdicts += [_verdict(scenario, aim, values) for aim in scenario.aims]
    console.print(table, *verdicts, sep="\n")


def _verdict(scenario: Scenario, aim: Aim, values: dict[str, float]) -> str:
    ratio = values["ours"] / values[aim.side]
    reached = ratio <= aim.factor if scenario.lower else ratio >= aim.factor
    sign = "≤" if scenario.lower else "≥"
    return (
        f"{'reached' if reached else 'NOT reached':11}  {scenario.name}: {ratio:.2f} × {aim.side}"
        f" (aim {sign} {aim.factor:g})"
    )


if __name__ == "__main__":
    main()
