"""Who may do what, by the guild-level rights of the caller and the guild that a job belongs to.

Never reads `interaction.permissions`, which a channel's overwrites can raise. Invariant: a job that is unknown,
another guild's or not the caller's to see is answered in the very same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

from bot.cards.text import escape
from bot.problems import Problem
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue

Interaction = discord.Interaction[Any]
MAX_ID_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Caller:
    """A member who typed a command in a guild."""

    guild_id: int
    user_id: int
    administrator: bool
    """Owner of the guild, or Administrator by a role."""

    @property
    def lane(self) -> str:
        return str(self.guild_id)

    def may_see(self, job: Job) -> bool:
        return job.lane == self.lane and (self.administrator or job.owner == str(self.user_id))


def caller_of(interaction: Interaction) -> Caller:
    """The caller. Raises `Problem` outside of a guild."""
    if interaction.guild_id is None or not isinstance(interaction.user, discord.Member):
        raise Problem("Use this command in a server.")
    member = interaction.user
    owner = interaction.guild is not None and interaction.guild.owner_id == member.id
    # From the interaction's own role list: current, whatever the cache holds.
    return Caller(interaction.guild_id, member.id, owner or member.guild_permissions.administrator)


def administrator_of(interaction: Interaction) -> Caller:
    """The caller, who must be an administrator. Raises `Problem`."""
    caller = caller_of(interaction)
    if not caller.administrator:
        raise Problem("Only administrators can start this here.")
    return caller


async def find_job(queue: JobQueue, caller: Caller, job_id: str) -> Job:
    """The job, if the caller may see it. Raises `Problem`."""
    job = await queue.get(job_id.strip())
    if job is None or not caller.may_see(job):
        shown = escape(job_id.strip().replace("`", ""), limit=MAX_ID_SHOWN, code=True)
        raise Problem(f"There is no job `{shown or '?'}` here.")
    return job
