"""Lists of a guild's jobs as a person may see them: pages, filters, and what autocomplete offers.

Asks the queue a page at a time, so that a hundred thousand jobs cost no more than ten. Invariant: a member who is
no administrator sees their own jobs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from jobs.engine.states import UNFINISHED, State, parse_state

LISTED, OFFERED, LOOKED_AT, NEWEST = 10, 25, 100, 1000
LABEL = 100
"""Letters of a choice (Discord API reference, "Application Command Option Choice")."""
SHORTEST_PREFIX = 3
NOBODY = "nobody"


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
    words: Words


class JobList:
    """Pages of the jobs that `caller` may see."""

    def __init__(self, desk: Desk, caller: Caller, wanted: Filter, words: Words) -> None:
        self._desk = desk
        self._caller = caller
        self._wanted = wanted
        self._words = words

    async def page(self, cursor: str | None = None, earlier: tuple[str | None, ...] = ()) -> Page:
        """The page at `cursor`, newest jobs first."""
        found = await self._desk.queue.find(_query(self._desk, self._caller, self._wanted, LISTED, cursor))
        lines = [_line(self._desk, job, self._words) for job in found.jobs]
        nothing = self._words("jobs-none" if self._wanted == Filter() else "jobs-none-fit")
        text = "\n".join(lines) if lines else nothing
        embed = discord.Embed(title=self._words("jobs-title"), description=text, color=self._desk.style.color)
        if earlier or found.cursor:
            embed.set_footer(text=self._words("page", n=len(earlier) + 1))
        labels = [(job.id, label_of(self._desk, job, self._words)) for job in found.jobs]
        return Page(embed, labels, self, earlier, cursor, found.cursor, self._words)


def parse_states(text: str | None) -> tuple[State, ...]:
    """The state typed, by any of its names. Raises `Problem`."""
    if not text:
        return ()
    try:
        return (parse_state(text.strip().lower()),)
    except InvalidOption:
        raise Problem("no-state", states=", ".join(State)) from None


async def offer(
    desk: Desk,
    caller: Caller,
    words: Words,
    typed: str,
    states: tuple[State, ...] = (),
    types: tuple[str, ...] = (),
) -> list[app_commands.Choice[str]]:
    """The newest jobs that fit what was typed, as choices.

    Finished jobs are looked for among the newest `NEWEST` alone; an older one is found by the beginning of its id.
    """
    wanted = typed.strip().lower()
    finished = not states or not UNFINISHED.issuperset(states)
    query = _query(desk, caller, Filter(states), LOOKED_AT, None)
    query = replace(query, types=types, newest=NEWEST if finished else None)
    fitting = {job.id: job for job in (await desk.queue.find(query)).jobs if _fits(desk, job, words, wanted)}
    if len(fitting) < OFFERED and len(wanted) >= SHORTEST_PREFIX:
        named = replace(query, id_prefix=typed.strip(), newest=None, limit=OFFERED)
        fitting |= {job.id: job for job in (await desk.queue.find(named)).jobs}
    labelled = [(label_of(desk, job, words), job.id) for job in fitting.values() if len(job.id) <= LABEL]
    return [app_commands.Choice(name=label, value=id_) for label, id_ in labelled[:OFFERED]]


def _fits(desk: Desk, job: Job, words: Words, wanted: str) -> bool:
    return wanted in f"{label_of(desk, job, words)} {job.type}".lower()


def listed_types(desk: Desk, words: Words, typed: str) -> list[app_commands.Choice[str]]:
    """The job types that fit what was typed, as choices."""
    wanted = typed.strip().lower()
    titled = [(words.title(type_), type_.name) for type_ in desk.queue.registry.listed()]
    found = [(title, name) for title, name in titled if wanted in f"{name} {title}".lower()]
    return [app_commands.Choice(name=title[:LABEL], value=name) for title, name in found[:OFFERED]]


def label_of(desk: Desk, job: Job, words: Words) -> str:
    """`completed · Member Analysis · 5 min ago · k7f39qztma`."""
    age = words.ago((desk.clock.now() - job.created_at) / 1000)
    return f"{words(f'state-{job.state}')} · {title_of(desk, job, words)} · {age} · {job.id}"[:LABEL]


def title_of(desk: Desk, job: Job, words: Words) -> str:
    type_ = desk.type_of(job)
    return words.title(type_) if type_ else escape(job.type)


def _query(desk: Desk, caller: Caller, wanted: Filter, limit: int, cursor: str | None) -> JobQuery:
    owner = wanted.owner or None
    if not caller.administrator:
        # A member who asks for another's jobs gets none, as if there were none.
        owner = str(caller.user_id) if owner in (None, str(caller.user_id)) else NOBODY
    types = (wanted.type_name,) if wanted.type_name else ()
    internal = tuple(type_.name for type_ in desk.queue.registry if type_.internal)
    return JobQuery(
        lane=caller.lane,
        owner=owner,
        states=wanted.states,
        types=types,
        without_types=internal,
        limit=limit,
        cursor=cursor,
    )


def _line(desk: Desk, job: Job, words: Words) -> str:
    icon, word = state_words(job, words)
    done = ""
    if job.progress is not None and job.progress.percentage is not None and not job.state.is_final:
        done = f" `{bar(job.progress.percentage)}` {job.progress.percentage:.0f} %"
    return f"{icon} {word}{done} · {title_of(desk, job, words)} · `{job.id}` · {instant(job.created_at)}"
