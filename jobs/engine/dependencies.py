"""The order of jobs that wait for each other, checked before anything is stored. Pure.

A stored job never gets a new dependency, so a circle can only lie inside one batch of requests.
"""

from __future__ import annotations

from collections.abc import Sequence

from jobs.engine.errors import DependencyCycle, JobExists
from jobs.engine.model import JobSpec


def in_order(specs: Sequence[JobSpec]) -> Sequence[JobSpec]:
    """The same specs, each behind those of the batch it depends on. Raises `DependencyCycle`, `JobExists`."""
    for spec in specs:
        if spec.depends_on:
            break
    else:
        return specs
    by_id: dict[str, JobSpec] = {}
    for spec in specs:
        if by_id.setdefault(spec.id, spec) is not spec:
            raise JobExists(spec.id)
    ordered: dict[str, JobSpec] = {}
    for spec in specs:
        _place(spec, by_id, ordered)
    return list(ordered.values())


def _place(start: JobSpec, by_id: dict[str, JobSpec], ordered: dict[str, JobSpec]) -> None:
    """Depth first without recursion: a chain may be longer than Python's stack."""
    path: dict[str, None] = {}
    stack = [start.id]
    while stack:
        id_ = stack[-1]
        if id_ in ordered:
            stack.pop()
            continue
        path[id_] = None
        open_ = [p for p in by_id[id_].depends_on if p in by_id and p not in ordered]
        if circle := next((p for p in open_ if p in path), None):
            ids = list(path)
            raise DependencyCycle(ids[ids.index(circle) :])
        if open_:
            stack.append(open_[0])
            continue
        ordered[id_] = by_id[id_]
        del path[id_]
        stack.pop()
