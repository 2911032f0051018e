"""`DiscordService` by REST alone, so that it works without the gateway and its cache.

Knows no job. Invariant: what cannot be read is said with `AccessDenied`, for Discord answers with an empty page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.rest import read
from bot.services.messages import message_info
from bot.services.rules import Rules
from bot.services.search import MessageSearch
from jobs.engine.clock import Clock
from jobs.services import AccessDenied, ChannelInfo, Found, GuildInfo, MemberInfo, MessageInfo, NotFound

MEMBERS_A_PAGE = 1000
KINDS: Mapping[int, str] = {
    0: "text", 2: "voice", 5: "announcement", 10: "thread", 11: "thread", 12: "thread", 13: "stage", 15: "forum",
    16: "forum",
}  # fmt: skip
"""Types of channels that hold messages, and forums, whose threads do (Discord API reference, "Channel Types")."""
PRIVATE_THREAD = 12
WITH_THREADS = frozenset({"text", "announcement", "forum"})
THREADS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one member in one guild."""

    permissions: int
    """Bits of the whole guild, no channel's."""
    roles: frozenset[int]

    @property
    def administrator(self) -> bool:
        return discord.Permissions(self.permissions).administrator


class DiscordClientService:
    """See `DiscordService`. `client` must be logged in; it need not be connected. `may_search`: the application has the
    Message Content intent, without which Discord lets no bot search."""

    def __init__(self, client: discord.Client, clock: Clock, *, may_search: bool = False) -> None:
        self._client = client
        self._clock = clock
        self._search = MessageSearch(client, clock) if may_search else None

    async def guild(self, guild_id: int) -> GuildInfo:
        data = await read(self._clock, lambda: self._client.http.get_guild(guild_id, with_counts=False))
        me = await self._member(guild_id, self._me)
        return GuildInfo(guild_id, data["name"], int(data["owner_id"]), _instant(me["joined_at"]) or 0, guild_id)

    async def channels(self, guild_id: int) -> Sequence[ChannelInfo]:
        return await self._listed(guild_id, threads=True)

    async def _listed(self, guild_id: int, *, threads: bool = False) -> Sequence[ChannelInfo]:
        http = self._client.http
        rules = await self._rules(guild_id)
        me = await self._member(guild_id, self._me)
        found = await read(self._clock, lambda: http.get_all_guild_channels(guild_id))
        active = (await read(self._clock, lambda: http.get_active_threads(guild_id)))["threads"] if threads else []
        parents: dict[str, Any] = {channel["id"]: channel for channel in found}
        return [
            _channel_info(channel, parents.get(channel.get("parent_id") or "", {}), rules, me)
            for channel in (*found, *active)
            if channel["type"] in KINDS
        ]

    async def archived_threads(self, channel: ChannelInfo, *, since: int = 0) -> AsyncIterator[Sequence[ChannelInfo]]:
        http = self._client.http
        if channel.kind not in WITH_THREADS or not channel.readable:
            return
        async for page in self._archived(channel, http.get_public_archived_threads, since):
            yield page
        if channel.kind == "text":
            # Those let into are listed by their age, so an old one may have been archived lately.
            private = http.get_private_archived_threads if channel.all_threads else None
            listed = self._archived(channel, private, since) if private else self._joined(channel, since)
            async for page in listed:
                yield page

    async def _archived(
        self, channel: ChannelInfo, ask: Callable[..., Any], since: int
    ) -> AsyncIterator[Sequence[ChannelInfo]]:
        """Newest first by when they were archived."""
        before: str | None = None
        while True:
            answer = await read(self._clock, lambda: ask(channel.id, before, THREADS_A_PAGE))  # noqa: B023
            threads = [thread for thread in answer["threads"] if _archived_at(thread) >= since]
            if threads:
                yield [_thread_info(thread, channel) for thread in threads]
            if not answer["has_more"] or len(threads) < len(answer["threads"]):
                return
            before = answer["threads"][-1]["thread_metadata"]["archive_timestamp"]

    async def _joined(self, channel: ChannelInfo, since: int) -> AsyncIterator[Sequence[ChannelInfo]]:
        """Newest first by when they were made."""
        before: int | None = None
        while True:
            ask = self._client.http.get_joined_private_archived_threads
            answer = await read(self._clock, lambda: ask(channel.id, before, THREADS_A_PAGE))  # noqa: B023
            threads = [thread for thread in answer["threads"] if _archived_at(thread) >= since]
            if threads:
                yield [_thread_info(thread, channel) for thread in threads]
            if not answer["has_more"] or not answer["threads"]:
                return
            before = int(answer["threads"][-1]["id"])

    async def members(self, guild_id: int) -> AsyncIterator[Sequence[MemberInfo]]:
        after = 0
        while True:
            behind = after or None
            page = await read(
                self._clock,
                lambda: self._client.http.get_members(guild_id, MEMBERS_A_PAGE, behind),  # noqa: B023
            )
            if page:
                yield [_member_info(member) for member in page]
            if len(page) < MEMBERS_A_PAGE:
                return
            after = max(int(member["user"]["id"]) for member in page)

    async def messages(
        self, channel_id: int, *, after: int = 0, before: int | None = None, limit: int = 100
    ) -> Sequence[MessageInfo]:
        # `after=0` would be read as "no place given", which is the newest page.
        page = await read(self._clock, lambda: self._client.http.logs_from(channel_id, limit, after=max(after, 1)))
        if not page:
            await self._check_history(channel_id)
        found = sorted((message_info(message) for message in page), key=lambda message: message.id)
        return [message for message in found if before is None or message.id < before]

    @property
    def may_search(self) -> bool:
        return self._search is not None

    async def search(
        self, guild_id: int, channel_ids: Collection[int], *, after: int, before: int, most: int
    ) -> Found | None:
        if self._search is None:
            return None
        found = await self._search.search(guild_id, channel_ids, after=after, before=before, most=most)
        if found is not None and found.messages is not None and not found.messages.keys() >= set(channel_ids):
            # Of a channel that may not be read any more nothing is found, as if nothing were there.
            readable = {channel.id for channel in await self._listed(guild_id) if channel.readable}
            return found if readable.issuperset(channel_ids) else None
        return found

    async def _check_history(self, channel_id: int) -> None:
        """Raises `AccessDenied` where an empty page means that the bot may not read, and not that nothing is there."""
        http = self._client.http
        channel: Mapping[str, Any] = await read(self._clock, lambda: http.get_channel(channel_id))
        if "guild_id" not in channel:
            return
        guild_id, parent = int(channel["guild_id"]), dict[str, Any]()
        if KINDS.get(channel["type"]) == "thread":
            parent_id = int(channel["parent_id"])
            parent = dict(await read(self._clock, lambda: http.get_channel(parent_id)))
        rules, me = await self._rules(guild_id), await self._member(guild_id, self._me)
        if not _channel_info(channel, parent, rules, me).readable:
            raise AccessDenied("the history may not be read any more")

    async def member_permissions(self, guild_id: int, user_id: int) -> int | None:
        standing = await self.standing(guild_id, user_id)
        return None if standing is None else standing.permissions

    async def standing(self, guild_id: int, user_id: int) -> Standing | None:
        """A member's roles and guild-level rights as they are now; None when they are not there.

        Raises `ServiceUnavailable`, `AccessDenied` and `NotFound`.
        """
        rules = await self._rules(guild_id)
        try:
            member = await self._member(guild_id, user_id)
        except NotFound:
            return None
        return Standing(rules.of_guild(user_id, member["roles"]), frozenset(int(role) for role in member["roles"]))

    @property
    def _me(self) -> int:
        assert self._client.user is not None, "the client is logged in before jobs run"
        return self._client.user.id

    async def _member(self, guild_id: int, user_id: int) -> Mapping[str, Any]:
        return await read(self._clock, lambda: self._client.http.get_member(guild_id, user_id))

    async def _rules(self, guild_id: int) -> Rules:
        data = await read(self._clock, lambda: self._client.http.get_guild(guild_id, with_counts=False))
        roles = {str(role["id"]): int(role["permissions"]) for role in data["roles"]}
        return Rules(guild_id, int(data["owner_id"]), roles)


