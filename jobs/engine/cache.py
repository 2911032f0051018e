"""Results that may be given again: which request is the same as an earlier one, and for how long.

On cachetools for what to forget first. Knows no store; the queue feeds it and asks it. Invariant: a result is
only given to a request whose type, payload, lane and scope are all the same, and never past its time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from cachetools import FIFOCache, LFUCache, LRUCache

from jobs.engine.clock import Clock
from jobs.engine.errors import InvalidOption
from jobs.engine.model import Cached, Job, JobSpec, JsonValue, dump_json, is_finite
from jobs.engine.states import State

Eviction = Literal["lru", "lfu", "fifo"]
KEY_PREFIX = "cache:"
CACHED_AS = "cached_as"
"""Names, in a job's metadata, the request whose result it makes, where the job has a key of its own."""
MAX_KEY_BYTES = 1024 * 1024
_KINDS: Mapping[str, Callable[[int], MutableMapping[str, Hit]]] = {
    "lru": LRUCache,
    "lfu": LFUCache,
    "fifo": FIFOCache,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A result that was there."""

    job_id: str
    """The job that made it."""
    result: JsonValue
    at: int
    """When it was made (ms)."""
    ends_at: int


def cache_key(type_: str, payload: Mapping[str, JsonValue], lane: str, scope: str) -> str:
    """The name of a request; the same for payloads that differ in the order of their fields alone."""
    text = dump_json([type_, lane, scope, _sorted(dict(payload))], "payload", MAX_KEY_BYTES)
    return KEY_PREFIX + hashlib.sha256(text.encode()).hexdigest()


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


class ResultCache:
    """`size` results at most; `ttl_s` for types that set no time of their own."""

    def __init__(self, clock: Clock, *, size: int = 10_000, ttl_s: float = 3600.0, eviction: Eviction = "lru") -> None:
        if eviction not in get_args(Eviction):
            raise InvalidOption("eviction", eviction, ", ".join(get_args(Eviction)))
        if isinstance(size, bool) or not 1 <= size <= 10_000_000:
            raise InvalidOption("cache size", size, "a whole number from 1 to 10,000,000")
        if not is_finite(ttl_s) or ttl_s <= 0:
            raise InvalidOption("cache time", ttl_s, "a number of seconds above 0")
        self._clock = clock
        self._ttl_s = ttl_s
        self._hits = _KINDS[eviction](size)
        self.asked = 0
        self.found = 0

    @property
    def hit_rate(self) -> float | None:
        """Share of requests answered from here, 0 to 1; None before the first."""
        return self.found / self.asked if self.asked else None

    def __len__(self) -> int:
        return len(self._hits)

    def look(self, key: str) -> Hit | None:
        """The result kept under `key`, if its time is not over."""
        self.asked += 1
        hit = self._hits.get(key)
        if hit is None:
            return None
        if hit.ends_at <= self._clock.now():
            self._hits.pop(key, None)
            return None
        self.found += 1
        return hit

    def answer(self, spec: JobSpec, scope: str, *, anew: bool = False) -> JobSpec:
        """The request with a kept result, unless it is to run `anew`; else with the name that its result is kept by.

        That name is its key, so that equal requests at once share one job, where it has no key of its own.
        """
        name = cache_key(spec.type, spec.payload, spec.lane, scope)
        if not anew and (hit := self.look(name)) is not None:
            return replace(spec, key=spec.key or name, cached=Cached(hit.job_id, hit.at, hit.result))
        if spec.key is None:
            return replace(spec, key=name)
        return replace(spec, metadata={**spec.metadata, CACHED_AS: name})

    def learn(self, job: Job, ttl_s: float | None = None) -> None:
        """Keep the result of a completed job that was enqueued under a name of the cache."""
        name = str(job.metadata.get(CACHED_AS) or job.key)
        if job.state is not State.COMPLETED or not name.startswith(KEY_PREFIX):
            return
        if job.damaged or job.completed_at is None or job.made_by != job.id:
            return
        ends_at = job.completed_at + round((self._ttl_s if ttl_s is None else ttl_s) * 1000)
        if ends_at > self._clock.now():
            self._hits[name] = Hit(job.id, job.result, job.completed_at, ends_at)

    def forget(self, job_id: str) -> None:
        """Keep no result that this job made."""
        for key in [key for key, hit in self._hits.items() if hit.job_id == job_id]:
            self._hits.pop(key, None)
