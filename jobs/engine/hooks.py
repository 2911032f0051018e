"""Functions that are called when jobs move on, for a whole queue or for one type.

Fed by the event bus, so a hook can neither slow nor break a job. Invariant: at most once for each transition, in
the process that ran the job; a crash in between loses the call and never the job.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
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

    def hear(self, event: Event) -> Awaitable[None] | None:
        """One event of the bus; most types have no hooks, and cost nothing more."""
        job = event.job
        hooks = self._of(job) if job is not None else []
        return self._call_all(hooks, event, job) if job is not None and hooks else None

    def _of(self, job: Job) -> list[Hooks]:
        own = self._registry.get(job.type).hooks if job.type in self._registry else None
        return [hooks for hooks in (own, self._hooks) if hooks is not None]

    async def _call_all(self, each: Sequence[Hooks], event: Event, job: Job) -> None:
        for hooks in each:
            answer = _call(hooks, event, job)
            if inspect.isawaitable(answer):
                await answer


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
