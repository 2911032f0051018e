"""A member is found in whatever was stored, and nobody else is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.privacy.subject import ERASED, Subject
from jobs.engine.model import JsonValue

WHO, LONGER, OTHER = 123456789012345678, 1234567890123456789, 223456789012345678
SUBJECT = Subject(WHO)
NAMES = st.sampled_from(["id", "member", "n", f"{OTHER}", f"{WHO}"])
LEAVES: st.SearchStrategy[JsonValue] = st.one_of(
    st.sampled_from([WHO, f"{WHO}", f"id:{WHO}", f"<@{WHO}>", f"hello <@!{WHO}>, {WHO}/x"]),
    st.sampled_from([OTHER, f"{OTHER}", LONGER, f"{LONGER}", f"<@{OTHER}>", f"9{WHO}"]),
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5),
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


def leaves(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]


@given(value=VALUES)
def test_the_id_is_nowhere_afterwards_and_the_shape_is_the_old_one(value: JsonValue) -> None:
    left = SUBJECT.without(value)
    assert not SUBJECT.named_in(json.dumps(left))
    assert left is None or isinstance(left, type(value))
    assert SUBJECT.without(left) == left, "a second time changes nothing"
    assert list(SUBJECT.parts(left)) == []


@given(value=VALUES)
def test_who_is_not_named_loses_nothing(value: JsonValue) -> None:
    stranger = Subject(323456789012345678)
    assert stranger.without(value) == value
    assert list(stranger.parts(value)) == []


@given(value=VALUES)
def test_what_is_told_of_a_member_is_theirs_and_complete(value: JsonValue) -> None:
    told = list(SUBJECT.parts(value))
    assert all(SUBJECT.named_in(json.dumps(part)) for part in told)
    assert bool(told) == SUBJECT.named_in(json.dumps(value))


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ({"top": [{"id": f"{WHO}", "n": 1}, {"id": f"{OTHER}", "n": 2}]}, {"top": [{"id": f"{OTHER}", "n": 2}]}),
        ({"member_ids": [f"{OTHER}", f"{WHO}", WHO]}, {"member_ids": [f"{OTHER}"]}),
        ({"by_member": {f"{WHO}": 3, f"{OTHER}": 4}}, {"by_member": {f"{OTHER}": 4}}),
        ({"user_id": f"{WHO}", "guild_id": "1"}, {"user_id": None, "guild_id": "1"}),
        ({"busiest": {"id": WHO, "n": 1}, "n": 9}, {"busiest": None, "n": 9}),
        ({"text": f"<@{WHO}> and <@{OTHER}>"}, {"text": f"{ERASED} and <@{OTHER}>"}),
        ([LONGER, f"{LONGER}", f"9{WHO}"], [LONGER, f"{LONGER}", f"9{WHO}"]),
        (f"{WHO}", None),
    ],
)
def test_an_entry_goes_whole_and_an_object_that_must_stay_loses_what_it_says(value: JsonValue, left: JsonValue) -> None:
    assert SUBJECT.without(value) == left
