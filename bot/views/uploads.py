"""Files that come with a form: the small text files that job types take, read and refused with the reason.

Invariant: no more than `MOST_BYTES` are read, and what is no text in UTF-8 does not reach a payload.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import discord

from bot.cards.text import escape
from bot.problems import Problem

MOST_BYTES = 200 * 1024
"""A payload holds 256 KiB; the rest is for the other answers and for JSON's own signs."""


async def read_upload(interaction: discord.Interaction[Any], label: str, file: Mapping[str, Any]) -> str:
    """The text of an attachment of the interaction. Raises `Problem` with the reason."""
    which = {"label": escape(label), "name": escape(str(file["filename"]), limit=60, code=True)}
    if int(file["size"]) > MOST_BYTES:
        raise Problem("file-too-large", **which, size=-(-int(file["size"]) // 1024), most=MOST_BYTES // 1024)
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
