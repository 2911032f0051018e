"""`send-sms`: short messages over an HTTP gateway. `JOB_MODULES=examples.send_sms`, `SMS_URL=https://…`.

Shows an outside service: a refusal belongs to one number, trouble to the attempt, and each answer is kept before the
next number, with a key by which the gateway can drop what it has had before.
"""

from __future__ import annotations

import os
from typing import Annotated, Any

import aiohttp
from pydantic import Field, StringConstraints

from jobs.engine.errors import JobError
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext, job_type

TIMEOUT = aiohttp.ClientTimeout(total=30)
Number = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]


class SendSms(Payload):
    """Send a short message to many numbers."""

    numbers: list[Number] = Field(min_length=1, max_length=1000)
    text: str = Field(min_length=1, max_length=1600)


@job_type("send-sms", title="SMS", payload=SendSms, stall_timeout=120)
async def send_sms(ctx: JobContext[Any], payload: SendSms) -> dict[str, Any]:
    kept = await ctx.load("statuses")
    statuses: dict[str, Any] = dict(kept) if isinstance(kept, dict) else {}
    session = aiohttp.ClientSession(timeout=TIMEOUT)
    async with session, ctx.stage("Sending", total=len({*payload.numbers}), unit="messages") as stage:
        async for number in stage.each(dict.fromkeys(payload.numbers), key=str):
            # The place that `each` keeps may lie behind what was answered.
            if number not in statuses:
                statuses[number] = await _send(session, number, payload.text, f"{ctx.idempotency_key}-{number}")
                await ctx.checkpoint("statuses", statuses)
            stage.count("ok" if statuses[number] < 300 else "failed")
    successful = sum(status < 300 for status in statuses.values())
    return {
        "total": len(statuses),
        "successful": successful,
        "failed": len(statuses) - successful,
        "results": [{"number": number, "status": status} for number, status in statuses.items()],
    }


async def _send(session: aiohttp.ClientSession, number: str, text: str, key: str) -> int:
    """The gateway's status; the key lets it drop what it has had before."""
    url = os.environ.get("SMS_URL")
    if not url:
        raise JobError("No SMS gateway is set: put SMS_URL=… into .env.", retryable=False, category="settings")
    try:
        async with session.post(url, json={"to": number, "text": text}, headers={"Idempotency-Key": key}) as answer:
            if answer.status >= 500 or answer.status == 429:
                raise JobError("The SMS gateway is in trouble.", category="sms")
            return answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        raise JobError("The SMS gateway did not answer.", category="sms") from error
