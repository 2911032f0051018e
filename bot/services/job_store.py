"""`JobStore` on the bot's own queue: what handlers may know of other jobs, and what they may have done later.

Invariant: a follow-up is asked for in the name of whoever asked for the job, in its guild and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from bot.reporter import ProgressMessage
from bot.reporter.message import KEPT_MS, MessageStore
from jobs.engine.backend import JournalEntry
from jobs.engine.errors import JobExists
from jobs.engine.model import Job, JsonObject, RecordWrite
from jobs.engine.queue import JobQueue


class QueueJobs:
    """See `JobStore`. The queue is asked for when it is needed: it is made with the services that this is one of."""

    def __init__(self, queue: Callable[[], JobQueue], messages: MessageStore) -> None:
        self._queue = queue
        self._messages = messages

    async def get(self, job_id: str) -> Job | None:
        return await self._queue().get(job_id)

    async def journal(self, job_id: str, *, after: str = "", limit: int = 100) -> Sequence[JournalEntry]:
        return await self._queue().journal(job_id, after=after, limit=limit)

    async def follow_up(self, job: Job, type_name: str, payload: JsonObject, *, job_id: str, run_at: int) -> None:
        queue = self._queue()
        with suppress(JobExists):
            await queue.enqueue(
                type_name,
                payload,
                job_id=job_id,
                run_at=datetime.fromtimestamp(run_at / 1000, UTC),
                lane=job.lane,
                owner=job.owner,
                context=job.context,
                depends_on=[job.id],
                on_parent_failure="run",
                records=await self._message(job, job_id, run_at, queue.clock.now()),
            )

    async def _message(self, job: Job, job_id: str, run_at: int, now: int) -> tuple[RecordWrite, ...]:
        """A message of its own, where everybody could see that of `job`; none for one that is not kept until then."""
        first = await self._messages.get(job.id)
        if first is None or first.seen_alone or run_at - now > KEPT_MS:
            return ()
        message = ProgressMessage(
            application_id=0,
            channel_id=first.channel_id,
            message_id=0,
            guild_id=first.guild_id,
            user_id=first.user_id,
            ephemeral=False,
            created_at=now,
            notify="failure",
            language=first.language,
        )
        return message.records(job_id)
