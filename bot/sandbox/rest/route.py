"""What a REST route is: a method, a template, a function, and whether the bot's token opens it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.sandbox.call import Answer, Call


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API."""

    method: str
    template: str
    serve: Callable[[Call], Awaitable[Answer]]
    by_bot: bool = True
    """Asks for the bot's token; interaction and webhook routes carry their own."""
