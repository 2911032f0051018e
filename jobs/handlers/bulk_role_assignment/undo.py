"""The plan of an undo: what a role job changed, as its journal has it, where it still stands so.

Invariant: only what that job changed is changed back, and what somebody has changed since stays as they left it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from jobs.engine.errors import DeferJob, JobError
from jobs.engine.model import Job
from jobs.engine.registry import JobContext, StageContext
from jobs.engine.states import State
from jobs.handlers.bulk_role_assignment.chain import Chain, Done
from jobs.handlers.bulk_role_assignment.outline import outline_of
from jobs.handlers.bulk_role_assignment.payload import UndoRoleAssignment
from jobs.handlers.bulk_role_assignment.plan import Draft, Outline
from jobs.handlers.bulk_role_assignment.rights import first_refusal
from jobs.handlers.bulk_role_assignment.work import RoleWork
from jobs.roles import Holder, RoleBook
from jobs.services import AccessDenied, NotFound, Services

FEW = 20
"""So many members are asked for one by one; for more of them all pages are read."""
AGAIN_S = 30.0


class Undo:
    """Makes the plan of one job. `types` are those whose jobs it takes back."""

    def __init__(
        self, ctx: JobContext[Services], work: RoleWork, payload: UndoRoleAssignment, types: Collection[str]
    ) -> None:
        self._ctx = ctx
        self._work = work
        self._payload = payload
        self._types = types
        services = ctx.services
        self._chain = Chain(services.jobs, services.records, ctx.clock, ctx.lane)

    async def source(self) -> Job:
        """The job that is taken back. Raises `JobError` for one that cannot be, and `DeferJob` while it runs."""
        job = await self._ctx.services.jobs.get(self._payload.job_id)
        if job is None or job.type not in self._types or job.lane != str(self._payload.guild_id):
            text = "What that job did is not kept any more, so it cannot be taken back."
            raise JobError(text, retryable=False, category="payload")
        if not job.state.is_final and job.state is not State.PAUSED:
            raise DeferJob(AGAIN_S, f"It waits for the end of {job.id}.")
        return job

    async def begun(self) -> None:
        """From here on it takes something back."""
        await self._chain.note(self._payload.job_id, self._ctx.job_id, whole=False)

    async def ended(self) -> None:
        """All that could be is taken back."""
        await self._chain.note(self._payload.job_id, self._ctx.job_id, whole=True)

    async def plan(self, stage: StageContext, number: int) -> tuple[Draft, Outline]:
        """Raises `JobError` for what cannot be done at all."""
        book = await self._work.book()
        done = await self._chain.left_of(self._payload.job_id, but=self._ctx.job_id)
        holders = await self._holders(stage, done)
        draft = Draft()
        for member_id, what in sorted(done.items()):
            _plan_back(draft, book, member_id, what, holders.get(member_id))
        if found := first_refusal(book, draft.roles()):
            raise JobError(found.sentence, retryable=False, category="permission")
        return draft, outline_of(
            draft,
            book,
            number=number,
            now=self._ctx.clock.now(),
            action="undo",
            about=draft.roles(),
            pace_s=self._ctx.services.roles.seconds_a_change(self._payload.guild_id),
        )

    async def _holders(self, stage: StageContext, members: Collection[int]) -> Mapping[int, Holder]:
        """Those of `members` who are there, with their roles as they are now."""
        await stage.reach(0)
        if len(members) <= FEW:
            return await self._one_by_one(stage, members)
        found: dict[int, Holder] = {}
        read = 0
        try:
            async for page in self._ctx.services.discord.members(self._payload.guild_id):
                for member in page:
                    if member.id in members:
                        found[member.id] = Holder(member.id, member.name, frozenset(member.role_ids))
                read += len(page)
                await stage.reach(read)
        except AccessDenied:
            return await self._one_by_one(stage, members)
        return found

    async def _one_by_one(self, stage: StageContext, members: Collection[int]) -> Mapping[int, Holder]:
        found: dict[int, Holder] = {}
        for read, member_id in enumerate(members):
            try:
                found[member_id] = await self._ctx.services.roles.holder(self._payload.guild_id, member_id)
            except NotFound:
                continue
            finally:
                await stage.reach(read + 1)
        return found


def _plan_back(draft: Draft, book: RoleBook, member_id: int, what: Done, holder: Holder | None) -> None:
    """Put into `draft` what is taken back of one member: what stands as the job left it, and no more."""
    if not what.gave and not what.took:
        draft.change(member_id, holder.name if holder else "", (), ())
        return
    if holder is None:
        draft.block(member_id, "", "gone")
        return
    there = frozenset(book.roles)
    remove, add = what.gave & holder.roles, (what.took - holder.roles) & there
    if remove or add:
        is_whole = not what.sure or (remove == what.gave and add == what.took)
        draft.change(member_id, holder.name, add, remove, why="" if is_whole else "changed")
    elif what.sure:
        is_gone = not there.issuperset(what.gave | what.took)
        draft.block(member_id, holder.name, "role-gone" if is_gone else "changed")
