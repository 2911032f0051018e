"""Discord's rules as pure functions: who may do what, and which messages people have written.

Source: Discord API documentation, "Permissions" and "Message Types".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

ALL = discord.Permissions.all().value
REPLY = 19
WRITTEN = frozenset({0, REPLY, 20, 23})
"""Types DEFAULT, REPLY, CHAT_INPUT_COMMAND and CONTEXT_MENU_COMMAND. The others are notices, or show a message of the
channel above, which is counted there (THREAD_STARTER_MESSAGE)."""


def by_person(author_bot: bool, webhook_id: object, type_: int) -> bool:
    """Whether a message counts as a person's: no bot's, no webhook's, no notice of Discord."""
    return not author_bot and webhook_id is None and type_ in WRITTEN


@dataclass(frozen=True, slots=True)
class Rules:
    """The permissions of one guild; `roles` maps role ids as Discord sends them to bits."""

    guild_id: int
    owner_id: int
    roles: Mapping[str, int]

    def of_guild(self, user_id: int, role_ids: Iterable[str]) -> int:
        """Guild-level bits of a member with these roles."""
        if user_id == self.owner_id:
            return ALL
        granted = self.roles[str(self.guild_id)]
        for role_id in role_ids:
            granted |= self.roles.get(role_id, 0)
        return ALL if discord.Permissions(granted).administrator else granted

    def of_channel(self, user_id: int, role_ids: Sequence[str], overwrites: Iterable[Mapping[str, Any]]) -> int:
        """Bits of the member in a channel with these overwrites; 0 where it cannot be seen."""
        granted = self.of_guild(user_id, role_ids)
        if granted == ALL:
            return ALL
        by_id = {overwrite["id"]: overwrite for overwrite in overwrites}
        granted = _overwritten(granted, [by_id[str(self.guild_id)]] if str(self.guild_id) in by_id else [])
        granted = _overwritten(granted, [by_id[role] for role in role_ids if role in by_id])
        granted = _overwritten(granted, [by_id[str(user_id)]] if str(user_id) in by_id else [])
        return granted if discord.Permissions(granted).view_channel else 0

    def seen_by_all(self, overwrites: Sequence[Mapping[str, Any]]) -> bool:
        """Whether no member is kept from seeing a channel with these overwrites, whatever roles they have."""
        denied = any(discord.Permissions(int(overwrite["deny"])).view_channel for overwrite in overwrites)
        return not denied and bool(discord.Permissions(self.of_channel(0, [], overwrites)).view_channel)


def _overwritten(granted: int, overwrites: Sequence[Mapping[str, Any]]) -> int:
    """Of one rank, all denials first, then all allowances."""
    for overwrite in overwrites:
        granted &= ~int(overwrite["deny"])
    for overwrite in overwrites:
        granted |= int(overwrite["allow"])
    return granted
