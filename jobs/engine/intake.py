"""Requests become what is stored: checked, with the type's and the queue's defaults, and with the result of an equal
one where there is a fresh one.

Owns what is usual for each type. Invariant: a request without options comes to the same
whichever way it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from jobs.engine.cache import ResultCache
from jobs.engine.config import QueueConfig
from jobs.engine.dependencies import in_order
from jobs.engine.model import JobSpec, JsonObject, RunPolicy, new_id
from jobs.engine.registry import Given, JobType, Registry
from jobs.engine.request import OPTIONS, EnqueueRequest, policy_of, request_of, spec_of

_options_of = attrgetter(*OPTIONS)
_NO_OPTIONS = _options_of(EnqueueRequest(""))


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a type's requests without options have in common."""

    policy: RunPolicy
    stored: Callable[[Given], tuple[JsonObject, str]]
    """`JobType.stored`, without its way there."""
    cached: bool


class Intake:
    """Of one queue. All raise what `JobQueue.enqueue` raises for a request that cannot be."""

    def __init__(self, registry: Registry, config: QueueConfig, cache: ResultCache | None) -> None:
        self._registry = registry
        self._config = config
        self._cache = cache
        self._usual: dict[str, _Usual] = {}

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
            usual = self._usual[name]
        except (KeyError, TypeError):
            usual = self._usual[name] = self._usual_of(self._registry.get(name))
        data, text = usual.stored(payload)
        spec = JobSpec(new_id(), name, data, usual.policy, now, now, payload_text=text)
        return spec if self._cache is None or not usual.cached else self._cache.answer(spec, "", anew=False)

    def _usual_of(self, type_: JobType) -> _Usual:
        stored = type_.stored
        if type_.payload is not None:
            from jobs.engine.payload import stored as stored_as

            stored = partial(stored_as, type_.name, type_.payload)
        return _Usual(policy_of(EnqueueRequest(type_.name), type_, self._config), stored, type_.cached)
