"""`RoleService` by the real discord.py on the stand-in, logged in and not connected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from bot.invalid_requests import InvalidRequests
from bot.rest import tell_pause
from bot.sandbox import Guild, Sandbox
from bot.sandbox.buckets import Rate
from bot.sandbox.world import Member, Role
from bot.services.head_room import HeadRoom
from bot.services.role_service import DiscordRoles
from jobs.engine.clock import SystemClock
from jobs.engine.testing.clock import FakeClock
from jobs.roles import AppliedThenCancelled, Changed
from jobs.services import AccessDenied, NotFound, ServiceUnavailable

RED, BLUE = 71, 72
ONE = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
WHOLE = "/guilds/{guild_id}/members/{user_id}"


class QuickClock(SystemClock):
    """Sleeps take no time."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@pytest.fixture
def answered() -> list[str]:
    """Methods of the requests whose answers have come to discord.py."""
    return []


@pytest.fixture
async def service(sandbox: Sandbox, guild: Guild, answered: list[str]) -> AsyncIterator[DiscordRoles]:
    guild.roles |= {RED: Role(RED, "red", 0, 1), BLUE: Role(BLUE, "blue", 0, 1)}
    clock = QuickClock()
    trace = InvalidRequests(clock).trace()
    trace.on_request_end.append(tell_pause)

    async def note(session: object, context: object, ended: aiohttp.TraceRequestEndParams) -> None:
        answered.append(ended.method)

    trace.on_request_end.append(note)
    async with discord.Client(intents=discord.Intents.none(), http_trace=trace) as client:
        await client.login(sandbox.token)
        yield DiscordRoles(client, clock, HeadRoom(clock, 1000))


@pytest.fixture
def person(guild: Guild) -> Member:
    return next(m for m in guild.members.values() if not m.user.bot and not m.roles)


async def test_the_book_holds_what_decides_who_may_give_what(service: DiscordRoles, guild: Guild) -> None:
    book = await service.book(guild.id, guild.owner_id)
    kinds = {role.name: role.kind for role in book.roles.values()}
    assert kinds == {
        "@everyone": "", "Member+": "", "Veteran": "", "Errand": "bot", "Moderator": "", "Admin": "", "red": "", "blue": "",
    }  # fmt: skip
    assert book.owner_id == guild.owner_id
    assert book.me.roles == frozenset(role.id for role in guild.roles.values() if role.name == "Errand")
    assert book.caller is not None
    assert (await service.book(guild.id, 5)).caller is None, "who has left"
    with pytest.raises(NotFound) as refused:
        await service.book(5, None)
    assert refused.value.code == 10004


async def test_refusals_bring_discords_own_number(service: DiscordRoles, guild: Guild, person: Member) -> None:
    admin = next(role.id for role in guild.roles.values() if role.name == "Admin")
    for role, kind, code in ((admin, AccessDenied, 50013), (9, NotFound, 10011), (guild.id, AccessDenied, 50028)):
        with pytest.raises(kind) as refused:
            await service.give(guild.id, person.user.id, role, reason="x")
        assert refused.value.code == code
    with pytest.raises(NotFound) as gone:
        await service.take(guild.id, 5, RED, reason="x")
    assert gone.value.code == 10007


async def test_what_stands_as_it_should_takes_no_request(
    service: DiscordRoles, sandbox: Sandbox, guild: Guild, person: Member
) -> None:
    person.roles = [RED]
    changed = await service.change(guild.id, person.user.id, add=[RED], remove=[BLUE], reason="x")
    assert changed == Changed(frozenset([RED]), frozenset([RED]))
    assert not [r for r in sandbox.requests if r.method == "PATCH"]


async def test_changes_of_one_server_never_overwrite_each_other(
    service: DiscordRoles, guild: Guild, person: Member
) -> None:
    """An undo and an assignment may be at work in one server at once."""
    id_ = person.user.id
    for _ in range(10):
        person.roles = []
        await asyncio.gather(
            service.change(guild.id, id_, add=[BLUE], remove=[], reason="x"),
            service.give(guild.id, id_, RED, reason="x"),
        )
        assert sorted(person.roles) == [RED, BLUE]


