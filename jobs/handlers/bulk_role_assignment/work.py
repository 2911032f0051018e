"""What assignments and undos have in common: a plan that is kept, a question, and the changes one by one.

Knows no Discord library. Invariants: nothing is changed before the plan as it was shown is confirmed; rights are
checked at the start, at a resume and before every batch; and after a crash only what is open is looked up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import islice
from typing import Any, NoReturn

from jobs.confirmation import VALID_MS, WAITS, Confirmations, Question
from jobs.engine.errors import BackendUnavailable, CancelJob, HoldJob, JobError, LeaseLost
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobContext, StageContext
from jobs.handlers.bulk_role_assignment.changer import Changer, audit_reason, result_of
from jobs.handlers.bulk_role_assignment.kept_plans import KeptPlans
from jobs.handlers.bulk_role_assignment.ledger import FAILED, RIGHT, Ledger, entries_of
from jobs.handlers.bulk_role_assignment.plan import Change, Draft, Outline, roles_of
from jobs.handlers.bulk_role_assignment.rights import first_refusal
from jobs.handlers.bulk_role_assignment.sightings import Sightings
from jobs.handlers.bulk_role_assignment.tables import CHANGES, PLAN, names_in, write_changes, write_plan
from jobs.handlers.standing import not_there
from jobs.roles import AppliedThenCancelled, RoleBook
from jobs.services import AccessDenied, NotFound, Services

BATCH = 50
"""Changes between two looks at the rights."""
MOST_REFUSALS = 3
"""So many equal ones in a row are no matter of single members."""
TYPED_ABOVE = 1000
NEEDS_TWO_FACTOR = 60003
"""Discord API documentation, "Opcodes and Status Codes"; asked of the owner of the application ("Permissions")."""
STOPPED = "stopped"
"""Checkpoint: how often it was stopped by refusals, and whose were the last ones."""
NEVER: JsonObject = {"stops": 0, "keys": []}
CSV = "text/csv"
Make = Callable[[StageContext, int], Awaitable[tuple[Draft, Outline]]]
"""Makes the plan with this number, within the stage that reads the members."""


class RoleWork:
    """One run of a role job. `text` is why, for the audit log; at `until` (ms) its time is over, also in a pause."""

    def __init__(self, ctx: JobContext[Services], guild_id: int, text: str, *, until: int | None = None) -> None:
        self.ctx = ctx
        self.guild_id = guild_id
        self.ledger = Ledger(ctx)
        self.plans = KeptPlans(ctx)
        self._text = text
        self._until = until
        self._roles = ctx.services.roles
        self._since_check = BATCH
        self._refusals: dict[str, int] = {}
        self._ahead = deque[Change]()
        self._seen = Sightings(self._roles, guild_id)
        self._changer: Changer | None = None
        self._outline: Outline | None = None

    async def book(self) -> RoleBook:
        """Raises `JobError` where the bot is not there any more."""
        owner = self.ctx.owner
        try:
            return await self._roles.book(self.guild_id, int(owner) if owner is not None else None)
        except (AccessDenied, NotFound) as error:
            raise not_there() from error

    async def agreed(self, make: Make, *, ask: bool) -> tuple[Outline, list[Change]]:
        """The plan, once it is confirmed. Raises `HoldJob` until it is, and `CancelJob` when it was not in time."""
        async with self.ctx.stage("Reading members", unit="members") as stage:
            outline, changes = await self._kept_plan() or await self._made(make, stage)
        self._outline = outline
        if changes and ask:
            await self._confirmed(outline)
        return outline, changes

    @property
    def is_over(self) -> bool:
        return self._until is not None and self.ctx.clock.now() >= self._until

    async def carry_out(self, title: str, changes: Sequence[Change]) -> None:
        """Make the changes that are not made yet. Raises `HoldJob` and `CancelJob` for what stops it."""
        self._since_check = BATCH
        await self.ledger.read()
        stops = await self._tried_again()
        async with self.ctx.stage(title, total=len(changes), unit="members") as stage, self._table_kept():
            self._ahead = deque(change for change in changes if self.ledger.verdict(change) is None)
            roles = roles_of(changes)
            # A cursor may be kept before the result in front of it.
            for change in [change for change in self._ahead if self.ledger.is_open(change)]:
                await self._one(change, roles)
            # Of another number of stops no cursor is found, so that all is counted anew.
            async for change in stage.each(changes, key=lambda change: f"{stops}:{change.key}"):
                verdict = self.ledger.verdict(change)
                stage.count(verdict or await self._one(change, roles))
                await self._stop_if_refused_for_all()
            await self.ledger.flush()

    async def _tried_again(self) -> int:
        """Forget the refusals that stopped it last, which somebody may have mended since; how often it was stopped."""
        stopped: Any = await self.ctx.load(STOPPED) or NEVER
        self.ledger.reopen(stopped["keys"])
        return int(stopped["stops"])

    async def _one(self, change: Change, roles: Sequence[int]) -> str:
        if self.is_over:
            raise CancelJob("The time for it is over.")
        if self._since_check >= BATCH:
            await self._check(roles)
            await self._seen.look([*islice(self._ahead, BATCH)])
            self._since_check = 0
        assert self._changer is not None, "made by the first check"
        self._since_check += 1
        result = await self._changer.look(change) if self.ledger.is_open(change) else None
        if result is None:
            await self.ledger.begin(change)
            result = {"s": RIGHT} if self._seen.stands(change) else await self._result(self._changer, change, roles)
        self.ledger.end(change, result)
        self._ahead.remove(change)
        verdict = self.ledger.verdict(change)
        assert verdict is not None, "it has just ended"
        return verdict

    async def _result(self, changer: Changer, change: Change, roles: Sequence[int]) -> JsonObject:
        try:
            result = await changer.apply(change)
        except AppliedThenCancelled as applied:
            self.ledger.end(change, result_of(change, applied.changed))
            raise
        except (AccessDenied, NotFound) as refused:
            # Whatever made Discord refuse may hold for all that follow.
            await self._check(roles)
            if any(code != refused.code for code in self._refusals.values()):
                self._refusals.clear()
            self._refusals[change.key] = refused.code
            return {"s": FAILED, "before": [], "after": [], "error": f"Discord refused it (code {refused.code})."}
        self._refusals.clear()
        return result

    async def _stop_if_refused_for_all(self) -> None:
        if len(self._refusals) < MOST_REFUSALS:
            return
        await self.ledger.flush()
        stopped: Any = await self.ctx.load(STOPPED) or NEVER
        await self.ctx.checkpoint(STOPPED, {"stops": stopped["stops"] + 1, "keys": [*self._refusals]})
        code = next(iter(self._refusals.values()))
        text = f"Discord refused {MOST_REFUSALS} changes in a row for the same reason (code {code}), so I stopped."
        if code == NEEDS_TWO_FACTOR:
            text = (
                "This server asks for two-factor authentication. Whoever owns me has to switch it on for their account."
            )
        raise JobError(text, retryable=False, category="permission")

    async def _check(self, roles: Iterable[int]) -> None:
        """Whether it may go on. Raises `HoldJob` with what is to be mended."""
        book = await self.book()
        if found := first_refusal(book, roles):
            # A role that is not there any more is known by the name it had.
            names = self._outline.roles if self._outline else {}
            found, left = replace(found, role=names.get(found.role, found.role)), len(self._ahead)
            if found.can_be_mended:
                raise HoldJob(f"{found.sentence} Then press Resume: it goes on with the {left:,} left.", self._until)
            raise HoldJob(f"{found.sentence} Press Cancel, and ask anew for the {left:,} left.", self._until)
        assert book.caller is not None, "without one it is refused"
        reason = audit_reason(self.ctx.job_id, book.caller.name, book.caller.id, self._text)
        self._changer = Changer(self._roles, self.ctx.clock, self.guild_id, reason)

    @asynccontextmanager
    async def _table_kept(self) -> AsyncIterator[None]:
        """However it ends, the table says what was done until then."""
        try:
            yield
        finally:
            with suppress(LeaseLost, BackendUnavailable, OSError):
                await self.ledger.flush()
                await self._write_table()

    async def _write_table(self) -> None:
        services, job_id = self.ctx.services, self.ctx.job_id
        found = [entry async for entry in entries_of(services.jobs, job_id)]
        entries = sorted(found, key=lambda entry: int(entry.key))
        roles = self._outline.roles if self._outline else {}
        await services.artifacts.write(
            job_id, CHANGES, CSV, lambda path: write_changes(path, entries, roles, names_in(path.with_name(PLAN)))
        )

    async def _kept_plan(self) -> tuple[Outline, list[Change]] | None:
        """The plan of an earlier attempt; None without one, and when it was left to lapse."""
        kept = await self.plans.load("plan")
        if kept is None:
            return None
        outline = Outline.from_json(kept[1])
        return None if await self.ctx.load("lapsed") == outline.number else (outline, kept[0])

    async def _made(self, make: Make, stage: StageContext) -> tuple[Outline, list[Change]]:
        before = await self.ctx.load("lapsed")
        draft, outline = await make(stage, before + 1 if isinstance(before, int) else 1)
        await self.ctx.services.artifacts.write(
            self.ctx.job_id, PLAN, CSV, lambda path: write_plan(path, draft.lines, outline.roles)
        )
        await self.plans.keep("plan", draft.changes, outline.to_json())
        return outline, draft.changes

    async def _confirmed(self, outline: Outline) -> None:
        if await self.ctx.load("confirmed") == outline.number:
            return
        confirmations, job_id = Confirmations(self.ctx.services.records), self.ctx.job_id
        question = await confirmations.of(job_id)
        if question is None or question.number != outline.number:
            until = self.ctx.clock.now() + VALID_MS
            typed = outline.changes > TYPED_ABOVE
            question = Question(outline.number, outline.to_json(), outline.changes, typed, until)
            await confirmations.ask(job_id, self.ctx.lane, question)
        if question.confirmed_at is None:
            await self._not_yet(question)
        await self.ctx.checkpoint("confirmed", outline.number)

    async def _not_yet(self, question: Question) -> NoReturn:
        if self.ctx.clock.now() < question.until:
            raise HoldJob(WAITS, question.until)
        await self.ctx.checkpoint("lapsed", question.number)
        raise CancelJob("Nobody confirmed it within 15 minutes.")
