"""The buttons under a job's card, and what a press does.

Only the reporter writes a card: a press acts, and the card follows. Invariant: the id of a button is not trusted;
the job is looked up and the rights of whoever pressed are checked at the click.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import discord

from bot.actions import JobActions
from bot.answers import answering, hold, in_time, replace, take_away, think, whisper
from bot.cards import Button, button, has_files, job_card
from bot.cards.text import escape
from bot.desk import Desk, desk_of, words_for
from bot.guards import Caller, caller_for, check_manages
from bot.languages import Words
from bot.problems import Problem
from bot.reporter.faces import question_of
from bot.starting import start_job
from bot.views.confirming import ACTION, confirm
from bot.views.giving import give_role
from bot.views.report_buttons import schedule_weekly, show_inactive
from jobs.confirmation import WAITS
from jobs.engine.model import Job, JsonObject
from jobs.engine.registry import JobType
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
FILES, REQUEST_BYTES = 10, 24 * 1024 * 1024
"""What one message can carry; how large a file may be comes with the interaction (Discord API reference, "Uploading
Files")."""
STARTING = ("run-again", "undo", "undo-now")
STEERING = ("cancel", "pause", "resume", "retry")
CONFIRMING: Mapping[str, str] = {"cancel": "cancel-now", "undo": "undo-now"}
"""What cannot be taken back by another press is asked once more; the button that says so."""


class JobButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.compile(r"job:(?P<action>[a-z0-9-]+):(?P<job>.+)")
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
    desk, alone = desk_of(interaction), _alone(interaction, action)
    job, caller = await in_time(interaction, desk.clock, _found(interaction, desk, job_id), ephemeral=alone)
    if found := ACTION.fullmatch(action):
        await confirm(interaction, desk, caller, job, int(found[1]))
    elif (action == "undo" and not _asks_by_itself(desk, job)) or (action == "cancel" and _is_begun(job)):
        await _ask(interaction, desk, job, action)
    elif action in STEERING:
        await hold(interaction)
        await _steer(desk, caller, job, action)
    elif action == "cancel-now":
        await _cancel(interaction, desk, caller, job)
    elif action == "keep":
        await replace(interaction, content=(await words_for(interaction))("confirm-kept"), view=None)
    elif action == "refresh":
        await _refresh(interaction, desk, caller, job)
    elif action == "download":
        await download(interaction, desk, caller, job)
    elif action == "inactive":
        await show_inactive(interaction, desk, caller, job)
    elif action == "give-role":
        await give_role(interaction, desk, caller, job)
    elif action == "weekly":
        await schedule_weekly(interaction, desk, caller, job)
    elif action in STARTING:
        await start_from(interaction, desk, caller, job, action.removesuffix("-now"))
        if action == "undo-now":
            await take_away(interaction)
    else:
        raise Problem("button-gone")


def _alone(interaction: Interaction, action: str) -> bool | None:
    """Whether what a press is answered with is for the caller alone; None where it shows in the message pressed."""
    if action in ("download", "inactive", "give-role", "weekly"):
        return True
    if action in STARTING:
        return _stays_private(interaction, action)
    return None


async def _found(interaction: Interaction, desk: Desk, job_id: str) -> tuple[Job, Caller]:
    """The job, and who pressed, who may steer it. Raises `Problem`."""
    job = await desk.queue.get(job_id)
    if job is None:
        raise Problem("job-gone")
    caller = await caller_for(interaction, job)
    check_manages(caller, job)
    return job, caller


def _asks_by_itself(desk: Desk, job: Job) -> bool:
    """What takes it back shows what it would do, and asks, before it does anything. Raises `Problem`."""
    return undo_of(desk, job).preview is not None


def _is_begun(job: Job) -> bool:
    """It has done something that a slip of the finger should not end."""
    return job.first_started_at is not None and job.reason != WAITS


async def _ask(interaction: Interaction, desk: Desk, job: Job, action: str) -> None:
    """Ask once more, whoever pressed alone; what cannot be done is said instead. Raises `Problem`."""
    words, type_ = await words_for(interaction), desk.type_of(job)
    if action == "undo":
        undo_of(desk, job)
    elif job.state.is_final or job.cancelling is not None:
        desk.reporter.poke(job.id)
        raise Problem("ended-already" if job.state.is_final else "stopping-already", id=job.id)
    title = escape(words.title(type_) if type_ else job.type)
    view = view_of(job.id, [button(CONFIRMING[action], words), button("keep", words)])
    assert view is not None
    await whisper(interaction, content=words(f"confirm-{action}", title=title, job=job.id), view=view)


async def _cancel(interaction: Interaction, desk: Desk, caller: Caller, job: Job) -> None:
    await hold(interaction)
    sentence = await JobActions(desk).cancel(caller, job)
    desk.reporter.poke(job.id)
    await interaction.edit_original_response(content=sentence(await words_for(interaction)), view=None)


async def _steer(desk: Desk, caller: Caller, job: Job, action: str) -> None:
    actions = JobActions(desk)
    try:
        match action:
            case "cancel":
                await actions.cancel(caller, job)
            case "pause":
                await actions.pause(caller, job)
            case "resume":
                await actions.resume(caller, job)
            case "retry":
                await actions.retry(caller, job)
    finally:
        # Also when it could not be done: then the card that offered it is behind.
        desk.reporter.poke(job.id)


async def start_from(interaction: Interaction, desk: Desk, caller: Caller, job: Job, action: str) -> None:
    """Start a job out of this one: the same again, or what takes it back. Raises `Problem`."""
    private = _stays_private(interaction, action)
    if action == "undo":
        undo = undo_of(desk, job)
        payload: JsonObject = {"guild_id": caller.lane, "job_id": job.id}
        await start_job(interaction, desk, caller, undo, payload, key=f"undo-{job.id}")
        return
    type_ = desk.type_of(job)
    if type_ is None:
        raise Problem("type-gone")
    if not job.state.is_final:
        raise Problem("not-ended", id=job.id, state=job.state)
    key = f"again-{job.id}"
    await start_job(interaction, desk, caller, type_, dict(job.payload), private=private, key=key, anew=True)


def _stays_private(interaction: Interaction, action: str) -> bool:
    """What was asked for in an answer that only one person saw stays between the two; what it takes back does not."""
    return interaction.message is not None and interaction.message.flags.ephemeral and action == "run-again"


def undo_of(desk: Desk, job: Job) -> JobType:
    """The type that takes back what `job` did. Raises `Problem` when nothing can, or not yet."""
    type_ = desk.type_of(job)
    if type_ is None:
        raise Problem("type-gone")
    if type_.undo is None or type_.undo not in desk.queue.registry:
        raise Problem("no-undo", title=type_)
    if not job.state.is_final and job.state is not State.PAUSED:
        raise Problem("not-ended", id=job.id, state=job.state)
    return desk.queue.registry.get(type_.undo)


async def _refresh(interaction: Interaction, desk: Desk, caller: Caller, job: Job) -> None:
    words = await words_for(interaction)
    embed = await in_time(interaction, desk.clock, status_embed(desk, caller, job, words), ephemeral=None)
    await replace(interaction, embed=embed, view=view_of(job.id, [button("refresh", words)]))


async def status_embed(desk: Desk, caller: Caller, job: Job, words: Words) -> discord.Embed:
    """The card as of now, without its picture, for one person; what was found for whoever asked is shown to those alone
    who could ask for it now."""
    outlook = await desk.forecast.outlook(job)
    now, type_ = desk.clock.now(), desk.type_of(job)
    alone = await desk.access.may_start(caller, desk.right_of(job.type))
    question = await question_of(desk.queue.records, job, type_)
    card = job_card(job, type_, now=now, style=desk.style, words=words, outlook=outlook, alone=alone, question=question)
    return card.embed().set_image(url=None)


async def download(interaction: Interaction, desk: Desk, caller: Caller, job: Job) -> None:
    """The job's files, for the caller alone. Raises `Problem`."""
    await think(interaction, ephemeral=True)
    if not await desk.access.may_start(caller, desk.right_of(job.type)):
        raise Problem("files-not-yours")
    files: list[discord.File] = []
    left: list[str] = []
    weight = 0
    for artifact in await desk.artifacts.list(job.made_by):
        too_much = artifact.size > interaction.filesize_limit or weight + artifact.size > REQUEST_BYTES
        if too_much or len(files) == FILES:
            left.append(artifact.name)
            continue
        try:
            files.append(await asyncio.to_thread(discord.File, desk.artifacts.path(job.made_by, artifact.name)))
            weight += artifact.size
        except (NotFound, OSError):
            left.append(artifact.name)
    if not files and not left:
        made = has_files(job, desk.type_of(job), await words_for(interaction))
        raise Problem("files-gone" if made else "no-files")
    names = ", ".join(f"`{escape(name, code=True)}`" for name in left)
    note = (await words_for(interaction))("files-too-large", names=names) if left else None
    await interaction.edit_original_response(content=note, attachments=files)
