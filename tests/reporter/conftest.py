"""A reporter over a real queue on a real file, a clock under the test's hand, and a transport that writes down."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.cards import CardStyle
from bot.reporter import EditRefused, Face, ReplyAddress, Reporter, message_records
from bot.reporter.message import Notify
from bot.services.artifacts import FileArtifacts
from bot.vault import Vault
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.config import QueueConfig
from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.testing.clock import FakeClock

TOKEN = "the-reply-token-of-this-interaction"
LIFE_MS = 900_000
QUIET_TURNS = 3
"""Turns of the loop in a row without work for the database, after which none is to come."""
Handle = Callable[[JobContext[Any], Any], Awaitable[Any]]


@dataclass(frozen=True)
class Edit:
    """An edit that arrived."""

    by: str
    at: float
    message_id: int
    text: str
    files: tuple[str, ...]


@dataclass
class Wire:
    """A `Transport` that keeps what it was given; `trouble` is raised, first come first served, one a call."""

    clock: FakeClock
    edits: list[Edit] = field(default_factory=list)
    replies: list[tuple[str, str]] = field(default_factory=list)
    whispers: list[str] = field(default_factory=list)
    posted: dict[str, int] = field(default_factory=dict)
    """New messages by nonce, as long as Discord knows it."""
    nonces: set[str] = field(default_factory=set)
    """Those of replies."""
    deleted: set[int] = field(default_factory=set)
    """Messages that are there no more."""
    unanswered: str | None = None
    """The next call of this way is carried out, and its answer never comes."""
    trouble: list[tuple[str, Exception]] = field(default_factory=list)
    calls: list[tuple[str, float]] = field(default_factory=list)
    closed: asyncio.Event | None = None
    """While it is there and not set, calls hang."""

    async def edit_by_token(self, application_id: int, token: str, message_id: int, face: Face) -> None:
        assert token == TOKEN
        await self._take("token", message_id, face)

    async def edit_by_bot(self, guild_id: int, channel_id: int, message_id: int, face: Face) -> None:
        await self._take("bot", message_id, face)

    async def post(self, guild_id: int | None, channel_id: int, face: Face, *, reply_to: int | None, nonce: str) -> int:
        by = "direct" if guild_id is None else "post"
        if nonce in self.posted:
            # Discord answers with the message that is there, which looks as it did.
            self.calls.append((by, self.clock.monotonic()))
            return self.posted[nonce]
        message_id = self._ids
        await self._take(by, message_id, face, nonce)
        return message_id

    async def open_direct(self, user_id: int) -> int:
        self._stumble("open")
        return 77

    async def reply(
        self, guild_id: int | None, channel_id: int, message_id: int | None, text: str, user_id: int, nonce: str
    ) -> None:
        self._stumble("reply" if guild_id is not None else "direct reply")
        if nonce not in self.nonces:
            self.replies.append((text, nonce))
            self.nonces.add(nonce)
        await self._answer("reply")

    async def whisper(self, application_id: int, token: str, text: str) -> None:
        assert token == TOKEN
        self.whispers.append(text)
        await self._answer("whisper")

    async def find_own(self, guild_id: int | None, channel_id: int, since: int, text: str) -> int | None:
        self.calls.append(("find", self.clock.monotonic()))
        self._stumble("find")
        posted = [edit for edit in self.edits if edit.by in ("post", "direct") and text in edit.text]
        if posted:
            return posted[-1].message_id
        return 9999 if any(text in said for said, _ in self.replies) else None

    @property
    def _ids(self) -> int:
        return 1000 + len({edit.message_id for edit in self.edits if edit.by in ("post", "direct")})

    async def _take(self, by: str, message_id: int, face: Face, nonce: str | None = None) -> None:
        self.calls.append((by, self.clock.monotonic()))
        if self.closed is not None:
            await self.closed.wait()
        self._stumble(by)
        if message_id in self.deleted:
            raise EditRefused(404, 10008)
        text = f"{face.embed.title}\n{face.embed.description}"
        names = tuple(path.name for path in face.files or ())
        self.edits.append(Edit(by, self.clock.monotonic(), message_id, text, names))
        if nonce is not None:
            self.posted[nonce] = message_id
        await self._answer(by)

    async def _answer(self, by: str) -> None:
        if self.unanswered == by:
            self.unanswered = None
            await asyncio.Event().wait()

    def _stumble(self, by: str) -> None:
        for place, (way, error) in enumerate(self.trouble):
            if way in (by, "any"):
                del self.trouble[place]
                raise error


class WatchedDatabase(SqliteDatabase):
    """Knows how many of its answers are awaited."""

    busy = 0

    async def write(self, body: Callable[[sqlite3.Connection], Any]) -> Any:
        self.busy += 1
        try:
            return await super().write(body)
        finally:
            self.busy -= 1

    async def read(self, *query: Any) -> Any:
        self.busy += 1
        try:
            return await super().read(*query)
        finally:
            self.busy -= 1


class Desk:
    """One process after the other on the same file."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.clock = FakeClock()
        self.wire = Wire(self.clock)
        self.vault = Vault("k" * 40)
        self.folder = folder
        self._stack = stack
        self.database: WatchedDatabase
        self.queue: JobQueue
        self.reporter: Reporter

    async def open(self, handle: Handle, **more: Any) -> None:
        """Start a process whose job type `work` is run by `handle`."""
        registry = Registry()
        registry.register("work", handle, payload=Payload, title="Work", timeout_s=None)
        config = more.pop("config", QueueConfig(cancel_grace_s=1.0, shutdown_grace_s=0.0))
        self.database = WatchedDatabase(self.folder / "errand.db", migrations=ENGINE_MIGRATIONS)
        backend = SqliteBackend(self.database, clock=self.clock, config=config)
        self.queue = JobQueue(backend, registry, clock=self.clock, config=config, random=lambda: 0.5)
        self.reporter = Reporter(
            self.queue,
            self.wire,
            FileArtifacts(self.folder / "artifacts"),
            self.vault,
            self.clock,
            style=CardStyle(),
            **more,
        )
        await self.queue.start(run=False)
        self._stack.push_async_callback(self.close)
        await self.reporter.start()
        await self.queue.run()

    async def close(self) -> None:
        """A graceful end, as the application does it."""
        closing = asyncio.create_task(self._close())
        await self.pump(closing.done)
        await closing

    async def _close(self) -> None:
        await self.queue.drain()
        await self.reporter.stop()
        await self.queue.stop()

    async def enqueue(self, *, message_id: int = 7, ephemeral: bool = False, notify: Notify = "always") -> Job:
        job_id = f"job{message_id:07d}"
        address = ReplyAddress(1, TOKEN, self.clock.now() + LIFE_MS, 5, message_id, 9, 42, ephemeral, notify)
        records = message_records(job_id, address, self.vault, self.clock.now())
        return await self.queue.enqueue("work", {}, job_id=job_id, owner="42", lane="9", records=records)

    async def ended(self, job: Job, *, step: float = 0.25) -> Job:
        """The job once it has ended and nothing of it is left to be shown."""
        found: list[Job] = []

        async def look() -> None:
            while True:
                seen = await self.queue.get(job.id)
                if seen is not None and seen.state.is_final:
                    await self.reporter.settled(job.id)
                    found.append(seen)
                    return
                await asyncio.sleep(0.001)

        looking = asyncio.create_task(look())
        await self.pump(looking.done, step=step)
        await looking
        return found[0]

    async def pump(self, done: Callable[[], object], *, step: float = 0.25) -> None:
        """Let time pass until `done()`; what a step has set off is through with the database before the next."""
        async with asyncio.timeout(60):
            while not done():
                await self.clock.advance(step)
                quiet = 0
                while quiet < QUIET_TURNS:
                    await asyncio.sleep(0.0002)
                    quiet = 0 if self.database.busy else quiet + 1

    async def edited(self, count: int) -> None:
        await self.pump(lambda: len(self.wire.edits) >= count)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        yield Desk(tmp_path, stack)
