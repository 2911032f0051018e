"""Job types whose forms the tests fill in; a plug-in module like any operator's."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from pydantic import Field

from jobs.engine.errors import JobError
from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext, job_type
from jobs.report import Report, Words
from jobs.services import ChannelId, RoleId, Services, Snowflake, UploadedText


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


@job_type("bell", title="Bell")
async def bell(ctx: JobContext[Any], payload: None) -> dict[str, Any]:
    """Rings, and asks for nothing."""
    return {"payload": payload, "lane": ctx.lane}


class Passing(Payload):
    """People who pass a gate that a test opens."""

    guild_id: Snowflake
    name: str = ""


class Gate:
    """What the tests hold in their hands; new for each of them."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.trouble: str | None = None


GATES = [Gate()]
PEOPLE = 3


def gate_report(job: Job, words: Words) -> Report:
    return Report("3 passed", alone=Report("3 passed, by name", files=("passed.csv",)))


@job_type(
    "gate",
    title="Gate",
    payload=Passing,
    undo="gate-back",
    report=gate_report,
    timeout=None,
    stall_timeout=None,
    max_attempts=1,
)
async def gate(ctx: JobContext[Any], payload: Passing) -> dict[str, Any]:
    async with ctx.stage("Passing", total=PEOPLE, unit="people") as stage:
        async for _ in stage.each(range(PEOPLE), key=int):
            await GATES[-1].open.wait()
            if GATES[-1].trouble:
                raise JobError(GATES[-1].trouble, retryable=False)
            stage.count("ok")
    await ctx.services.artifacts.write(ctx.job_id, "passed.csv", "text/csv", lambda path: path.write_text("1\n2\n3\n"))
    return {"passed": PEOPLE}


class PassingBack(Payload):
    """Takes a passing back."""

    guild_id: Snowflake
    job_id: str


@job_type("gate-back", title="Gate: Back", payload=PassingBack, listed=False)
async def gate_back(ctx: JobContext[Any], payload: PassingBack) -> dict[str, Any]:
    return {"back": payload.job_id}


@job_type("one-way", title="One Way", payload=Passing, timeout=None, stall_timeout=None)
async def one_way(ctx: JobContext[Any], payload: Passing) -> None:
    await GATES[-1].open.wait()


@job_type("look", title="Look", payload=Passing)
async def look(ctx: JobContext[Services], payload: Passing) -> str:
    """Asks Discord for something, and knows nothing of limits."""
    async with ctx.stage("Looking"):
        return (await ctx.services.discord.guild(payload.guild_id)).name
