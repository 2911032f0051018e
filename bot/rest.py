"""Reads from Discord that outlive short trouble: outages, resets, hanging answers.

Only for calls that may be repeated. Invariant: what leaves here is an answer or one of the three exceptions of
`jobs.services`, and nothing of a request (its address holds tokens) is in their text.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
import discord

from bot.http import LONGEST_LIMIT_S
from jobs.engine.clock import Clock
from jobs.engine.waits import told_wait
from jobs.services import AccessDenied, NotFound, ServiceUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 16.0)
ANSWER_WITHIN_S = 60.0
"""discord.py has no time-out of its own; its short waits for rate limits pass inside this time too."""
LONGEST_WAIT_S = 3600.0
"""A limit beyond it is an outage: the job ends this attempt and comes back."""
UNREACHABLE = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError)
"""What a call of discord.py raises when Discord refuses, or does not answer."""
WORTH_TELLING_S = 3.0
_heard: ContextVar[list[Heard] | None] = ContextVar("heard", default=None)
_pause: ContextVar[AsyncExitStack | None] = ContextVar("pause", default=None)
"""Holds while the call that is made in this task sleeps for a limit."""
TRANSIENT = (discord.DiscordServerError, discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Heard:
    """The head of one answer of Discord."""

    status: int
    headers: Mapping[str, str]

    @property
    def done(self) -> bool:
        """Discord did what was asked."""
        return 200 <= self.status < 300


@contextmanager
def hearing() -> Iterator[list[Heard]]:
    """The answers to what this task asks meanwhile, each from the moment it is there: discord.py gives the last one of
    a full bucket back only when the bucket is empty again."""
    heard: list[Heard] = []
    before = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(before)


async def read(clock: Clock, call: Callable[[], Awaitable[T]], *, pauses_s: Sequence[float] = PAUSES_S) -> T:
    """The answer of `call`, repeated after each transient failure until the pauses are used up.

    A limit that Discord puts a time to is waited out and uses up no pause. Raises `ServiceUnavailable`,
    `AccessDenied`, `NotFound`.
    """
    for pause_s in (*pauses_s, None):
        try:
            return await _within_limits(clock, call)
        except discord.Forbidden as error:
            raise AccessDenied(_words(error), error.code) from None
        except discord.NotFound as error:
            raise NotFound(_words(error), error.code) from None
        except discord.HTTPException as error:
            # discord.py tries a 429 five times; what is left over is worth the same patience as an outage.
            if error.status < 500 and error.status != 429:
                raise ServiceUnavailable(_words(error)) from None
            reason = _words(error)
        except TRANSIENT as error:
            reason = type(error).__name__
        if pause_s is None:
            raise ServiceUnavailable(reason)
        log.info("Discord did not answer (%s); asking again in %g s", reason, pause_s)
        await clock.sleep(pause_s)
    raise AssertionError("the last pause is None")


async def _within_limits(clock: Clock, call: Callable[[], Awaitable[T]]) -> T:
    while True:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S), AsyncExitStack() as pause:
                before = _pause.set(pause)
                try:
                    return await call()
                finally:
                    _pause.reset(before)
        except discord.RateLimited as limited:
            if limited.retry_after > LONGEST_WAIT_S:
                raise
            log.warning("Discord asked us to wait %.0f s", limited.retry_after)
            async with told_wait(limited.retry_after):
                await clock.sleep(limited.retry_after)


async def tell_pause(session: object, context: object, ended: aiohttp.TraceRequestEndParams) -> None:
    """For a session's trace, so that it sees each answer: a limit that discord.py waits out inside the call is told."""
    if (heard := _heard.get()) is not None:
        heard.append(Heard(ended.response.status, ended.response.headers))
    pause, response = _pause.get(), ended.response
    if pause is None:
        return
    # Another answer: the wait before it is over.
    await pause.aclose()
    asked_s = seconds_of(response.headers.get("Retry-After")) if response.status == 429 else 0.0
    if WORTH_TELLING_S <= asked_s <= LONGEST_LIMIT_S:
        await pause.enter_async_context(told_wait(asked_s))


def seconds_of(retry_after: str | None) -> float:
    """Discord names seconds; a proxy in front of it may name a date, which tells nothing here."""
    try:
        return float(retry_after or 0)
    except ValueError:
        return 0.0


def _words(error: discord.HTTPException) -> str:
    return f"HTTP {error.status}, code {error.code}: {error.text}"
