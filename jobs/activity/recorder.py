"""Counts what the gateway tells, in memory, and hands it to the store every few seconds.

Called synchronously from events, so it must be cheap and must not raise. Invariant: online time is stored after the
counts that were seen in it; a crash loses at most one interval of both and invents nothing; what is told twice is
counted once, and of time that has not come yet nothing is called seen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Hashable, Mapping
from enum import IntEnum

from jobs.activity.pending import Pending
from jobs.activity.presence import Presence, Seen
from jobs.activity.recent import Recent
from jobs.activity.stays import Stays
from jobs.activity.store import EVERYTHING, UNSURE_MS, ActivityStore, Count, Membership, Source, quarter_of
from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError
from jobs.services import snowflake_time

log = logging.getLogger(__name__)

BATCH, GUILDS_AT_ONCE = 500, 50
MAX_KEPT = 100_000
"""Places held while the store does not take them; beyond it all go, and with them their online time."""

STOOD_STILL_MS = 60_000
"""A pause between two flushes that is longer by this: the process or the machine was stopped, and heard nothing."""
WARNED_AFTER = 10
"""Messages in a row that say that the machine's clock is wrong."""
LIVELY_MS = 60_000
"""A connection heard of this lately is alive: Discord asks for a sign of life every 41 s and answers it."""


class Sum(IntEnum):
    """Columns of what is counted by place, in the order of `Count`."""

    MESSAGES, VOICE_MS, REPLIES, THREADS, REACTIONS = range(5)


class Move(IntEnum):
    """Columns of what is counted by member, in the order of `Membership`."""

    JOINS, LEAVES = range(2)


