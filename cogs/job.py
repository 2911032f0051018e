"""`/job status`, `/job list`, `/job cancel`: the guild's own jobs, seen and steered.

Thin: knows no store. Invariant: every answer is for the caller alone, and a job that is not theirs to see is
answered like one that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import app_commands

from bot.cards import job_card, state_words
from bot.cards.text import ago, escape, instant, joined
from bot.client import ErrandClient
from bot.guards import Caller, caller_of, find_job
from bot.problems import Problem
from jobs.engine.backend import CancelAnswer, JobQuery
from jobs.engine.errors import InvalidOption
from jobs.engine.model import Job
from jobs.engine.states import State, parse_state

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
LISTED, OFFERED, LOOKED_AT = 10, 25, 100
MAX_LINES = 3500
ANSWERS = {
    CancelAnswer.CANCELLED: "`{id}` is cancelled. It had not begun, so nothing was done.",
    CancelAnswer.REQUESTED: "`{id}` is asked to stop after the current step. Its message says what was done.",
    CancelAnswer.FINISHED: "`{id}` has already ended.",
    CancelAnswer.UNKNOWN: "There is no job `{id}` here.",
}


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
class JobCommands(app_commands.Group):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(name="job", description="Look at this server's jobs and steer them")

    @app_commands.command(name="status", description="The card of one job as of now, for you alone")
    @app_commands.describe(id="The job's id, as on its card")
    async def status(self, interaction: Interaction, id: str) -> None:  # noqa: A002 - the option's name
        client = interaction.client
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        job = await find_job(client.queue, caller, id)
        place = await client.queue.place(job.id) if job.state is State.WAITING else None
        type_ = client.queue.registry.get(job.type) if job.type in client.queue.registry else None
        card = job_card(job, type_, now=client.clock.now(), style=client.reporter.style, place=place)
        embed = card.embed().set_image(url=None)
        message = await client.reporter.messages.get(job.id)
        link = f"Its message: {message.link}" if message else None
        await interaction.edit_original_response(content=link, embed=embed)

    @app_commands.command(name="list", description="The newest jobs of this server, for you alone")
    @app_commands.describe(state="Only jobs in this state, like running, failed or completed")
    async def list_jobs(self, interaction: Interaction, state: str | None = None) -> None:
        client = interaction.client
        caller = caller_of(interaction)
        states = (_state(state),) if state else ()
        await interaction.response.defer(ephemeral=True)
        jobs = await _jobs(client, caller, LISTED, states)
        lines = [_line(client, job) for job in jobs]
        text = joined(lines, MAX_LINES) if lines else "There are no jobs here yet. Start one with `/async-job`."
        embed = discord.Embed(title="Jobs", description=text, color=client.reporter.style.color)
        await interaction.edit_original_response(embed=embed)

    @app_commands.command(name="cancel", description="Stop a job; what it has done until then stays")
    @app_commands.describe(id="The job's id, as on its card", reason="Why; shown on its card")
    async def cancel(
        self,
        interaction: Interaction,
        id: str,  # noqa: A002 - the option's name
        reason: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        client = interaction.client
        caller = caller_of(interaction)
        await interaction.response.defer(ephemeral=True)
        job = await find_job(client.queue, caller, id)
        why = f"Cancelled by {interaction.user.display_name}"
        answer = await client.queue.cancel(job.id, f"{why}: {reason}" if reason else f"{why}.")
        await interaction.edit_original_response(content=ANSWERS[answer].format(id=job.id))

    @status.autocomplete("id")
    async def _any(self, interaction: Interaction, typed: str) -> Choices:
        return await _offer(interaction, typed)

    @cancel.autocomplete("id")
    async def _unfinished(self, interaction: Interaction, typed: str) -> Choices:
        return await _offer(interaction, typed, unfinished=True)

    @list_jobs.autocomplete("state")
    async def _states(self, interaction: Interaction, typed: str) -> Choices:
        names = [str(state) for state in State]
        return [app_commands.Choice(name=n, value=n) for n in names if typed.strip().lower() in n]


def _state(text: str) -> State:
    try:
        return parse_state(text.strip().lower())
    except InvalidOption:
        raise Problem("There is no such state. Choose one of: " + ", ".join(State) + ".") from None


async def _jobs(client: ErrandClient, caller: Caller, limit: int, states: tuple[State, ...] = ()) -> Sequence[Job]:
    """The newest jobs the caller may see."""
    owner = None if caller.administrator else str(caller.user_id)
    page = await client.queue.find(JobQuery(lane=caller.lane, owner=owner, states=states, limit=limit))
    return page.jobs


async def _offer(interaction: Interaction, typed: str, *, unfinished: bool = False) -> Choices:
    client = interaction.client
    jobs = await _jobs(client, caller_of(interaction), LOOKED_AT)
    offered = [(label_of(client, job), job) for job in jobs if not (unfinished and job.state.is_final)]
    wanted = typed.strip().lower()
    found = [(label, job) for label, job in offered if wanted in f"{label} {job.type}".lower()]
    return [app_commands.Choice(name=label, value=job.id) for label, job in found[:OFFERED]]


def label_of(client: ErrandClient, job: Job) -> str:
    """`completed · Member Analysis · 5 min ago · k7f39qztma`."""
    age = ago((client.clock.now() - job.created_at) / 1000)
    return f"{job.state} · {_title(client, job)} · {age} · {job.id}"[:100]


def _line(client: ErrandClient, job: Job) -> str:
    icon, word = state_words(job)
    done = ""
    if job.progress is not None and job.progress.percentage is not None and not job.state.is_final:
        done = f" {job.progress.percentage:.0f} %"
    return f"{icon} {word}{done} · {_title(client, job)} · `{job.id}` · {instant(job.created_at)}"


def _title(client: ErrandClient, job: Job) -> str:
    registry = client.queue.registry
    return registry.get(job.type).title if job.type in registry else escape(job.type)


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(JobCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("job")
