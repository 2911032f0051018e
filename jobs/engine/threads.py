"""Blocking work in threads of the engine's own, so that it starves nobody else's.

A thread cannot be stopped. Invariant: whoever is cancelled while it waits for one goes on to wait until the work
has ended, so that no attempt begins while the last one is still at work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
MOST = 1000
"""Threads at the most; each is started when it is first needed."""


class Threads:
    """A pool that is made when it is first used, and let go with its queue."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """`function(*args)` in a thread, with the caller's context variables."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="errand-work")
        variables, loop = copy_context(), asyncio.get_running_loop()
        return await to_its_end(loop.run_in_executor(self._pool, lambda: variables.run(function, *args)))

    def stop(self) -> None:
        """Start nothing more. What still runs ends when it ends."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


async def to_its_end(work: asyncio.Future[T]) -> T:
    """The answer of `work`, which no cancel reaches; a cancel that comes meanwhile is raised behind it.

    What would end the process is raised as `RuntimeError`: in a task of a handler's own, nobody else would stop it.
    """
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not work.cancelled():
            work.exception()  # seen: the cancel decides
        raise cancelled
    try:
        return work.result()
    except (SystemExit, KeyboardInterrupt) as error:
        raise RuntimeError(f"the work raised {type(error).__name__}") from error
