"""What Discord counts against the bot, seen at the session of the real discord.py on the stand-in."""

from __future__ import annotations

from contextlib import suppress

import discord
import pytest

from bot.invalid_requests import WINDOW_S, InvalidRequests
from bot.sandbox import Guild, Sandbox
from bot.sandbox.permissions import VIEW_CHANNEL
from bot.sandbox.world import Overwrite
from jobs.engine.testing.clock import FakeClock

EDIT = "/channels/{channel_id}/messages/{message_id}"


async def test_what_is_refused_counts_for_ten_minutes_and_what_is_not_there_does_not(
    sandbox: Sandbox, guild: Guild, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    invalid = InvalidRequests(clock)
    channel_id, bot = guild.default_channel.id, sandbox.world.bot.id
    async with discord.Client(intents=discord.Intents.none(), http_trace=invalid.trace()) as client:
        await client.login(sandbox.token)
        with suppress(discord.NotFound):
            await client.http.get_message(channel_id, 1)
        assert invalid.count() == 0
        await sandbox.set_overwrite(channel_id, Overwrite(bot, 1, deny=VIEW_CHANNEL))
        with suppress(discord.Forbidden):
            await client.http.get_message(channel_id, 1)
        assert invalid.count() == 1, "403"
        sandbox.faults.add(method="DELETE", route=EDIT, status=429, retry_after=0.001, times=5)
        with suppress(discord.HTTPException):
            await client.http.delete_message(channel_id, 1)
        assert invalid.count() == 6, "discord.py asked five times"
        with suppress(discord.HTTPException):
            webhook = discord.Webhook.partial(sandbox.world.application_id, "x" * 70, client=client)
            sandbox.faults.add(
                method="PATCH", route="/webhooks/{webhook_id}/{token}/messages/{message_id}", status=401, code=50027
            )
            await webhook.edit_message(1, content="late")
        assert invalid.count() == 7, "401 of a dead token"
    await clock.advance(WINDOW_S + 1)
    assert invalid.count() == 0
