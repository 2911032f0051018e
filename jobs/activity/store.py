"""The values of activity and the store's protocol.

A *quarter* is a quarter of an hour, numbered from the epoch in UTC, so that every time zone's day is exact.
Invariant: what a member who opted out does is never kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Protocol

from jobs.services import Interval

QUARTER_MS = 900_000
UNSURE_MS = 120_000
"""At both ends of what the recorder saw: clocks differ, and a connection that died is noticed up to 100 s later."""


def quarter_of(at: int) -> int:
    """The quarter that instant `at` (ms) lies in."""
    return at // QUARTER_MS


class Source(IntFlag):
    """What the gateway tells a recorder; which of it depends on the intents that the operator has switched on."""

    MESSAGES = 1
    VOICE = 2
    REACTIONS = 4
    MEMBERS = 8
    """Joins and leaves."""


ANYTHING = Source(0)
EVERYTHING = Source.MESSAGES | Source.VOICE | Source.REACTIONS | Source.MEMBERS


@dataclass(frozen=True, slots=True)
class Count:
    """What one member did in one channel or thread in one quarter; amounts to be added to what is there."""

    guild_id: int
    channel_id: int
    member_id: int
    quarter: int
    messages: int = 0
    voice_ms: int = 0
    replies: int = 0
    """Of the messages, those that answer another one."""
    threads: int = 0
    """Threads opened in this channel."""
    reactions: int = 0
    """Reactions given to messages of this channel."""


@dataclass(frozen=True, slots=True)
class Membership:
    """How often one member came and went in one quarter; amounts to be added."""

    guild_id: int
    member_id: int
    quarter: int
    joins: int = 0
    leaves: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """From instant `at` (ms) on, exactly these channels of a guild show the bot their messages."""

    guild_id: int
    at: int
    channel_ids: frozenset[int]


class ActivityStore(Protocol):
    """Keeps counts that were recorded live, and when the recorder was there to see."""

    async def add_recorded(
        self,
        counts: Sequence[Count],
        online: Sequence[tuple[int, Interval]],
        views: Sequence[View] = (),
        memberships: Sequence[Membership] = (),
        sources: Source = EVERYTHING,
    ) -> None:
        """Add counts, the guilds' online stretches with what was listened to, and what was visible: all or nothing.

        Opted-out members are left out.
        """

    async def forget_ahead(self, guild_ids: Collection[int], at: int) -> None:
        """Nothing was seen yet of the time after instant `at` (ms), whatever a clock said that was ahead."""

    async def online(self, guild_id: int, within: Interval, sources: Source = ANYTHING) -> Sequence[Interval]:
        """When the recorder saw this guild and listened to all of `sources`, cut to `within`, in order and without
        overlap."""

    async def recorded_times(self, guild_id: int, channel_id: int, within: Interval) -> Sequence[Interval]:
        """When the recorder was told what is written in this channel, cut to `within`, in order, without overlap."""

    async def views(self, guild_id: int, until: int) -> Mapping[int, Sequence[Interval]]:
        """When each channel showed the bot its messages up to instant `until` (ms), whether or not it was there."""

    async def opted_out(self, guild_id: int) -> Collection[int]: ...

    async def known_since(self, guild_id: int) -> Mapping[int, int]:
        """Members of whom nothing is kept from before an instant (ms): they are back, or had it erased."""