async def test_a_list_is_not_sent_again_by_itself(
    service: DiscordRoles, sandbox: Sandbox, guild: Guild, person: Member
) -> None:
    sandbox.faults.add(method="PATCH", route=WHOLE, status=503)
    with pytest.raises(ServiceUnavailable):
        await service.change(guild.id, person.user.id, add=[RED, BLUE], remove=[], reason="x")
    assert len([r for r in sandbox.requests if r.method == "PATCH"]) == 1


async def test_a_call_that_is_cancelled_behind_its_answer_says_that_it_was_done(
    service: DiscordRoles, sandbox: Sandbox, guild: Guild, person: Member, answered: list[str]
) -> None:
    answered.clear()
    sandbox.buckets.chosen |= {f"PUT {ONE}": Rate(1, 25.0), f"PATCH {WHOLE}": Rate(1, 25.0)}
    calls = (
        service.give(guild.id, person.user.id, RED, reason="x"),
        service.change(guild.id, person.user.id, add=[BLUE], remove=[RED], reason="x"),
    )
    expected = (None, Changed(frozenset([RED]), frozenset([BLUE])))
    for number, (call, changed) in enumerate(zip(calls, expected, strict=True)):
        task = asyncio.create_task(call)
        await sandbox.until(lambda number=number: len(sandbox.world.role_changes) > number)  # type: ignore[misc]
        while answered != ["PUT", "GET", "PATCH"][: 1 + 2 * number]:
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(AppliedThenCancelled) as done:
            await task
        assert done.value.changed == changed


async def test_a_call_that_is_cancelled_before_its_answer_is_just_cancelled(
    service: DiscordRoles, sandbox: Sandbox, guild: Guild, person: Member
) -> None:
    hanging = sandbox.faults.add(method="PUT", route=ONE, status="hang")
    task = asyncio.create_task(service.give(guild.id, person.user.id, RED, reason="x"))
    await sandbox.until(lambda: hanging.hits)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task
    assert not isinstance(cancelled.value, AppliedThenCancelled)


async def test_what_a_change_takes_is_learned_from_the_limits_that_discord_tells(
    service: DiscordRoles, sandbox: Sandbox, guild: Guild, person: Member
) -> None:
    assert service.seconds_a_change(guild.id) == 1.0
    sandbox.buckets.chosen[f"PUT {ONE}"] = Rate(5, 20.0)
    await service.give(guild.id, person.user.id, RED, reason="x")
    assert service.seconds_a_change(guild.id) == pytest.approx(4.0, rel=0.05)
    assert service.seconds_a_change(guild.id + 1) == 1.0


async def test_all_role_jobs_together_leave_room_for_what_people_wait_for() -> None:
    clock = FakeClock()
    room = HeadRoom(clock, 35)
    begun: list[float] = []

    async def job() -> None:
        for _ in range(40):
            await room.turn()
            begun.append(clock.monotonic())

    jobs = [asyncio.create_task(job()) for _ in range(3)]
    while not all(one.done() for one in jobs):
        await clock.advance(0.1)
    assert len(begun) == 120
    for number, at in enumerate(begun):
        assert sum(at <= other < at + 0.999 for other in begun[number:]) <= 35
    assert begun[-1] - begun[0] <= 120 / 35 + 0.5, "and no more room than that"


async def test_members_come_in_order_of_their_ids_page_by_page_and_not_without_the_intent(
    service: DiscordRoles, sandbox: Sandbox, guild: Guild, person: Member
) -> None:
    person.roles = [RED]
    everybody = sorted(guild.members)
    seen, behind = list[int](), 0
    while page := await service.holders(guild.id, behind=behind, limit=7):
        seen += [holder.id for holder in page]
        behind = page[-1].id
        assert all((RED in holder.roles) == (holder.id == person.user.id) for holder in page)
    assert seen == everybody
    sandbox.intents_allowed = 0
    with pytest.raises(AccessDenied):
        await service.holders(guild.id, behind=0, limit=7)
