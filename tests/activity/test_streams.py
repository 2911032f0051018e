"""Any stream of events, with gaps, repeats, disorder and deaths: what is stored equals a simple model."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.activity.recent import Recent
from jobs.activity.recorder import LIVELY_MS, Recorder
from jobs.activity.sqlite import MIGRATIONS, SqliteActivityStore
from jobs.activity.store import quarter_of
from jobs.engine.backends.sqlite import SqliteDatabase
from jobs.engine.testing.clock import FakeClock
from jobs.services import snowflake_at
from tests.activity.stored import counts_of, memberships_of

GUILD, AFK = 1, None
START = 1_790_000_100_000
PEOPLE, TEXT, ROOMS = st.integers(1, 2), st.integers(5, 6), st.sampled_from([AFK, 7, 8])
NONE = st.just(0)
MOVE = st.tuples(st.just("move"), PEOPLE, ROOMS)
WAIT = st.tuples(st.just("wait"), st.integers(1, 2_000), NONE)
STEP = st.one_of(
    MOVE,
    MOVE,
    MOVE,
    WAIT,
    WAIT,
    WAIT,
    st.tuples(st.sampled_from(["say", "answer", "open a thread"]), PEOPLE, TEXT),
    st.tuples(st.just("say late"), PEOPLE, st.integers(1, 2_000)),
    st.tuples(st.just("react"), PEOPLE, st.integers(0, 3)),
    st.tuples(st.sampled_from(["join", "leave"]), PEOPLE, NONE),
    st.tuples(st.just("delete a room"), NONE, st.sampled_from([7, 8])),
    st.tuples(st.just("hear nothing"), st.integers(1, 200), NONE),
    st.tuples(st.just("repeat"), st.integers(1, 8), NONE),
    st.tuples(st.just("repeat in disorder"), st.integers(1, 8), NONE),
    st.tuples(st.sampled_from(["flush", "crash", "drop", "outage", "take up"]), NONE, NONE),
)
"""Most of what can go wrong takes somebody who is in voice, and time."""
Key = tuple[str, int, int, int]
"""Signal, channel (0 for comings and goings), member, quarter."""


class Model:
    """What must be stored. Voice is counted second by second, for all who are there."""

    def __init__(self) -> None:
        self.kept: Counter[Key] = Counter()
        self.fresh: Counter[Key] = Counter()
        self.seconds: list[tuple[int, int, int]] = []
        """Instant, channel and member of voice that is not stored."""
        self.where: dict[int, int] = {}
        self.beat = START

    def count(self, signal: str, channel: int, member: int, at: int) -> None:
        self.fresh[signal, channel, member, quarter_of(at)] += 1

    def move(self, member: int, channel: int | None) -> None:
        """Whoever is told to have moved was there until then, whatever becomes of the connection."""
        if self.where.get(member) == channel:
            return
        self.where.pop(member, None)
        self._count_voice([second for second in self.seconds if second[2] == member])
        if channel is not None:
            self.where[member] = channel

    def pass_second(self, at: int) -> None:
        self.seconds += [(at, channel, member) for member, channel in self.where.items()]

    def flush(self, heard: int) -> None:
        self.beat = heard
        self._count_seen()
        self.kept, self.fresh = self.kept + self.fresh, Counter()

    def drop(self) -> None:
        """Voice behind the last sign of life is not known."""
        self._count_seen()
        self.seconds = []

    def crash(self, now: int) -> None:
        self.fresh, self.seconds, self.beat = Counter(), [], now

    def _count_seen(self) -> None:
        self._count_voice([second for second in self.seconds if second[0] < self.beat])

    def _count_voice(self, seconds: list[tuple[int, int, int]]) -> None:
        for at, channel, member in seconds:
            self.fresh["voice_ms", channel, member, quarter_of(at)] += 1000
        counted = set(seconds)
        self.seconds = [second for second in self.seconds if second not in counted]


class Stage:
    """Tells a recorder and a model the same."""

    def __init__(self, store: SqliteActivityStore, clock: FakeClock) -> None:
        self.clock = clock
        self.store = store
        self.model = Model()
        self.recorder = self._begin()
        self.heard = clock.now()
        self.told: list[Callable[[], None]] = []
        """What the gateway said in this session, to be said again."""
        self.once: set[tuple[object, ...]] = set()
        """Reactions and joins that were told in this session."""
        self.present: dict[int, int] = {}
        """Who is in voice, whether or not anybody is there to see."""
        self.ids = count()

    def _begin(self) -> Recorder:
        return Recorder(self.store, self.clock, silent_ms=lambda: self.clock.now() - self.heard)

    async def play(self, action: str, one: int, two: int | None) -> None:
        now = self.clock.now()
        match action:
            case "say" | "answer" | "say late":
                late = action == "say late"
                at = now - (two or 0) * 1000 if late else now
                channel, reply = 5 if late else two or 5, action == "answer"
                id_ = snowflake_at(at) + next(self.ids)
                self._tell(lambda: self._say(channel, one, id_, reply))
                self.model.count("messages", channel, one, at)
                if reply:
                    self.model.count("replies", channel, one, at)
            case "open a thread":
                id_ = next(self.ids)
                self._tell(lambda: self._open_thread(two or 5, one, id_))
                self.model.count("threads", two or 5, one, now)
            case "react":
                message = two or 0
                self._tell(lambda: self._react(one, message))
                if (message, one) not in self.once:
                    self.once.add((message, one))
                    self.model.count("reactions", 5, one, now)
            case "join":
                self._tell(lambda: self.recorder.joined(guild_id=GUILD, member_id=one, joined_at=now, bot=False))
                self._join(one, now)
            case "leave":
                event = next(self.ids)
                self._tell(lambda: self.recorder.left(guild_id=GUILD, member_id=one, event=event, bot=False))
                self.model.count("leaves", 0, one, now)
                self._move(one, None)
            case "move":
                self._tell_move(one, two)
                self._move(one, two)
            case "delete a room":
                self.recorder.channel_gone(GUILD, two or 0)
                self.heard = now
                for member in [member for member, channel in self.present.items() if channel == two]:
                    self._move(member, None)
            case "wait" | "hear nothing":
                for second in range(one):
                    self.model.pass_second(now + second * 1000)
                self.clock.move_wall(one * 1000)
                if action == "wait":
                    self.heard = self.clock.now()
            case "repeat" | "repeat in disorder":
                again = self.told[-one:]
                for tell in reversed(again) if action == "repeat in disorder" else again:
                    tell()
                self.heard = now
            case "flush":
                await self.recorder.flush()
                self.model.flush(self.heard)
            case "drop" | "outage" | "take up":
                self.recorder.disconnected(GUILD if action == "outage" else None)
                self.model.drop()
                self._come_back(taken_up=action == "take up")
            case "crash":
                self.heard = now
                self.recorder = self._begin()
                self.model.crash(now)
                self.told, self.once = [], set()
                self._come_back()

    def _join(self, member: int, at: int) -> None:
        """Two joins of one instant are one join."""
        if ("join", member, at) not in self.once:
            self.once.add(("join", member, at))
            self.model.count("joins", 0, member, at)

    def _tell(self, tell: Callable[[], None]) -> None:
        tell()
        self.told.append(tell)
        self.heard = self.clock.now()

    def _tell_move(self, member: int, channel: int | None) -> None:
        self.recorder.voice(guild_id=GUILD, member_id=member, channel_id=channel, bot=False)
        self.heard = self.clock.now()

    def _say(self, channel: int, member: int, id_: int, reply: bool) -> None:
        self.recorder.message(
            guild_id=GUILD, channel_id=channel, member_id=member, message_id=id_, bot=False, reply=reply
        )

    def _open_thread(self, channel: int, member: int, id_: int) -> None:
        self.recorder.thread(guild_id=GUILD, channel_id=channel, member_id=member, thread_id=id_, bot=False)

    def _react(self, member: int, message: int) -> None:
        self.recorder.reaction(
            guild_id=GUILD, channel_id=5, member_id=member, message_id=message, emoji="🦊", bot=False
        )

    def _move(self, member: int, channel: int | None) -> None:
        self.present.pop(member, None)
        if channel is not None:
            self.present[member] = channel
        self.model.move(member, channel)

    def _come_back(self, *, taken_up: bool = False) -> None:
        """The gateway is there again and says who is in voice."""
        if taken_up:
            self.recorder.resumed([GUILD])
        else:
            self.recorder.connected(GUILD)
        self.recorder.voice_snapshot(GUILD, self.present)
        self.model.where = dict(self.present)
        self.heard = self.clock.now()


@settings(max_examples=100, deadline=None)
@given(steps=st.lists(STEP, min_size=10, max_size=40))
def test_any_stream_of_events_gives_the_totals_of_a_simple_model(steps: list[tuple[str, int, int | None]]) -> None:
    asyncio.run(_compare(steps))


async def _compare(steps: list[tuple[str, int, int | None]]) -> None:
    clock = FakeClock(START)
    database = SqliteDatabase(":memory:", migrations=MIGRATIONS)
    await database.open()
    try:
        stage = Stage(SqliteActivityStore(database), clock)
        for action, one, two in steps:
            await stage.play(action, one, two)
        await stage.recorder.stop()
        alive = clock.now() - stage.heard < LIVELY_MS
        stage.model.flush(clock.now() if alive else stage.heard)
        assert await _stored(database) == +stage.model.kept
    finally:
        await database.close()


async def _stored(database: SqliteDatabase) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for row in await counts_of(database, GUILD):
        for signal in ("messages", "voice_ms", "replies", "threads", "reactions"):
            found[signal, row.channel_id, row.member_id, row.quarter] += getattr(row, signal)
    for move in await memberships_of(database, GUILD):
        found["joins", 0, move.member_id, move.quarter] += move.joins
        found["leaves", 0, move.member_id, move.quarter] += move.leaves
    return +found


@given(st.lists(st.integers(0, 30)), st.integers(1, 5))
def test_what_is_among_the_newest_is_always_recognised_and_nothing_new_ever(told: list[int], kept: int) -> None:
    recent = Recent(kept)
    order: list[int] = []
    for what in told:
        if recent.is_new(what):
            assert what not in order[-kept:]
            order.append(what)
        else:
            assert what in order
    assert len(recent._new) <= kept
