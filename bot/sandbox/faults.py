"""Trouble on order: the next matching requests are refused, reset, left hanging, or done and then not answered.

Invariant: a fault applies to as many requests as it says and no more.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from bot.sandbox.errors import ApiError

What = int | Literal["reset", "hang"]


@dataclass(slots=True)
class Fault:
    """What happens to `times` requests of `method` and `route` behind the first `after` ones."""

    method: str
    route: str
    status: What
    times: int = 1
    after: int = 0
    code: int = 0
    retry_after: float = 1.0
    everywhere: bool = False
    """A 429 that holds for the whole bot."""
    late: bool = False
    """The request is carried out first; only its answer is lost."""
    hits: int = 0

    def due(self, method: str, route: str) -> bool:
        """Whether this request is one of those meant; counts it."""
        if self.method != method or self.route != route or self.times <= 0:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        self.hits += 1
        return True


@dataclass(slots=True)
class Faults:
    """The faults on order."""

    faults: list[Fault] = field(default_factory=list)

    def add(
        self,
        *,
        method: str,
        route: str,
        status: What,
        times: int = 1,
        after: int = 0,
        code: int = 0,
        retry_after: float = 1.0,
        everywhere: bool = False,
        late: bool = False,
    ) -> Fault:
        """Order a fault; `route` is a template like `/channels/{channel_id}/messages`."""
        fault = Fault(method, route, status, times, after, code, retry_after, everywhere, late)
        self.faults.append(fault)
        return fault

    def next(self, method: str, route: str) -> Fault | None:
        """The fault for this request, if one is due."""
        return next((fault for fault in self.faults if fault.due(method, route)), None)


async def strike(fault: Fault, request: web.Request) -> web.StreamResponse:
    """Do to `request` what `fault` says. Raises `ApiError` for a status."""
    if fault.status == "hang":
        await asyncio.Event().wait()
    if fault.status == "reset":
        return _reset(request)
    assert isinstance(fault.status, int)
    if fault.status == 429:
        raise ApiError.limited(fault.retry_after, code=fault.code, everywhere=fault.everywhere)
    raise ApiError(fault.status, fault.code, "made to fail")


def _reset(request: web.Request) -> web.StreamResponse:
    transport = request.transport
    assert transport is not None
    # Lingering for zero seconds makes the close a reset.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    return web.Response()
