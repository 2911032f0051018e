"""The forms that ask for what a job type needs: one, or several with a panel of the answers in between.

What was answered is kept in the records for a quarter of an hour, so a panel goes on after a restart. Invariant:
the draft is its requester's own, and rights are checked again when it is started.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import discord

from bot.answers import answering
from bot.cards.text import escape, joined
from bot.desk import Desk, desk_of, words_for
from bot.forms import Question, answer_of, component_of, pages, questions_of, unanswered, words_of
from bot.guards import caller_of
from bot.languages import Words
from bot.problems import Problem
from bot.reporter.message import Notify
from bot.starting import start_job
from jobs.engine.model import JsonObject, new_id
from jobs.engine.registry import JobType

Interaction = discord.Interaction[Any]
KIND = "draft"
LIFE_MS = 15 * 60_000
TITLE = 45
GONE = "These answers are not kept any more. Use `/async-job` again."


@dataclass(frozen=True, slots=True)
class Draft:
    """A job that is not asked for yet."""

    type_name: str
    payload: JsonObject
    private: bool
    notify: Notify
    owner: int


async def ask(interaction: Interaction, desk: Desk, draft: Draft, questions: Sequence[Question]) -> None:
    """Open the form with the first questions."""
    type_ = desk.queue.registry.get(draft.type_name)
    await interaction.response.send_modal(JobForm(type_, draft, pages(questions)[0]))


class JobForm(discord.ui.Modal):
    """Up to five questions of one job type."""

    def __init__(self, type_: JobType, draft: Draft, questions: Sequence[Question]) -> None:
        super().__init__(title=type_.title[:TITLE])
        self._type = type_
        self._draft = draft
        self._fields = [(question, component_of(question)) for question in questions]
        for _, label in self._fields:
            self.add_item(label)

    async def on_submit(self, interaction: Interaction) -> None:
        async with answering(interaction, f"form of {self._type.name}"):
            desk, caller = desk_of(interaction), caller_of(interaction)
            draft = replace(self._draft, payload={**self._draft.payload, **await self._answers()})
            left = unanswered(questions_of(self._type.payload), {**draft.payload, **self._asked()})
            if left:
                await _panel(interaction, desk, draft, left)
                return
            await start_job(
                interaction, desk, caller, self._type, draft.payload, private=draft.private, notify=draft.notify
            )

    async def _answers(self) -> JsonObject:
        answers: JsonObject = {}
        for question, label in self._fields:
            try:
                value = await answer_of(question, label.component)
            except UnicodeDecodeError:
                raise Problem(f"{question.label}: this file is no text in UTF-8. Save it as CSV UTF-8.") from None
            answers[question.name] = question.default if value is None and not question.required else value
        return {name: value for name, value in answers.items() if value is not None}

    def _asked(self) -> JsonObject:
        """What was asked for and left empty counts as answered."""
        return {question.name: None for question, _ in self._fields}


async def _panel(interaction: Interaction, desk: Desk, draft: Draft, left: Sequence[Question]) -> None:
    """The answers until now, and the way on."""
    asked = {question.name: None for question in questions_of(desk.queue.registry.get(draft.type_name).payload)}
    skipped = [name for name in asked if name not in draft.payload and name not in {q.name for q in left}]
    key, expires_at = new_id(), desk.clock.now() + LIFE_MS
    value: JsonObject = {**asdict(draft), "skipped": list(skipped)}
    await desk.queue.records.put(KIND, key, value, lane=str(interaction.guild_id), expires_at=expires_at)
    view = discord.ui.View(timeout=None)
    view.add_item(DraftButton(key, "next", f"{len(left)} more questions…"))
    if not any(question.required for question in left):
        view.add_item(DraftButton(key, "start", "Start"))
    await interaction.response.send_message(
        embed=_summary(desk, draft, await words_for(interaction)), view=view, ephemeral=True
    )


def _summary(desk: Desk, draft: Draft, words: Words) -> discord.Embed:
    type_ = desk.queue.registry.get(draft.type_name)
    lines = [
        f"**{question.label}**: {escape(given, limit=300) if question.kind in ('text', 'choice') else given}"
        for question in questions_of(type_.payload)
        if question.name in draft.payload and (given := words_of(question, draft.payload[question.name]))
    ]
    text = joined([*lines, "This can be started for 15 minutes."], 3000, words)
    return discord.Embed(title=type_.title, description=text, color=desk.style.color)


class DraftButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.compile(r"draft:(?P<what>next|start):(?P<key>\w+)")
):
    """Goes on with a draft, or starts it."""

    def __init__(self, key: str, what: str, label: str) -> None:
        style = discord.ButtonStyle.success if what == "start" else discord.ButtonStyle.primary
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=f"draft:{what}:{key}"))
        self._key = key
        self._what = what

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["key"], match["what"], "…")

    async def callback(self, interaction: Interaction) -> None:
        async with answering(interaction, "panel"):
            desk, caller = desk_of(interaction), caller_of(interaction)
            record = await desk.queue.records.get(KIND, self._key)
            if record is None or not isinstance(record.value, dict) or record.lane != caller.lane:
                raise Problem(GONE)
            value = dict(record.value)
            skipped = {str(name): None for name in value.pop("skipped", [])}  # type: ignore[union-attr]
            draft = Draft(**value)  # type: ignore[arg-type]
            if draft.owner != caller.user_id or draft.type_name not in desk.queue.registry:
                raise Problem(GONE)
            type_ = desk.queue.registry.get(draft.type_name)
            left = unanswered(questions_of(type_.payload), {**draft.payload, **skipped})
            if self._what == "next" and left:
                await ask(interaction, desk, draft, left)
                return
            # One draft makes one job, however often it is pressed.
            if not await desk.queue.records.delete(KIND, self._key):
                raise Problem(GONE)
            await start_job(interaction, desk, caller, type_, draft.payload, private=draft.private, notify=draft.notify)
