"""Lists of a guild's jobs as a person may see them: pages, filters, and what autocomplete offers.

Asks the queue a page at a time, so that a hundred thousand jobs cost no more than ten. Invariant: a member who is
no administrator sees their own jobs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import discord
from discord import app_commands

from bot.cards import state_words
from bot.cards.text import bar, escape, instant
from bot.desk import Desk
from bot.guards import Caller
from bot.languages import Words
from bot.problems import Problem
from jobs.engine.backend import JobQuery
from jobs.engine.errors import InvalidOption
from jobs.engine.model import Job
from jobs.engine.states import State, parse_state

LISTED, OFFERED, LOOKED_AT = 10, 25, 100
NOTHING, NONE_SUCH = "There are no jobs here yet. Start one with `/async-job`.", "No job here fits that."


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; empty for all."""

    states: tuple[State, ...] = ()
    type_name: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page and the ways to its neighbours."""

    embed: discord.Embed
    jobs: Sequence[tuple[str, str]]
    """Ids with labels, for the select."""
    list: JobList
    earlier: tuple[str | None, ...]
    """Cursors of the pages in front of this one."""
    cursor: str | None
    """Of this page."""
    next: str | None


class JobList:
    """Pages of the jobs that `caller` may see."""

    def __init__(self, desk: Desk, caller: Caller, wanted: Filter, words: Words) -> None:
        self._desk = desk
        self._caller = caller
        self._wanted = wanted
        self._words = words

    async def page(self, cursor: str | None = None, earlier: tuple[str | None, ...] = ()) -> Page:
        """The page at `cursor`, newest jobs first."""
        found = await self._desk.queue.find(_query(self._caller, self._wanted, LISTED, cursor))
        lines = [_line(self._desk, job, self._words) for job in found.jobs]
        nothing = NOTHING if self._wanted == Filter() else NONE_SUCH
        text = "\n".join(lines) if lines else nothing
        embed = discord.Embed(title="Jobs", description=text, color=self._desk.style.color)
        if earlier or found.cursor:
            embed.set_footer(text=f"Page {len(earlier) + 1}")
        labels = [(job.id, label_of(self._desk, job, self._words)) for job in found.jobs]
        return Page(embed, labels, self, earlier, cursor, found.cursor)


def parse_states(text: str | None) -> tuple[State, ...]:
    """The state typed, by any of its names. Raises `Problem`."""
    if not text:
        return ()
    try:
        return (parse_state(text.strip().lower()),)
    except InvalidOption:
        raise Problem("There is no such state. Choose one of: " + ", ".join(State) + ".") from None


async def offer(
    desk: Desk, caller: Caller, words: Words, typed: str, states: tuple[State, ...] = ()
) -> list[app_commands.Choice[str]]:
    """The newest jobs that fit what was typed, as choices."""
    found = await desk.queue.find(_query(caller, Filter(states), LOOKED_AT, None))
    wanted = typed.strip().lower()
    fitting = [(label_of(desk, job, words), job) for job in found.jobs]
    fitting = [(label, job) for label, job in fitting if wanted in f"{label} {job.type}".lower()]
    if not fitting and wanted and (known := await desk.queue.get(typed.strip())) and caller.may_see(known):
        fitting = [(label_of(desk, known, words), known)]
    return [app_commands.Choice(name=label, value=job.id) for label, job in fitting[:OFFERED] if len(job.id) <= 100]


def label_of(desk: Desk, job: Job, words: Words) -> str:
    """`completed · Member Analysis · 5 min ago · k7f39qztma`."""
    age = words.ago((desk.clock.now() - job.created_at) / 1000)
    return f"{words(f'state-{job.state}')} · {title_of(desk, job, words)} · {age} · {job.id}"[:100]


def title_of(desk: Desk, job: Job, words: Words) -> str:
    type_ = desk.type_of(job)
    return words.title(type_) if type_ else escape(job.type)


def _query(caller: Caller, wanted: Filter, limit: int, cursor: str | None) -> JobQuery:
    owner = wanted.owner or None
    if not caller.administrator:
        # A member who asks for another's jobs gets none, as if there were none.
        owner = str(caller.user_id) if owner in (None, str(caller.user_id)) else "nobody"
    types = (wanted.type_name,) if wanted.type_name else ()
    return JobQuery(lane=caller.lane, owner=owner, states=wanted.states, types=types, limit=limit, cursor=cursor)


def _line(desk: Desk, job: Job, words: Words) -> str:
    icon, word = state_words(job, words)
    done = ""
    if job.progress is not None and job.progress.percentage is not None and not job.state.is_final:
        done = f" `{bar(job.progress.percentage)}` {job.progress.percentage:.0f} %"
    return f"{icon} {word}{done} · {title_of(desk, job, words)} · `{job.id}` · {instant(job.created_at)}"
