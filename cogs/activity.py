"""`/activity …`: short ways into the analysis, and what the bot has counted of whoever asks."""

from __future__ import annotations

import io

import discord
from discord import app_commands

from bot.answers import quiet
from bot.cards.text import escape, instant, joined
from bot.client import ErrandClient
from bot.desk import Desk, words_for
from bot.guards import Caller, caller_of, find_job
from bot.inactive import Inactive, table_of
from bot.job_lists import offer
from bot.job_options import AsyncJobOptions, start_with
from bot.kept_lists import find, inactive_of, keep, lists_of, offered
from bot.kept_lists import table_of as ids_of
from bot.languages import Words
from bot.problems import Problem
from bot.reporter.message import Notify
from jobs.engine.states import State
from jobs.handlers.activity_backfill.handler import NAME as BACKFILL
from jobs.handlers.member_activity_analysis.handler import NAME as ANALYSIS
from jobs.lists import LONGEST, MemberList
from jobs.services import AccessDenied, NotFound, ServiceUnavailable

Interaction = discord.Interaction[ErrandClient]
OWN_DAYS = 30
NAMED, MAX_CHARS = 20, 3000


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
class ActivityCommands(app_commands.Group):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(name="activity", description="Who was active here, and when")

    @app_commands.command(name="report", description="Analyse the members' activity; a short way to /async-job")
    @app_commands.describe(
        start="First day, like 2026-10-01 or 30d; 30 days if you leave it out",
        end="Last day; today if you leave it out",
        private="Only you see the answer",
        notify="When you are called: for long jobs, failures and pauses; for failures and pauses; never",
    )
    async def report(
        self,
        interaction: Interaction,
        start: str | None = None,
        end: str | None = None,
        private: bool = False,
        notify: Notify = "always",
    ) -> None:
        options = AsyncJobOptions(start=start, end=end, private=private, notify=notify)
        await start_with(interaction, interaction.client.desk, caller_of(interaction), ANALYSIS, options)

    @app_commands.command(
        name="backfill", description="Read back what was written before I was here, or while I was away"
    )
    @app_commands.describe(
        start="First day, like 2026-10-01 or 30d; everything if you leave it out",
        channel="Only this channel and its threads",
        private="Only you see the answer",
        notify="When you are called: for long jobs, failures and pauses; for failures and pauses; never",
    )
    async def backfill(
        self,
        interaction: Interaction,
        start: str | None = None,
        channel: discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel | None = None,
        private: bool = False,
        notify: Notify = "always",
    ) -> None:
        options = AsyncJobOptions(start=start, channel=channel.id if channel else None, private=private, notify=notify)
        await start_with(interaction, interaction.client.desk, caller_of(interaction), BACKFILL, options)

    @app_commands.command(name="inactive", description="Who showed no activity lately, for you alone")
    @app_commands.describe(
        days="How many days back; 30 if you leave it out", keep_as="Keep the list under this name, to use it later"
    )
    async def inactive(
        self,
        interaction: Interaction,
        days: app_commands.Range[int, 1, 400] = 30,
        keep_as: app_commands.Range[str, 1, LONGEST] | None = None,
    ) -> None:
        desk = interaction.client.desk
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        await desk.access.check(caller, ANALYSIS)
        desk.quotas.count_command(caller)
        settings = await desk.settings.get(caller.guild_id)
        try:
            found = await desk.absences.of(caller.guild_id, days, settings, desk.clock.now())
        except AccessDenied:
            raise Problem("inactive-no-members") from None
        except (ServiceUnavailable, NotFound):
            raise Problem("try-in-a-minute") from None
        if found.unread:
            raise Problem("inactive-unknown", unread=found.unread, days=days)
        if not found.known:
            raise Problem("inactive-nothing-seen")
        words = await words_for(interaction)
        lines = _lines(found, days, words)
        if keep_as is not None:
            ids = [member.id for member in found.members]
            kept = await keep(desk, caller, keep_as, ids, {"days": days, "until": desk.clock.now()})
            lines.append(_kept(kept, words))
        text = joined(lines, MAX_CHARS, words)
        embed = discord.Embed(title=words("inactive-title"), description=text, color=desk.style.color)
        file = discord.File(io.BytesIO(table_of(found.members)), "inactive.csv")
        await interaction.edit_original_response(embed=embed, attachments=[file] if found.members else [])

    @app_commands.command(name="keep", description="Keep the inactive members of a report under a name")
    @app_commands.describe(report="The report", name="The list's name")
    async def keep(self, interaction: Interaction, report: str, name: app_commands.Range[str, 1, LONGEST]) -> None:
        desk, caller = await self._starter(interaction)
        job = await find_job(desk.queue, caller, report)
        ids = await inactive_of(desk, job)
        kept = await keep(desk, caller, name, ids, {"job": job.id})
        await interaction.edit_original_response(content=_kept(kept, await words_for(interaction)))

    @app_commands.command(name="lists", description="The kept lists of members, or one of them as a file")
    @app_commands.describe(list="The list; all of them if you leave it out", forget="Forget this list")
    async def lists(
        self,
        interaction: Interaction,
        list: str | None = None,  # noqa: A002 - the option's name
        forget: bool = False,
    ) -> None:
        desk, caller = await self._starter(interaction)
        words = await words_for(interaction)
        if list is None:
            found = await lists_of(desk).of(caller.guild_id)
            text = joined([_line(kept, words) for kept in found], MAX_CHARS, words) if found else words("lists-none")
            embed = discord.Embed(title=words("lists-title"), description=text, color=desk.style.color)
            await interaction.edit_original_response(embed=embed)
            return
        kept = await find(desk, caller, list)
        if forget:
            await lists_of(desk).delete(kept)
            await interaction.edit_original_response(content=words("list-forgotten", name=escape(kept.name)))
            return
        file = discord.File(io.BytesIO(await ids_of(desk, kept)), "list.csv")
        await interaction.edit_original_response(content=_line(kept, words), attachments=[file])

    async def _starter(self, interaction: Interaction) -> tuple[Desk, Caller]:
        """The caller, who may start an analysis; the answer is for them alone. Raises `Problem`."""
        desk, caller = interaction.client.desk, caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        await desk.access.check(caller, ANALYSIS)
        return desk, caller

    @keep.autocomplete("report")
    @quiet
    async def _reports(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        desk, caller = interaction.client.desk, caller_of(interaction)
        return await offer(desk, caller, await words_for(interaction), typed, (State.COMPLETED,), (ANALYSIS,))

    @lists.autocomplete("list")
    @quiet
    async def _lists(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        desk, caller = interaction.client.desk, caller_of(interaction)
        await desk.access.check(caller, ANALYSIS)
        return await offered(desk, caller, typed, await words_for(interaction))

    @app_commands.command(name="me", description="What I have counted of you in the last 30 days, for you alone")
    async def me(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        if caller.user_id in await desk.activity.opted_out(caller.guild_id):
            raise Problem("opted-out")
        settings = await desk.settings.get(caller.guild_id)
        within = settings.last_days(OWN_DAYS, desk.clock.now())
        own = await desk.activity.of_member(caller.guild_id, caller.user_id, within)
        voice = words.duration(own.voice_ms / 1000)
        amounts = {"messages": own.messages, "voice": voice, "reactions": own.reactions}
        sentence = words("counted-of-you", days=OWN_DAYS, **amounts)
        await interaction.edit_original_response(content=sentence)


def _lines(found: Inactive, days: int, words: Words) -> list[str]:
    silent = len(found.members)
    lines = [words("inactive-of", silent=silent, people=found.people, days=days)]
    if found.members:
        named = ", ".join(f"<@{member.id}>" for member in found.members[:NAMED])
        lines.append(words("inactive-more", named=named, rest=silent - NAMED) if silent > NAMED else named)
    if found.never:
        lines.append(words("inactive-never", never=found.never))
    lines.append(words("inactive-joined"))
    if found.unsure:
        lines.append(words("inactive-unsure", n=found.unsure))
    if found.live_share < 0.99:
        lines.append(words("inactive-unseen", share=f"{100 * found.live_share:.0f}"))
    if found.hidden:
        lines.append(words("inactive-hidden", n=found.hidden))
    return lines


def _kept(kept: MemberList, words: Words) -> str:
    until = instant(kept.expires_at)
    return words("list-kept", name=escape(kept.name), id=kept.id, n=kept.count, until=until)


def _line(kept: MemberList, words: Words) -> str:
    made, until = instant(kept.made_at), instant(kept.expires_at)
    return words("list-line", name=escape(kept.name), id=kept.id, n=kept.count, made=made, until=until)


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(ActivityCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("activity")
