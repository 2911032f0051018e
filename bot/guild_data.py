"""Everything that is kept of one guild, in one place to be erased.

Knows every kind of record that belongs to a guild; what is added elsewhere is added here. Invariant: after `erase`
nothing of the guild is left but the wishes of those who opted out or had their data erased, which hold if the bot comes
back.
"""

from __future__ import annotations

from bot import access, guild_pauses, guild_settings
from bot.reporter import message
from bot.services.artifacts import FileArtifacts
from jobs import confirmation, lists
from jobs.activity.service import Activity
from jobs.engine import scheduler
from jobs.engine.backend import JobQuery
from jobs.engine.queue import JobQueue
from jobs.handlers.bulk_role_assignment import chain, presets

DRAFT = "draft"
"""Answers to forms that were not started yet (`bot.views.drafts`)."""
JOB_LIST = "job-list"
"""Where a list that somebody looks at has got to (`bot.views.job_lists`)."""
KINDS = (
    access.KIND,
    guild_pauses.KIND,
    guild_settings.KIND,
    scheduler.KIND,
    message.MESSAGE,
    message.OPEN,
    message.TOKEN,
    DRAFT,
    JOB_LIST,
    *lists.KINDS,
    confirmation.KIND,
    presets.KIND,
    chain.KIND,
)
PAGE = 100


class GuildData:
    """Erases."""

    def __init__(self, queue: JobQueue, activity: Activity, artifacts: FileArtifacts) -> None:
        self._queue = queue
        self._activity = activity
        self._artifacts = artifacts

    async def erase(self, guild_id: int) -> None:
        """Delete the guild's finished jobs with their files, its records and its activity."""
        lane = str(guild_id)
        await self._erase_files(lane)
        await self._queue.clean_up(0, lane=lane)
        for kind in KINDS:
            while page := await self._queue.records.find(kind, lane=lane, limit=PAGE):
                for record in page:
                    await self._queue.records.delete(kind, record.key)
        await self._activity.erase(guild_id)

    async def _erase_files(self, lane: str) -> None:
        cursor: str | None = None
        while True:
            page = await self._queue.find(JobQuery(lane=lane, limit=PAGE, cursor=cursor))
            for job in page.jobs:
                await self._artifacts.delete(job.id)
            cursor = page.cursor
            if cursor is None:
                return
