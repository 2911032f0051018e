"""Files that come with a form: the text files that job types take, read and refused with the reason.

Invariant: no more is read than may be used, what is no text in UTF-8 does not reach a payload, and of a file that names
members nothing but their ids does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import discord

from bot.cards.text import escape
from bot.desk import desk_of
from bot.guards import caller_of
from bot.kept_lists import keep
from bot.languages import Words
from bot.problems import Problem
from jobs.engine.model import JsonObject, new_id
from jobs.lists import LIST_ID, Members

MOST_BYTES = 200 * 1024
"""A payload holds 256 KiB; the rest is for the other answers and for JSON's own signs."""
REASON = 200
LONG_BYTES = 8 * 1024 * 1024
"""Of a file that names members, which may hold much besides."""


async def read_members(
    interaction: discord.Interaction[Any], label: str, file: Mapping[str, Any], members: Members
) -> str:
    """The ids in an attachment, one a line; too many of them are kept as a list, see `Members`. Raises `Problem`."""
    text = await read_upload(interaction, label, file, most=LONG_BYTES)
    try:
        ids = await asyncio.to_thread(members.ids, text)
    except ValueError as error:
        raise Problem("file-wrong", **_which(label, file), why=_of(str(error))) from None
    short = "\n".join(map(str, ids))
    if len(short) <= MOST_BYTES:
        return short
    name = f"{str(file['filename'])[:40]} {new_id()}"
    source: JsonObject = {"file": str(file["filename"])}
    return LIST_ID + (await keep(desk_of(interaction), caller_of(interaction), name, ids, source)).id


def _of(why: str) -> Callable[[Words], str]:
    return lambda words: escape(words.of(why), limit=REASON)


def _which(label: str, file: Mapping[str, Any]) -> dict[str, Any]:
    return {"label": escape(label), "name": escape(str(file["filename"]), limit=60, code=True)}


async def read_upload(
    interaction: discord.Interaction[Any], label: str, file: Mapping[str, Any], *, most: int = MOST_BYTES
) -> str:
    """The text of an attachment of the interaction, up to so many bytes. Raises `Problem` with the reason."""
    which = _which(label, file)
    if int(file["size"]) > most:
        raise Problem("file-too-large", **which, size=-(-int(file["size"]) // 1024), most=most // 1024)
    try:
        data: bytes = await interaction.client.http.get_from_cdn(str(file["url"]))
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError):
        raise Problem("file-not-there", **which) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("file-not-utf-8", **which) from None
    if "\0" in text:
        raise Problem("file-not-text", **which)
    if not text.strip():
        raise Problem("file-empty", **which)
    return text
