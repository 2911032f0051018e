"""Heavy work in other processes, started when a piece comes and ended when none did for a while.

As many as there are cores, but the event loop goes before them. Invariant: only functions of a module's top level and
values that can be pickled go there, which is checked before anything is sent.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from jobs.engine.errors import InvalidOption, JobError
from jobs.engine.threads import to_its_end

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

T = TypeVar("T")
NICENESS = 5
"""How far the processes stand back where a core is wanted by others too (nice(2)); by this much they get a third."""
IDLE_S = 60.0


class Processes:
    """A pool that is made when it is used, and ended with its queue, or when nobody used it for `idle_s` seconds: what
    heavy work has taken of the memory is given back."""

    def __init__(self, workers: int | None = None, *, idle_s: float = IDLE_S) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._idle_s = idle_s
        self._busy = 0
        self._rest: asyncio.TimerHandle | None = None
        self._pool: ProcessPoolExecutor | None = None

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """`function(*args)` in another process. Raises `InvalidOption` for what cannot be sent there, and `JobError`
        when a process was killed, which ends what the others do, too."""
        try:
            pickle.dumps((function, args))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise InvalidOption("function", function, f"a function of a module and plain values ({error})") from None
        loop = asyncio.get_running_loop()
        if self._rest is not None:
            self._rest.cancel()
        self._busy += 1
        try:
            if self._pool is None:
                # A tenth of a second or more, which the loop need not wait for.
                await asyncio.to_thread(import_module, "concurrent.futures.process")
            return await self._worked_on(function, args)
        finally:
            self._busy -= 1
            if not self._busy:
                self._rest = loop.call_later(self._idle_s, self._let_go)

    async def _worked_on(self, function: Callable[..., T], args: Sequence[object]) -> T:
        try:
            pool, work = self._sent(function, args)
        except BrokenExecutor:
            # A process was killed while it had nothing to do.
            self._pool = None
            pool, work = self._sent(function, args)
        try:
            return await to_its_end(work)
        except BrokenExecutor as error:
            if self._pool is pool:
                self._pool = None
            _kill(pool)
            text = "A process that worked on this was killed. The machine may be short of memory."
            raise JobError(text, category="engine") from error

    def _sent(
        self, function: Callable[..., T], args: Sequence[object]
    ) -> tuple[ProcessPoolExecutor, asyncio.Future[T]]:
        pool = self._started()
        work = asyncio.get_running_loop().run_in_executor(pool, function, *args)
        with pool._shutdown_lock:
            # CPython tells who looks for killed processes before it starts one more, whose kill nobody saw then.
            pool._executor_manager_thread_wakeup.wakeup()
        return pool, work

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            # A fork would copy the locks of threads that are not there any more.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_stand_back)
        return self._pool

    def _let_go(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False)

    async def stop(self) -> None:
        """End the processes, whatever they do."""
        if self._rest is not None:
            self._rest.cancel()
        pool, self._pool = self._pool, None
        if pool is not None:
            _kill(pool)
            # Once: a second call finds nothing to wait for.
            await asyncio.to_thread(pool.shutdown, True, cancel_futures=True)


def _kill(pool: ProcessPoolExecutor) -> None:
    # `ProcessPoolExecutor.kill_workers` comes with Python 3.14 only. None are there once it was shut down.
    for worker in list((pool._processes or {}).values()):
        worker.kill()


def _stand_back() -> None:
    """In a worker: let others go before it, and end with the process that uses it, whose kill tells it nothing, and
    not before it: a terminal's Ctrl+C and a service manager's SIGTERM reach both."""
    import multiprocessing

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="errand-parent", daemon=True).start()
