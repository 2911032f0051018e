"""One request to the stand-in, read and checked for its form, as the routes see it.

Knows HTTP, no guild and no message. Invariant: a body is JSON whatever way it came; files are bytes with a name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from bot.sandbox.errors import ApiError, invalid_form

if TYPE_CHECKING:
    from multidict import MultiMapping

    from bot.sandbox.server import Sandbox

File = tuple[str, bytes]
Answer = dict[str, Any] | list[Any] | None
"""JSON, or None for 204."""


@dataclass(slots=True)
class RequestRecord:
    """A request as it came and how it was answered; for tests to look at."""

    method: str
    path: str
    route: str
    query: dict[str, str]
    authorization: str | None
    body: Any
    files: list[str]
    at: int
    status: int = 0
    response: Any = None


@dataclass(slots=True)
class Call:
    """A request on its way to a route."""

    sandbox: Sandbox
    places: Mapping[str, str]
    query: MultiMapping[str]
    body: Any = None
    files: list[File] = field(default_factory=list)
    reason: str | None = None

    def id(self, name: str) -> int:
        """The snowflake at `{name}` of the path. Raises 400/50035."""
        return snowflake(self.places[name], name)

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A number of the query. Raises 400/50035 when out of range."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdigit() or not low <= int(text) <= high:
            raise invalid_form(name, f"int value should be between {low} and {high}.")
        return int(text)

    def all(self, name: str) -> list[str]:
        """Every value of a name that may come more than once in the query."""
        return list(self.query.getall(name, []))

    def place(self, name: str) -> int | None:
        """A snowflake of the query."""
        text = self.query.get(name)
        return None if text is None else snowflake(text, name)


def snowflake(value: object, name: str) -> int:
    """`value` as an id. Raises 400/50035."""
    text = str(value)
    if not text.isdigit() or len(text) > 20:
        raise invalid_form(name, f'Value "{text[:40]}" is not snowflake.')
    return int(text)


async def read_body(request: web.Request) -> tuple[Any, list[File]]:
    """JSON and files; the JSON of a multipart body is in its part `payload_json`. Raises 400/50109."""
    if request.content_type.startswith("multipart/"):
        return await _read_parts(request)
    raw = await request.read()
    return (_load(raw), []) if raw else (None, [])


async def _read_parts(request: web.Request) -> tuple[Any, list[File]]:
    body: Any = {}
    files: list[File] = []
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read(decode=True))
        if part.name == "payload_json":
            body = _load(data)
        elif part.filename is not None:
            files.append((part.filename, data))
    return body, files


def _load(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None
