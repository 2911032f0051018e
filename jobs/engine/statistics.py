"""Numbers about a queue, computed from what is stored; no counter of its own that could drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

from jobs.engine.backend import Backend, RunTotals
from jobs.engine.states import State

WINDOW_S = 3600.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts now; times and rates over the attempts that ended in the last hour.

    What was only put off, paused or given back by a stop is no end.
    """

    total: int
    states: Mapping[State, int]
    average_execution_s: float | None
    """Mean duration of an attempt; None when none ended."""
    throughput_per_minute: float
    error_rate: float
    """Share of attempts that failed, 0 to 1."""
    failed_in_window: int


@dataclass(frozen=True, slots=True)
class Statistics(Figures):
    """The figures of all types together, and of each."""

    by_type: Mapping[str, Figures] = field(default_factory=dict)
    cache_hit_rate: float | None = None
    """Share of cacheable requests that were answered from the cache, 0 to 1; None before the first."""


async def read_statistics(
    backend: Backend,
    now: int,
    *,
    lane: str | None = None,
    leave_out: Iterable[str] = (),
    cache_hit_rate: float | None = None,
) -> Statistics:
    """The statistics of all jobs, or of one lane, without those of the types to `leave_out`."""
    counts = await backend.counts(lane=lane)
    totals = await backend.totals(now - round(WINDOW_S * 1000), lane=lane)
    names = sorted((counts.by_type.keys() | totals.keys()) - set(leave_out))
    by_type = {name: _figures(counts.by_type.get(name, {}), totals.get(name, RunTotals())) for name in names}
    states = {state: sum(figures.states[state] for figures in by_type.values()) for state in State}
    all_ = _figures(states, reduce(_add, (totals[name] for name in names if name in totals), RunTotals()))
    return Statistics(
        total=all_.total,
        states=all_.states,
        average_execution_s=all_.average_execution_s,
        throughput_per_minute=all_.throughput_per_minute,
        error_rate=all_.error_rate,
        failed_in_window=all_.failed_in_window,
        by_type=by_type,
        cache_hit_rate=cache_hit_rate,
    )


def _figures(counts: Mapping[State, int], totals: RunTotals) -> Figures:
    states = {state: counts.get(state, 0) for state in State}
    return Figures(
        total=sum(states.values()),
        states=states,
        average_execution_s=totals.duration_s / totals.ended if totals.ended else None,
        throughput_per_minute=totals.ended * 60.0 / WINDOW_S,
        error_rate=totals.failed / totals.ended if totals.ended else 0.0,
        failed_in_window=totals.failed,
    )


def _add(one: RunTotals, other: RunTotals) -> RunTotals:
    return RunTotals(one.ended + other.ended, one.failed + other.failed, one.duration_s + other.duration_s)
