"""Discord's message search, used only where its answer can be shown to be whole.

Source: Discord API documentation, "Search Guild Messages": it needs the Message Content intent, may answer that its
index is not ready (202), may return fewer than it found, and may be inaccurate. Invariant: what leaves here is exact,
or None.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import discord
from discord.http import Route

from bot.rest import read
from bot.services.messages import message_info
from jobs.engine.clock import Clock
from jobs.engine.waits import told_wait
from jobs.services import AccessDenied, Found, MessageInfo

log = logging.getLogger(__name__)

PAGE = 25
TRIES = 4
"""Questions while the index is not ready."""
SHORT_DELAY_S, LONGEST_DELAY_S = 1.0, 30.0
"""Discord says "a short delay" where it names 0 seconds; an index that needs longer is not waited for."""
ASKED_AGAIN_MS = 3_600_000
"""A guild where it was refused is not asked for so long: refusals count against the bot's address."""


class MessageSearch:
    """See the module."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._refused: dict[int, int] = {}
        """When (ms) a guild refused."""

    async def search(
        self, guild_id: int, channel_ids: Collection[int], *, after: int, before: int, most: int
    ) -> Found | None:
        """See `DiscordService.search`."""
        if self._clock.now() - self._refused.get(guild_id, -ASKED_AGAIN_MS) < ASKED_AGAIN_MS:
            return None
        found: dict[int, tuple[int, MessageInfo]] = {}
        total, place = 0, after
        while True:
            try:
                page = await self._page(guild_id, channel_ids, place, before)
            except AccessDenied:
                self._refused[guild_id] = self._clock.now()
                return None
            if page is None or page["doing_deep_historical_index"]:
                return None
            if place == after:
                total = page["total_results"]
                if total > most:
                    return Found(total, None)
            new = {id_: hit for id_, hit in _hits(page).items() if after < id_ < before and id_ not in found}
            found |= new
            if len(found) >= total or not new:
                break
            place = max(found)
        # Fewer or more than it said itself: the index is behind, or messages change at this moment.
        return _by_channel(found) if len(found) == total else None

    async def _page(
        self, guild_id: int, channel_ids: Collection[int], after: int, before: int
    ) -> Mapping[str, Any] | None:
        """The oldest ones behind `after`; None while the index is not ready."""
        places = [("channel_id", str(id_)) for id_ in sorted(channel_ids)]
        wanted = {"min_id": after, "max_id": before, "limit": PAGE}
        order = [("sort_by", "timestamp"), ("sort_order", "asc"), ("include_nsfw", "true")]
        params = [*places, *((name, str(value)) for name, value in wanted.items()), *order]
        route = Route("GET", "/guilds/{guild_id}/messages/search", guild_id=guild_id)
        for _ in range(TRIES):
            answer: Mapping[str, Any] = await read(self._clock, lambda: self._client.http.request(route, params=params))
            if "total_results" in answer:
                return answer
            delay_s = float(answer.get("retry_after") or SHORT_DELAY_S)
            if delay_s > LONGEST_DELAY_S:
                break
            log.info("the message index of guild %d is not ready; asking again in %g s", guild_id, delay_s)
            async with told_wait(delay_s):
                await self._clock.sleep(delay_s)
        return None


def _hits(page: Mapping[str, Any]) -> dict[int, tuple[int, MessageInfo]]:
    """By id: the channel and the message. Around a hit there may be others, which are none."""
    hits = [message for group in page["messages"] for message in group if message.get("hit", True)]
    return {int(message["id"]): (int(message["channel_id"]), message_info(message)) for message in hits}


def _by_channel(found: Mapping[int, tuple[int, MessageInfo]]) -> Found:
    channels: defaultdict[int, list[MessageInfo]] = defaultdict(list)
    for id_ in sorted(found):
        channel_id, message = found[id_]
        channels[channel_id].append(message)
    return Found(len(found), channels)
