"""The stand-in with a small guild, and discord.py pointed at it, for tests that ask for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.sandbox import Guild, Sandbox
from tests.stand_in import kept_addresses, serving


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serving(3, members=30, channels=5, days=5, messages=400) as sandbox:
        with kept_addresses(sandbox):
            yield sandbox


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    return next(iter(sandbox.world.guilds.values()))
