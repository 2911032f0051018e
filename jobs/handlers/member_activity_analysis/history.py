"""Reading what nobody recorded, channel by channel, with how far it is.

Invariant: what was read is kept page by page, and a channel that refused is not asked again by a later attempt.
"""

from __future__ import annotations

from collections.abc import Sequence

from jobs.engine.model import JsonValue
from jobs.engine.registry import JobContext, StageContext
from jobs.services import AccessDenied, ChannelInfo, Interval, NotFound, Services

DAY_MS = 86_400_000


class HistoryReading:
    """Reads channels one after the other and says how far it is, in days of history over all of them."""

    def __init__(self, ctx: JobContext[Services], stage: StageContext, guild_id: int, within: Interval) -> None:
        self._ctx = ctx
        self._stage = stage
        self._activity = ctx.services.activity
        self._guild_id = guild_id
        self._within = within
        self._left_ms: dict[int, int] = {}
        """What is left to read, by channel, in ms of history."""
        self._channels: Sequence[ChannelInfo] = ()
        self._total_ms = 0

    async def start(self, channels: Sequence[ChannelInfo]) -> None:
        """Look at what is missing; the total is that of the first attempt."""
        self._channels = channels
        for channel in channels:
            gaps = await self._activity.missing(self._guild_id, channel.id, self._within)
            self._left_ms[channel.id] = sum(gap.until - gap.since for gap in gaps)

        async def total() -> JsonValue:
            return sum(self._left_ms.values())

        kept = await self._ctx.once("history", total)
        assert isinstance(kept, int)
        self._total_ms = max(kept, sum(self._left_ms.values()))
        self._stage.set_total(_days(self._total_ms))

    async def run(self) -> set[int]:
        """Read everything. Answers with the channels that refused."""
        kept = await self._ctx.load("refused")
        refused = {int(str(id_)) for id_ in kept} if isinstance(kept, list) else set()
        for channel in self._channels:
            if channel.id not in refused:
                try:
                    await self._read(channel)
                except (AccessDenied, NotFound):
                    refused.add(channel.id)
                    await self._ctx.checkpoint("refused", [str(id_) for id_ in sorted(refused)])
            self._left_ms[channel.id] = 0
            await self._stage.reach(self._reached())
        return refused

    async def _read(self, channel: ChannelInfo) -> None:
        # A name that not everyone may read stays out of a message that everyone can.
        await self._stage.say(f"#{channel.name}" if channel.everyone else "a private channel")
        async for page in self._activity.crawl(self._guild_id, channel.id, self._within):
            self._stage.count("ok", page.counted)
            self._stage.count("skipped", page.messages - page.counted)
            self._left_ms[channel.id] -= page.read_ms
            await self._stage.reach(self._reached())

    def _reached(self) -> int:
        return max(0, _days(self._total_ms) - _days(sum(self._left_ms.values())))


def _days(ms: int) -> int:
    """Days begun."""
    return -(-ms // DAY_MS)
