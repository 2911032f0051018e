"""What `python -m bot check` looks at before the first start: files, token, intents, invitation.

Starts nothing and writes nothing. Invariant: each finding is one line that says how to mend it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import discord
import typer

from bot.app import point_at_discord, registry_of
from bot.client import NO_INTENT, NO_LOGIN
from bot.problems import EX_CONFIG, ExitProblem
from bot.settings import Settings, misspelt_settings
from bot.setup_check import invitation
from jobs.handlers import builtin_types

ANSWER_WITHIN_S = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the check."""

    good: bool
    sentence: str


async def check_all(settings: Settings) -> int:
    """Print every finding; the exit code is 0 when all are good."""
    good = True
    async for finding in _findings(settings):
        typer.echo(f"{'ok  ' if finding.good else 'mend'}  {finding.sentence}")
        good &= finding.good
    return 0 if good else EX_CONFIG


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    for sentence in misspelt_settings():
        yield Finding(False, sentence)
    yield await asyncio.to_thread(_database, settings.database_path)
    yield _folder(settings.artifacts_path)
    if settings.modules():
        yield _modules(settings)
    try:
        token = settings.token()
    except ExitProblem as problem:
        yield Finding(False, problem.sentence)
        return
    point_at_discord(settings)
    client = discord.Client(intents=discord.Intents.none())
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await client.login(token)
        for finding in _application(client, settings):
            yield finding
    except discord.LoginFailure:
        yield Finding(False, NO_LOGIN)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        yield Finding(False, f"Discord cannot be reached ({type(error).__name__}): check the network, then try again.")
    finally:
        await client.close()


def _application(client: discord.Client, settings: Settings) -> list[Finding]:
    flags = client.application_flags
    assert client.user is not None
    granted = flags.gateway_guild_members or flags.gateway_guild_members_limited
    members = Finding(True, "Server Members intent")
    if not settings.enable_members_intent:
        members = Finding(True, "Server Members intent is not asked for; member lists are incomplete")
    elif not granted:
        members = Finding(False, NO_INTENT)
    return [Finding(True, f"token of {client.user.name}"), members, Finding(True, f"invitation: {invitation(client)}")]


def _modules(settings: Settings) -> Finding:
    try:
        registry_of(builtin_types(), settings)
    except ExitProblem as problem:
        return Finding(False, problem.sentence)
    return Finding(True, f"job modules {', '.join(settings.modules())}")


def _database(path: Path) -> Finding:
    if not path.exists():
        folder = _folder(path.parent)
        return Finding(True, f"database {path}, made at the first start") if folder.good else folder
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.Error as error:
        return Finding(False, f"The database {path} cannot be read ({error}): put a copy back, or move it away.")
    if rows[0][0] != "ok":
        return Finding(False, f"The database {path} is damaged ({rows[0][0]}): put a copy back.")
    return Finding(True, f"database {path}")


def _folder(path: Path) -> Finding:
    place = next(p for p in (path, *path.parents) if p.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Finding(False, f"{place} cannot be written: give this user the right, or choose another folder.")
    return Finding(True, f"folder {path}")
