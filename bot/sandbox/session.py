"""One gateway session: its sequence of events, what it asked to see, and the connection that carries it now.

Invariant: an event gets its number once; what was sent while no connection was there is replayed by a resume.
"""

from __future__ import annotations

import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.world import Json

KEPT_EVENTS = 5000
SENDS = 120
"""Payloads a client may send in a minute (Discord API documentation, "Rate Limiting" of the gateway)."""


@dataclass(slots=True)
class Connection:
    """A websocket as the client asked for it: text, or one zlib stream."""

    socket: web.WebSocketResponse
    deflate: Any = None
    sent_at: deque[float] = field(default_factory=lambda: deque(maxlen=SENDS + 1))
    """When the client sent its newest payloads (monotonic seconds)."""

    @classmethod
    def of(cls, socket: web.WebSocketResponse, compress: str | None) -> Connection:
        return cls(socket, zlib.compressobj() if compress == "zlib-stream" else None)

    async def send(self, payload: Json) -> None:
        """Send, unless the connection has gone meanwhile."""
        if self.socket.closed:
            return
        text = json.dumps(payload)
        try:
            if self.deflate is None:
                await self.socket.send_str(text)
            else:
                data = self.deflate.compress(text.encode()) + self.deflate.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(data)
        except ConnectionError:
            return


@dataclass(slots=True)
class Session:
    """See the module."""

    id: str
    intents: int
    connection: Connection | None
    sequence: int = 0
    events: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    members_asked_at: dict[int, float] = field(default_factory=dict)
    """When all members of a guild were asked for last (monotonic seconds)."""

    async def dispatch(self, event: str, data: Json) -> None:
        """Number and keep the event, and send it if somebody is there."""
        self.sequence += 1
        payload: Json = {"op": 0, "t": event, "s": self.sequence, "d": data}
        self.events.append(payload)
        if self.connection is not None:
            await self.connection.send(payload)

    async def replay(self, after: int) -> bool:
        """Send what came behind number `after`; False when that is no longer kept."""
        missed = [payload for payload in self.events if payload["s"] > after]
        if after > self.sequence or len(missed) != self.sequence - after:
            return False
        assert self.connection is not None
        for payload in missed:
            await self.connection.send(payload)
        return True
