"""`/job …`: the guild's own jobs, seen and steered.

Thin: knows no store. Invariant: every answer is for the caller alone, and a job that is not theirs to see is
answered like one that does not exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
from discord import app_commands

from bot.actions import JobActions
from bot.answers import in_time, quiet
from bot.cards import button
from bot.cards.text import escape, instant, joined
from bot.client import ErrandClient
from bot.desk import words_for
from bot.guards import Caller, caller_of, find_job
from bot.job_lists import Filter, JobList, listed_types, offer, parse_states
from bot.languages import Sentence
from bot.views import download, list_view, start_from, status_embed, view_of
from jobs.engine.model import Job
from jobs.engine.states import FINAL, UNFINISHED, State

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
Deed = Callable[[JobActions, Caller, Job], Awaitable[Sentence]]
Reason = app_commands.Range[str, 1, 200]
MAX_CHARS = 3500


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
class JobCommands(app_commands.Group):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(name="job", description="Look at this server's jobs and steer them")

    @app_commands.command(name="status", description="The card of one job as of now, for you alone")
    @app_commands.describe(id="The job's id, as on its card")
    async def status(self, interaction: Interaction, id: str) -> None:  # noqa: A002 - the option's name
        desk = interaction.client.desk
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        job = await find_job(desk.queue, caller, id)
        message = await desk.messages.get(job.id)
        address = message.link_for(caller.user_id) if message else None
        words = await words_for(interaction)
        link = words("job-message", link=address) if address else None
        view = view_of(job.id, [button("refresh", words)])
        embed = await status_embed(desk, caller, job, words)
        await interaction.edit_original_response(content=link, embed=embed, view=view)

    @app_commands.command(name="list", description="The newest jobs of this server, for you alone")
    @app_commands.describe(
        state="Only jobs in this state, like running, failed or completed",
        type="Only jobs of this type",
        user="Only jobs that this member asked for",
    )
    async def list_jobs(
        self,
        interaction: Interaction,
        state: str | None = None,
        type: str | None = None,  # noqa: A002 - the option's name
        user: discord.Member | None = None,
    ) -> None:
        desk = interaction.client.desk
        caller = caller_of(interaction)
        wanted = Filter(parse_states(state), type or "", str(user.id) if user else "")
        await interaction.response.defer(ephemeral=True)
        jobs = JobList(desk, caller, wanted, await words_for(interaction))
        page = await jobs.page()
        await interaction.edit_original_response(embed=page.embed, view=await list_view(interaction, page, wanted))

    @app_commands.command(name="cancel", description="Stop a job; what it has done until then stays")
    @app_commands.describe(id="The job's id, as on its card", reason="Why; shown on its card")
    async def cancel(self, interaction: Interaction, id: str, reason: Reason | None = None) -> None:  # noqa: A002
        await self._steer(interaction, id, lambda do, caller, job: do.cancel(caller, job, reason))

    @app_commands.command(name="pause", description="Hold a job after its current step; it keeps its place")
    @app_commands.describe(id="The job's id, as on its card", reason="Why; shown on its card")
    async def pause(self, interaction: Interaction, id: str, reason: Reason | None = None) -> None:  # noqa: A002
        await self._steer(interaction, id, lambda do, caller, job: do.pause(caller, job, reason))

    @app_commands.command(name="resume", description="Let a paused job go on where it stopped")
    @app_commands.describe(id="The job's id, as on its card")
    async def resume(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        await self._steer(interaction, id, lambda do, caller, job: do.resume(caller, job))

    @app_commands.command(name="retry", description="Try a failed or cancelled job again; it goes on where it stopped")
    @app_commands.describe(id="The job's id, as on its card")
    async def retry(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        await self._steer(interaction, id, lambda do, caller, job: do.retry(caller, job))

    @app_commands.command(name="logs", description="The last lines that a job wrote about its work")
    @app_commands.describe(id="The job's id, as on its card")
    async def logs(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk = interaction.client.desk
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        job = await find_job(desk.queue, caller, id)
        lines = [f"{instant(line.at, 'T')} {escape(line.text)}" for line in reversed(await desk.queue.logs(job.id))]
        words = await words_for(interaction)
        text = joined(lines, MAX_CHARS, words) if lines else words("job-log-empty")
        embed = discord.Embed(title=words("job-log", id=job.id), description=text, color=desk.style.color)
        await interaction.edit_original_response(embed=embed)

    @app_commands.command(name="result", description="The files that a job made, for you alone")
    @app_commands.describe(id="The job's id, as on its card")
    async def result(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk = interaction.client.desk
        caller = caller_of(interaction)
        found = find_job(desk.queue, caller, id)
        await download(interaction, desk, caller, await in_time(interaction, desk.clock, found, ephemeral=True))

    @app_commands.command(name="undo", description="Take back what a job did, where nobody changed it since")
    @app_commands.describe(id="The job's id, as on its card")
    async def undo(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk = interaction.client.desk
        caller = caller_of(interaction)
        found = find_job(desk.queue, caller, id)
        job = await in_time(interaction, desk.clock, found, ephemeral=False)
        await start_from(interaction, desk, caller, job, "undo")

    async def _steer(self, interaction: Interaction, job_id: str, deed: Deed) -> None:
        desk = interaction.client.desk
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        job = await find_job(desk.queue, caller, job_id)
        sentence = await deed(JobActions(desk), caller, job)
        await interaction.edit_original_response(content=sentence(await words_for(interaction)))

    @status.autocomplete("id")
    @logs.autocomplete("id")
    @quiet
    async def _any(self, interaction: Interaction, typed: str) -> Choices:
        return await _offer(interaction, typed)

    @cancel.autocomplete("id")
    @quiet
    async def _unfinished(self, interaction: Interaction, typed: str) -> Choices:
        return await _offer(interaction, typed, tuple(UNFINISHED))

    @pause.autocomplete("id")
    @quiet
    async def _running(self, interaction: Interaction, typed: str) -> Choices:
        return await _offer(interaction, typed, tuple(UNFINISHED - {State.PAUSED}))

    @resume.autocomplete("id")
    @quiet
    async def _paused(self, interaction: Interaction, typed: str) -> Choices:
        return await _offer(interaction, typed, (State.PAUSED,))

    @retry.autocomplete("id")
    @quiet
    async def _ended_badly(self, interaction: Interaction, typed: str) -> Choices:
        return await _offer(interaction, typed, (State.FAILED, State.CANCELLED))

    @result.autocomplete("id")
    @quiet
    async def _ended(self, interaction: Interaction, typed: str) -> Choices:
        return await _offer(interaction, typed, tuple(FINAL))

    @undo.autocomplete("id")
    @quiet
    async def _undoable(self, interaction: Interaction, typed: str) -> Choices:
        types = tuple(type_.name for type_ in interaction.client.desk.queue.registry if type_.undo is not None)
        return await _offer(interaction, typed, (*FINAL, State.PAUSED), types) if types else []

    @list_jobs.autocomplete("state")
    @quiet
    async def _states(self, interaction: Interaction, typed: str) -> Choices:
        words, wanted = await words_for(interaction), typed.strip().lower()
        named = [(words(f"state-{state}"), str(state)) for state in State]
        return [app_commands.Choice(name=name, value=v) for name, v in named if wanted in f"{name} {v}".lower()]

    @list_jobs.autocomplete("type")
    @quiet
    async def _types(self, interaction: Interaction, typed: str) -> Choices:
        return listed_types(interaction.client.desk, await words_for(interaction), typed)


async def _offer(
    interaction: Interaction, typed: str, states: tuple[State, ...] = (), types: tuple[str, ...] = ()
) -> Choices:
    """Jobs of the caller, or of the guild for its administrators."""
    caller, words = caller_of(interaction), await words_for(interaction)
    return await offer(interaction.client.desk, caller, words, typed, states, types)


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(JobCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("job")
