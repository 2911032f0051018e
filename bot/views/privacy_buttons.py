"""The buttons under the questions of `/privacy`: erase, keep, be counted again.

Where they act is where they are pressed: in a server for that server, in a direct message for all of them. Invariant:
the id of a button is not trusted; whom somebody may erase is looked up at the press.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, Self, TypeAlias

import aiohttp
import discord

from bot.answers import answering
from bot.desk import Desk, desk_of, words_for
from bot.guards import Caller, caller_of, is_operator
from bot.languages import Words
from bot.problems import Problem
from jobs.activity.members import EVERYWHERE
from jobs.engine.errors import QueueFull

Interaction = discord.Interaction[Any]
Action: TypeAlias = Literal["erase", "keep", "back"]
LOOKS: dict[Action, tuple[str, discord.ButtonStyle]] = {
    "erase": ("erase-button", discord.ButtonStyle.danger),
    "keep": ("button-keep", discord.ButtonStyle.secondary),
    "back": ("count-me-button", discord.ButtonStyle.primary),
}
WAIT_S = 20.0
"""How long the answer waits for the erasure before it says that it goes on by itself."""


class PrivacyButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=re.compile(r"privacy:(?P<action>[a-z]+):(?P<member>\d+)")
):
    """One button, about one member."""

    def __init__(self, action: str, member_id: int, item: discord.ui.Button[Any]) -> None:
        super().__init__(item)
        self._action = action
        self._member_id = member_id

    @classmethod
    def made(cls, action: Action, member_id: int, words: Words) -> Self:
        """A new one."""
        key, style = LOOKS[action]
        custom_id = f"privacy:{action}:{member_id}"
        return cls(action, member_id, discord.ui.Button(label=words(key), style=style, custom_id=custom_id))

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, discord.ui.Button)
        return cls(match["action"], int(match["member"]), item)

    async def callback(self, interaction: Interaction) -> None:
        async with answering(interaction, f"privacy button {self._action}"):
            await self._pressed(interaction)

    async def _pressed(self, interaction: Interaction) -> None:
        words = await words_for(interaction)
        if self._action == "keep":
            await interaction.response.edit_message(content=words("confirm-kept"), view=None)
        elif self._action == "erase":
            await interaction.response.defer()
            await check_may_erase(interaction, self._member_id)
            sentence = await erase(interaction, desk_of(interaction), self._member_id, words)
            await interaction.edit_original_response(content=sentence, view=None)
        elif self._action == "back" and self._member_id == interaction.user.id:
            await interaction.response.defer()
            sentence = await count_again(interaction, words)
            await interaction.edit_original_response(content=sentence, view=None)
        else:
            raise Problem("button-gone")


def privacy_view(actions: Sequence[Action], member_id: int, words: Words) -> discord.ui.View:
    """Buttons that outlive a restart."""
    view = discord.ui.View(timeout=None)
    for action in actions:
        view.add_item(PrivacyButton.made(action, member_id, words))
    return view


def place_of(interaction: Interaction) -> int:
    """The guild that a command or a press is about; everywhere in a direct message. Raises `Problem`."""
    return EVERYWHERE if interaction.guild_id is None else caller_of(interaction).guild_id


async def check_may_erase(interaction: Interaction, member_id: int) -> None:
    """Everybody for themselves; an administrator or the operator for who is not in the server (any more).

    Raises `Problem`.
    """
    if member_id == interaction.user.id:
        return
    caller = caller_of(interaction)
    if not caller.administrator and not is_operator(interaction):
        raise Problem("administrators-only")
    assert interaction.guild is not None
    try:
        await interaction.guild.fetch_member(member_id)
    except discord.NotFound:
        return
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        raise Problem("try-in-a-minute") from None
    raise Problem("member-is-here", user=f"<@{member_id}>")


async def erase(interaction: Interaction, desk: Desk, member_id: int, words: Words) -> str:
    """Have it done; the sentence about what was done, or that it goes on. Raises `Problem`."""
    place = place_of(interaction)
    desk.quotas.count_command(Caller(place, interaction.user.id, administrator=False))
    try:
        erased = await desk.members.request_and_wait(place, member_id, interaction.user.id, WAIT_S)
    except QueueFull as full:
        raise Problem("queue-full", limit=full.limit) from None
    if erased is None:
        return words("erasing")
    lines = [words("erased", **{name: erased[name] for name in ("counts", "jobs", "rewritten", "deleted")})]
    if erased["running"]:
        lines.append(words("erased-running", n=erased["running"]))
    return " ".join(lines)


async def count_again(interaction: Interaction, words: Words) -> str:
    """Opt in; the sentence about it. Raises `Problem`."""
    place = place_of(interaction)
    members = desk_of(interaction).activity.members
    back_at = await members.opt_in(place, interaction.user.id)
    wish = await members.wish(place, interaction.user.id)
    if wish.out_everywhere:
        raise Problem("opted-out-everywhere")
    if back_at is None:
        raise Problem("counted-already")
    return words("opted-in", when=f"<t:{back_at // 1000}:t>")
