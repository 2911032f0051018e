"""Forms from payload models: every kind of field asks its question, takes its answer, and says what is wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import discord
import pytest
from annotated_types import Len
from pydantic import BaseModel, Field, StringConstraints, create_model

from bot.forms import Given, Moment, Question, answer_of, component_of, given_in, questions_of, shown, wrong_in
from bot.forms.fields import hint_of
from bot.forms.questions import TYPED
from bot.forms.wrong import KEYS
from bot.languages import Words, languages, words_in
from bot.sandbox.errors import ApiError
from bot.sandbox.limits import check_modal
from jobs.engine.payload import Payload
from jobs.services import ChannelId, MemberId, RoleId, Snowflake, UploadedText

WORDS = words_in()
MOMENT = Moment(date(2026, 11, 25), ZoneInfo("Asia/Jakarta"))


class Colour(Enum):
    RED = "red"
    DARK_BLUE = "dark_blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Address(BaseModel):
    street: str


Letters: Any = Literal[tuple(f"letter-{place}" for place in range(40))]


def model(annotation: Any, default: Any = ..., **field: Any) -> type[Payload]:
    return create_model("Asked", __base__=Payload, field=(annotation, Field(default, **field)))


def question(annotation: Any, default: Any = ..., **field: Any) -> Question:
    (found,) = questions_of(model(annotation, default, **field))
    return found


def part_of(asked: Question, *value: Any, kept: str = "") -> dict[str, Any]:
    label = component_of(asked, WORDS, *value, kept=kept).to_component_dict()
    return dict(label["component"])


KINDS: list[tuple[Any, str, int]] = [
    (str, "text", 4),
    (int, "text", 4),
    (float, "text", 4),
    (Decimal, "text", 4),
    (date, "text", 4),
    (datetime, "text", 4),
    (time, "text", 4),
    (timedelta, "text", 4),
    (UUID, "text", 4),
    (Snowflake, "text", 4),
    (dict[str, int], "text", 4),
    (Address, "text", 4),
    (list[Address], "text", 4),
    (list[str], "text", 4),
    (set[int], "text", 4),
    (Letters, "text", 4),
    (bool, "yes-no", 23),
    (bool | None, "choice", 3),
    (Literal["add", "remove"], "choice", 3),
    (list[Literal["add", "remove"]], "choice", 3),
    (Colour, "choice", 3),
    (Level, "choice", 3),
    (MemberId, "member", 5),
    (list[MemberId], "member", 5),
    (RoleId, "role", 6),
    (list[RoleId], "role", 6),
    (frozenset[RoleId] | None, "role", 6),
    (ChannelId, "channel", 8),
    (list[ChannelId], "channel", 8),
    (UploadedText, "file", 19),
    (UploadedText | None, "file", 19),
]


@pytest.mark.parametrize(("annotation", "kind", "component"), KINDS, ids=[str(k[0])[-40:] for k in KINDS])
def test_every_kind_of_field_has_a_question_and_a_component(annotation: Any, kind: str, component: int) -> None:
    asked = question(annotation)
    assert asked.kind == kind
    assert part_of(asked)["type"] == component
    assert asked.required
    check_modal({"title": "T", "components": [component_of(asked, WORDS).to_component_dict()]})


ANSWERS: list[tuple[Any, Given | None, Any]] = [
    (str, "  two words ", "two words"),
    (str, "   ", None),
    (int, "12", 12),
    (float, "1.5", 1.5),
    (Decimal, "1.50", Decimal("1.50")),
    (date, "2026-10-31", date(2026, 10, 31)),
    (date, "Today", date(2026, 11, 25)),
    (date, "yesterday", date(2026, 11, 24)),
    (datetime, "2026-10-31 18:00", datetime(2026, 10, 31, 11, tzinfo=UTC)),
    (datetime, "2026-10-31T18:00+02:00", datetime(2026, 10, 31, 16, tzinfo=UTC)),
    (time, "18:00", time(18)),
    (timedelta, "1:30:00", timedelta(minutes=90)),
    (Snowflake, "175928847299117063", 175928847299117063),
    (dict[str, int], '{"a": 1}', {"a": 1}),
    (Address, '{"street": "Elm"}', Address(street="Elm")),
    (list[Address], '[{"street": "Elm"}]', [Address(street="Elm")]),
    (list[str], "a, b\n\nc d", ["a", "b", "c d"]),
    (set[int], "1\n2,2", {1, 2}),
    (bool, True, True),
    (bool, None, False),
    (bool | None, ["True"], True),
    (bool | None, ["False"], False),
    (bool | None, [], None),
    (Literal["add", 3], ["3"], 3),
    (Literal["add", 3], "ADD", "add"),
    (list[Literal["add", "remove"]], ["remove", "add"], ["remove", "add"]),
    (Colour, ["dark_blue"], Colour.DARK_BLUE),
    (Level, ["2"], Level.HIGH),
    (Letters, "Letter-7", "letter-7"),
    (MemberId, ["175928847299117063"], 175928847299117063),
    (list[RoleId], ["1", "2"], [1, 2]),
    (frozenset[ChannelId], ["5"], frozenset({5})),
]


@pytest.mark.parametrize(("annotation", "given", "value"), ANSWERS)
def test_an_answer_reaches_the_payload_in_its_own_type(annotation: Any, given: Given | None, value: Any) -> None:
    answer = answer_of(question(annotation), given, MOMENT)
    if answer is None:
        assert value is None
        return
    assert model(annotation).model_validate({"field": answer}).field == value  # type: ignore[attr-defined]


def test_what_was_answered_stands_in_the_form_when_it_is_opened_again() -> None:
    assert part_of(question(str), "so far")["value"] == "so far"
    assert part_of(question(list[str]), ["a", "b"])["value"] == "a\nb"
    assert part_of(question(dict[str, int]), {"a": 1})["value"] == '{\n "a": 1\n}'
    assert part_of(question(dict[str, int]), "{broken")["value"] == "{broken"
    assert part_of(question(bool), True)["default"] is True
    chosen = part_of(question(Literal["add", "remove"]), "remove")["options"]
    assert [option["value"] for option in chosen if option.get("default")] == ["remove"]
    assert part_of(question(list[RoleId]), ["7", "8"])["default_values"] == [
        {"id": 7, "type": "role"},
        {"id": 8, "type": "role"},
    ]
    assert part_of(question(MemberId), "7")["default_values"][0]["type"] == "user"
    assert part_of(question(ChannelId), "7")["default_values"][0]["type"] == "channel"
    kept = part_of(question(UploadedText), kept="ids.csv")
    assert (kept["required"], kept["min_values"]) == (False, 0)


def test_defaults_stand_in_the_form_from_the_start() -> None:
    assert part_of(question(int, 5))["value"] == "5"
    assert part_of(question(bool, True))["default"] is True
    assert part_of(question(Colour, Colour.RED))["options"][0]["default"] is True
    assert part_of(question(dict[str, int], {"a": 1}))["value"] == '{\n "a": 1\n}'
    assert part_of(question(date, date(2026, 1, 2)))["value"] == "2026-01-02"
    assert part_of(question(list[RoleId], [7]))["default_values"] == [{"id": 7, "type": "role"}]
    assert part_of(question(Literal[1, True], True))["options"][1]["default"] is True
    assert part_of(question(Literal[1, True], True))["options"][0]["default"] is False


def test_bounds_of_the_model_are_said_and_kept_where_discord_can() -> None:
    assert hint_of(question(int, ge=1, le=10), WORDS) == "A whole number, 1 or more, up to 10"
    assert hint_of(question(int, gt=0), WORDS) == "A whole number, more than 0"
    assert hint_of(question(float, lt=9), WORDS) == "A number, less than 9"
    assert hint_of(question(list[Annotated[int, Field(ge=2)]]), WORDS) == "A whole number, 2 or more, one a line"
    assert hint_of(question(dict[str, str]), WORDS) == 'JSON, like {"name": "value"}'
    assert hint_of(question(list[int]), words_in("id")) == "Bilangan bulat, satu per baris"
    short = part_of(question(Annotated[str, StringConstraints(min_length=2, max_length=20)]))
    assert (short["min_length"], short["max_length"], short["style"]) == (2, 20, 1)
    assert part_of(question(str, max_length=3000))["style"] == 2
    assert part_of(question(str, max_length=9000))["max_length"] == 4000
    few = part_of(question(Annotated[list[RoleId], Len(1, 3)]))
    assert (few["min_values"], few["max_values"], few["required"]) == (1, 3, True)
    assert part_of(question(list[MemberId]))["max_values"] == 25
    assert part_of(question(list[Colour]))["max_values"] == 2


def test_over_25_choices_are_typed_and_named() -> None:
    asked = question(Letters)
    assert asked.kind == "text"
    assert hint_of(asked, WORDS).startswith("One of: letter-0, letter-1")
    assert len(hint_of(asked, WORDS)) <= 100
    assert question(Literal[tuple(range(25))]).kind == "choice"
    assert question(Literal[tuple(range(26))]).kind == "text"
    assert question(list[Letters]).long


def test_needed_questions_come_first_and_what_the_command_gives_is_not_asked() -> None:
    class Many(Payload):
        guild_id: Snowflake
        note: str = ""
        start_date: date
        role_id: RoleId

    assert [asked.name for asked in questions_of(Many)] == ["role_id", "note"]


def test_long_names_and_texts_are_cut_to_discords_limits() -> None:
    class Wordy(Payload):
        a_name_that_goes_on_and_on_and_on_until_nobody_reads_it_any_more: str = Field("x" * 5000)
        """A description that goes on and on, far beyond what a form can hold, which is a hundred letters and no more."""

    (asked,) = questions_of(Wordy)
    label = component_of(asked, WORDS).to_component_dict()
    assert len(label["label"]) == 45
    assert label["label"].endswith("…")
    assert len(label["description"]) == 100
    assert "value" not in label["component"]
    check_modal({"title": "T", "components": [label]})


def test_the_check_of_limits_would_notice() -> None:
    broken = {"type": 18, "label": "x" * 46, "component": part_of(question(str))}
    with pytest.raises(ApiError):
        check_modal({"title": "T", "components": [broken]})


WRONG: list[tuple[Any, dict[str, Any], Given, str]] = [
    (int, {}, "many", "**Field** must be a whole number. You wrote `many`."),
    (int, {}, "1.5", "**Field** must be a whole number. You wrote `1.5`."),
    (int, {"ge": 1}, "0", "**Field** must be 1 or more. You wrote `0`."),
    (int, {"lt": 9}, "9", "**Field** must be less than 9. You wrote `9`."),
    (float, {}, "x", "**Field** must be a number. You wrote `x`."),
    (float, {}, "nan", "**Field** must be a number. You wrote `nan`."),
    (date, {}, "soon", "**Field** must be a day like `2026-10-31`. You wrote `soon`."),
    (datetime, {}, "soon", "**Field** must be a day and time like `2026-10-31 18:00`. You wrote `soon`."),
    (time, {}, "noon", "**Field** must be a time like `18:00`. You wrote `noon`."),
    (timedelta, {}, "long", "**Field** must be a length of time like `1:30:00`. You wrote `long`."),
    (str, {"max_length": 3}, "four", "**Field** must have 3 or fewer characters. You wrote `four`."),
    (str, {"pattern": "^a$"}, "`b`@here", "**Field** does not have the form that is wanted. You wrote `b@here`."),
    (list[int], {}, "1, x", "**Field (entry 2)** must be a whole number. You wrote `x`."),
    (list[str], {"max_length": 1}, "a, b", "**Field** must have 1 or fewer entries."),
    (dict[str, int], {}, "{", "**Field** must be JSON. You wrote `{`."),
    (dict[str, Any], {}, '{"a": NaN}', '**Field** must be JSON. You wrote `{"a": NaN}`.'),
    (dict[str, Any], {}, '{"a": "\\ud800"}', '**Field** must be JSON. You wrote `{"a": "\\ud800"}`.'),
    (dict[str, Any], {}, "[" * 4000, f"**Field** must be JSON. You wrote `{'[' * 59}…`."),
    (Snowflake, {}, "0", "**Field**: a Discord id lies between 1 and 2^63. You wrote `0`."),
    (Literal["a", "b"], {}, "c", "**Field** must be one of: 'a' or 'b'."),
    (UUID, {}, "u", "**Field** must be a UUID. You wrote `u`."),
    (str, {}, " ", "**Field** is needed."),
]


@pytest.mark.parametrize(("annotation", "bounds", "given", "sentence"), WRONG)
def test_what_is_wrong_is_one_sentence(annotation: Any, bounds: dict[str, Any], given: Given, sentence: str) -> None:
    asked, payload = question(annotation, **bounds), model(annotation, **bounds)
    answer = answer_of(asked, given, MOMENT)
    answers = {} if answer is None else {"field": answer}
    assert wrong_in(payload, [asked], answers, ["field"], WORDS) == {"field": sentence}


def test_every_sentence_and_hint_has_its_words() -> None:
    names = [f"wrong-{key}" for key in KEYS.values()] + [f"hint-{reads}" for reads in set(TYPED.values()) - {"words"}]
    names += [f"hint-{bound}" for bound in ("from", "above", "to", "below")]
    for language in languages():
        for name in names:
            said = words_in(language).find(name, label="Field", figure="7")
            assert said, (language, name)
            assert "Field" in said or name.startswith("hint-")


def test_a_job_types_own_words_name_its_questions_and_choices(tmp_path: Path) -> None:
    words = Path(tmp_path, "id.ftl")
    words.write_text("field-field = Warna\n    .description = Pilih satu\nchoice-red = Merah\n", encoding="utf-8")
    Path(tmp_path, "en.ftl").write_text("", encoding="utf-8")
    label: Any = component_of(question(Colour), Words("id", tmp_path)).to_component_dict()
    assert (label["label"], label["description"]) == ("Warna", "Pilih satu")
    assert [option["label"] for option in label["component"]["options"]] == ["Merah", "Dark blue"]


def test_a_needed_answer_is_missed_only_once_it_was_asked_for() -> None:
    assert wrong_in(model(str), [question(str)], {}, [], WORDS) == {}


def test_answers_can_neither_format_nor_ping() -> None:
    assert shown(question(str), "**@everyone** <@1>", WORDS) == "\\*\\*@\u200beveryone\\*\\* \\<@1>"
    assert shown(question(list[RoleId]), ["7", "x"], WORDS) == "<@&7>"
    assert shown(question(bool), False, WORDS) == "No"
    assert shown(question(Colour), "dark_blue", WORDS) == "Dark blue"
    assert shown(question(UploadedText), "secret content", WORDS, file="a*b.csv") == "a\\*b.csv"


def test_a_form_in_either_shape_is_read() -> None:
    rows: list[dict[str, Any]] = [{"type": 1, "components": [{"type": 4, "custom_id": "a", "value": "x"}]}]
    labels: list[dict[str, Any]] = [
        {"type": 18, "component": {"type": 6, "custom_id": "b", "values": ["1"]}},
        {"type": 18, "component": {"type": 23, "custom_id": "c", "value": False}},
        {"type": 18, "component": {"type": 21, "custom_id": "d", "value": None}},
        {"type": 10, "id": 3},
    ]
    assert given_in([*rows, *labels]) == {"a": "x", "b": ["1"], "c": False}


def test_selects_of_channels_offer_places_to_talk() -> None:
    kinds = part_of(question(ChannelId))["channel_types"]
    assert discord.ChannelType.text.value in kinds
    assert discord.ChannelType.category.value not in kinds
