"""Requests become what is stored: checked, with the type's and the queue's defaults, and with the result of an equal
one where there is a fresh one.

Owns what is usual for each type. Invariant: a request without options comes to the same whichever way it takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from jobs.engine.cache import ResultCache
from jobs.engine.config import QueueConfig
from jobs.engine.dependencies import in_order
from jobs.engine.model import JobSpec, RunPolicy, new_id
from jobs.engine.registry import Given, JobType, Registry
from jobs.engine.request import OPTIONS, EnqueueRequest, policy_of, request_of, spec_of

_options_of = attrgetter(*OPTIONS)
_NO_OPTIONS = _options_of(EnqueueRequest(""))


class Intake:
    """Of one queue. All raise what `JobQueue.enqueue` raises for a request that cannot be."""

    def __init__(self, registry: Registry, config: QueueConfig, cache: ResultCache | None) -> None:
        self._registry = registry
        self._config = config
        self._cache = cache
        self._usual: dict[str, tuple[JobType, RunPolicy]] = {}
        """Types met so far, with the policy of their requests without options."""

    def one(self, name: str, payload: Given, options: Mapping[str, Any], now: int) -> JobSpec:
        """A request by its type, payload and options."""
        if not options:
            return self._plain(name, payload, now)
        (spec,) = in_order([self._of(request_of(name, payload, options), now)])
        return spec

    def many(self, requests: Sequence[EnqueueRequest], now: int) -> list[JobSpec]:
        """Requests that are made together."""
        return [
            self._plain(request.type, request.payload, now)
            if _options_of(request) == _NO_OPTIONS
            else self._of(request, now)
            for request in requests
        ]

    def _of(self, request: EnqueueRequest, now: int) -> JobSpec:
        type_ = self._registry.get(request.type)
        spec = spec_of(request, type_, self._config, now)
        if self._cache is None or spec.depends_on or not (type_.cached or request.cache):
            return spec
        return self._cache.answer(spec, request.cache_scope, anew=request.cache is False)

    def _plain(self, name: str, payload: Given, now: int) -> JobSpec:
        """Most requests have no options, and take half the time."""
        try:
            type_, policy = self._usual[name]
        except (KeyError, TypeError):
            type_ = self._registry.get(name)
            policy = policy_of(EnqueueRequest(name), type_, self._config)
            self._usual[name] = type_, policy
        data, text = type_.stored(payload)
        spec = JobSpec(new_id(), type_.name, data, policy, now, now, payload_text=text)
        return spec if self._cache is None or not type_.cached else self._cache.answer(spec, "", anew=False)
