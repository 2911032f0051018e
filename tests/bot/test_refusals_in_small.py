"""Refusals whose cause is hard to bring about from outside: each by its own function."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import MagicMock

import aiohttp
import discord
import pytest

from bot.days import parse_days
from bot.guards import caller_for, caller_of, is_operator
from bot.kept_lists import keep
from bot.problems import Problem
from bot.starting import start_job
from bot.views.uploads import read_upload
from jobs.engine.model import Job, RunPolicy
from jobs.engine.states import State

JOB = Job("k7f39qztma", "work", State.FAILED, {}, RunPolicy(), 0, 0, 0, lane="5", owner="7")


def direct(guild: object) -> Any:
    """Somebody pressed a button in a direct message."""
    client = SimpleNamespace(get_guild=lambda id_: guild)
    return SimpleNamespace(guild_id=None, client=client, user=SimpleNamespace(id=7))


async def test_a_button_in_a_direct_message_asks_the_server_that_its_job_is_of() -> None:
    with pytest.raises(Problem) as left:
        await caller_for(direct(None), JOB)
    assert str(left.value) == "I am not in that server any more."
    gone = discord.NotFound(cast(Any, SimpleNamespace(status=404, reason="")), {"code": 10007, "message": "no"})

    async def fetch_member(user_id: int) -> None:
        raise gone

    with pytest.raises(Problem) as left:
        await caller_for(direct(SimpleNamespace(fetch_member=fetch_member)), JOB)
    assert str(left.value) == "You are not in that server any more."


def test_a_server_whose_roles_are_not_known_gives_nobody_rights() -> None:
    member = MagicMock(spec=discord.Member)
    member.guild = SimpleNamespace(default_role=None)
    with pytest.raises(Problem) as unseen:
        caller_of(cast(Any, SimpleNamespace(guild_id=5, user=member)))
    assert str(unseen.value) == (
        "I cannot see this server at the moment. Try again in a minute; if that does not help, invite me again."
    )


def test_the_operator_is_known_by_their_id_alone() -> None:
    client = SimpleNamespace(operators=frozenset({7}))
    assert is_operator(cast(Any, SimpleNamespace(user=SimpleNamespace(id=7), client=client)))
    assert not is_operator(cast(Any, SimpleNamespace(user=SimpleNamespace(id=8), client=client)))


def test_a_day_that_cannot_be_read_says_how_days_are_written() -> None:
    with pytest.raises(Problem) as refused:
        parse_days("soon", None, MagicMock())
    assert str(refused.value) == (
        "I cannot read the start date. Give a day like `2026-10-01`, or `30d`, `today`, `yesterday`."
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b" \n", "**List**: `a.csv` is empty."),
        (aiohttp.ClientError(), "**List**: `a.csv` could not be read from Discord. Send it again."),
    ],
)
async def test_a_file_that_is_no_use_is_refused(data: bytes | Exception, sentence: str) -> None:
    async def get_from_cdn(url: str) -> bytes:
        if isinstance(data, Exception):
            raise data
        return data

    client = SimpleNamespace(http=SimpleNamespace(get_from_cdn=get_from_cdn))
    file = {"filename": "a.csv", "size": 3, "url": "http://127.0.0.1/a"}
    with pytest.raises(Problem) as refused:
        await read_upload(cast(Any, SimpleNamespace(client=client)), "List", file)
    assert str(refused.value) == sentence


async def test_what_was_asked_for_already_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def enqueue(*_: object, **__: object) -> Job:
        return JOB

    async def nothing(*_: object, **__: object) -> None:
        """No check stands in the way."""

    async def answer(*_: object, **__: object) -> object:
        return SimpleNamespace(language="en")

    monkeypatch.setattr("bot.starting._check", nothing)
    monkeypatch.setattr("bot.starting._answer", answer)
    monkeypatch.setattr("bot.starting.message_records", lambda *_: ())
    clock = SimpleNamespace(monotonic=lambda: 0.0, now=lambda: 0, sleep=nothing)

    async def opted_out(guild_id: int) -> set[int]:
        return set()

    activity = SimpleNamespace(opted_out=opted_out)
    desk = SimpleNamespace(clock=clock, queue=SimpleNamespace(enqueue=enqueue), vault=None, activity=activity)
    response = SimpleNamespace(is_done=lambda: True)
    interaction = SimpleNamespace(
        id=1, extras={"message-id": 1}, response=response, channel_id=2, locale="en-US", guild_id=5
    )
    caller = SimpleNamespace(lane="5", user_id=7, guild_id=5)
    with pytest.raises(Problem) as refused:
        await start_job(
            cast(Any, interaction), cast(Any, desk), cast(Any, caller), cast(Any, SimpleNamespace(name="work")), {}
        )
    assert str(refused.value) == "That was asked for already: `k7f39qztma`."


@pytest.mark.parametrize(
    ("name", "members", "sentence"),
    [
        (" \n", [5], "A list needs a name."),
        ("quiet", [], "Nobody is in that list; there is nothing to keep."),
    ],
)
async def test_a_list_that_is_none_is_not_kept(name: str, members: list[int], sentence: str) -> None:
    with pytest.raises(Problem) as refused:
        await keep(MagicMock(), MagicMock(), name, members, {})
    assert str(refused.value) == sentence
