"""Tells Discord what the slash commands are, when they changed, and again and again until it has heard.

Discord counts the commands that are told to it, so it is told nothing twice. Invariant: a Discord that does not answer
keeps nothing from running; what it was told before stays in use meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import discord
from discord import app_commands

from bot.rest import UNREACHABLE
from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError
from jobs.engine.records import Records

log = logging.getLogger(__name__)

SYNCED = "synced-commands"
"""Record of what Discord was told."""
PAUSES_S = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
ANSWER_WITHIN_S = 30.0
"""Of one try, with those that discord.py makes of it."""


class CommandSync:
    """See the module. The tree is complete and translated when it starts."""

    def __init__(
        self, tree: app_commands.CommandTree[Any], application_id: int, records: Records, clock: Clock
    ) -> None:
        self._tree = tree
        self._key = str(application_id)
        self._records = records
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Tell Discord now; where it does not answer, go on in the background."""
        fingerprint = await self._fingerprint()
        known = await self._records.get(SYNCED, self._key)
        if known is not None and known.value == fingerprint:
            return
        pauses = chain(PAUSES_S, repeat(PAUSES_S[-1]))
        wait_s = await self._tell(fingerprint, pauses)
        if wait_s:
            self._task = asyncio.create_task(self._go_on(fingerprint, pauses, wait_s), name="command-sync")

    async def stop(self) -> None:
        """What Discord has not heard, the next start tells it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def _fingerprint(self) -> str:
        """Changes when a command does, or what it is called in any language."""
        tree, translator = self._tree, self._tree.translator
        assert translator is not None
        payloads = [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]
        return hashlib.sha256(json.dumps(payloads, sort_keys=True, default=str).encode()).hexdigest()

    async def _go_on(self, fingerprint: str, pauses: Iterator[float], wait_s: float) -> None:
        while wait_s:
            await self._clock.sleep(wait_s)
            wait_s = await self._tell(fingerprint, pauses)

    async def _tell(self, fingerprint: str, pauses: Iterator[float]) -> float:
        """Seconds until it has to be tried again; 0 when there is no need, or no use."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._tree.sync()
        except UNREACHABLE as error:
            if isinstance(error, discord.HTTPException) and 400 <= error.status < 500 and error.status != 429:
                log.error("Discord does not take the slash commands, which stay as they were: %s", error)
                return 0.0
            asked_s = error.retry_after if isinstance(error, discord.RateLimited) else 0.0
            wait_s = max(next(pauses), asked_s)
            log.warning(
                "the slash commands stay as they were: Discord does not answer (%s); telling it again in %.0f s",
                type(error).__name__,
                wait_s,
            )
            return wait_s
        log.info("Discord was told the slash commands")
        try:
            await self._records.put(SYNCED, self._key, fingerprint)
        except EngineError as error:
            log.warning("that Discord knows the slash commands could not be kept (%s); the next start tells it", error)
        return 0.0
