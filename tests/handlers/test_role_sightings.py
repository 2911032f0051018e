"""How the members of a batch are looked up: in few pages, whether they are near each other or far apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jobs.handlers.bulk_role_assignment.plan import Change
from jobs.handlers.bulk_role_assignment.sightings import Sightings
from jobs.roles import Holder
from jobs.services import AccessDenied

RED, BLUE = 1, 2


class Crowd:
    """Members with the ids 1 to 5,000; every tenth has RED."""

    def __init__(self, *, hidden: bool = False) -> None:
        self.asked: list[tuple[int, int]] = []
        self._hidden = hidden

    async def holders(self, guild_id: int, *, behind: int, limit: int) -> Sequence[Holder]:
        if self._hidden:
            raise AccessDenied("no intent")
        self.asked.append((behind, limit))
        ids = range(behind + 1, min(behind + limit, 5000) + 1)
        return [Holder(id_, "x", frozenset([RED] if id_ % 10 == 0 else [])) for id_ in ids]


def sightings(crowd: Any) -> Sightings:
    return Sightings(crowd, 7)


def changes(*members: int) -> list[Change]:
    return [Change(member, (RED,), ()) for member in members]


async def test_a_batch_of_neighbours_is_one_short_page() -> None:
    crowd = Crowd()
    seen = sightings(crowd)
    batch = changes(*range(200, 250))
    await seen.look(batch)
    assert crowd.asked == [(199, 100)]
    assert [change.member_id for change in batch if seen.stands(change)] == [200, 210, 220, 230, 240]


async def test_a_batch_that_is_scattered_is_followed_to_its_last_member_and_no_further() -> None:
    crowd = Crowd()
    seen = sightings(crowd)
    batch = changes(10, 1500, 2100)
    await seen.look(batch)
    assert crowd.asked == [(9, 100), (109, 1000), (1109, 1000)]
    assert all(seen.stands(change) for change in batch)


async def test_of_who_is_not_there_and_of_who_was_not_looked_up_nothing_is_said() -> None:
    crowd = Crowd()
    seen = sightings(crowd)
    await seen.look(changes(4990, 9000))
    assert crowd.asked == [(4989, 100)], "a page that is not full is the last"
    assert not seen.stands(Change(9000, (RED,), ()))
    await seen.look(changes(10))
    assert not seen.stands(Change(4990, (RED,), ())), "what was seen for one batch is not believed in the next"
    assert not seen.stands(Change(10, (RED, BLUE), ())), "a part is not all"
    assert not seen.stands(Change(10, (), (RED,)))


async def test_without_the_member_list_nothing_is_taken_for_right() -> None:
    seen = sightings(Crowd(hidden=True))
    await seen.look(changes(10))
    assert not seen.stands(Change(10, (RED,), ()))
