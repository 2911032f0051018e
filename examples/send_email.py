"""`send-email`: one mail to many, from a template, over SMTP. `JOB_MODULES=examples.send_email`.

Shows `stage.each`: after a crash it goes on behind the last address that was kept, so nobody is written to twice
but, at most, the few since then.
"""

from __future__ import annotations

import os
import smtplib
from email.message import EmailMessage
from string import Template
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from jobs.engine.errors import JobError
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext, job_type

TIMEOUT_S = 30.0
PERMANENT = 500
"""Replies of a mail server from here on are for good (RFC 5321, section 4.2.1)."""


class SendEmail(Payload):
    """Send one mail to many people."""

    sender: str
    recipients: list[str] = Field(min_length=1, max_length=1000)
    subject: str = Field(max_length=200)
    template: str
    """Text with `$name` places, as the subject may have them; `$recipient` is the address."""
    values: dict[str, str] = Field(default_factory=dict)

    @field_validator("sender", "recipients", "subject")
    @classmethod
    def _one_line(cls, value: str | list[str]) -> str | list[str]:
        for text in [value] if isinstance(value, str) else value:
            if "\n" in text or "\r" in text:
                raise ValueError("must be one line")
        return value


@job_type("send-email", title="E-mail", payload=SendEmail, stall_timeout=120)
async def send_email(ctx: JobContext[Any], payload: SendEmail) -> dict[str, Any]:
    kept = await ctx.load("refused")
    refused = [str(address) for address in kept] if isinstance(kept, list) else []
    async with ctx.stage("Sending", total=len(payload.recipients), unit="mails") as stage:
        async for recipient in stage.each(payload.recipients, key=str):
            if await was_taken(ctx, payload, recipient):
                stage.count("ok")
            else:
                stage.count("failed")
                refused.append(recipient)
                await ctx.checkpoint("refused", [*dict.fromkeys(refused)])
    return {"total": len(payload.recipients), "refused": [*dict.fromkeys(refused)]}


async def was_taken(ctx: JobContext[Any], payload: SendEmail, recipient: str) -> bool:
    """Whether the server took the mail. Raises `JobError` when it is the server that is in trouble."""
    try:
        await ctx.in_thread(_send, payload, recipient)
    except smtplib.SMTPRecipientsRefused as refusal:
        if any(code < PERMANENT for code, _ in refusal.recipients.values()):
            raise JobError("The mail server asks to try again later.", category="smtp") from refusal
        return False
    except (smtplib.SMTPException, OSError) as error:
        raise JobError("The mail server did not take the mail.", category="smtp") from error
    return True


def _send(payload: SendEmail, recipient: str) -> None:
    address = urlsplit(os.environ.get("SMTP_URL", "smtp://127.0.0.1:25"))
    mail = EmailMessage()
    places = {**payload.values, "recipient": recipient}
    # A value with line breaks may stand in the text, but not in a header.
    subject = " ".join(Template(payload.subject).safe_substitute(places).split())
    mail["From"], mail["To"], mail["Subject"] = payload.sender, recipient, subject
    mail.set_content(Template(payload.template).safe_substitute(places))
    kind = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
    with kind(address.hostname or "127.0.0.1", address.port or 25, timeout=TIMEOUT_S) as server:
        if address.username:
            server.login(address.username, address.password or "")
        server.send_message(mail)
