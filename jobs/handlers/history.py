"""Reading the history of channels for a job: which threads there are, what is missing, how far it is.

What was read is kept by the activity service, page by page, with its place: nothing here has to be kept for the next
attempt but who refused. Invariant: a channel that refuses stops no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from jobs.engine.model import JsonValue
from jobs.engine.registry import JobContext, StageContext
from jobs.services import AccessDenied, ChannelInfo, DiscordService, Interval, NotFound, Services

DAY_MS = 86_400_000


async def archived_threads(
    discord: DiscordService, channels: Iterable[ChannelInfo], since: int
) -> AsyncIterator[ChannelInfo]:
    """Threads of these channels that were archived at instant `since` (ms) or later; a channel that is gone or
    refuses meanwhile has none."""
    for channel in channels:
        try:
            async for page in discord.archived_threads(channel, since=since):
                for thread in page:
                    yield thread
        except (AccessDenied, NotFound):
            continue


class HistoryReading:
    """Reads channels one after the other and says how far it is, in days of history over all of them."""

    def __init__(
        self,
        ctx: JobContext[Services],
        stage: StageContext,
        guild_id: int,
        within: Interval,
        *,
        begins: Mapping[int, int] | None = None,
    ) -> None:
        """`begins`: for channels that are younger than `within`, since when (ms) there can be anything."""
        self._ctx = ctx
        self._stage = stage
        self._activity = ctx.services.activity
        self._guild_id = guild_id
        self._within = within
        self._begins = begins or {}
        self._left_ms: dict[int, int] = {}
        """What is left to read, by channel, in ms of history."""
        self._channels: Sequence[ChannelInfo] = ()
        self._total_ms = 0

    async def start(self, channels: Sequence[ChannelInfo]) -> None:
        """Look at what is missing; the total is that of the first attempt."""
        self._channels = channels
        missing = await self._activity.missing(self._guild_id, {channel.id: self._of(channel) for channel in channels})
        self._left_ms = await asyncio.to_thread(_lengths, missing)

        async def total() -> JsonValue:
            return sum(self._left_ms.values())

        kept = await self._ctx.once("history", total)
        assert isinstance(kept, int)
        self._total_ms = max(kept, sum(self._left_ms.values()))
        self._stage.set_total(_days(self._total_ms))

    async def run(self) -> set[int]:
        """Read everything. Answers with the channels that refused."""
        await self._search()
        kept = await self._ctx.load("refused")
        refused = {int(str(id_)) for id_ in kept} if isinstance(kept, list) else set()
        for number, channel in enumerate(self._channels, start=1):
            if channel.id not in refused and self._left_ms[channel.id]:
                try:
                    await self._read(channel, number)
                except (AccessDenied, NotFound):
                    refused.add(channel.id)
                    await self._ctx.checkpoint("refused", [str(id_) for id_ in sorted(refused)])
            self._left_ms[channel.id] = 0
            await self._stage.reach(self._reached())
        return refused

    async def _search(self) -> None:
        """What many channels miss at the same time, in a few requests instead of one or more a channel."""
        # Of threads and rooms it is not documented whether a search for their ids finds all they hold.
        searched = [channel.id for channel in self._channels if channel.kind in ("text", "announcement")]
        counted = await self._activity.search(self._guild_id, searched, self._within)
        if counted:
            self._stage.count("ok", counted)
            await self.start(self._channels)

    async def _read(self, channel: ChannelInfo, number: int) -> None:
        # A name that not everyone may read stays out of a message that everyone can.
        name = f"#{channel.name}" if channel.everyone else "a private channel"
        await self._stage.say(f"{name} ({number} of {len(self._channels)})")
        within, newest = self._of(channel), channel.last_message_id
        async for page in self._activity.crawl(self._guild_id, channel.id, within, newest=newest):
            self._stage.count("ok", page.counted)
            self._stage.count("skipped", page.messages - page.counted)
            self._left_ms[channel.id] -= page.read_ms
            await self._stage.reach(self._reached())

    def _of(self, channel: ChannelInfo) -> Interval:
        since = max(self._within.since, self._begins.get(channel.id, 0))
        return Interval(min(since, self._within.until), self._within.until)

    def _reached(self) -> int:
        return max(0, _days(self._total_ms) - _days(sum(self._left_ms.values())))


def _lengths(missing: Mapping[int, Sequence[Interval]]) -> dict[int, int]:
    """Of all gaps of a channel together, in ms."""
    return {id_: sum(gap.until - gap.since for gap in gaps) for id_, gaps in missing.items()}


def _days(ms: int) -> int:
    """Days begun."""
    return -(-ms // DAY_MS)
