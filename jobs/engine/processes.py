"""Heavy work in other processes, started when the first piece comes.

Invariant: only functions of a module's top level and values that can be pickled go there, which is checked
before anything is sent.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from jobs.engine.errors import InvalidOption
from jobs.engine.threads import to_its_end

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

T = TypeVar("T")


class Processes:
    """A pool that is made when it is first used, and ended with its queue."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or max(1, (os.cpu_count() or 2) - 1)
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """`function(*args)` in another process. Raises `InvalidOption` for what cannot be sent there."""
        try:
            pickle.dumps((function, args))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise InvalidOption("function", function, f"a function of a module and plain values ({error})") from None
        if self._pool is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            # A fork would copy the locks of threads that are not there any more.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_end_with_parent)
        return await to_its_end(asyncio.get_running_loop().run_in_executor(self._pool, function, *args))

    async def stop(self) -> None:
        """End the processes, whatever they do."""
        pool, self._pool = self._pool, None
        if pool is not None:
            # `ProcessPoolExecutor.terminate_workers` comes with Python 3.14 only.
            workers = list(pool._processes.values())
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.terminate()
            await asyncio.to_thread(pool.shutdown, True)


def _end_with_parent() -> None:
    """In a worker: end when the process that uses it is killed, which tells it nothing."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="errand-parent", daemon=True).start()
