from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands

from bot.sandbox import Guild, Sandbox
from tests.stand_in import kept_addresses, serving


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with serving(3, members=40, channels=5, days=10, messages=600) as sandbox:
        yield sandbox


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    return next(iter(sandbox.world.guilds.values()))


class Rest:
    """Raw requests with the bot's token."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self._sandbox = sandbox
        self._session = session

    async def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        headers = {"Authorization": f"Bot {self._sandbox.token if token is None else token}"}
        url = yarl.URL(self._sandbox.api_base + path, encoded=True)
        async with self._session.request(method, url, json=body, headers=headers) as response:
            answer = await response.json() if response.status != 204 else None
            return response.status, answer, dict(response.headers)


@pytest.fixture
async def rest(sandbox: Sandbox) -> AsyncIterator[Rest]:
    async with aiohttp.ClientSession() as session:
        yield Rest(sandbox, session)


@pytest.fixture(autouse=True)
def _pointed(sandbox: Sandbox) -> Iterator[None]:
    with kept_addresses(sandbox):
        yield


class Client(discord.Client):
    """The real client, with a command tree and a list of what it heard."""

    def __init__(self, intents: discord.Intents, **more: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.1, **more)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[tuple[str, Any]] = []

    async def setup_hook(self) -> None:
        await self.tree.sync()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.heard.append((event, args))
        super().dispatch(event, *args, **kwargs)

    def count(self, event: str) -> int:
        return sum(1 for name, _ in self.heard if name == event)


Connect = Callable[..., Any]


@pytest.fixture
async def connect(sandbox: Sandbox) -> AsyncIterator[Connect]:
    """Start a client: `await connect(prepare=…, **options)`; all are closed at the end."""
    async with AsyncExitStack() as stack:

        async def start(prepare: Callable[[Client], None] | None = None, **options: Any) -> Client:
            intents = discord.Intents(guilds=True, guild_messages=True, voice_states=True, members=True)
            client = Client(options.pop("intents", intents), chunk_guilds_at_startup=options.pop("chunk", False))
            if prepare is not None:
                prepare(client)
            running = asyncio.create_task(client.start(options.pop("token", sandbox.token)))

            async def end() -> None:
                await client.close()
                await asyncio.wait([running])
                if options.pop("ends_well", True):
                    running.result()

            stack.push_async_callback(end)
            await until(lambda: client.is_ready() or running.done())
            if running.done():
                options["ends_well"] = False
                running.result()
            return client

        yield start


async def until(true: Callable[[], object]) -> None:
    """Return once `true()` is."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)
