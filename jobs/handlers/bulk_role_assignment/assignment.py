"""The plan of an assignment, and the last pass that takes who came late.

Knows no Discord library. Invariant: who is meant is decided by one reading of all members, and what is not known of
activity is never taken for inactivity.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from jobs.engine.errors import JobError
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobContext, StageContext
from jobs.handlers.bulk_role_assignment.outline import outline_of
from jobs.handlers.bulk_role_assignment.payload import BulkRoleAssignment
from jobs.handlers.bulk_role_assignment.plan import Change, Draft, Outline
from jobs.handlers.bulk_role_assignment.rights import first_refusal
from jobs.handlers.bulk_role_assignment.targets import DAY_MS, Seen, Targets, plan_for
from jobs.handlers.bulk_role_assignment.work import RoleWork
from jobs.lists import MemberLists
from jobs.services import AccessDenied, Interval, MemberInfo, Services

KNOWN_WITHIN_MS = 3_600_000
"""What was written in the last hour may still be on its way into the counts."""


class Assignment:
    """Makes the plan of one job."""

    def __init__(self, ctx: JobContext[Services], work: RoleWork, payload: BulkRoleAssignment) -> None:
        self._ctx = ctx
        self._work = work
        self._payload = payload
        self._now = ctx.clock.now()

    async def plan(self, stage: StageContext, number: int) -> tuple[Draft, Outline]:
        """Raises `JobError` for what cannot be done at all."""
        book = await self._work.book()
        if found := first_refusal(book, self._payload.role_ids):
            raise JobError(found.sentence, retryable=False, category="permission")
        named = await self._named()
        meant, here = await self._meant(stage, named)
        draft = Draft()
        for member in meant:
            plan_for(draft, self._payload, book, member)
        for member_id in (id_ for id_ in named or () if id_ not in here):
            draft.block(member_id, "", "gone")
        outline = outline_of(
            draft,
            book,
            number=number,
            now=self._now,
            action=self._payload.action,
            about=self._payload.role_ids,
            pace_s=self._ctx.services.roles.seconds_a_change(self._payload.guild_id),
        )
        return draft, replace(outline, until=self._payload.until_ms, late=self._payload.late_joiners)

    async def last_pass(self, outline: Outline, changes: Sequence[Change]) -> tuple[list[Change], JsonObject]:
        """Changes of those who joined since the plan was made, and how the result stands."""
        planned = {change.member_id: change for change in changes}
        book, draft, stands = await self._work.book(), Draft(), 0
        async with self._ctx.stage("Checking the result", unit="members") as stage:
            meant, _ = await self._meant(stage, await self._named(), checked=planned)
            for member in meant:
                if change := planned.get(member.id):
                    has = frozenset(member.role_ids)
                    stands += has.issuperset(change.add) and has.isdisjoint(change.remove)
                elif (member.joined_at or 0) > outline.made_at:
                    plan_for(draft, self._payload, book, member)
        return draft.changes, {"stands": stands, "late": len(draft.changes)}

    async def _named(self) -> list[int] | None:
        """Who is named; None where everybody is looked at."""
        if not self._payload.names:
            return None
        return self._payload.named([id_ for wanted in self._payload.lists for id_ in await self._listed(wanted)])

    async def _listed(self, wanted: str) -> list[int]:
        """Members of a kept list, without those who opted out of what it was made of."""
        lists = MemberLists(self._ctx.services.records, self._ctx.clock)
        kept = await lists.get(self._payload.guild_id, wanted)
        if kept is None:
            text = f"The list {wanted} is not kept here any more. Make it anew."
            raise JobError(text, retryable=False, category="payload")
        out = set() if "file" in kept.source else await self._ctx.services.activity.opted_out(kept.guild_id)
        return [id_ async for ids in lists.members(kept) for id_ in ids if id_ not in out]

    async def _meant(
        self, stage: StageContext, named: Collection[int] | None, *, checked: Collection[int] = ()
    ) -> tuple[list[MemberInfo], set[int]]:
        """The members who are meant, or `checked`, in order of their ids; and the ids of all who are there."""
        candidates, here, read = list[MemberInfo](), set[int](), 0
        targets = Targets(self._payload, named, self._now)
        await stage.reach(0)
        try:
            async for page in self._ctx.services.discord.members(self._payload.guild_id):
                here.update(member.id for member in page)
                candidates += [member for member in page if member.id in checked or targets.mean(member)]
                read += len(page)
                await stage.reach(read)
        except AccessDenied as error:
            text = "Discord hides the member list from me. Switch on the Server Members intent, then press Retry."
            raise JobError(text, retryable=False, category="permission") from error
        targets = Targets(self._payload, named, self._now, await self._seen([m.id for m in candidates]))
        meant = [m for m in candidates if m.id in checked or targets.was_active_as_wanted(m)]
        return sorted(meant, key=lambda member: member.id), here

    async def _seen(self, members: Sequence[int]) -> Seen | None:
        days = self._payload.active_days or self._payload.inactive_days
        if days is None:
            return None
        activity, guild_id = self._ctx.services.activity, self._payload.guild_id
        if self._payload.inactive_days:
            await self._check_known(days)
        unknown = {*await activity.opted_out(guild_id), *await activity.known_since(guild_id)}
        return Seen(await activity.last_seen(guild_id, members), unknown)

    async def _check_known(self, days: int) -> None:
        """Nobody is inactive of whom nothing could be known. Raises `JobError`."""
        services, guild_id = self._ctx.services, self._payload.guild_id
        within = Interval(self._now - days * DAY_MS, self._now)
        channels = await services.discord.channels(guild_id)
        readable = [channel.id for channel in channels if channel.kind != "forum" and channel.readable]
        missing = await services.activity.missing(guild_id, dict.fromkeys(readable, within))
        for gaps in missing.values():
            if any(gap.until - gap.since > KNOWN_WITHIN_MS for gap in gaps):
                text = f"Nobody knows who was inactive for {days} days. Run a Member Analysis of them, then ask again."
                raise JobError(text, retryable=False, category="payload")
