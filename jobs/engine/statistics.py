"""Numbers about a queue, computed from what is stored; no counter of its own that could drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jobs.engine.backend import Backend, Counts, RunTotals
from jobs.engine.states import State

WINDOW_S = 3600.0


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts now; times and rates over the last hour."""

    total: int
    states: Mapping[State, int]
    average_execution_s: float | None
    """Mean duration of the attempts that ended in the window; None when none did."""
    throughput_per_minute: float
    error_rate: float
    """Share of attempts in the window that failed, 0 to 1."""
    by_type: Mapping[str, Mapping[State, int]]
    failed_in_window: int = 0
    """Attempts that failed in the window."""
    cache_hit_rate: float | None = None
    """Share of cacheable requests that were answered from the cache, 0 to 1; None before the first."""


async def read_statistics(
    backend: Backend, now: int, *, lane: str | None = None, cache_hit_rate: float | None = None
) -> Statistics:
    """The statistics of all jobs, or the counts of one lane with the rates of all."""
    counts = await backend.counts(lane=lane)
    totals = await backend.totals(now - round(WINDOW_S * 1000))
    return replace(combine(counts, list(totals.values())), cache_hit_rate=cache_hit_rate)


def combine(counts: Counts, totals: list[RunTotals]) -> Statistics:
    ended = sum(total.ended for total in totals)
    states = {state: counts.state(state) for state in State}
    return Statistics(
        total=sum(states.values()),
        states=states,
        average_execution_s=sum(total.duration_s for total in totals) / ended if ended else None,
        throughput_per_minute=ended * 60.0 / WINDOW_S,
        error_rate=sum(total.failed for total in totals) / ended if ended else 0.0,
        by_type=counts.by_type,
        failed_in_window=sum(total.failed for total in totals),
    )
