"""What every job in a guild looks at first and again: the bot is there, and who asked may still ask.

Knows no job type. Invariant: a refusal says what to do next and is not tried again.
"""

from __future__ import annotations

from jobs.engine.errors import JobError
from jobs.engine.registry import JobContext
from jobs.services import AccessDenied, GuildInfo, NotFound, Services


async def check_requester(ctx: JobContext[Services], guild_id: int, type_name: str = "") -> None:
    """Who asked must still be allowed to when the job runs, and when it shows what it found. Raises `JobError`.

    `type_name` is the type whose right counts, where that is not the job's own.
    """
    if ctx.owner is None:
        return
    try:
        may = await ctx.services.rights.may_start(guild_id, int(ctx.owner), type_name or ctx.job.type)
    except (AccessDenied, NotFound) as error:
        raise not_there() from error
    if not may:
        text = "The person who asked for this may not start it here any more, so I stopped."
        raise JobError(text, retryable=False, category="permission")


async def guild_of(ctx: JobContext[Services], guild_id: int) -> GuildInfo:
    """The guild, which the bot must still be in. Raises `JobError` and `ServiceUnavailable`."""
    try:
        return await ctx.services.discord.guild(guild_id)
    except (AccessDenied, NotFound) as error:
        raise not_there() from error


def not_there() -> JobError:
    """The bot is not in the guild."""
    text = "I am not in this server any more. Invite me again, then press Retry."
    return JobError(text, retryable=False, category="discord")
