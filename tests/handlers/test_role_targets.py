"""Who is meant, as people say it: groups, names, lists, files, and every filter, alone and combined."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from jobs.handlers.bulk_role_assignment.ids import ids_of, ids_of_table
from jobs.handlers.bulk_role_assignment.payload import BulkRoleAssignment
from jobs.handlers.bulk_role_assignment.plan import Change, Draft, from_chunk, to_chunks
from jobs.handlers.bulk_role_assignment.targets import Seen, Targets, plan_for
from jobs.roles import Holder, Role, RoleBook
from jobs.services import MemberInfo, snowflake_at

NOW = int(datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp() * 1000)
DAY_MS = 86_400_000
RED, BLUE, GREEN = 11, 12, 13


def member(number: int, *roles: int, joined: int = 100, account: int = 400, bot: bool = False) -> MemberInfo:
    """`joined` and `account` in days before now."""
    id_ = snowflake_at(NOW - account * DAY_MS) + number
    return MemberInfo(id_, f"member {number}", bot, NOW - joined * DAY_MS, roles)


ADA = member(1, RED)
BO = member(2, RED, BLUE, joined=10)
CY = member(3, BLUE, GREEN, account=20, joined=3)
DEE = member(4)
BOT = member(5, RED, bot=True)
EVERYBODY = [ADA, BO, CY, DEE, BOT]


def payload(**more: Any) -> BulkRoleAssignment:
    return BulkRoleAssignment.model_validate({"guild_id": "1", "role_ids": ["77"], "who": "all", **more})


def meant(seen: Seen | None = None, **more: Any) -> list[MemberInfo]:
    asked = payload(**more)
    targets = Targets(asked, asked.named() if asked.names else None, NOW, seen)
    return [m for m in EVERYBODY if targets.mean(m) and targets.was_active_as_wanted(m)]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, EVERYBODY),
        ({"who": "humans"}, [ADA, BO, CY, DEE]),
        ({"who": "bots"}, [BOT]),
        ({"who": "named", "member_ids": [str(BO.id), str(BOT.id)]}, [BO, BOT]),
        ({"who": "humans", "member_ids": [str(BO.id), str(BOT.id)]}, [BO]),
        ({"who": "named", "more_members": f"<@{ADA.id}>, <@!{DEE.id}>"}, [ADA, DEE]),
        ({"who": "named", "id_file": f"member_id;name\nid:{CY.id};Cy\n{DEE.id};=1+1\n"}, [CY, DEE]),
        ({"any_roles": [str(RED), str(GREEN)]}, [ADA, BO, CY, BOT]),
        ({"all_roles": [str(RED), str(BLUE)]}, [BO]),
        ({"no_roles": [str(RED), str(GREEN)]}, [DEE]),
        ({"joined_after": "2026-11-15"}, [BO, CY]),
        ({"joined_before": "2026-11-15"}, [ADA, DEE, BOT]),
        ({"joined_after": "2026-11-15", "joined_before": "2026-11-20"}, [BO]),
        ({"account_days_min": 100}, [ADA, BO, DEE, BOT]),
        ({"account_days_max": 100}, [CY]),
        ({"who": "humans", "any_roles": [str(RED)], "no_roles": [str(BLUE)], "account_days_min": 1}, [ADA]),
    ],
)
def test_groups_names_and_filters_narrow_each_other(asked: dict[str, Any], expected: list[MemberInfo]) -> None:
    assert meant(**asked) == expected


def test_a_day_begins_where_the_server_is() -> None:
    midnight = int(datetime(2026, 11, 15, tzinfo=UTC).timestamp() * 1000)
    early = MemberInfo(ADA.id, "early", False, midnight - 60_000, ())
    for zone, expected in (("UTC", False), ("Europe/Berlin", True), ("America/New_York", False)):
        targets = Targets(payload(joined_after="2026-11-15", time_zone=zone), None, NOW)
        assert targets.mean(early) == expected, zone


def test_activity_that_nobody_may_know_of_is_neither_activity_nor_silence() -> None:
    seen = Seen({ADA.id: NOW - DAY_MS, BO.id: NOW - 40 * DAY_MS, CY.id: NOW - 60 * DAY_MS}, {CY.id})
    assert meant(seen, active_days=30) == [ADA]
    assert meant(seen, inactive_days=30) == [DEE, BOT], "Bo joined within these days, of Cy nothing may be known"
    assert meant(None, inactive_days=30) == []


def test_who_has_no_day_of_joining_fits_no_filter_of_days() -> None:
    nobody = MemberInfo(ADA.id, "?", False, None, ())
    for asked in ({"joined_after": "2020-01-01"}, {"joined_before": "2030-01-01"}):
        assert not Targets(payload(**asked), None, NOW).mean(nobody)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"role_ids": []}, "choose at least one role, or name a preset"),
        ({"who": "named"}, "say who: choose members, send a list of ids, or choose all, humans or bots"),
        ({"until": "2026-12-01T10:00:00"}, "the time at which it is taken back needs a time zone"),
        ({"active_days": 1, "inactive_days": 2}, "choose who was active or who was not, not both"),
        ({"account_days_min": 9, "account_days_max": 8}, "no account is older and younger than that"),
        ({"more_members": "<@123456789012345678> Ada"}, "“Ada” is no id of a member"),
        ({"id_file": "id\n123456789012345678\n12"}, "“12” is no id of a member"),
        ({"id_file": "12345678901234567l\n123456789012345678"}, "“12345678901234567l” is no id of a member"),
        ({"id_file": "id\n1.23457E+17\n"}, "“1.23457E+17” is an id that a spreadsheet has shortened"),
        ({"id_file": "id;name\n1,23457E+17;Ada\n"}, "“1,23457E+17” is an id that a spreadsheet has shortened"),
        ({"id_file": "Ada\n"}, "the file holds no id of a member"),
        ({"id_file": "member_id,name\n"}, "the file holds no id of a member"),
        ({"id_file": "name\nAda\nBo\n"}, "“Ada” is no id of a member"),
        ({"time_zone": "Nowhere"}, "'Nowhere' is no time zone; give one like Europe/Berlin"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        payload(**asked)
    assert sentence in str(refused.value)


def test_ids_are_read_as_people_write_them_and_each_once() -> None:
    one, two = 123456789012345678, 223456789012345678
    assert ids_of(f" {one},<@{two}>\n<@!{one}>;id:{two} ") == [one, two]
    assert ids_of_table(f'"{one}","a, b"\n{two},c\n\n{one}') == [one, two]
    assert ids_of_table(f"User\tId\n{one}\tx") == [one]
    assert ids_of("") == ids_of_table("") == []


def book(*roles: Role) -> RoleBook:
    every = [Role(1, "@everyone", 0, 0), Role(50, "mine", 10, 1 << 28), *roles]
    caller = Holder(9, "caller", frozenset())
    return RoleBook(1, 9, {role.id: role for role in every}, Holder(8, "me", frozenset([50])), caller)


def planned(action: str, has: tuple[int, ...], *roles: Role) -> Draft:
    draft = Draft()
    plan_for(draft, payload(action=action, role_ids=["77", "78"]), book(*roles), member(1, *has))
    return draft


NEW, OLD = Role(77, "new", 2, 0), Role(78, "newer", 3, 0)


def test_a_plan_holds_what_would_really_change_and_nothing_else() -> None:
    assert planned("add", (77,), NEW, OLD).changes[0].add == (78,)
    assert planned("remove", (77,), NEW, OLD).changes[0].remove == (77,)
    right = planned("add", (77, 78), NEW, OLD)
    assert not right.changes
    assert right.count("right") == 1


def test_replace_takes_what_people_can_take_and_leaves_what_others_gave() -> None:
    plain, booster, high = Role(30, "plain", 1, 0), Role(31, "booster", 1, 0, "booster"), Role(32, "high", 20, 0)
    change = planned("replace", (30, 31, 77), NEW, OLD, plain, booster).changes[0]
    assert (change.add, change.remove) == ((78,), (30,))
    blocked = planned("replace", (32,), NEW, OLD, high)
    assert blocked.blocked() == {"above": 1}, "half a replacement is none"
    assert not blocked.changes


def test_a_plan_of_fifty_thousand_is_kept_in_parts_and_read_back_as_it_was() -> None:
    changes = [Change(10**18 + n, (77,), ()) if n % 3 else Change(10**18 + n, (77, 78), (30,)) for n in range(50_000)]
    chunks = to_chunks(changes)
    assert len(chunks) == 3
    assert [change for chunk in chunks for change in from_chunk(chunk)] == changes


def test_a_preset_gives_what_was_not_chosen_anew() -> None:
    kept = payload(any_roles=[str(RED)], action="remove", keep_as="x", until="2026-12-01T10:00:00Z").kept()
    assert kept == {"role_ids": ["77"], "who": "all", "any_roles": [str(RED)], "action": "remove"}
    asked = BulkRoleAssignment.model_validate({"guild_id": "1", "preset": "x", "role_ids": ["99"], "who": "humans"})
    merged = asked.over(kept)
    assert (merged.role_ids, merged.who, merged.action, merged.any_roles) == ([99], "humans", "remove", [RED])
