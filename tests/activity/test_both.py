"""A recorder and a crawler beside each other on one server, whatever happens to either: every message is counted once.

Messages come all the time, and are told and listed as Discord does it, so that a moment which is called seen and was not
shows as a message that nobody counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.activity.recorder import Recorder
from jobs.activity.store import QUARTER_MS
from jobs.services import AccessDenied, Interval, MessageInfo, snowflake_at
from tests.activity.test_crawl import GUILD, START, Desk
from tests.handlers.fakes import message

CHANNELS = (10, 11)
MEMBERS = (100, 101, 102)
OFTEN_OUT = MEMBERS[2]
EVER = Interval(START - 10 * QUARTER_MS, START + 10_000 * QUARTER_MS)
EVERY_S = 15
"""A message in each channel."""
EVENTS = (
    "nothing", "dropped and resumed", "dropped and a new session", "dead and resumed", "dead and a new session",
    "hidden while it was dropped", "hidden while it was away", "hidden", "died", "outage", "read", "read in part",
    "opted out", "opted in", "deleted",
)  # fmt: skip
STEPS = st.lists(st.tuples(st.integers(0, 45), st.sampled_from(EVENTS), st.integers(1, 150)), max_size=10)
Step: TypeAlias = tuple[int, str, int]
"""Minutes in which everything is well, what happens then, and for how many seconds."""


class Server:
    """What Discord knows, and how its clock differs; tells the recorder while somebody listens."""

    def __init__(self, desk: Desk, skew_ms: int) -> None:
        self.desk, self.clock, self.skew_ms = desk, desk.clock, skew_ms
        self.sent: Counter[int] = Counter()
        self.deleted: Counter[int] = Counter()
        self.shown = set(CHANNELS)
        self.untold: list[Callable[[], None]] | None = None
        """What a session that is taken up again is told; None while somebody listens."""
        self.heard = self.clock.now()
        self.recorder = self._recorder()
        self.number = 0
        desk.discord.history = {channel: [] for channel in CHANNELS}
        self.begin()

    def _recorder(self) -> Recorder:
        return Recorder(self.desk.store, self.clock, silent_ms=lambda: self.clock.now() - self.heard)

    def begin(self) -> None:
        """A new session: what the last one was not told, nobody is."""
        self.untold, self.heard = None, self.clock.now()
        self._look()
        self.recorder.connected(GUILD)

    def resume(self) -> None:
        untold, self.untold = self.untold or [], None
        for tell in untold:
            self._tell(tell)
        self.heard = self.clock.now()
        self.recorder.resumed([GUILD])

    def hide(self, *channels: int) -> None:
        self.shown = set(CHANNELS) - set(channels)
        self._look()

    def _look(self) -> None:
        shown = set(self.shown)
        self._tell(lambda: self.recorder.visible(GUILD, shown))

    def _tell(self, what: Callable[[], None]) -> None:
        if self.untold is None:
            what()
            self.heard = self.clock.now()
        else:
            self.untold.append(what)

    def say(self, channel: int) -> None:
        self.number += 1
        id_ = snowflake_at(self.clock.now() + self.skew_ms) + self.number % 1000
        said = message(id_, MEMBERS[self.number // 2 % 3])
        self.desk.discord.history[channel].append(said)
        self.sent[said.author_id] += 1
        if channel in self.shown:
            self._tell(lambda: self._told(channel, said))

    def _told(self, channel: int, said: MessageInfo) -> None:
        self.recorder.message(
            guild_id=GUILD, channel_id=channel, member_id=said.author_id, message_id=said.id, bot=False
        )

    async def pass_by(self, seconds: int) -> None:
        while seconds > 0:
            for channel in CHANNELS:
                self.say(channel)
            some = min(seconds, EVERY_S)
            self.clock.move_wall(some * 1000)
            seconds -= some
            if self.number % 5 == 0:
                await self.recorder.flush()

    async def play(self, minutes: int, event: str, seconds: int) -> None:
        await self.pass_by(minutes * 60)
        match event.split(" ", 1):
            case "dropped", "and resumed":
                await self.away(seconds)
                self.resume()
            case "dropped", _:
                await self.away(seconds)
                self.begin()
            case "dead", how:
                self.untold = []
                await self.pass_by(min(seconds, 100))
                await self.away(1)
                self.resume() if how == "and resumed" else self.begin()
            case "hidden", "while it was dropped":
                self.recorder.disconnected()
                self.untold = []
                self.hide(CHANNELS[0])
                await self.pass_by(seconds * 4)
                self.resume()
                await self.pass_by(30 * 60)
                self.hide()
            case "hidden", "while it was away":
                await self.away(seconds)
                self.untold = None
                self.shown = {CHANNELS[1]}
                self.begin()
                await self.pass_by(30 * 60)
                self.hide()
            case ["hidden"]:
                self.hide(CHANNELS[seconds % 2])
                await self.pass_by(seconds)
                self.hide()
            case ["died"]:
                self.recorder, self.untold = self._recorder(), []
                await self.pass_by(seconds)
                self.begin()
            case ["outage"]:
                self.recorder.disconnected(GUILD)
                self.untold = []
                await self.pass_by(seconds)
                self.begin()
            case "read", *part:
                await self.read(CHANNELS[seconds % 2], pages=1 if part else None)
            case "opted", way:
                members = self.desk.activity.members
                await (members.opt_out if way == "out" else members.opt_in)(GUILD, OFTEN_OUT)
            case ["deleted"]:
                for history in self.desk.discord.history.values():
                    for _ in range(min(seconds, len(history))):
                        self.deleted[history.pop(seconds % len(history)).author_id] += 1

    async def away(self, seconds: int) -> None:
        """The connection is lost, and noticed."""
        self.recorder.disconnected()
        self.untold = self.untold or []
        await self.pass_by(seconds)

    async def read(self, channel: int, *, pages: int | None = None) -> None:
        """Read history; with `pages`, die behind that many."""
        self.desk.discord.refusing = set(CHANNELS) - self.shown
        try:
            async for _ in self.desk.activity.crawl(GUILD, channel, EVER):
                if pages is not None and (pages := pages - 1) < 0:
                    break
        except AccessDenied:
            pass

    async def counted(self, member: int) -> int:
        return (await self.desk.activity.of_member(GUILD, member, EVER)).messages


@settings(max_examples=25, deadline=None)
@given(steps=STEPS, skew_ms=st.integers(-50_000, 50_000))
def test_every_message_is_counted_once_whatever_happens_to_recorder_and_crawler(
    steps: list[Step], skew_ms: int
) -> None:
    asyncio.run(_compare(steps, skew_ms))


async def _compare(steps: list[Step], skew_ms: int) -> None:
    async with Desk(":memory:", now=START) as desk:
        server = Server(desk, skew_ms)
        for step in steps:
            await server.play(*step)
        await server.pass_by(35 * 60)
        await server.recorder.stop()
        server.clock.move_wall(QUARTER_MS)
        for channel in CHANNELS:
            await server.read(channel)
        for member in MEMBERS:
            counted, sent = await server.counted(member), server.sent[member]
            assert counted <= sent, "something is counted twice"
            if member != OFTEN_OUT or not any(event == "opted out" for _, event, _ in steps):
                assert counted >= sent - server.deleted[member], "something is not counted"
