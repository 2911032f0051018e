"""What can be done to a job that is there: cancel, pause, resume, retry. Each answers with a sentence.

The one place for commands and buttons alike. Invariant: rights are checked here, at the moment of the deed; a deed
that cannot be done any more is answered with why; and nothing starts while its guild is held.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk import Desk
from bot.guards import NO_JOB, Caller, check_manages
from bot.problems import Problem
from jobs.engine.backend import CancelAnswer
from jobs.engine.errors import EngineError, InvalidPayload, JobExists, NotRetryable, UnknownJobType
from jobs.engine.model import Job
from jobs.engine.states import State

CANCELLED_NEW = "`{id}` is cancelled. It had not begun, so nothing was done."
CANCELLED_BEGUN = "`{id}` is cancelled. What it had done until then stays."
ENDED = "`{id}` has already ended."
CANCELLED: Mapping[CancelAnswer, str] = {
    CancelAnswer.CANCELLED: CANCELLED_NEW,
    CancelAnswer.REQUESTED: "`{id}` is asked to stop after the current step. Its message says what was done.",
    CancelAnswer.FINISHED: ENDED,
    CancelAnswer.UNKNOWN: NO_JOB,
}
STOPPING = "`{id}` is being stopped already."
PAUSED_ALREADY = "`{id}` is already paused."
PAUSES = "`{id}` pauses after the current step and keeps its place. `/job resume` goes on."
PAUSED = "`{id}` is paused and keeps its place. `/job resume` goes on."
NOT_PAUSED = "`{id}` is not paused; it is {state}."
GOES_ON = "`{id}` goes on where it stopped."
RETRIED = "`{id}` is tried again and goes on where it stopped."
UNFINISHED_ALREADY = "The same job is unfinished already. `/job list` shows it."
TYPE_GONE = "This job type is not there any more. Ask the operator."
DAMAGED = "What `{id}` was asked for cannot be read any more. Start it anew with `/async-job`."
NOT_AGAIN = "`{id}` is {state}; only a failed or cancelled job can be tried again."


class JobActions:
    """See the module. All raise `Problem` for who may not, and for what cannot be done."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._queue = desk.queue

    async def cancel(self, caller: Caller, job: Job, reason: str | None = None) -> str:
        check_manages(caller, job)
        why = f"Cancelled by {caller.name}: {reason}" if reason else f"Cancelled by {caller.name}."
        answer = await self._queue.cancel(job.id, why)
        if answer in (CancelAnswer.FINISHED, CancelAnswer.UNKNOWN):
            raise Problem(CANCELLED[answer].format(id=job.id))
        begun = answer is CancelAnswer.CANCELLED and job.first_started_at is not None
        return (CANCELLED_BEGUN if begun else CANCELLED[answer]).format(id=job.id)

    async def pause(self, caller: Caller, job: Job, reason: str | None = None) -> str:
        check_manages(caller, job)
        if job.cancelling is not None:
            raise Problem(STOPPING.format(id=job.id))
        if job.state is State.PAUSED:
            raise Problem(PAUSED_ALREADY.format(id=job.id))
        why = f"Paused by {caller.name}: {reason}" if reason else f"Paused by {caller.name}."
        if not await self._queue.hold(job.id, why):
            raise Problem(ENDED.format(id=job.id))
        return (PAUSES if job.state is State.ACTIVE else PAUSED).format(id=job.id)

    async def resume(self, caller: Caller, job: Job) -> str:
        check_manages(caller, job)
        await self._desk.pauses.check(job.lane, job.type)
        if not await self._queue.unhold(job.id):
            raise Problem(NOT_PAUSED.format(id=job.id, state=job.state))
        return GOES_ON.format(id=job.id)

    async def retry(self, caller: Caller, job: Job) -> str:
        check_manages(caller, job)
        await self._desk.access.check(caller, job.type)
        await self._desk.pauses.check(job.lane, job.type)
        if job.state not in (State.FAILED, State.CANCELLED):
            raise Problem(NOT_AGAIN.format(id=job.id, state=job.state))
        await self._desk.quotas.check_room(caller)
        try:
            await self._queue.retry(job.id)
        except (NotRetryable, JobExists, UnknownJobType, InvalidPayload) as error:
            raise Problem(_not_again(job, error)) from None
        return RETRIED.format(id=job.id)


def _not_again(job: Job, error: EngineError) -> str:
    match error:
        case JobExists():
            return UNFINISHED_ALREADY
        case UnknownJobType():
            return TYPE_GONE
        case InvalidPayload():
            return DAMAGED.format(id=job.id)
    return NOT_AGAIN.format(id=job.id, state=job.state)
