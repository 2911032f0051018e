"""The buttons and the select under `/job list`: to the next page, to the one before, and to one job.

Where a list has got to is kept in the records for an hour, so its buttons outlive a restart. Invariant: a list is
one person's own, and what they may see is decided at the press.
"""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.answers import answering, in_time, replace
from bot.cards import button
from bot.desk import Desk, desk_of, words_for
from bot.guards import caller_of, find_job
from bot.job_lists import Filter, JobList, Page
from bot.problems import Problem
from bot.views.job_buttons import status_embed, view_of
from jobs.engine.model import JsonValue, new_id
from jobs.engine.states import State

Interaction = discord.Interaction[Any]
KIND = "job-list"
LIFE_MS = 60 * 60_000
"""From the last turn."""


async def list_view(interaction: Interaction, page: Page, wanted: Filter, *, key: str = "") -> discord.ui.View:
    """What is below `page` of a list that was narrowed to `wanted`."""
    desk, words = desk_of(interaction), await words_for(interaction)
    view = discord.ui.View(timeout=None)
    if page.jobs:
        options = [discord.SelectOption(label=label, value=job_id) for job_id, label in page.jobs]
        view.add_item(OpenJob(discord.ui.Select(placeholder=words("open-one"), options=options, custom_id="jobs:open")))
    if page.earlier or page.next:
        kept = await _keep(desk, interaction, page, wanted, key or new_id())
        number = len(page.earlier)
        view.add_item(TurnPage(kept, number - 1, words("page-newer"), there=number > 0))
        view.add_item(TurnPage(kept, number + 1, words("page-older"), there=page.next is not None))
    return view


async def _keep(desk: Desk, interaction: Interaction, page: Page, wanted: Filter, key: str) -> str:
    """Keep the way to the pages around; the key to find it by."""
    states: list[JsonValue] = [str(state) for state in wanted.states]
    value: JsonValue = {
        "asker": interaction.user.id,
        "states": states,
        "type": wanted.type_name,
        "owner": wanted.owner,
        "cursors": [*page.earlier, page.cursor, page.next],
    }
    expires_at = desk.clock.now() + LIFE_MS
    await desk.queue.records.put(KIND, key, value, lane=str(interaction.guild_id), expires_at=expires_at)
    return key


class OpenJob(discord.ui.DynamicItem[discord.ui.Select[Any]], template=re.compile("jobs:open")):
    """Shows the card of the one chosen."""

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: Any, match: re.Match[str], /) -> Self:
        return cls(item)

    async def callback(self, interaction: Interaction) -> None:
        async with answering(interaction, "job list"):
            desk, caller = desk_of(interaction), caller_of(interaction)
            await interaction.response.defer(ephemeral=True, thinking=True)
            job = await find_job(desk.queue, caller, self.item.values[0])
            words = await words_for(interaction)
            view = view_of(job.id, [button("refresh", words)])
            embed = await status_embed(desk, caller, job, words)
            await interaction.edit_original_response(embed=embed, view=view)


class TurnPage(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.compile(r"jobs:page:(?P<key>\w+):(?P<number>-?\d+)")
):
    """To another page of the same list."""

    def __init__(self, key: str, number: int, label: str, *, there: bool) -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"jobs:page:{key}:{number}", disabled=not there))
        self._key = key
        self._number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["key"], int(match["number"]), "…", there=True)

    async def callback(self, interaction: Interaction) -> None:
        async with answering(interaction, "job list"):
            embed, view = await in_time(
                interaction, desk_of(interaction).clock, self._turned(interaction), ephemeral=None
            )
            await replace(interaction, embed=embed, view=view)

    async def _turned(self, interaction: Interaction) -> tuple[discord.Embed, discord.ui.View]:
        wanted, cursors = await self._kept(interaction)
        jobs = JobList(desk_of(interaction), caller_of(interaction), wanted, await words_for(interaction))
        page = await jobs.page(cursors[self._number], tuple(cursors[: self._number]))
        return page.embed, await list_view(interaction, page, wanted, key=self._key)

    async def _kept(self, interaction: Interaction) -> tuple[Filter, list[str | None]]:
        """What the list is narrowed to, and where its pages begin. Raises `Problem`."""
        caller = caller_of(interaction)
        record = await desk_of(interaction).queue.records.get(KIND, self._key)
        value: Any = record.value if record is not None and record.lane == caller.lane else {}
        cursors = value.get("cursors", [])
        if value.get("asker") != caller.user_id or not 0 <= self._number < len(cursors):
            raise Problem("list-gone")
        wanted = Filter(tuple(State(state) for state in value["states"]), value["type"], value["owner"])
        return wanted, cursors
