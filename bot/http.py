"""discord.py's HTTP client, mended where one cancelled request would stop all others for ever.

On a limit that holds for the whole bot, discord.py 2.7 closes a gate, sleeps, and opens it again; cancelled in that
sleep (with its job, or because an answer took too long) it never opens. Knows no route. Invariant: a request that
ends, however it ends, leaves the gate open.
"""

from __future__ import annotations

import asyncio
from typing import Any

from discord.http import HTTPClient, Route

LONGEST_LIMIT_S = 30.0
"""Waits for a limit are discord.py's own up to here (the least it takes); longer ones are `discord.RateLimited`."""


class GateKeepingHTTP(HTTPClient):
    """Has no state of its own, so that a client's HTTP client can be made one: `client.http.__class__ = …`."""

    async def request(self, route: Route, **more: Any) -> Any:
        try:
            return await super().request(route, **more)
        except asyncio.CancelledError:
            # Whoever else still sleeps opens it again later; until then others are told by Discord to wait.
            self._global_over.set()
            raise
