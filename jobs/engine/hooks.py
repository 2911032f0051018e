"""Functions that are called when jobs move on, for a whole queue or for one type.

Fed by the event bus, so a hook can neither slow nor break a job. Invariant: at most once for each transition, in
the process that ran the job; a crash in between loses the call and never the job.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from jobs.engine.events import Event, EventType
from jobs.engine.model import Job
from jobs.engine.registry import Registry

JobHook: TypeAlias = Callable[[Job], Awaitable[None] | None]
RetryHook: TypeAlias = Callable[[Job, int, float], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Plain or async functions; None is not called."""

    on_progress: JobHook | None = None
    on_complete: JobHook | None = None
    on_failed: JobHook | None = None
    on_retry: RetryHook | None = None
    """Called with the job, the number of the attempt that failed, and the seconds until the next."""


EVENTS = frozenset({EventType.JOB_PROGRESS, EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.JOB_RETRY})


class HookRunner:
    """Calls the type's hooks, then the queue's."""

    def __init__(self, registry: Registry, hooks: Hooks | None) -> None:
        self._registry = registry
        self._hooks = hooks

    async def hear(self, event: Event) -> None:
        """One event of the bus."""
        job = event.job
        if job is None:
            return
        for hooks in self._of(job):
            answer = _call(hooks, event, job)
            if inspect.isawaitable(answer):
                await answer

    def _of(self, job: Job) -> Iterator[Hooks]:
        if job.type in self._registry and (own := self._registry.get(job.type).hooks) is not None:
            assert isinstance(own, Hooks)
            yield own
        if self._hooks is not None:
            yield self._hooks


def _call(hooks: Hooks, event: Event, job: Job) -> Awaitable[None] | None:
    if event.type is EventType.JOB_RETRY:
        delay_s = event.data.get("delay_s")
        assert isinstance(delay_s, int | float)
        return hooks.on_retry(job, job.attempts, float(delay_s)) if hooks.on_retry else None
    hook = {
        EventType.JOB_PROGRESS: hooks.on_progress,
        EventType.JOB_COMPLETED: hooks.on_complete,
        EventType.JOB_FAILED: hooks.on_failed,
    }[event.type]
    return hook(job) if hook is not None else None
