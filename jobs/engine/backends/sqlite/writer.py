"""The one thread that writes: it takes whatever waits and commits it as one group.

Owns the read-write connection's only user. Knows nothing of jobs. A hop between loop and thread costs more
than SQLite itself, so a group costs one hop: one closure there, one callback back.
Invariant: an operation is whole or absent, whatever its caller's task does meanwhile.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from jobs.engine.errors import BackendUnavailable

GROUP_LIMIT = 500
"""Operations a transaction holds at the most, so that nobody waits long for the one in front."""

T = TypeVar("T")
Body = Callable[[sqlite3.Connection], Any]
Many = Callable[[sqlite3.Connection, Sequence[Any]], Sequence[Any]]
"""Does the same for many items at once, all or none; an answer for each."""
Probe = Callable[[str, Sequence[str]], None]
"""For tests of crashes: told `before_commit` and `after_commit`, in the writer's thread, what a group carries."""


def lenient(text: bytes) -> str:
    """For damaged files: whatever is no UTF-8 becomes U+FFFD."""
    return text.decode(errors="replace")


TROUBLE = frozenset({
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_INTERRUPT,
})  # fmt: skip
"""Primary result codes that speak of the file and the machine, not of the statement."""


def is_trouble(error: Exception) -> bool:
    """Whether the same may go well later, or on another disk."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in TROUBLE


def unavailable(error: Exception) -> BackendUnavailable:
    """What the callers of an operation are told of it."""
    failure = BackendUnavailable(f"The database cannot be written: {error}.")
    failure.__cause__ = error
    return failure


def is_undecodable(error: Exception) -> bool:
    """Whether a statement failed for text that is no UTF-8."""
    return isinstance(error, sqlite3.OperationalError) and "decode to UTF-8" in str(error)


def nested(connection: sqlite3.Connection, body: Callable[[sqlite3.Connection], T]) -> T:
    """Run `body` in a savepoint: what it raises undoes it alone."""
    connection.execute("SAVEPOINT operation")
    try:
        return body(connection)
    except Exception as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO operation")
        if not is_undecodable(error) or connection.text_factory is not str:
            raise
        # One damaged row must not stand in the way of the others: its sum will tell that it is damaged.
        connection.text_factory = lenient
        return body(connection)
    finally:
        if connection.in_transaction:
            connection.execute("RELEASE operation")


@dataclass(slots=True)
class Operation:
    """One body, or an item for one, who waits for it, and what must happen on the loop once it is committed."""

    body: Body | None
    future: asyncio.Future[Any]
    committed: Callable[[Any], None] | None = None
    many: Many | None = None
    item: Any = None
    answer: Any = None
    error: BaseException | None = None

    def run(self, connection: sqlite3.Connection) -> Any:
        """The answer of this operation alone."""
        if self.body is not None:
            return self.body(connection)
        assert self.many is not None
        (answer,) = self.many(connection, [self.item])
        return answer


class Rider:
    """A last statement for every group, such as the claim: `ride` in the thread, the others on the loop."""

    def __init__(self, ride: Body, arrived: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        self.ride = ride
        self.arrived = arrived
        self.failed = failed


@dataclass(slots=True)
class Group:
    """What one transaction carried."""

    operations: list[Operation]
    rider: Rider | None = None
    rider_answer: Any = None
    rider_error: Exception | None = None


class Writer:
    """Runs operations in groups in its own thread. Made, submitted to and stopped on the event loop."""

    def __init__(self, connection: sqlite3.Connection, probe: Probe | None = None) -> None:
        self._probe = probe
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._collected: list[Operation] = []
        self._handed_over: SimpleQueue[list[Operation] | None] = SimpleQueue()
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
            self._submit(Operation(body, future, committed))
        return future

    def submit_item(self, many: Many, item: Any, committed: Callable[[Any], None]) -> asyncio.Future[Any]:
        """`submit` for work that is cheaper together: neighbours in a group are given to `many` in one call."""
        future = self._loop.create_future()
        if self._stopping:
            future.set_exception(BackendUnavailable("The database is closed."))
        else:
            self._submit(Operation(None, future, committed, many, item))
        return future

    async def stop(self) -> None:
        """Commit what is queued, then end the thread."""
        if not self._stopping:
            self._stopping = True
            self._hand_over()
            self._handed_over.put(None)
        await self._ended.wait()
        self._thread.join()

    def _submit(self, operation: Operation) -> None:
        """All that is submitted in one turn of the loop is handed over together, in one hop.

        Else the thread would wake at the first, at whatever moment the interpreter lets it, and commit a few.
        """
        if not self._collected:
            self._loop.call_soon(self._hand_over)
        self._collected.append(operation)

    def _hand_over(self) -> None:
        if self._collected:
            self._handed_over.put(self._collected)
            self._collected = []

    def _work(self) -> None:
        waiting: deque[Operation] = deque()
        going = True
        while going or waiting:
            while going and len(waiting) < GROUP_LIMIT:
                try:
                    more = self._handed_over.get(block=not waiting)
                except Empty:
                    break
                if more is None:
                    going = False
                else:
                    waiting.extend(more)
            if waiting:
                group = Group([waiting.popleft() for _ in range(min(len(waiting), GROUP_LIMIT))])
                self._commit(group)
                self._loop.call_soon_threadsafe(self._deliver, group)
        self._loop.call_soon_threadsafe(self._ended.set)

    def _commit(self, group: Group) -> None:
        connection = self._connection
        self.groups += 1
        self.operations += len(group.operations)
        try:
            connection.execute("BEGIN IMMEDIATE")
            for many, operations in groupby(group.operations, attrgetter("many")):
                self._run_all(many, list(operations))
            self._ride(group)
            self._pass("before_commit", group)
            connection.execute("COMMIT")
            self._pass("after_commit", group)
        except Exception as error:  # noqa: BLE001 - whatever broke the transaction is each caller's answer
            # A full disk or an I/O error makes SQLite roll back by itself; a second ROLLBACK would raise.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            failure = unavailable(error)
            for operation in group.operations:
                operation.error = operation.error or failure
            group.rider_answer = None

    def _pass(self, moment: str, group: Group) -> None:
        if self._probe is not None:
            bodies = [body for each in group.operations if (body := each.many or each.body) is not None]
            names = [_name_of(body) for body in bodies]
            if group.rider is not None and group.rider_answer:
                names.append(_name_of(group.rider.ride))
            self._probe(moment, names)

    def _run_all(self, many: Many | None, operations: Sequence[Operation]) -> None:
        if many is not None and len(operations) > 1:
            items = [operation.item for operation in operations]
            try:
                answers = nested(self._connection, lambda connection: many(connection, items))
            except Exception:
                # One of them cannot be done, and takes none of the others with it.
                if not self._connection.in_transaction:
                    raise
            else:
                for operation, answer in zip(operations, answers, strict=True):
                    operation.answer = answer
                return
        for operation in operations:
            self._run(operation)

    def _run(self, operation: Operation) -> None:
        try:
            operation.answer = nested(self._connection, operation.run)
        except Exception as error:
            operation.error = unavailable(error) if is_trouble(error) else error
            if not self._connection.in_transaction:
                raise

    def _ride(self, group: Group) -> None:
        group.rider = self._rider
        if group.rider is None:
            return
        try:
            group.rider_answer = nested(self._connection, group.rider.ride)
        except sqlite3.Error as error:
            group.rider_error = error
            if not self._connection.in_transaction:
                raise

    def _deliver(self, group: Group) -> None:
        for operation in group.operations:
            future, error = operation.future, operation.error
            if error is not None:
                if not future.done():
                    future.set_exception(error)
                continue
            if operation.committed is not None:
                operation.committed(operation.answer)
            if not future.done():
                future.set_result(operation.answer)
        if group.rider is None:
            return
        if group.rider_error is not None:
            group.rider.failed(group.rider_error)
        elif group.rider_answer is not None:
            group.rider.arrived(group.rider_answer)


def _name_of(body: Callable[..., Any]) -> str:
    """The function that does it, or the method that its body was made in."""
    return body.__qualname__.split(".<locals>")[0].rpartition(".")[2].lstrip("_")