def _channel_info(
    channel: Mapping[str, Any], parent: Mapping[str, Any], rules: Rules, me: Mapping[str, Any]
) -> ChannelInfo:
    thread = KINDS[channel["type"]] == "thread"
    overwrites = (parent if thread else channel).get("permission_overwrites", [])
    mine = rules.of_channel(int(me["user"]["id"]), me["roles"], overwrites)
    manages = discord.Permissions(manage_threads=True).value
    needed = discord.Permissions(view_channel=True, read_message_history=True)
    if KINDS[channel["type"]] in ("voice", "stage"):
        needed.connect = True
    return ChannelInfo(
        id=int(channel["id"]),
        name=channel["name"],
        kind=KINDS[channel["type"]],
        readable=mine & needed.value == needed.value,
        everyone=rules.seen_by_all(overwrites) and channel["type"] != PRIVATE_THREAD,
        parent_id=_id(channel.get("parent_id")),
        last_message_id=_id(channel.get("last_message_id")),
        all_threads=bool(mine & manages),
    )


def _thread_info(thread: Mapping[str, Any], parent: ChannelInfo) -> ChannelInfo:
    """An archived thread of a channel that can be read."""
    return ChannelInfo(
        id=int(thread["id"]),
        name=thread["name"],
        kind=KINDS[thread["type"]],
        readable=True,
        everyone=parent.everyone and thread["type"] != PRIVATE_THREAD,
        parent_id=parent.id,
        last_message_id=_id(thread.get("last_message_id")),
    )


def _archived_at(thread: Mapping[str, Any]) -> int:
    return _instant(thread["thread_metadata"]["archive_timestamp"]) or 0


def _id(text: str | None) -> int | None:
    return int(text) if text else None


def _member_info(member: Mapping[str, Any]) -> MemberInfo:
    user = member["user"]
    return MemberInfo(
        id=int(user["id"]),
        name=member.get("nick") or user.get("global_name") or user["username"],
        bot=bool(user.get("bot")),
        joined_at=_instant(member.get("joined_at")),
        role_ids=tuple(int(role) for role in member["roles"]),
    )


def _instant(text: str | None) -> int | None:
    moment = discord.utils.parse_time(text)
    return None if moment is None else round(moment.timestamp() * 1000)
