"""The buttons and the select under `/job list`: to the next page, to the one before, and to one job.

Lives as long as its message can be edited; after that its presses say what to do. Invariant: a list is one
person's own, shown to them alone.
"""

from __future__ import annotations

from typing import Any

import discord

from bot.answers import answering
from bot.cards import button
from bot.desk import desk_of, words_for
from bot.guards import caller_of, find_job
from bot.job_lists import Page
from bot.views.job_buttons import status_embed, view_of

Interaction = discord.Interaction[Any]
LIFE_S = 840.0
"""An answer for one person alone can be edited for 15 minutes (Discord API reference, "Receiving and Responding")."""


class OpenJob(discord.ui.Select["JobListView"]):
    """Shows the card of the one chosen."""

    def __init__(self, page: Page) -> None:
        options = [discord.SelectOption(label=label, value=job_id) for job_id, label in page.jobs]
        super().__init__(placeholder=page.words("open-one"), options=options, row=0)

    async def callback(self, interaction: Interaction) -> None:
        async with answering(interaction, "job list"):
            desk = desk_of(interaction)
            caller = caller_of(interaction)
            await interaction.response.defer(ephemeral=True, thinking=True)
            job = await find_job(desk.queue, caller, self.values[0])
            words = await words_for(interaction)
            view = view_of(job.id, [button("refresh", words)])
            await interaction.edit_original_response(embed=await status_embed(desk, job, words), view=view)


class JobListView(discord.ui.View):
    """Of one page."""

    def __init__(self, page: Page) -> None:
        super().__init__(timeout=LIFE_S)
        self._page = page
        self.before.label, self.behind.label = page.words("page-newer"), page.words("page-older")
        self.before.disabled = not page.earlier
        self.behind.disabled = page.next is None
        if not page.earlier and page.next is None:
            self.clear_items()
        if page.jobs:
            self.add_item(OpenJob(page))

    @discord.ui.button(row=1)
    async def before(self, interaction: Interaction, button: discord.ui.Button[Any]) -> None:
        async with answering(interaction, "job list"):
            *earlier, cursor = self._page.earlier
            await self._turn(interaction, await self._page.list.page(cursor, tuple(earlier)))

    @discord.ui.button(row=1)
    async def behind(self, interaction: Interaction, button: discord.ui.Button[Any]) -> None:
        async with answering(interaction, "job list"):
            earlier = (*self._page.earlier, self._page.cursor)
            await self._turn(interaction, await self._page.list.page(self._page.next, earlier))

    async def _turn(self, interaction: Interaction, page: Page) -> None:
        self.stop()
        await interaction.response.edit_message(embed=page.embed, view=JobListView(page))
