"""The one thread that writes: it takes whatever waits and commits it as one group.

Owns the read-write connection's only user. Knows nothing of jobs. A hop between loop and thread costs more
than SQLite itself, so a group costs one hop: one closure there, one callback back.
Invariant: an operation is whole or absent, whatever its caller's task does meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from jobs.engine.errors import BackendUnavailable

log = logging.getLogger(__name__)

GROUP_LIMIT = 500
"""Operations a transaction holds at the most, so that nobody waits long for the one in front."""

Body = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True)
class Operation:
    """One body, who waits for it, and what must happen on the loop once it is committed."""

    body: Body
    future: asyncio.Future[Any]
    committed: Callable[[Any], None] | None = None
    answer: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class Group:
    """What one transaction carried."""

    operations: list[Operation] = field(default_factory=list)
    rider_answer: Any = None
    rider_error: Exception | None = None


class Rider:
    """A last statement for every group, such as the claim: `ride` in the thread, `arrived` on the loop."""

    def __init__(self, ride: Body, arrived: Callable[[Any], None]) -> None:
        self.ride = ride
        self.arrived = arrived


class Writer:
    """Runs operations in groups in its own thread. Made, submitted to and stopped on the event loop."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._waiting: SimpleQueue[Operation | None] = SimpleQueue()
        self._rider: Rider | None = None
        self._thread = threading.Thread(target=self._work, name="errand-sqlite-writer", daemon=True)
        self._ended = asyncio.Event()
        self._stopping = False
        self.groups = 0
        self.operations = 0
        self._thread.start()

    def set_rider(self, rider: Rider | None) -> None:
        """Let `rider` end every group from now on; None for nobody."""
        self._rider = rider

    def submit(self, body: Body, committed: Callable[[Any], None] | None = None) -> asyncio.Future[Any]:
        """Queue `body`; the future has its answer after COMMIT. Cancelling the future does not stop the body.

        `committed` is called on the loop with the answer, before the future is resolved and even when its
        caller is gone.
        """
        future: asyncio.Future[Any] = self._loop.create_future()
        if self._stopping:
            future.set_exception(BackendUnavailable("The database is closed."))
        else:
            self._waiting.put(Operation(body, future, committed))
        return future

    async def stop(self) -> None:
        """Commit what is queued, then end the thread."""
        if not self._stopping:
            self._stopping = True
            self._waiting.put(None)
        await self._ended.wait()
        self._thread.join()

    def _work(self) -> None:
        going = True
        while going:
            group = Group()
            first = self._waiting.get()
            going = first is not None and self._gather(first, group)
            if group.operations:
                self._commit(group)
                self._loop.call_soon_threadsafe(self._deliver, group)
        self._loop.call_soon_threadsafe(self._ended.set)

    def _gather(self, first: Operation, group: Group) -> bool:
        group.operations.append(first)
        while len(group.operations) < GROUP_LIMIT:
            try:
                operation = self._waiting.get_nowait()
            except Empty:
                return True
            if operation is None:
                return False
            group.operations.append(operation)
        return True

    def _commit(self, group: Group) -> None:
        connection = self._connection
        self.groups += 1
        self.operations += len(group.operations)
        try:
            connection.execute("BEGIN IMMEDIATE")
            for operation in group.operations:
                self._run(operation)
            self._ride(group)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever broke the transaction is each caller's answer
            # A full disk or an I/O error makes SQLite roll back by itself; a second ROLLBACK would raise.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            failure = BackendUnavailable(f"The database cannot be written: {error}.")
            failure.__cause__ = error
            for operation in group.operations:
                operation.error = operation.error or failure
            group.rider_answer = None

    def _run(self, operation: Operation) -> None:
        connection = self._connection
        connection.execute("SAVEPOINT operation")
        try:
            operation.answer = operation.body(connection)
        except Exception as error:
            operation.error = error
            if not connection.in_transaction:
                raise
            connection.execute("ROLLBACK TO operation")
        connection.execute("RELEASE operation")

    def _ride(self, group: Group) -> None:
        rider = self._rider
        if rider is None:
            return
        connection = self._connection
        connection.execute("SAVEPOINT rider")
        try:
            group.rider_answer = (rider, rider.ride(connection))
        except sqlite3.Error as error:
            group.rider_error = error
            if not connection.in_transaction:
                raise
            connection.execute("ROLLBACK TO rider")
        connection.execute("RELEASE rider")

    def _deliver(self, group: Group) -> None:
        for operation in group.operations:
            if operation.error is None and operation.committed is not None:
                operation.committed(operation.answer)
            self._resolve(operation)
        if group.rider_error is not None:
            log.error("the claim failed", exc_info=group.rider_error)
        if group.rider_answer is not None:
            rider, answer = group.rider_answer
            rider.arrived(answer)

    @staticmethod
    def _resolve(operation: Operation) -> None:
        if operation.future.done():
            return
        if operation.error is None:
            operation.future.set_result(operation.answer)
        else:
            operation.future.set_exception(operation.error)
