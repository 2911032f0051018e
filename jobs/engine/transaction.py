"""A caller's own rows and jobs in one commit: what `JobQueue.transact` hands to its function.

Lives in the writer's thread for as long as the function runs. Invariant: jobs pass the same checks as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jobs.engine.config import QueueConfig
from jobs.engine.dependencies import in_order
from jobs.engine.model import JobSpec, Put
from jobs.engine.registry import NOTHING, Given, Registry
from jobs.engine.request import request_of, spec_of


class Transaction:
    """`connection` is the store's own (a `sqlite3.Connection` on SQLite); do not commit on it."""

    def __init__(
        self,
        connection: Any,
        put: Callable[[Sequence[JobSpec]], Sequence[Put]],
        registry: Registry,
        config: QueueConfig,
        now: int,
    ) -> None:
        self.connection = connection
        self._put = put
        self._registry = registry
        self._config = config
        self._now = now

    def enqueue(self, type_: str, payload: Given = NOTHING, **options: Any) -> str:
        """The id of a job that is there once the transaction is; raises like `JobQueue.enqueue`."""
        request = request_of(type_, payload, options)
        specs = in_order([spec_of(request, self._registry.get(type_), self._config, self._now)])
        return self._put(specs)[0].id
