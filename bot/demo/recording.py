"""What the bot would have recorded had it been there: replays a made-up server's last days into the recorder.

Uses the real recorder and store, so the figures are those of a bot that ran. Invariant: nothing outside of the
given stretch is recorded, so the analysis has history left to read.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.sandbox import Guild, World
from bot.sandbox.permissions import sees
from jobs.activity.recorder import Recorder
from jobs.activity.store import ActivityStore
from jobs.engine.clock import SystemClock

FLUSH_EVERY_MS = 6 * 3_600_000


class ReplayClock(SystemClock):
    """Stands where the replay has got to."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at


@dataclass(frozen=True, slots=True, order=True)
class Happening:
    """A message sent, or a member's new place in voice."""

    at: int
    member_id: int
    channel_id: int | None
    message_id: int | None = None


async def record(store: ActivityStore, world: World, guild: Guild, since: int, until: int) -> None:
    """Record what happened in `guild` from `since` to `until` (ms), as its events would have told it."""
    clock = ReplayClock(since)
    recorder = Recorder(store, clock)
    seen = [c.id for c in guild.channels.values() if sees(guild, c, world.bot.id)]
    recorder.visible(guild.id, seen)
    recorder.connected(guild.id)
    flushed_at = since
    for happening in _happenings(guild, seen, since, until):
        clock.at = happening.at
        _tell(recorder, guild, happening)
        if clock.at - flushed_at >= FLUSH_EVERY_MS:
            flushed_at = clock.at
            await recorder.flush()
    clock.at = until
    await recorder.flush()


def _tell(recorder: Recorder, guild: Guild, happening: Happening) -> None:
    bot = guild.members[happening.member_id].user.bot
    if happening.message_id is None:
        recorder.voice(guild_id=guild.id, member_id=happening.member_id, channel_id=happening.channel_id, bot=bot)
    else:
        assert happening.channel_id is not None
        recorder.message(
            guild_id=guild.id,
            channel_id=happening.channel_id,
            member_id=happening.member_id,
            message_id=happening.message_id,
            bot=bot,
        )


def _happenings(guild: Guild, seen: Collection[int], since: int, until: int) -> Iterator[Happening]:
    return heapq.merge(_messages(guild, seen, since, until), _moves(guild, since, until), key=lambda h: h.at)


def _messages(guild: Guild, seen: Collection[int], since: int, until: int) -> Iterator[Happening]:
    for message in sorted(guild.truth, key=lambda message: message.id):
        if since <= message.at < until and message.by_person and message.channel_id in seen:
            yield Happening(message.at, message.author_id, message.channel_id, message.id)


def _moves(guild: Guild, since: int, until: int) -> Iterator[Happening]:
    moves = []
    for stay in guild.voice_sessions:
        if stay.until > since and stay.since < until:
            moves.append(Happening(max(stay.since, since), stay.member_id, stay.channel_id))
            moves.append(Happening(min(stay.until, until), stay.member_id, None))
    yield from sorted(moves, key=lambda move: (move.at, move.channel_id is not None))
