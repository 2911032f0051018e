"""The stand-in gives and takes roles as Discord does, and refuses what Discord refuses."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import Guild, Sandbox
from bot.sandbox.permissions import ADMINISTRATOR
from bot.sandbox.world import Member, Role
from tests.contracts.openapi import Contract
from tests.sandbox.conftest import Rest

LOW, HIGH = 9001, 9002


@pytest.fixture
def person(guild: Guild) -> Member:
    """Somebody without roles; there are two more roles that the bot can give."""
    guild.roles[LOW], guild.roles[HIGH] = Role(LOW, "low", position=1), Role(HIGH, "high", position=2)
    return next(m for m in guild.members.values() if not m.roles and not m.user.bot)


def place(guild: Guild, member_id: int, role_id: int | None = None) -> str:
    path = f"/guilds/{guild.id}/members/{member_id}"
    return path if role_id is None else f"{path}/roles/{role_id}"


async def test_a_role_is_given_once_and_taken_once(rest: Rest, sandbox: Sandbox, guild: Guild, person: Member) -> None:
    path = place(guild, person.user.id, LOW)
    assert [(await rest(method, path))[0] for method in ("PUT", "PUT", "DELETE", "DELETE")] == [204] * 4
    assert person.roles == []
    assert [(c.member_id, c.role_id, c.given) for c in sandbox.world.role_changes] == [
        (person.user.id, LOW, True),
        (person.user.id, LOW, False),
    ]


async def test_the_whole_list_is_set_and_the_member_comes_back(
    rest: Rest, sandbox: Sandbox, guild: Guild, person: Member
) -> None:
    person.roles = [LOW]
    status, body, _ = await rest("PATCH", place(guild, person.user.id), {"roles": [HIGH]})
    assert (status, body["roles"], person.roles) == (200, [str(HIGH)], [HIGH])
    assert [(c.role_id, c.given) for c in sandbox.world.role_changes] == [(HIGH, True), (LOW, False)]


def role_named(guild: Guild, name: str) -> Role:
    return next(role for role in guild.roles.values() if role.name == name)


async def refusal(rest: Rest, method: str, path: str, body: Any = None) -> tuple[int, int]:
    status, answer, _ = await rest(method, path, body)
    return status, answer["code"]


async def test_what_discord_refuses_is_refused_one_by_one_and_in_a_list(
    rest: Rest, sandbox: Sandbox, guild: Guild, person: Member
) -> None:
    own = role_named(guild, "Errand")
    younger = own.id + 1
    guild.roles[younger] = Role(younger, "beside me, younger", position=own.position)
    guild.roles[8002] = Role(8002, "booster", position=1, managed=True, tags={"premium_subscriber": None})
    guild.roles[8003] = Role(8003, "linked", position=1, tags={"guild_connections": None})
    elder = own.id - 1
    guild.roles[elder] = Role(elder, "beside me, older", position=own.position)
    id_ = person.user.id
    cases = {
        role_named(guild, "Admin").id: (403, 50013),
        own.id: (403, 50013),
        8002: (403, 50013),
        8003: (403, 50013),
        elder: (403, 50013),
        guild.id: (400, 50028),
        777: (404, 10011),
    }
    for role_id, expected in cases.items():
        assert await refusal(rest, "PUT", place(guild, id_, role_id)) == expected, role_id
        assert await refusal(rest, "DELETE", place(guild, id_, role_id)) == expected, role_id
        assert await refusal(rest, "PATCH", place(guild, id_), {"roles": [role_id]}) == expected, role_id
    assert await refusal(rest, "PUT", place(guild, 5, LOW)) == (404, 10007)
    assert person.roles == []
    assert not sandbox.world.role_changes
    assert (await rest("PUT", place(guild, id_, younger)))[0] == 204, "of two at one place the older one stands higher"


async def test_a_managed_role_cannot_be_left_out_of_the_list(rest: Rest, guild: Guild, person: Member) -> None:
    guild.roles[8002] = Role(8002, "booster", position=1, managed=True, tags={"premium_subscriber": None})
    person.roles = [8002]
    assert await refusal(rest, "PATCH", place(guild, person.user.id), {"roles": [LOW]}) == (403, 50013)
    assert (await rest("PATCH", place(guild, person.user.id), {"roles": [8002, LOW]}))[0] == 200


async def test_administrator_lifts_the_permission_and_not_the_hierarchy(
    rest: Rest, guild: Guild, person: Member
) -> None:
    own = role_named(guild, "Errand")
    own.permissions = 0
    assert await refusal(rest, "PUT", place(guild, person.user.id, LOW)) == (403, 50013)
    own.permissions = ADMINISTRATOR
    assert (await rest("PUT", place(guild, person.user.id, LOW)))[0] == 204
    assert await refusal(rest, "PUT", place(guild, person.user.id, role_named(guild, "Admin").id)) == (403, 50013)


@pytest.mark.parametrize("body", [{}, {"roles": "9001"}, {"roles": ["x"]}, {"roles": [1] * 351}, {"nick": "x"}])
async def test_a_list_that_is_none_is_refused(rest: Rest, guild: Guild, person: Member, body: Any) -> None:
    assert await refusal(rest, "PATCH", place(guild, person.user.id), body) == (400, 50035)


async def test_ten_changes_fill_the_bucket_of_a_guild(rest: Rest, sandbox: Sandbox, guild: Guild) -> None:
    sandbox.buckets.preset = "real"
    guild.roles[LOW] = Role(LOW, "low", position=1)
    people = [m.user.id for m in guild.members.values() if not m.user.bot][:11]
    answers = [await rest("PUT", place(guild, id_, LOW)) for id_ in people]
    assert [status for status, _, _ in answers] == [204] * 10 + [429]
    assert answers[9][2]["X-RateLimit-Remaining"] == "0"
    assert answers[10][1]["retry_after"] > 0


async def test_role_changes_keep_to_discords_document(
    rest: Rest, sandbox: Sandbox, guild: Guild, person: Member, contract: Contract
) -> None:
    await rest("PUT", place(guild, person.user.id, LOW))
    await rest("DELETE", place(guild, person.user.id, LOW))
    await rest("PATCH", place(guild, person.user.id), {"roles": [str(LOW)]})
    problems = []
    for record in sandbox.requests:
        problems += contract.check_request(record.method, record.path, record.query, record.body)
        problems += contract.check_answer(record.method, record.path, record.status, record.response)
    assert problems == []
