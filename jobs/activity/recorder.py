"""Counts what the gateway tells, in memory, and hands it to the store every few seconds.

Called synchronously from events, so it must be cheap and must not raise. Invariant: online time is
stored after the counts that were seen in it; a crash loses at most one interval of both and invents nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from jobs.activity.store import QUARTER_MS, ActivityStore, Count, View, quarter_of
from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError
from jobs.services import Interval, snowflake_time

log = logging.getLogger(__name__)

BATCH = 500
MAX_KEPT = 100_000
"""Counts held while the store does not take them; beyond it the oldest go, and with them their online time."""

STOOD_STILL_MS = 60_000
"""A pause between two flushes that is longer by this: the process or the machine was stopped, and heard nothing."""

Place = tuple[int, int, int, int]
"""Guild, channel, member, quarter."""


@dataclass(slots=True)
class Stay:
    """A member in a voice channel, counted up to `since` (ms)."""

    channel_id: int
    since: int


class Recorder:
    """See the module. `start` and `stop` run its flushing; all other calls are plain."""

    def __init__(self, store: ActivityStore, clock: Clock, *, flush_interval_s: float = 5.0) -> None:
        self._store = store
        self._clock = clock
        self._interval_s = flush_interval_s
        self._messages: dict[Place, int] = {}
        self._voice: dict[Place, int] = {}
        self._stays: dict[tuple[int, int], Stay] = {}
        self._online: dict[int, int] = {}
        """Since when (ms) each guild is seen and not flushed yet; the start of its online stretch."""
        self._ended: list[tuple[int, Interval]] = []
        self._seen: dict[int, frozenset[int]] = {}
        self._views: list[View] = []
        """What changed in what is visible and is not flushed yet, in order."""
        self._beat = clock.now()
        self._task: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_flushing(), name="activity-recorder")

    async def stop(self) -> None:
        """Flush and end; open stays are counted up to now."""
        if self._task is not None:
            # Cancelled in the middle of a write, a flush would not know what was taken and count it twice.
            async with self._flushing:
                self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        await self.flush()

    def connected(self, guild_id: int) -> None:
        """The gateway delivers this guild's events from now on."""
        self._online.setdefault(guild_id, self._clock.now())

    def visible(self, guild_id: int, channel_ids: Collection[int]) -> None:
        """The channels that show the bot their messages from now on; of others the gateway tells nothing."""
        view = View(guild_id, self._clock.now(), frozenset(channel_ids))
        if self._seen.get(guild_id) != view.channel_ids:
            self._seen[guild_id] = view.channel_ids
            self._views.append(view)

    def disconnected(self, guild_id: int | None = None) -> None:
        """Nothing is delivered any more, of one guild or (None) of all. What was open ends at the last sign of life."""
        for guild in [guild for guild in self._online if guild_id in (None, guild)]:
            since = self._online.pop(guild)
            if self._beat > since:
                self._ended.append((guild, Interval(since, self._beat)))
        for guild, member in [place for place in self._stays if guild_id in (None, place[0])]:
            self._count_voice(guild, member, self._stays.pop((guild, member)), self._beat)

    def message(self, *, guild_id: int, channel_id: int, member_id: int, message_id: int, bot: bool) -> None:
        """A message was sent; its time is that of its id."""
        if not bot:
            place = (guild_id, channel_id, member_id, quarter_of(snowflake_time(message_id)))
            self._messages[place] = self._messages.get(place, 0) + 1

    def voice(self, *, guild_id: int, member_id: int, channel_id: int | None, bot: bool) -> None:
        """Where a member is now. The same place again (a mute, a stream) changes nothing."""
        if bot:
            return
        stay = self._stays.get((guild_id, member_id))
        if stay is not None and stay.channel_id == channel_id:
            return
        now = self._clock.now()
        if stay is not None:
            self._count_voice(guild_id, member_id, stay, now)
            del self._stays[guild_id, member_id]
        if channel_id is not None:
            self._stays[guild_id, member_id] = Stay(channel_id, now)

    def voice_snapshot(self, guild_id: int, states: Mapping[int, int]) -> None:
        """All members in voice now, member to channel: stays open here that it does not name are over."""
        for gone in [member for guild, member in self._stays if guild == guild_id and member not in states]:
            self.voice(guild_id=guild_id, member_id=gone, channel_id=None, bot=False)
        for member_id, channel_id in states.items():
            self.voice(guild_id=guild_id, member_id=member_id, channel_id=channel_id, bot=False)

    async def flush(self) -> None:
        """Hand everything to the store; what it does not take is kept for the next time."""
        async with self._flushing:
            await self._flush()

    async def _flush(self) -> None:
        self._advance(self._clock.now())
        counts = [
            Count(*place, messages=self._messages.get(place, 0), voice_ms=self._voice.get(place, 0))
            for place in self._messages.keys() | self._voice.keys()
        ]
        # A clock that was put back may stand before the start of a stretch.
        seen = [(guild, since) for guild, since in self._online.items() if since < self._beat]
        online = [*self._ended, *((guild, Interval(since, self._beat)) for guild, since in seen)]
        try:
            await self._write(counts, online)
        except EngineError as error:
            log.warning("activity waits in memory: %s", error)
            self._bound()

    async def _write(self, counts: list[Count], online: list[tuple[int, Interval]]) -> None:
        ended, views = list(self._ended), list(self._views)
        for start in range(0, len(counts), BATCH):
            batch = counts[start : start + BATCH]
            await self._store.add_recorded(batch, [])
            for count in batch:
                self._take_out(count)
        # Last, so that no stretch is called seen whose counts did not arrive.
        await self._store.add_recorded([], online, views)
        del self._views[: len(views)]
        self._ended = [interval for interval in self._ended if interval not in ended]

    def _take_out(self, count: Count) -> None:
        place = (count.guild_id, count.channel_id, count.member_id, count.quarter)
        for amounts, amount in ((self._messages, count.messages), (self._voice, count.voice_ms)):
            left = amounts.pop(place, 0) - amount
            if left > 0:
                amounts[place] = left

    def _bound(self) -> None:
        if len(self._messages) + len(self._voice) > MAX_KEPT:
            log.error("activity of the last minutes is dropped: the database has not taken it for too long")
            self._messages.clear()
            self._voice.clear()
            self._ended.clear()
            self._online = dict.fromkeys(self._online, self._clock.now())

    def _advance(self, now: int) -> None:
        """Count open stays up to `now`; with this every guild online was seen until `now`."""
        for (guild_id, member_id), stay in self._stays.items():
            self._count_voice(guild_id, member_id, stay, now)
            stay.since = max(stay.since, now)
        self._beat = now

    def _count_voice(self, guild_id: int, member_id: int, stay: Stay, until: int) -> None:
        for quarter, amount in _split(stay.since, until):
            place = (guild_id, stay.channel_id, member_id, quarter)
            self._voice[place] = self._voice.get(place, 0) + amount

    async def _keep_flushing(self) -> None:
        while True:
            fell_asleep = self._clock.now()
            await self._clock.sleep(self._interval_s)
            if self._clock.now() - fell_asleep > self._interval_s * 1000 + STOOD_STILL_MS:
                self._stood_still()
            try:
                await self.flush()
            except Exception:
                log.exception("activity waits in memory; trying again")
                self._bound()

    def _stood_still(self) -> None:
        """What was open ends where it was last seen, and begins anew."""
        now, guilds, stays = self._clock.now(), list(self._online), dict(self._stays)
        self.disconnected()
        self._online = dict.fromkeys(guilds, now)
        self._stays = {place: Stay(stay.channel_id, now) for place, stay in stays.items()}


def _split(since: int, until: int) -> Iterator[tuple[int, int]]:
    """The milliseconds from `since` to `until`, by quarter."""
    while since < until:
        end = min(until, (quarter_of(since) + 1) * QUARTER_MS)
        yield quarter_of(since), end - since
        since = end
