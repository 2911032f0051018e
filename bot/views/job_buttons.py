"""The buttons under a job's card, and what a press does.

Only the reporter writes a card: a press acts, and the card follows. Invariant: the id of a button is not trusted;
the job is looked up and the rights of whoever pressed are checked at the click.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import discord

from bot.actions import JobActions
from bot.answers import answering, think
from bot.cards import Button, button, job_card
from bot.desk import Desk, desk_of, words_for
from bot.guards import Caller, caller_for, check_manages
from bot.languages import Words
from bot.problems import Problem
from bot.starting import start_job
from jobs.engine.model import Job
from jobs.engine.states import State
from jobs.services import NotFound

Interaction = discord.Interaction[Any]
ID_CHARS = 100
"""Of a button's own id (Discord API documentation, "Component Reference")."""
STYLES: Mapping[str, discord.ButtonStyle] = {
    "primary": discord.ButtonStyle.primary,
    "secondary": discord.ButtonStyle.secondary,
    "success": discord.ButtonStyle.success,
    "danger": discord.ButtonStyle.danger,
}
FILES, FILE_BYTES, REQUEST_BYTES = 10, 10 * 1024 * 1024, 24 * 1024 * 1024
"""What one message can carry (Discord API reference, "Uploading Files")."""
STEERING = ("cancel", "pause", "resume", "retry")


class JobButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.compile(r"job:(?P<action>[a-z-]+):(?P<job>.+)")
):
    """One button of one job."""

    def __init__(self, job_id: str, button: Button) -> None:
        item: discord.ui.Button[Any] = discord.ui.Button(
            label=button.label, style=STYLES[button.style], custom_id=_id_of(job_id, button)
        )
        super().__init__(item)
        self.action = button.action
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["job"], Button(match["action"], "…"))

    async def callback(self, interaction: Interaction) -> None:
        async with answering(interaction, f"button {self.action}"):
            await pressed(interaction, self.action, self.job_id)


def view_of(job_id: str, buttons: Sequence[Button]) -> discord.ui.View | None:
    """The buttons as Discord takes them; those whose id would be too long are left out."""
    fitting = [button for button in buttons if len(_id_of(job_id, button)) <= ID_CHARS]
    if not fitting:
        return None
    view = discord.ui.View(timeout=None)
    for one in fitting:
        view.add_item(JobButton(job_id, one))
    return view


def _id_of(job_id: str, button: Button) -> str:
    return f"job:{button.action}:{job_id}"


async def pressed(interaction: Interaction, action: str, job_id: str) -> None:
    """Do what the button says. Raises `Problem`."""
    desk = desk_of(interaction)
    job = await desk.queue.get(job_id)
    if job is None:
        raise Problem("job-gone")
    caller = await caller_for(interaction, job)
    check_manages(caller, job)
    if action in STEERING:
        await interaction.response.defer()
        await _steer(desk, caller, job, action)
        desk.reporter.poke(job.id)
    elif action == "refresh":
        await _refresh(interaction, desk, job)
    elif action == "download":
        await download(interaction, desk, job)
    elif action in ("run-again", "undo"):
        await start_from(interaction, desk, caller, job, action)
    else:
        raise Problem("button-gone")


async def _steer(desk: Desk, caller: Caller, job: Job, action: str) -> None:
    actions = JobActions(desk)
    match action:
        case "cancel":
            await actions.cancel(caller, job)
        case "pause":
            await actions.pause(caller, job)
        case "resume":
            await actions.resume(caller, job)
        case "retry":
            await actions.retry(caller, job)


async def start_from(interaction: Interaction, desk: Desk, caller: Caller, job: Job, action: str) -> None:
    """Start a job out of this one: the same again, or what takes it back. Raises `Problem`."""
    type_ = desk.type_of(job)
    if type_ is None:
        raise Problem("type-gone")
    if not job.state.is_final and not (action == "undo" and job.state is State.PAUSED):
        raise Problem("not-ended", id=job.id, state=job.state)
    if action == "run-again":
        await start_job(interaction, desk, caller, type_, dict(job.payload))
        return
    if type_.undo is None or type_.undo not in desk.queue.registry:
        raise Problem("no-undo", title=type_)
    undo = desk.queue.registry.get(type_.undo)
    await start_job(interaction, desk, caller, undo, {"guild_id": caller.lane, "job_id": job.id})


async def _refresh(interaction: Interaction, desk: Desk, job: Job) -> None:
    words = await words_for(interaction)
    view = view_of(job.id, [button("refresh", words)])
    await interaction.response.edit_message(embed=await status_embed(desk, job, words), view=view)


async def status_embed(desk: Desk, job: Job, words: Words) -> discord.Embed:
    """The card as of now, without its picture, for one person."""
    place = await desk.queue.place(job.id) if job.state is State.WAITING else None
    now, type_ = desk.clock.now(), desk.type_of(job)
    card = job_card(job, type_, now=now, style=desk.style, words=words, place=place, alone=True)
    return card.embed().set_image(url=None)


async def download(interaction: Interaction, desk: Desk, job: Job) -> None:
    """The job's files, for the caller alone. Raises `Problem`."""
    await think(interaction, ephemeral=True)
    files: list[discord.File] = []
    left: list[str] = []
    weight = 0
    for artifact in await desk.artifacts.list(job.id):
        weight += artifact.size
        if artifact.size > FILE_BYTES or weight > REQUEST_BYTES or len(files) == FILES:
            left.append(artifact.name)
            continue
        try:
            files.append(discord.File(desk.artifacts.path(job.id, artifact.name)))
        except (NotFound, OSError):
            left.append(artifact.name)
    if not files and not left:
        raise Problem("files-gone")
    note = (await words_for(interaction))("files-too-large", names=", ".join(left)) if left else None
    await interaction.edit_original_response(content=note, attachments=files)
