"""The forms that ask for what a job type needs, and the panel that stands between and behind them.

A form that was sent is read from the interaction and from the draft in the records, never from memory: it is
answered after a restart too. Invariant: the draft is its requester's own, what was typed is not lost, and rights
are checked again when it is started.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Self
from zoneinfo import ZoneInfo

import discord

from bot.answers import answering, in_time, replace, take_away
from bot.cards.text import escape, joined
from bot.desk import Desk, desk_of, words_for
from bot.forms import Given, Moment, Question, answer_of, component_of, given_in, label_of, shown
from bot.guards import Caller, caller_of
from bot.languages import Words
from bot.problems import Problem
from bot.starting import start_job
from bot.views.drafts import Draft, Drafts
from bot.views.uploads import read_members, read_upload
from jobs.engine.model import JsonValue
from jobs.engine.registry import JobType

Interaction = discord.Interaction[Any]
TITLE, BUTTONS, TEXT = 45, 25, 3500
STARTS = {"start": False, "start-alone": True}
"""What a button does that starts the job, and whether for the caller alone: known before the draft is read."""
_FORM = re.compile(r"form:(?P<key>\w+):(?P<page>\d+)")


async def ask(interaction: Interaction, desk: Desk, draft: Draft) -> None:
    """Open the form with the first questions."""
    keeping = Drafts(desk.queue.records, desk.clock).keep(draft)
    kept = await in_time(interaction, desk.clock, keeping, ephemeral=True)
    await _open(interaction, desk, kept, desk.queue.registry.get(draft.type_name), 0)


async def _open(interaction: Interaction, desk: Desk, draft: Draft, type_: JobType, page: int) -> None:
    """Open a form, or show the panel that opens it: a form can only be the very first answer."""
    pages = draft.pages(type_)
    if page >= len(pages):
        raise Problem("form-gone")
    words = await words_for(interaction)
    if interaction.response.is_done():
        await _show(interaction, desk, draft, type_, note=words("form-late"))
        return
    form = discord.ui.Modal(title=words.title(type_)[:TITLE], custom_id=f"form:{draft.key}:{page}")
    for question in pages[page]:
        form.add_item(_component(question, draft, words.within(type_)))
    # Not kept in memory: `submitted` reads what comes back, whichever process showed the form.
    form.stop()
    await interaction.response.send_modal(form)


def _component(question: Question, draft: Draft, words: Words) -> discord.ui.Label[Any]:
    if question.name not in draft.asked:
        return component_of(question, words)
    value = draft.answers.get(question.name)
    if question.kind == "file" and value is not None:
        return component_of(question, words, kept=draft.file(question.name))
    return component_of(question, words, value)


async def submitted(interaction: Interaction) -> None:
    """A form was sent; others than these are left alone."""
    data: Any = interaction.data or {}
    form = _FORM.fullmatch(str(data.get("custom_id")))
    if interaction.type is not discord.InteractionType.modal_submit or form is None:
        return
    async with answering(interaction, "form"):
        desk, caller = desk_of(interaction), caller_of(interaction)
        received = _received(interaction, desk, caller, form["key"], int(form["page"]))
        draft, type_, trouble = await in_time(interaction, desk.clock, received, ephemeral=None)
        wrong = draft.wrong(type_, await words_for(interaction))
        if trouble or draft.left(type_) or wrong or interaction.response.is_done():
            await _show(interaction, desk, draft, type_, trouble)
        else:
            await _start(interaction, desk, caller, draft, type_)


async def _received(
    interaction: Interaction, desk: Desk, caller: Caller, key: str, page: int
) -> tuple[Draft, JobType, dict[str, str]]:
    """The draft with what was sent, kept, and a sentence for each file that could not be read. Raises `Problem`."""
    drafts = Drafts(desk.queue.records, desk.clock)
    draft, type_ = await drafts.find(key, caller, desk.queue.registry)
    pages = draft.pages(type_)
    draft, trouble = await _filled(interaction, desk, draft, type_, pages[page] if page < len(pages) else [])
    return await drafts.keep(draft), type_, trouble


async def _filled(
    interaction: Interaction, desk: Desk, draft: Draft, type_: JobType, questions: Sequence[Question]
) -> tuple[Draft, dict[str, str]]:
    data: Any = interaction.data
    settings = await desk.settings.get(draft.guild_id)
    moment = Moment(settings.today(desk.clock.now()), ZoneInfo(settings.time_zone))
    given = given_in(data["components"])
    answers = {q.name: answer_of(q, given.get(q.name), moment) for q in questions if q.kind != "file"}
    words = (await words_for(interaction)).within(type_)
    attached = (data.get("resolved") or {}).get("attachments") or {}
    uploads = [(q, attached[id_]) for q in questions if q.kind == "file" for id_ in _ids(given.get(q.name))[:1]]
    texts, names, trouble = await _read(interaction, uploads, words)
    return draft.answered(questions, {**answers, **texts}, names), trouble


def _ids(given: Given | None) -> list[str]:
    return given if isinstance(given, list) else []


async def _read(
    interaction: Interaction, uploads: Sequence[tuple[Question, Mapping[str, Any]]], words: Words
) -> tuple[dict[str, JsonValue], dict[str, JsonValue], dict[str, str]]:
    """Texts and names of files by field, and a sentence for each that could not be read."""
    texts: dict[str, JsonValue] = {}
    names: dict[str, JsonValue] = {}
    trouble: dict[str, str] = {}
    for question, file in uploads:
        try:
            label = label_of(question, words)
            if question.members is None:
                texts[question.name] = await read_upload(interaction, label, file)
            else:
                texts[question.name] = await read_members(interaction, label, file, question.members)
            names[question.name] = str(file["filename"])
        except Problem as problem:
            trouble[question.name] = problem.said(words)
    return texts, names, trouble


async def _start(interaction: Interaction, desk: Desk, caller: Caller, draft: Draft, type_: JobType) -> None:
    """One draft makes one job, however often it is pressed."""
    drafts = Drafts(desk.queue.records, desk.clock)
    if not await in_time(interaction, desk.clock, drafts.take(draft), ephemeral=draft.private):
        raise Problem("form-gone")
    try:
        await start_job(interaction, desk, caller, type_, draft.answers, private=draft.private, notify=draft.notify)
    except Problem as problem:
        draft = await in_time(interaction, desk.clock, drafts.keep(draft), ephemeral=True)
        if interaction.response.is_done():
            raise
        await _show(interaction, desk, draft, type_, note=problem.said(await words_for(interaction)))
        return
    await take_away(interaction)


async def _show(
    interaction: Interaction,
    desk: Desk,
    draft: Draft,
    type_: JobType,
    trouble: Mapping[str, str] | None = None,
    note: str = "",
) -> None:
    """The panel, in place of the one that was used, or as an answer for one person alone.

    `trouble` are sentences about files by field; `note` says why it was not started.
    """
    words = await words_for(interaction)
    wrong = draft.wrong(type_, words)
    text = _text(draft, type_, {**wrong, **(trouble or {})}, note, words)
    embed = discord.Embed(title=words.title(type_), description=text, color=desk.style.color)
    view = _panel(draft, type_, {*wrong, *(trouble or {})}, words, startable=not wrong)
    await replace(interaction, embed=embed, view=view)


def _text(draft: Draft, type_: JobType, wrong: Mapping[str, str], note: str, words: Words) -> str:
    lines = [f"⚠️ {sentence}" for sentence in wrong.values()]
    if wrong:
        lines.append(words("form-put-right"))
    if note:
        lines.append(note)
    right = [question for question in draft.questions(type_) if question.name not in wrong]
    given = [line for question in right if (line := _given(draft, question, words.within(type_)))]
    lines += ["", *given] if lines and given else given
    if left := len(draft.left(type_)):
        lines.append(words("form-left", n=left))
    return joined([*lines, "", words("form-kept")], TEXT, words)


def _given(draft: Draft, question: Question, words: Words) -> str:
    value = draft.answers.get(question.name)
    if value is None:
        return ""
    told = shown(question, value, words, file=draft.file(question.name))
    return f"{escape(label_of(question, words))}: **{told}**" if told else ""


def _panel(draft: Draft, type_: JobType, wrong: Collection[str], words: Words, *, startable: bool) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    left = draft.left(type_)
    if startable and not any(question.required for question in left):
        start = "start-alone" if draft.private else "start"
        view.add_item(DraftButton(draft.key, start, words("form-start"), discord.ButtonStyle.success))
    pages = draft.pages(type_)
    first = 1
    for place, page in enumerate(pages[: BUTTONS - 2]):
        last = first + len(page) - 1
        which = words("form-all") if len(pages) == 1 else f"{first}" if first == last else f"{first}–{last}"
        open_ = any(question in left for question in page)
        bad = any(question.name in wrong for question in page)
        answer = "form-open" if len(pages) == 1 else "form-answer"
        action = answer if open_ else "form-correct" if bad else "form-change"
        style = discord.ButtonStyle.primary if open_ or bad else discord.ButtonStyle.secondary
        view.add_item(DraftButton(draft.key, f"page-{place}", words(action, which=which), style))
        first = last + 1
    view.add_item(DraftButton(draft.key, "discard", words("form-discard")))
    return view


class DraftButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=re.compile(r"draft:(?P<what>page-\d+|start|start-alone|discard):(?P<key>\w+)"),
):
    """Goes on with a draft: to one of its forms, to the job, or to nothing."""

    def __init__(
        self, key: str, what: str, label: str, style: discord.ButtonStyle = discord.ButtonStyle.secondary
    ) -> None:
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
            found = Drafts(desk.queue.records, desk.clock).find(self._key, caller, desk.queue.registry)
            draft, type_ = await in_time(interaction, desk.clock, found, ephemeral=STARTS.get(self._what))
            if self._what in STARTS:
                if draft.wrong(type_, await words_for(interaction)):
                    await _show(interaction, desk, draft, type_)
                else:
                    await _start(interaction, desk, caller, draft, type_)
            elif self._what == "discard":
                await self._discard(interaction, desk, draft)
            else:
                await _open(interaction, desk, draft, type_, int(self._what.removeprefix("page-")))

    @staticmethod
    async def _discard(interaction: Interaction, desk: Desk, draft: Draft) -> None:
        taken = Drafts(desk.queue.records, desk.clock).take(draft)
        await in_time(interaction, desk.clock, taken, ephemeral=None)
        nothing = (await words_for(interaction))("form-discarded")
        await replace(interaction, content=nothing, embed=None, view=None)
