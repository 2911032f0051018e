"""Discord is told the commands when they changed, and until it has heard, while the bot runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import command_sync
from bot.sandbox import Guild, Sandbox
from bot.sandbox.faults import What
from jobs.engine.clock import SystemClock
from tests.e2e.conftest import Play, running, settings_for
from tests.e2e.typist import typed

LIMIT_S = 31.0
"""Longer than discord.py waits by itself."""
ROUTE = "/applications/{application_id}/commands"


class Impatient(SystemClock):
    """Waits for everything but that limit."""

    def __init__(self) -> None:
        self.waited = 0

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds == LIMIT_S
        await super().sleep(0 if seconds == LIMIT_S else seconds)


def told(sandbox: Sandbox) -> int:
    """How often Discord was told."""
    return sum(request.method == "PUT" and request.route == ROUTE for request in sandbox.requests)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_sync, "PAUSES_S", (0.05, 0.1))


async def test_it_is_told_nothing_twice_and_of_a_change_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = settings_for(sandbox, tmp_path)
    for _ in range(2):
        async with running(settings):
            await sandbox.bot_ready()
    assert told(sandbox) == 1
    async with running(settings.model_copy(update={"job_modules": "tests.e2e.asking"})):
        await sandbox.bot_ready()
    assert told(sandbox) == 2
    (start,) = [command for command in sandbox.world.commands if command["name"] == "async-job"]
    (type_,) = [option for option in start["options"] if option["name"] == "type"]
    assert "short-form" in [choice["value"] for choice in type_["choices"]]


@pytest.mark.parametrize("status", [503, "reset"])
async def test_an_outage_at_the_start_costs_no_command(
    sandbox: Sandbox, guild: Guild, tmp_path: Path, caplog: pytest.LogCaptureFixture, status: What
) -> None:
    sandbox.faults.add(method="PUT", route=ROUTE, status=status, times=3)
    async with running(settings_for(sandbox, tmp_path)) as app:
        await app.client.wait_until_ready()
        # Ready is who knows the commands, too.
        await sandbox.bot_ready()
        assert (await typed(Play(sandbox, app, guild), "help")).text.startswith("\nHelp")
    assert "the slash commands stay as they were: Discord does not answer" in caplog.text
    assert told(sandbox) == 4
    async with running(settings_for(sandbox, tmp_path)):
        await sandbox.bot_ready()
    assert told(sandbox) == 4, "it has heard"


async def test_a_limit_of_discords_is_waited_out(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults.add(method="PUT", route=ROUTE, status=429, retry_after=LIMIT_S)
    clock = Impatient()
    async with running(settings_for(sandbox, tmp_path), clock=clock):
        await sandbox.bot_ready()
    assert told(sandbox) == 2
    assert clock.waited == 1


async def test_what_is_refused_is_not_said_again_and_the_bot_runs(
    sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.faults.add(method="PUT", route=ROUTE, status=400, code=50035)
    async with running(settings_for(sandbox, tmp_path)) as app:
        await app.client.wait_until_ready()
        assert app.client._sync is not None
        assert app.client._sync._task is None
    assert told(sandbox) == 1
    assert "Discord does not take the slash commands, which stay as they were" in caplog.text


async def test_a_bot_that_stops_leaves_no_try_behind_and_the_next_start_tells_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    fault = sandbox.faults.add(method="PUT", route=ROUTE, status=503, times=3)
    async with running(settings_for(sandbox, tmp_path)):
        await sandbox.until(lambda: fault.hits > 1)
    before = told(sandbox)
    async with running(settings_for(sandbox, tmp_path)):
        await sandbox.bot_ready()
    assert told(sandbox) > before
