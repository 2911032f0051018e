"""Frozen lists on the real records: whole or not at all, one name each, gone after thirty days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.records import Records
from jobs.engine.testing.clock import FakeClock
from jobs.lists import AT_ONCE, KEPT_MS, KINDS, MOST, MemberList, MemberLists, NameTaken, TooManyLists

GUILD, OTHER = 1, 2
FIRST = 10**18
MANY = [FIRST + n for n in range(2 * AT_ONCE + 5)]


class Desk:
    def __init__(self, records: Records, clock: FakeClock) -> None:
        self.records = records
        self.clock = clock
        self.lists = MemberLists(records, clock)

    async def members(self, kept: MemberList) -> list[int]:
        return [member async for some in self.lists.members(kept) for member in some]

    async def left(self) -> int:
        return sum([len(await self.records.find(kind)) for kind in KINDS])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    clock = FakeClock(1_790_000_000_000)
    backend = SqliteBackend(SqliteDatabase(tmp_path / "a.db", migrations=ENGINE_MIGRATIONS), clock=clock)
    await backend.open()
    yield Desk(backend.records, clock)
    await backend.close()


async def test_a_long_list_comes_back_whole_and_in_order_by_id_and_by_name(desk: Desk) -> None:
    made = await desk.lists.freeze(GUILD, " spring   CLEAN ", MANY, made_by="7", source={"job": "abc"})
    assert (made.name, made.count, made.source) == ("spring CLEAN", len(MANY), {"job": "abc"})
    for wanted in (made.id, "Spring clean", f" {made.id} "):
        assert await desk.lists.get(GUILD, wanted) == made
    assert await desk.members(made) == MANY


async def test_a_list_is_its_own_guilds_alone(desk: Desk) -> None:
    made = await desk.lists.freeze(GUILD, "mine", [FIRST])
    assert await desk.lists.get(OTHER, made.id) is None
    assert await desk.lists.get(OTHER, "mine") is None
    assert await desk.lists.of(OTHER) == []
    await desk.lists.freeze(OTHER, "mine", [FIRST])


async def test_of_two_who_take_a_name_at_once_one_gets_it(desk: Desk) -> None:
    both = (desk.lists.freeze(GUILD, "same", [FIRST]), desk.lists.freeze(GUILD, "SAME", [FIRST + 1]))
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert [type(answer) for answer in answers].count(NameTaken) == 1
    assert len(await desk.lists.of(GUILD)) == 1


async def test_a_forgotten_list_leaves_nothing_and_its_name_is_free(desk: Desk) -> None:
    made = await desk.lists.freeze(GUILD, "one", MANY)
    await desk.lists.delete(made)
    assert await desk.left() == 0
    await desk.lists.freeze(GUILD, "one", [FIRST])


async def test_a_list_is_gone_after_thirty_days(desk: Desk) -> None:
    made = await desk.lists.freeze(GUILD, "one", MANY)
    desk.clock.move_wall(KEPT_MS - 1)
    assert await desk.members(made) == MANY
    desk.clock.move_wall(2)
    assert await desk.lists.get(GUILD, "one") is None
    assert await desk.lists.of(GUILD) == []
    assert await desk.members(made) == []


async def test_a_member_who_is_forgotten_is_in_no_list_of_that_guild_and_is_not_counted(desk: Desk) -> None:
    first = await desk.lists.freeze(GUILD, "first", MANY)
    await desk.lists.freeze(GUILD, "second", MANY[:3])
    other = await desk.lists.freeze(OTHER, "other", MANY[:3])
    gone = MANY[-1]
    assert await desk.lists.forget(gone, str(GUILD)) == 1
    assert await desk.lists.forget(gone, str(GUILD)) == 0
    assert await desk.members(first) == MANY[:-1]
    assert {kept.name: kept.count for kept in await desk.lists.of(GUILD)} == {"first": len(MANY) - 1, "second": 3}
    assert await desk.lists.forget(MANY[0]) == 3, "everywhere"
    assert await desk.members(other) == MANY[1:3]


async def test_a_guild_has_only_so_many(desk: Desk) -> None:
    for number in range(MOST):
        await desk.lists.freeze(GUILD, str(number), [FIRST])
    with pytest.raises(TooManyLists, match=f"may have {MOST} lists"):
        await desk.lists.freeze(GUILD, "more", [FIRST])
    assert [kept.name for kept in await desk.lists.of(GUILD)][:1] != []
