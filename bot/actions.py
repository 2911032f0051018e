"""What can be done to a job that is there: cancel, pause, resume, retry. Each answers with a sentence.

The one place for commands and buttons alike. Invariant: rights are checked here, at the moment of the deed; a deed
that cannot be done any more is answered with why; and nothing starts while its guild is held.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk import Desk
from bot.guards import Caller, check_manages
from bot.languages import Sentence
from bot.problems import Problem
from jobs.engine.backend import CancelAnswer
from jobs.engine.errors import EngineError, InvalidPayload, JobExists, NotRetryable, UnknownJobType
from jobs.engine.model import Job
from jobs.engine.states import State

CANCEL_ANSWERS: Mapping[CancelAnswer, str] = {
    CancelAnswer.CANCELLED: "cancelled-new",
    CancelAnswer.REQUESTED: "cancel-asked",
    CancelAnswer.FINISHED: "ended-already",
    CancelAnswer.UNKNOWN: "no-job",
}


class JobActions:
    """See the module. All raise `Problem` for who may not, and for what cannot be done."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._queue = desk.queue

    async def cancel(self, caller: Caller, job: Job, reason: str | None = None) -> Sentence:
        check_manages(caller, job)
        why = f"Cancelled by {caller.name}: {reason}" if reason else f"Cancelled by {caller.name}."
        answer = await self._queue.cancel(job.id, why)
        if answer in (CancelAnswer.FINISHED, CancelAnswer.UNKNOWN):
            raise Problem(CANCEL_ANSWERS[answer], id=job.id)
        begun = answer is CancelAnswer.CANCELLED and job.first_started_at is not None
        return Sentence("cancelled-begun" if begun else CANCEL_ANSWERS[answer], id=job.id)

    async def pause(self, caller: Caller, job: Job, reason: str | None = None) -> Sentence:
        check_manages(caller, job)
        if job.cancelling is not None:
            raise Problem("stopping-already", id=job.id)
        if job.state is State.PAUSED:
            raise Problem("paused-already", id=job.id)
        why = f"Paused by {caller.name}: {reason}" if reason else f"Paused by {caller.name}."
        if not await self._queue.hold(job.id, why):
            raise Problem("ended-already", id=job.id)
        return Sentence("pauses" if job.state is State.ACTIVE else "paused-now", id=job.id)

    async def resume(self, caller: Caller, job: Job) -> Sentence:
        check_manages(caller, job)
        await self._desk.pauses.check(job.lane, job.type)
        if not await self._queue.unhold(job.id):
            raise Problem("not-paused", id=job.id, state=job.state)
        return Sentence("goes-on", id=job.id)

    async def retry(self, caller: Caller, job: Job) -> Sentence:
        check_manages(caller, job)
        await self._desk.access.check(caller, self._desk.right_of(job.type))
        await self._desk.pauses.check(job.lane, job.type)
        if job.state not in (State.FAILED, State.CANCELLED):
            raise Problem("not-again", id=job.id, state=job.state)
        await self._desk.quotas.check_room(caller)
        try:
            await self._queue.retry(job.id)
        except (NotRetryable, JobExists, UnknownJobType, InvalidPayload) as error:
            raise _not_again(job, error) from None
        return Sentence("retried", id=job.id)


def _not_again(job: Job, error: EngineError) -> Problem:
    match error:
        case JobExists():
            return Problem("unfinished-already")
        case UnknownJobType():
            return Problem("type-gone")
        case InvalidPayload():
            return Problem("payload-damaged", id=job.id)
    return Problem("not-again", id=job.id, state=job.state)
