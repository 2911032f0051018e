"""Puts the runs of a batching type that start together into one call.

Owns who waits for whom. Knows no store: a batch is made of leases that were claimed one by one, within all
limits. Invariant: every run that joins gets one outcome, or is cancelled with its batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from jobs.engine.outcome import Outcome
from jobs.engine.registry import JobType
from jobs.engine.run import Run

Perform = Callable[[JobType, Sequence[Run]], Awaitable[Sequence[Outcome]]]
"""Calls the handler once for these runs; an outcome for each, in their order."""


class Batch:
    """Runs of one lane that are still being gathered, and who waits for their outcomes."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.answers: list[asyncio.Future[Outcome]] = []

    def add(self, run: Run) -> asyncio.Future[Outcome]:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.runs.append(run)
        self.answers.append(answer)
        return answer

    def answer(self, outcomes: Sequence[Outcome]) -> None:
        for waiting, outcome in zip(self.answers, outcomes, strict=True):
            if not waiting.done():
                waiting.set_result(outcome)

    def fail(self, error: Exception) -> None:
        for waiting in self.answers:
            if not waiting.done():
                waiting.set_exception(error)


class Gatherer:
    """See the module. Batches never mix lanes: what is of one guild stays there."""

    def __init__(self, perform: Perform, *, size: int) -> None:
        self._perform = perform
        self._size = size
        """Runs of a batch at the most, for types that name no number; 1 for no batches at all."""
        self._open: dict[tuple[str, str], Batch] = {}

    async def join(self, type_: JobType, run: Run) -> Outcome:
        """The outcome of `run`; the first of a batch calls for all of them."""
        place = (type_.name, run.lease.job.lane)
        batch = self._open.get(place)
        most = 1 if self._size == 1 else type_.batch_size or self._size
        if batch is not None and len(batch.runs) < most:
            return await batch.add(run)
        batch = self._open[place] = Batch()
        answer = batch.add(run)
        # Leases of one claim start in the same turn of the loop.
        await asyncio.sleep(0)
        if self._open.get(place) is batch:
            del self._open[place]
        try:
            outcomes = await self._perform(type_, batch.runs)
        except asyncio.CancelledError:
            for waiting in batch.answers:
                waiting.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - every run of the batch is told
            batch.fail(error)
        else:
            batch.answer(outcomes)
        return await answer
