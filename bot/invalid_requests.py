"""Counts what Discord counts against a bot: answers 401, 403, and 429 that are its own, in the last ten minutes.

Sees every request of the client's session, also those that discord.py repeats by itself. Invariant: nothing of a
request is kept but when it was refused, for addresses hold tokens.
"""

from __future__ import annotations

import logging
from collections import deque
from types import SimpleNamespace

import aiohttp

from jobs.engine.clock import Clock

log = logging.getLogger(__name__)

WINDOW_S = 600.0
MOST = 10_000
"""In ten minutes, and the address is shut out (Discord API documentation, "Invalid Request Limit")."""
WORRYING = 1_000
REFUSED = frozenset({401, 403, 429})


class InvalidRequests:
    """See the module."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: deque[float] = deque(maxlen=MOST)

    def count(self) -> int:
        """How many there were in the last ten minutes; counted to 10,000."""
        until = self._clock.monotonic() - WINDOW_S
        while self._at and self._at[0] <= until:
            self._at.popleft()
        return len(self._at)

    def trace(self) -> aiohttp.TraceConfig:
        """What a session needs to be watched."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._ended)
        return config

    async def _ended(
        self, session: aiohttp.ClientSession, context: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        response = ended.response
        if response.status not in REFUSED or response.headers.get("X-RateLimit-Scope") == "shared":
            return
        self._at.append(self._clock.monotonic())
        if (count := self.count()) % WORRYING == 0:
            log.warning("Discord refused %d requests in ten minutes; at %d it shuts this address out", count, MOST)
