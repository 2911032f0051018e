"""A small Discord in memory, to run handlers through the real engine; it pages and refuses as the real one does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field

from jobs.services import (
    AccessDenied,
    ChannelInfo,
    Found,
    GuildInfo,
    MemberInfo,
    MessageInfo,
    NotFound,
    ServiceUnavailable,
    snowflake_time,
)

ADMINISTRATOR = 1 << 3


@dataclass
class FakeDiscord:
    """See `DiscordService`. `broken` pages fail with an outage before they work; `after_page` sees each page."""

    info: GuildInfo
    people: list[MemberInfo] = field(default_factory=list)
    places: list[ChannelInfo] = field(default_factory=list)
    history: dict[int, list[MessageInfo]] = field(default_factory=dict)
    refusing: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    """Channels that were deleted since they were listed."""
    broken: int = 0
    permissions: int | None = ADMINISTRATOR
    pages: list[tuple[int, int]] = field(default_factory=list)
    may_search: bool = False
    searches: list[tuple[int, int]] = field(default_factory=list)
    archived: dict[int, list[tuple[int, ChannelInfo]]] = field(default_factory=dict)
    """By channel: threads, each with when (ms) it was archived."""

    async def guild(self, guild_id: int) -> GuildInfo:
        return self.info

    async def channels(self, guild_id: int) -> Sequence[ChannelInfo]:
        return self.places

    async def archived_threads(self, channel: ChannelInfo, *, since: int = 0) -> AsyncIterator[Sequence[ChannelInfo]]:
        for at, thread in self.archived.get(channel.id, []):
            if at >= since and channel.readable:
                yield [thread]

    async def search(
        self, guild_id: int, channel_ids: Collection[int], *, after: int, before: int, most: int
    ) -> Found | None:
        if not self.may_search:
            return None
        self.searches.append((len(channel_ids), after))
        found = {id_: [m for m in self.history.get(id_, []) if after < m.id < before] for id_ in channel_ids}
        total = sum(map(len, found.values()))
        return Found(total, found if total <= most else None)

    async def members(self, guild_id: int) -> AsyncIterator[Sequence[MemberInfo]]:
        for start in range(0, len(self.people), 1000):
            yield self.people[start : start + 1000]

    async def messages(
        self, channel_id: int, *, after: int = 0, before: int | None = None, limit: int = 100
    ) -> Sequence[MessageInfo]:
        if channel_id in self.refusing:
            raise AccessDenied("missing access")
        if channel_id in self.gone:
            raise NotFound("unknown channel")
        if self.broken:
            self.broken -= 1
            raise ServiceUnavailable("HTTP 503")
        self.pages.append((channel_id, after))
        page = [m for m in self.history.get(channel_id, []) if m.id > after][:limit]
        return [m for m in page if before is None or m.id < before]

    async def member_permissions(self, guild_id: int, user_id: int) -> int | None:
        return self.permissions


class FakeRights:
    """Administrators alone may start anything."""

    def __init__(self, discord: FakeDiscord) -> None:
        self._discord = discord

    async def may_start(self, guild_id: int, user_id: int, type_name: str) -> bool:
        permissions = await self._discord.member_permissions(guild_id, user_id)
        return permissions is not None and bool(permissions & ADMINISTRATOR)


def message(id_: int, author_id: int, *, by_person: bool = True) -> MessageInfo:
    """A message whose time is that of its id."""
    return MessageInfo(id_, author_id, by_person, snowflake_time(id_))
