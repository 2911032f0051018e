"""Who may do what, by the guild-level rights of the caller and the guild that a job belongs to.

Never reads `interaction.permissions`, which a channel's overwrites can raise. Invariant: a job that is unknown,
another guild's or not the caller's to see is answered in the very same words.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import discord

from bot.cards.text import escape
from bot.problems import Problem
from bot.rest import UNREACHABLE
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue

Interaction = discord.Interaction[Any]
MAX_ID_SHOWN = 40
MEMBER_WITHIN_S = 10.0
"""discord.py has no time-out of its own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A member who typed a command in a guild."""

    guild_id: int
    user_id: int
    administrator: bool
    """Owner of the guild, or Administrator by a role."""
    roles: frozenset[int] = frozenset()
    name: str = ""
    """As others see it, for reasons and logs."""

    @property
    def lane(self) -> str:
        return str(self.guild_id)

    def may_see(self, job: Job) -> bool:
        return job.lane == self.lane and (self.administrator or job.owner == str(self.user_id))


def caller_of(interaction: Interaction) -> Caller:
    """The caller. Raises `Problem` outside of a guild, and in one whose roles are not known."""
    if interaction.guild_id is None or not isinstance(interaction.user, discord.Member):
        raise Problem("in-a-server")
    if interaction.user.guild.default_role is None:
        raise Problem("server-unseen")
    # From the interaction's own role list: current, whatever the cache holds.
    return caller_from(interaction.user)


def caller_from(member: discord.Member) -> Caller:
    """A member with their guild-level rights as of now."""
    owner = member.guild.owner_id == member.id
    return Caller(
        guild_id=member.guild.id,
        user_id=member.id,
        administrator=owner or member.guild_permissions.administrator,
        roles=frozenset(role.id for role in member.roles),
        name=member.display_name,
    )


async def caller_for(interaction: Interaction, job: Job) -> Caller:
    """Who pressed a button of `job`, also in a direct message. Raises `Problem` for who is not in its guild."""
    if interaction.guild_id is not None:
        return caller_of(interaction)
    guild = interaction.client.get_guild(int(job.lane)) if job.lane.isdigit() else None
    if guild is None:
        raise Problem("bot-left")
    try:
        async with asyncio.timeout(MEMBER_WITHIN_S):
            return caller_from(await guild.fetch_member(interaction.user.id))
    except discord.NotFound:
        raise Problem("caller-left") from None
    except UNREACHABLE:
        raise Problem("try-in-a-minute") from None


def administrator_of(interaction: Interaction) -> Caller:
    """The caller, who must be an administrator. Raises `Problem`."""
    caller = caller_of(interaction)
    if not caller.administrator:
        raise Problem("administrators-only")
    return caller


def is_operator(interaction: Interaction) -> bool:
    """Whether the caller runs this bot; by user id, never by a role."""
    return interaction.user.id in interaction.client.operators


def operator_of(interaction: Interaction) -> Caller:
    """The caller, who must be the bot's operator. Raises `Problem`."""
    caller = caller_of(interaction)
    if not is_operator(interaction):
        raise Problem("operator-only")
    return caller


def check_manages(caller: Caller, job: Job) -> None:
    """Raises `Problem` for who may not steer a job whose card they can see."""
    if job.lane != caller.lane:
        raise Problem("job-elsewhere")
    if not caller.may_see(job):
        raise Problem("only-they", user=f"<@{job.owner}>") if job.owner else Problem("only-administrators")


async def find_job(queue: JobQueue, caller: Caller, job_id: str) -> Job:
    """The job, if the caller may see it. Raises `Problem`."""
    job = await queue.get(job_id.strip())
    if job is None or not caller.may_see(job):
        shown = escape(job_id.strip().replace("`", ""), limit=MAX_ID_SHOWN, code=True)
        raise Problem("no-job", id=shown or "?")
    return job
