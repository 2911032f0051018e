"""Job types whose forms the tests fill in; a plug-in module like any operator's."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from jobs.engine.registry import JobContext, Payload, job_type
from jobs.services import ChannelId, RoleId, Snowflake, UploadedText


class Short(Payload):
    """Few questions, all in one form."""

    guild_id: Snowflake
    title: str = Field(min_length=2, max_length=40)
    """What it is called."""
    amount: int = Field(ge=1, le=100)
    colour: Literal["red", "dark_blue"] = "red"
    role_id: RoleId | None = None
    ids: UploadedText | None = None


@job_type("short-form", title="Short Form", payload=Short)
async def short_form(ctx: JobContext[Any], payload: Short) -> dict[str, Any]:
    return payload.model_dump(mode="json")


class Long(Payload):
    """More questions than one form holds."""

    first: str
    second: int
    third: bool
    fourth: ChannelId
    fifth: str = "5"
    sixth: float
    seventh: Literal[1, 2] = 1


@job_type("long-form", title="Long Form", payload=Long)
async def long_form(ctx: JobContext[Any], payload: Long) -> dict[str, Any]:
    return payload.model_dump(mode="json")
