"""What can be done to a job that is there: cancel, pause, resume, retry. Each answers with a sentence.

The one place for commands and buttons alike. Invariant: rights are checked here, at the moment of the deed, and
a deed that cannot be done any more is answered with why.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.access import Access
from bot.guards import Caller, check_manages
from bot.problems import Problem
from jobs.engine.backend import CancelAnswer
from jobs.engine.errors import EngineError, JobExists, NotRetryable, UnknownJobType
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.states import State

CANCELLED: Mapping[CancelAnswer, str] = {
    CancelAnswer.CANCELLED: "`{id}` is cancelled. It had not begun, so nothing was done.",
    CancelAnswer.REQUESTED: "`{id}` is asked to stop after the current step. Its message says what was done.",
    CancelAnswer.FINISHED: "`{id}` has already ended.",
    CancelAnswer.UNKNOWN: "There is no job `{id}` here.",
}


class JobActions:
    """See the module. All raise `Problem` for who may not, and for what cannot be done."""

    def __init__(self, queue: JobQueue, access: Access) -> None:
        self._queue = queue
        self._access = access

    async def cancel(self, caller: Caller, job: Job, reason: str | None = None) -> str:
        check_manages(caller, job)
        why = f"Cancelled by {caller.name}: {reason}" if reason else f"Cancelled by {caller.name}."
        answer = await self._queue.cancel(job.id, why)
        if answer in (CancelAnswer.FINISHED, CancelAnswer.UNKNOWN):
            raise Problem(CANCELLED[answer].format(id=job.id))
        return CANCELLED[answer].format(id=job.id)

    async def pause(self, caller: Caller, job: Job, reason: str | None = None) -> str:
        check_manages(caller, job)
        if job.state is State.PAUSED:
            raise Problem(f"`{job.id}` is already paused.")
        why = f"Paused by {caller.name}: {reason}" if reason else f"Paused by {caller.name}."
        if not await self._queue.hold(job.id, why):
            raise Problem(f"`{job.id}` has already ended.")
        return f"`{job.id}` pauses after the current step and keeps its place. `/job resume` goes on."

    async def resume(self, caller: Caller, job: Job) -> str:
        check_manages(caller, job)
        if not await self._queue.unhold(job.id):
            raise Problem(f"`{job.id}` is not paused; it is {job.state}.")
        return f"`{job.id}` goes on where it stopped."

    async def retry(self, caller: Caller, job: Job) -> str:
        check_manages(caller, job)
        await self._access.check(caller, job.type)
        try:
            await self._queue.retry(job.id)
        except (NotRetryable, JobExists, UnknownJobType) as error:
            raise Problem(_not_again(job, error)) from None
        return f"`{job.id}` is tried again and goes on where it stopped."


def _not_again(job: Job, error: EngineError) -> str:
    match error:
        case JobExists():
            return "The same job is unfinished already. `/job list` shows it."
        case UnknownJobType():
            return "This job type is not there any more. Ask the operator."
    return f"`{job.id}` is {job.state}; only a failed or cancelled job can be tried again."
