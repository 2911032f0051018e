"""Strict where Discord is: each refusal with its status and code."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.permissions import READ_MESSAGE_HISTORY, VIEW_CHANNEL, channel_permissions, guild_permissions
from bot.sandbox.world import Overwrite
from tests.sandbox.conftest import Rest, until


async def test_without_the_bots_token_there_is_no_answer(rest: Rest) -> None:
    status, body, _ = await rest("GET", "/users/@me", token="wrong")
    assert (status, body["message"]) == (401, "401: Unauthorized")


async def test_every_answer_has_the_headers_of_its_bucket_and_a_bare_content_type(rest: Rest) -> None:
    _, _, headers = await rest("GET", "/users/@me")
    assert headers["Content-Type"] == "application/json"
    assert {
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "X-RateLimit-Reset-After",
        "X-RateLimit-Bucket",
    } <= headers.keys()


async def test_history_pages_in_both_directions(rest: Rest, guild: Guild) -> None:
    channel = guild.default_channel
    ids = [m.id for m in channel.messages]
    path = f"/channels/{channel.id}/messages"
    _, newest, _ = await rest("GET", f"{path}?limit=3")
    assert [int(m["id"]) for m in newest] == ids[:-4:-1]
    _, behind, _ = await rest("GET", f"{path}?limit=3&after={ids[4]}")
    assert [int(m["id"]) for m in behind] == [ids[7], ids[6], ids[5]]
    _, before, _ = await rest("GET", f"{path}?limit=2&before={ids[4]}")
    assert [int(m["id"]) for m in before] == [ids[3], ids[2]]


@pytest.mark.parametrize("query", ["limit=101", "limit=0", "limit=x", "before=1&after=2", "after=abc"])
async def test_a_query_that_cannot_be_is_refused(rest: Rest, guild: Guild, query: str) -> None:
    status, body, _ = await rest("GET", f"/channels/{guild.default_channel.id}/messages?{query}")
    assert (status, body["code"]) == (400, 50035)


async def test_members_come_a_thousand_a_page_in_order_of_ids(rest: Rest, guild: Guild) -> None:
    path = f"/guilds/{guild.id}/members"
    _, first, _ = await rest("GET", f"{path}?limit=30")
    _, second, _ = await rest("GET", f"{path}?limit=1000&after={first[-1]['user']['id']}")
    ids = [int(m["user"]["id"]) for m in (*first, *second)]
    assert ids == sorted(guild.members)
    assert (await rest("GET", f"{path}?limit=1001"))[0] == 400


async def test_the_member_list_needs_its_intent(rest: Rest, sandbox: Sandbox, guild: Guild) -> None:
    sandbox.set_intents(0)
    status, body, _ = await rest("GET", f"/guilds/{guild.id}/members?limit=1")
    assert (status, body["code"]) == (403, 50001)


async def test_a_hidden_channel_is_refused_and_one_without_history_is_empty(
    rest: Rest, sandbox: Sandbox, guild: Guild
) -> None:
    hidden = next(c for c in guild.channels.values() if c.name == "archive")
    status, body, _ = await rest("GET", f"/channels/{hidden.id}/messages")
    assert (status, body["code"]) == (403, 50001)
    channel = guild.default_channel
    channel.overwrites.append(Overwrite(sandbox.world.bot.id, 1, deny=READ_MESSAGE_HISTORY))
    assert (await rest("GET", f"/channels/{channel.id}/messages"))[:2] == (200, [])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/guilds/5", 10004),
        ("/channels/5", 10003),
        ("/guilds/{g}/members/5", 10007),
        ("/channels/{c}/messages/5", 10008),
    ],
)
async def test_what_is_not_there_is_unknown(rest: Rest, guild: Guild, path: str, code: int) -> None:
    status, body, _ = await rest("GET", path.format(g=guild.id, c=guild.default_channel.id))
    assert (status, body["code"]) == (404, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 50006),
        ({"content": "x" * 2001}, 50035),
        ({"embeds": [{"title": "x" * 257}]}, 50035),
        ({"embeds": [{"description": "x" * 4097}]}, 50035),
        ({"embeds": [{"description": "x" * 3100}] * 2}, 50035),
        ({"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]}, 50035),
        ({"embeds": [{"fields": [{"name": "a", "value": " "}]}]}, 50035),
        ({"embeds": [{"title": "a"}] * 11}, 50035),
        ({"content": "a", "nonce": "n" * 26}, 50035),
        ({"content": "a", "components": [{"type": 1, "components": [{"type": 2, "custom_id": "x" * 101}]}]}, 50035),
        ({"content": "a", "components": [{"type": 1, "components": [{"type": 2, "custom_id": "x"}] * 2}]}, 50035),
    ],
)
async def test_messages_beyond_the_limits_are_refused(rest: Rest, guild: Guild, body: Any, code: int) -> None:
    status, answer, _ = await rest("POST", f"/channels/{guild.default_channel.id}/messages", body)
    assert (status, answer["code"]) == (400, code)


async def test_files_beyond_the_limits_are_refused(sandbox: Sandbox, guild: Guild) -> None:
    url = f"{sandbox.api_base}/channels/{guild.default_channel.id}/messages"
    form = aiohttp.FormData()
    form.add_field("payload_json", "{}")
    form.add_field("files[0]", io.BytesIO(b"x" * (10 * 1024 * 1024 + 1)), filename="big.bin")
    headers = {"Authorization": f"Bot {sandbox.token}"}
    async with aiohttp.ClientSession() as session, session.post(url, data=form, headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (413, 40005)


async def test_the_same_enforced_nonce_makes_one_message(rest: Rest, guild: Guild) -> None:
    body = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    path = f"/channels/{guild.default_channel.id}/messages"
    ids = {(await rest("POST", path, body))[1]["id"] for _ in range(3)}
    assert len(ids) == 1


async def test_only_named_users_are_pinged(rest: Rest, guild: Guild) -> None:
    path, owner = f"/channels/{guild.default_channel.id}/messages", guild.owner_id
    text = {"content": f"<@{owner}> hi"}
    assert len((await rest("POST", path, text))[1]["mentions"]) == 1
    assert (await rest("POST", path, {**text, "allowed_mentions": {"parse": []}}))[1]["mentions"] == []


async def test_messages_of_others_cannot_be_edited(rest: Rest, guild: Guild) -> None:
    theirs = next(m for m in guild.default_channel.messages if not m.author_bot)
    path = f"/channels/{theirs.channel_id}/messages/{theirs.id}"
    status, body, _ = await rest("PATCH", path, {"content": "mine"})
    assert (status, body["code"]) == (403, 50005)


async def test_messages_over_an_hour_old_have_a_limit_of_their_own(rest: Rest, sandbox: Sandbox, guild: Guild) -> None:
    path = f"/channels/{guild.default_channel.id}/messages"
    _, made, _ = await rest("POST", path, {"content": "old soon"})
    message = guild.default_channel.find(int(made["id"]))
    assert message is not None
    message.id -= (3_600_001) << 22
    guild.default_channel.messages.sort(key=lambda m: m.id)
    answers = [await rest("PATCH", f"{path}/{message.id}", {"content": str(n)}) for n in range(4)]
    assert [status for status, _, _ in answers] == [200, 200, 200, 429]
    assert answers[3][1]["code"] == 30046


async def test_an_empty_bucket_answers_429_with_the_wait_and_a_via(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    sandbox.buckets.preset = "real"
    path = f"/channels/{guild.default_channel.id}/messages?limit=1"
    answers = [await rest("GET", path) for _ in range(6)]
    assert [status for status, _, _ in answers] == [200] * 5 + [429]
    _, body, headers = answers[5]
    assert 0 < body["retry_after"] <= 1
    assert headers["Via"]
    assert headers["X-RateLimit-Scope"] == "user"
    other = next(c for c in guild.channels.values() if c.id != guild.default_channel.id and c.type == 0)
    assert (await rest("GET", f"/channels/{other.id}/messages?limit=1"))[0] == 200, "channels have buckets of their own"


async def test_fifty_requests_a_second_are_all_a_bot_has(sandbox: Sandbox, rest: Rest) -> None:
    sandbox.buckets.preset = "real"
    codes = [(await rest("GET", f"/channels/{n}"))[:2] for n in range(1, 60)]
    limited = [body for status, body in codes if status == 429]
    assert limited
    assert limited[0]["global"] is True


@pytest.mark.parametrize(
    "command",
    [
        {"name": "Upper", "description": "x"},
        {"name": "x" * 33, "description": "x"},
        {"name": "a", "description": ""},
        {"name": "a", "description": "x" * 101},
        {"name": "a", "description": "x", "options": [{"type": 3, "name": "o", "description": "x"}] * 26},
        {
            "name": "a",
            "description": "x",
            "options": [
                {"type": 3, "name": "o", "description": "x"},
                {"type": 3, "name": "p", "description": "x", "required": True},
            ],
        },
        {"name": "a", "description": "x", "description_localizations": {"id": "y" * 101}},
        {"name": "a", "description": "x", "description_localizations": {"xx": "y"}},
        {
            "name": "a",
            "description": "x",
            "options": [
                {
                    "type": 3,
                    "name": f"o{n}",
                    "description": "x" * 100,
                    "description_localizations": {"id": "y" * 100},
                    "choices": [{"name": "z", "value": "z", "name_localizations": {"id": "z" * 100}}] * 3,
                }
                for n in range(21)
            ],
        },
    ],
)
async def test_commands_beyond_the_rules_are_refused(rest: Rest, sandbox: Sandbox, command: Any) -> None:
    path = f"/applications/{sandbox.world.application_id}/commands"
    status, body, _ = await rest("PUT", path, [command])
    assert (status, body["code"]) == (400, 50035)


async def test_commands_keep_their_ids_by_name(rest: Rest, sandbox: Sandbox) -> None:
    path = f"/applications/{sandbox.world.application_id}/commands"
    _, first, _ = await rest("PUT", path, [{"name": "a", "description": "x"}])
    _, second, _ = await rest("PUT", path, [{"name": "b", "description": "x"}, {"name": "a", "description": "y"}])
    assert second[1]["id"] == first[0]["id"]
    assert (await rest("GET", path))[1] == second


async def test_faults_come_as_often_as_ordered(rest: Rest, sandbox: Sandbox) -> None:
    sandbox.faults.add(method="GET", route="/users/@me", status=503, times=2, after=1)
    assert [(await rest("GET", "/users/@me"))[0] for _ in range(4)] == [200, 503, 503, 200]
    sandbox.faults.add(method="GET", route="/users/@me", status="reset", times=2)  # aiohttp asks once more by itself
    with pytest.raises((aiohttp.ClientError, OSError)):
        await rest("GET", "/users/@me")


async def test_a_late_fault_does_its_work_and_loses_the_answer(rest: Rest, sandbox: Sandbox, guild: Guild) -> None:
    route = "/channels/{channel_id}/messages"
    sandbox.faults.add(method="POST", route=route, status=500, late=True)
    status, _, _ = await rest("POST", f"/channels/{guild.default_channel.id}/messages", {"content": "there"})
    assert status == 500
    assert guild.default_channel.messages[-1].content == "there"


async def test_a_hanging_request_ends_with_the_server(sandbox: Sandbox, rest: Rest) -> None:
    fault = sandbox.faults.add(method="GET", route="/users/@me", status="hang")
    import asyncio

    hanging = asyncio.create_task(rest("GET", "/users/@me"))
    await until(lambda: fault.hits)
    await sandbox.stop()
    with pytest.raises(aiohttp.ClientError):
        await hanging


def test_permissions_follow_discords_order(guild: Guild) -> None:
    member = next(m for m in guild.members.values() if not m.roles and not m.user.bot and m.user.id != guild.owner_id)
    role = next(r for r in guild.roles.values() if r.name == "Veteran")
    channel = guild.default_channel
    channel.overwrites = [Overwrite(guild.id, 0, deny=VIEW_CHANNEL)]
    assert channel_permissions(guild, channel, member) == 0
    member.roles.append(role.id)
    channel.overwrites.append(Overwrite(role.id, 0, allow=VIEW_CHANNEL))
    assert channel_permissions(guild, channel, member) & VIEW_CHANNEL
    channel.overwrites.append(Overwrite(member.user.id, 1, deny=VIEW_CHANNEL))
    assert channel_permissions(guild, channel, member) == 0
    assert channel_permissions(guild, channel, guild.members[guild.owner_id]) & VIEW_CHANNEL
    role.permissions |= 1 << 3
    assert channel_permissions(guild, channel, member) == guild_permissions(guild, guild.members[guild.owner_id])
