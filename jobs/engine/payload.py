"""Payload models: what a job of a type is given, checked field by field.

It loads pydantic, which takes 10 MiB: nothing that every job goes through imports this module, so that a process whose
types take nothing does without.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_json

from jobs.engine.errors import InvalidPayload, NotSerialisable
from jobs.engine.model import MAX_PAYLOAD_BYTES, JsonObject, dump_json


class Payload(BaseModel):
    """Base of all payload models: immutable, unknown fields refused; the text under a field describes it."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        ser_json_inf_nan="constants",  # in a field that says nothing of numbers NaN is refused, and not made null
        use_attribute_docstrings=True,
    )


def validated(type_: str, model: type[Payload], given: Mapping[str, object] | BaseModel) -> Payload:
    """What was given, as the model of this job type. Raises `InvalidPayload` with field and reason."""
    try:
        # What `model_validate` and `model_dump` call, without their options: half the cost for a small payload.
        payload: Payload = model.__pydantic_validator__.validate_python(_fields_of(given))
    except ValidationError as error:
        problems = [(".".join(map(str, e["loc"])) or "payload", e["msg"]) for e in error.errors()]
        raise InvalidPayload(type_, problems) from None
    return payload


def _fields_of(given: object) -> object:
    """As a dict: strict models and validators that come before the fields know no other mapping."""
    if type(given) is dict:
        return given
    if isinstance(given, BaseModel):
        return given.model_dump(mode="json")
    return dict(given) if isinstance(given, Mapping) else given


def stored(type_: str, model: type[Payload], given: Mapping[str, object] | BaseModel) -> tuple[JsonObject, str]:
    """What was given as the JSON object that is stored, and its text.

    Raises `InvalidPayload`, `NotSerialisable`, `ValueTooLarge`.
    """
    payload = validated(type_, model, given)
    data: JsonObject = payload.__pydantic_serializer__.to_python(payload, mode="json")
    return data, dump_plain_json(data, MAX_PAYLOAD_BYTES)


def dump_plain_json(data: JsonObject, limit: int) -> str:
    """`dump_json`, at a third of its cost, for what pydantic has made plain: texts, numbers, lists, objects."""
    try:
        encoded = to_json(data)
    except ValueError as error:
        raise NotSerialisable("payload", str(error)[:200]) from None
    text = encoded.decode()  # in which to look for a word costs a sixth of what it does in bytes
    if len(encoded) > limit or "NaN" in text or "Infinity" in text:
        return dump_json(data, "payload", limit)
    return text
