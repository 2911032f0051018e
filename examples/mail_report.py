"""`mail-report`: mails what the jobs before it found. `JOB_MODULES=examples.send_email,examples.mail_report`.

Shows a chain: the report is made by one job and mailed by another that waits for it; both are stored in one step, or
neither. The report is not made again when only the mail server is in trouble.
"""

from __future__ import annotations

import json
from typing import Any

from examples.send_email import SendEmail, was_taken
from jobs.engine.errors import JobError
from jobs.engine.model import Job, new_id
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, job_type
from jobs.engine.request import EnqueueRequest
from jobs.engine.tasks import CALL


class MailReport(Payload):
    """Mail the results of the jobs that it waited for."""

    sender: str
    recipient: str
    subject: str = "Report"


@job_type("mail-report", title="Mail a Report", payload=MailReport, listed=False)
async def mail_report(ctx: JobContext[Any], payload: MailReport) -> dict[str, Any]:
    reports = await ctx.parents()
    if not reports:
        raise JobError("There is no report to mail: enqueue this job to wait for one.", retryable=False)
    mail = SendEmail(
        sender=payload.sender,
        recipients=[payload.recipient],
        subject=payload.subject,
        template="$report",
        values={"report": "\n\n".join(json.dumps(report, indent=2) for report in reports.values())},
    )
    if not await was_taken(ctx, mail, payload.recipient):
        raise JobError(f"The mail server refuses {payload.recipient}.", retryable=False, category="smtp")
    return {"mailed": len(reports)}


async def report_by_mail(queue: JobQueue, sender: str, recipient: str, **options: Any) -> Job:
    """Enqueue the report and its mail; the mail's job. `options` are those of `JobQueue.enqueue` for both."""
    report = new_id()
    payload = {"name": "generate_report", "args": ["statistics"], "kwargs": {}, "title": "Report"}
    mail = {"sender": sender, "recipient": recipient}
    requests = [
        EnqueueRequest(CALL, payload, job_id=report, **options),
        EnqueueRequest("mail-report", mail, depends_on=[report], **options),
    ]
    return (await queue.enqueue_many(requests))[1]