class Recorder:
    """See the module. `start` and `stop` run its flushing; all other calls are plain.

    `sources` is what the gateway tells at all; `silent_ms()` for how long it has told nothing, not even a sign of life.
    """

    def __init__(
        self,
        store: ActivityStore,
        clock: Clock,
        *,
        flush_interval_s: float = 5.0,
        sources: Source = EVERYTHING,
        silent_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        self._store = store
        self._clock = clock
        self._interval_s = flush_interval_s
        self._sources = sources
        self._silent_ms = silent_ms
        self._counts = Pending(len(Sum))
        self._memberships = Pending(len(Move))
        self._recent = Recent()
        self._stays = Stays(self._count_voice)
        self._presence = Presence()
        self._beat = clock.now()
        """The last instant (ms) of which it is known that the gateway was there, as far as it was looked at."""
        self._looked_at = clock.now()
        self._doubtless: set[int] = set()
        """Guilds of which nothing is stored that a clock said which was ahead."""
        self._is_right = False
        """Whether a message has shown that the clock is right, since it began or was put back."""
        self._disagreeing = 0
        self._task: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_flushing(), name="activity-recorder")

    async def stop(self) -> None:
        """Flush and end; open stays are counted up to now, if the connection is alive."""
        if self._task is not None:
            # Cancelled in the middle of a write, a flush would not know what was taken and count it twice.
            async with self._flushing:
                self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        if self._silent_ms() < LIVELY_MS:
            self._silent_ms = lambda: 0
        await self.flush()

    def connected(self, guild_id: int) -> None:
        """The gateway delivers this guild's events from now on."""
        self._presence.begin(guild_id, self._clock.now())

    def resumed(self, guild_ids: Collection[int]) -> None:
        """The gateway delivers again, and has delivered what happened in these guilds since the connection was lost."""
        for guild_id in guild_ids:
            self._presence.take_up(guild_id, self._clock.now())

    def visible(self, guild_id: int, channel_ids: Collection[int]) -> None:
        """The channels that show the bot their messages from now on; of others the gateway tells nothing."""
        self._presence.show(guild_id, channel_ids, self._clock.now())

    def disconnected(self, guild_id: int | None = None) -> None:
        """Nothing is delivered any more, of one guild or (None) of all. What was open ends at the last sign of life."""
        if guild_id is None:
            self._presence.drop(self._beat)
        else:
            self._presence.lose(guild_id, self._beat)
        self._stays.forget(guild_id)

    def message(
        self, *, guild_id: int, channel_id: int, member_id: int, message_id: int, bot: bool, reply: bool = False
    ) -> None:
        """A message was sent; its time is that of its id."""
        if bot or not self._recent.is_new(message_id):
            return
        at = snowflake_time(message_id)
        if not self._is_right:
            self._compare(at)
        place = (guild_id, channel_id, member_id, quarter_of(at))
        self._counts.add(place, Sum.MESSAGES)
        if reply:
            self._counts.add(place, Sum.REPLIES)

    def thread(self, *, guild_id: int, channel_id: int, member_id: int, thread_id: int, bot: bool) -> None:
        """A thread was opened in `channel_id`. Its id may be that of an old message, so its time is now."""
        if not bot and self._recent.is_new(("thread", thread_id)):
            self._counts.add((guild_id, channel_id, member_id, quarter_of(self._clock.now())), Sum.THREADS)

    def reaction(
        self, *, guild_id: int, channel_id: int, member_id: int, message_id: int, emoji: Hashable, bot: bool
    ) -> None:
        """A reaction was given. Taken back and given again a moment later, it is one."""
        if not bot and self._recent.is_new((message_id, member_id, emoji)):
            self._counts.add((guild_id, channel_id, member_id, quarter_of(self._clock.now())), Sum.REACTIONS)

    def joined(self, *, guild_id: int, member_id: int, joined_at: int, bot: bool) -> None:
        """A member joined at instant `joined_at` (ms)."""
        if not bot and self._recent.is_new(("join", guild_id, member_id, joined_at)):
            self._memberships.add((guild_id, member_id, quarter_of(joined_at)), Move.JOINS)

    def left(self, *, guild_id: int, member_id: int, event: Hashable, bot: bool) -> None:
        """A member left, or was removed. `event` is the same when it is told again, and no other's."""
        if not bot and self._recent.is_new(("leave", event)):
            self.voice(guild_id=guild_id, member_id=member_id, channel_id=None, bot=bot)
            self._memberships.add((guild_id, member_id, quarter_of(self._clock.now())), Move.LEAVES)

    def voice(self, *, guild_id: int, member_id: int, channel_id: int | None, bot: bool) -> None:
        """Where a member is now. The same place again (a mute, a stream) changes nothing."""
        if not bot:
            self._stays.move(guild_id, member_id, channel_id, self._clock.now())

    def voice_snapshot(self, guild_id: int, states: Mapping[int, int]) -> None:
        """All members in voice now, member to channel: stays open here that it does not name are over."""
        self._stays.only(guild_id, states, self._clock.now())

    def channel_gone(self, guild_id: int, channel_id: int) -> None:
        """A channel was deleted; nobody is in it any more."""
        self._stays.empty(guild_id, channel_id, self._clock.now())

    async def flush(self) -> None:
        """Hand everything to the store; what it does not take is kept for the next time."""
        async with self._flushing:
            await self._flush()

    async def _flush(self) -> None:
        now = self._clock.now()
        if now < self._looked_at:
            self._put_back(now)
        self._looked_at = now
        # Up to the last sign of life, no further: a connection that died is noticed late.
        self._beat = now - self._silent_ms()
        self._stays.advance(self._beat)
        seen = self._presence.seen(self._beat)
        try:
            await self._forget_ahead(now)
            await self._write(seen)
        except EngineError as error:
            log.warning("activity waits in memory: %s", error)
            self._bound()

    async def _forget_ahead(self, now: int) -> None:
        doubted = sorted(self._presence.guild_ids - self._doubtless) if self._is_right else []
        for start in range(0, len(doubted), GUILDS_AT_ONCE):
            some = doubted[start : start + GUILDS_AT_ONCE]
            await self._store.forget_ahead(some, now)
            self._doubtless.update(some)

    async def _write(self, seen: Seen) -> None:
        counted, moved = self._counts.rows(), self._memberships.rows()
        for start in range(0, len(counted), BATCH):
            rows = counted[start : start + BATCH]
            await self._store.add_recorded([Count(*place, *sums) for place, sums in rows], [])
            self._counts.take_out(rows)
        for start in range(0, len(moved), BATCH):
            rows = moved[start : start + BATCH]
            await self._store.add_recorded([], [], memberships=[Membership(*place, *sums) for place, sums in rows])
            self._memberships.take_out(rows)
        # Last, so that no stretch is called seen whose counts did not arrive.
        await self._store.add_recorded([], seen.online, seen.views, sources=self._sources)
        if seen.told_late:
            await self._store.add_recorded([], seen.told_late, sources=self._sources & ~Source.VOICE)
        self._presence.take_out(seen)

    def _bound(self) -> None:
        if len(self._counts) + len(self._memberships) > MAX_KEPT:
            log.error("activity of the last minutes is dropped: the database has not taken it for too long")
            self._counts.clear()
            self._memberships.clear()
            self._presence.forget(self._clock.now())

    def _compare(self, at: int) -> None:
        """Discord's clock showed `at` (ms) a moment ago."""
        apart_ms = self._clock.now() - at
        self._is_right = abs(apart_ms) < UNSURE_MS // 2
        # One that was told late says nothing of the clock; so many do.
        self._disagreeing = 0 if self._is_right else self._disagreeing + 1
        if self._disagreeing == WARNED_AFTER:
            log.warning(
                "the machine's clock is %d s %s: let a time service set it, or activity is missed where a run ends",
                abs(apart_ms) // 1000,
                "ahead" if apart_ms > 0 else "behind",
            )

    def _count_voice(self, guild_id: int, channel_id: int, member_id: int, quarter: int, amount: int) -> None:
        self._counts.add((guild_id, channel_id, member_id, quarter), Sum.VOICE_MS, amount)

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

    def _put_back(self, now: int) -> None:
        """The clock stood ahead and shows an earlier time: what it said of the time after `now` has not come yet."""
        self._stays.put_back(now)
        self._presence.put_back(now)
        self._doubtless.clear()
        self._is_right = False

    def _stood_still(self) -> None:
        """What was open ends where it was last seen, and begins anew."""
        now = self._clock.now()
        self._presence.begin_anew(self._beat, now)
        self._stays.begin_anew(now)
