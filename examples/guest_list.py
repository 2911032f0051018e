"""`guest-list`: who is invited, by role, by name and from an upload; with its undo. `JOB_MODULES=examples.guest_list`.

Shows what a form can ask for (roles, members, a file, choices, more than five questions), a check over several
answers, a report, and a type that takes back what another did.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from jobs.engine.errors import JobError
from jobs.engine.model import Job, JsonObject
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext, job_type
from jobs.report import Column, Report, Words
from jobs.services import MemberId, MemberInfo, RoleId, Services, Snowflake, UploadedText

FILE, SHOWN = "guests.csv", 10
HEADER = ("id", "name", "invited by")


class GuestList(Payload):
    """Write down who is invited to an event."""

    guild_id: Snowflake
    event: str = Field(min_length=1, max_length=80)
    """What the list is for."""
    role_ids: list[RoleId] = Field([], max_length=5)
    """Everyone who has one of these roles."""
    member_ids: list[MemberId] = Field([])
    """These members as well."""
    id_file: UploadedText = ""
    """A text file with more members: their ids, one a line."""
    seats: Annotated[int, Field(ge=1, le=5000)] | None = None
    """At most so many guests; all of them if you leave it out."""
    first: Literal["longest_here", "named_first", "by_name"] = "longest_here"
    """Who comes first, and stays when seats are short."""
    bots: bool = False
    """Invite bots too."""

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if not (self.role_ids or self.member_ids or self.id_file.strip()):
            raise ValueError("choose a role or members, or send a file of ids")
        if bad := next((line for line in self.id_file.split() if not line.isdigit()), None):
            raise ValueError(f"the file of ids holds “{bad[:20]}”, which is no id")
        return self

    @property
    def named(self) -> set[int]:
        return {*self.member_ids, *map(int, self.id_file.split())}


class WithdrawGuestList(Payload):
    """Take a guest list back."""

    guild_id: Snowflake
    job_id: str


def _report(job: Job, words: Words) -> Report:
    result: JsonObject = job.result if isinstance(job.result, dict) else {}
    guests, over, unknown = (int(str(result.get(name, 0))) for name in ("guests", "over", "unknown"))
    lines = [f"**{words.number(guests)}** guests are on the list."]
    if over:
        lines.append(f"{words.number(over)} more would have been; there were no seats left.")
    first = result.get("first")
    names = tuple(f"<@{id_}>" for id_ in first) if isinstance(first, list) else ()
    notes = (f"{words.number(unknown)} ids belong to nobody here.",) if unknown else ()
    columns = (Column("First on the list", names),) if names else ()
    return Report("", tuple(lines), columns, notes, (FILE,))


@job_type(
    "guest-list", title="Guest List", payload=GuestList, stall_timeout=120, undo="withdraw-guest-list", report=_report
)
async def guest_list(ctx: JobContext[Services], payload: GuestList) -> JsonObject:
    discord, wanted, roles = ctx.services.discord, payload.named, set(payload.role_ids)
    guests: list[tuple[MemberInfo, str]] = []
    found = 0
    async with ctx.stage("Reading members", unit="members") as stage:
        async for page in discord.members(payload.guild_id):
            for member in page:
                named = member.id in wanted
                found += named
                if (named or roles & set(member.role_ids)) and (payload.bots or not member.bot):
                    guests.append((member, "name" if named else "role"))
                    stage.count("ok")
            await stage.advance(len(page))
    guests.sort(key=lambda guest: _rank(payload, *guest))
    kept = guests[: payload.seats]
    if not kept:
        raise JobError("Nobody here fits that. Choose another role, or name members.", retryable=False)
    await ctx.services.artifacts.write(ctx.job_id, FILE, "text/csv", lambda path: _write(path, kept))
    first: list[str] = [str(member.id) for member, _ in kept[:SHOWN]]
    return {
        "guests": len(kept),
        "over": len(guests) - len(kept),
        "unknown": len(wanted) - found,
        "first": list(first),
    }


@job_type("withdraw-guest-list", title="Guest List: Withdraw", payload=WithdrawGuestList, listed=False)
async def withdraw_guest_list(ctx: JobContext[Services], payload: WithdrawGuestList) -> JsonObject:
    """Whoever may press Undo was checked at the press; the job is one of the same server."""
    files = await ctx.services.artifacts.list(payload.job_id)
    await ctx.services.artifacts.delete(payload.job_id)
    return {"withdrawn": len(files)}


def _rank(payload: GuestList, member: MemberInfo, by: str) -> tuple[object, ...]:
    if payload.first == "by_name":
        return (member.name.casefold(), member.id)
    joined = member.joined_at or 0
    return (by != "name", joined, member.id) if payload.first == "named_first" else (joined, member.id)


def _write(path: Path, guests: Sequence[tuple[MemberInfo, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        table.writerows((str(member.id), _cell(member.name), by) for member, by in guests)


def _cell(text: str) -> str:
    """A name must not become a formula in somebody's spreadsheet."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
