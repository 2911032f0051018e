"""The answer to a job that asks before it does something: a press, and for many changes their number, typed.

What comes back of the form is read from the interaction and the records, never from memory: it is answered after a
restart too. Invariant: only the requester confirms, only what they were shown, and only in time.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.answers import answering, hold, in_time
from bot.desk import Desk, desk_of, words_for
from bot.guards import Caller, caller_for, check_manages
from bot.problems import Problem
from jobs.confirmation import Confirmations, Question
from jobs.engine.model import Job
from jobs.engine.states import State

Interaction = discord.Interaction[Any]
ACTION = re.compile(r"confirm-(\d+)")
_FORM = re.compile(r"confirm:(?P<number>\d+):(?P<job>.+)")
_BETWEEN_DIGITS = re.compile(r"[\s.,'’]")


async def confirm(interaction: Interaction, desk: Desk, caller: Caller, job: Job, number: int) -> None:
    """Confirm what the job asks, or ask for the number of changes first. Raises `Problem`."""
    question = await in_time(interaction, desk.clock, _asked(desk, caller, job, number), ephemeral=None)
    if not question.typed:
        await _go_on(interaction, desk, job, question)
        return
    if interaction.response.is_done():
        # A form can only be the very first answer.
        raise Problem("confirm-press-again")
    words = await words_for(interaction)
    form = discord.ui.Modal(title=words("confirm-form"), custom_id=f"confirm:{number}:{job.id}")
    field = discord.ui.TextInput[Any](custom_id="count", max_length=20)
    form.add_item(discord.ui.Label(text=words("confirm-type", n=question.count), component=field))
    # Not kept in memory: `typed` reads what comes back, whichever process showed the form.
    form.stop()
    await interaction.response.send_modal(form)


async def typed(interaction: Interaction) -> None:
    """A form was sent; others than these are left alone."""
    data: Any = interaction.data or {}
    form = _FORM.fullmatch(str(data.get("custom_id")))
    if interaction.type is not discord.InteractionType.modal_submit or form is None:
        return
    async with answering(interaction, "confirmation"):
        desk = desk_of(interaction)
        found = _found(interaction, desk, form["job"], int(form["number"]))
        job, question = await in_time(interaction, desk.clock, found, ephemeral=None)
        given = str(data["components"][0]["component"]["value"])
        if _BETWEEN_DIGITS.sub("", given) != str(question.count):
            raise Problem("confirm-wrong-number", n=question.count)
        await _go_on(interaction, desk, job, question)


async def _found(interaction: Interaction, desk: Desk, job_id: str, number: int) -> tuple[Job, Question]:
    job = await desk.queue.get(job_id)
    if job is None:
        raise Problem("job-gone")
    caller = await caller_for(interaction, job)
    check_manages(caller, job)
    return job, await _asked(desk, caller, job, number)


async def _asked(desk: Desk, caller: Caller, job: Job, number: int) -> Question:
    """What the job asks, if this caller can confirm it now. Raises `Problem`."""
    if job.owner != str(caller.user_id):
        raise Problem("confirm-only-they", user=f"<@{job.owner}>")
    question = await Confirmations(desk.queue.records).of(job.id)
    if question is None or question.number != number:
        desk.reporter.poke(job.id)
        raise Problem("confirm-another")
    if question.confirmed_at is not None or job.state is not State.PAUSED:
        desk.reporter.poke(job.id)
        raise Problem("confirm-not-asked", id=job.id, state=job.state)
    if desk.clock.now() >= question.until:
        raise Problem("confirm-late")
    await desk.access.check(caller, desk.right_of(job.type))
    await desk.pauses.check(job.lane, job.type)
    return question


async def _go_on(interaction: Interaction, desk: Desk, job: Job, question: Question) -> None:
    await hold(interaction)
    if not await Confirmations(desk.queue.records).confirm(job.id, question.number, desk.clock.now()):
        raise Problem("confirm-late")
    await desk.queue.unhold(job.id)
    desk.reporter.poke(job.id)
