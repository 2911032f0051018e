"""The worked job types against real servers on loopback, real files and a real database."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from types import ModuleType
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

from bot.services.artifacts import FileArtifacts
from examples.daily_report import add_daily_report
from examples.file_processing import file_processing
from examples.import_csv import import_csv
from examples.mail_report import mail_report, report_by_mail
from examples.send_email import send_email
from examples.send_sms import send_sms
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import InvalidPayload
from jobs.engine.model import Job
from jobs.engine.plugins import PluginError, load_modules
from jobs.engine.queue import JobQueue
from jobs.engine.registry import Registry, job_type
from jobs.engine.retry import Backoff
from jobs.engine.scheduler import Scheduler
from jobs.engine.states import State
from jobs.engine.testing.clock import FakeClock
from jobs.engine.testing.harness import Harness
from jobs.handlers.tasks import builtin_tasks
from jobs.services import Artifact


@dataclass
class Files:
    """What the built-in tasks find as their services."""

    artifacts: FileArtifacts


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[JobQueue]:
    clock, config = SystemClock(), QueueConfig(backoff=Backoff("fixed", base_s=0.0, jitter=0.0))
    tasks = builtin_tasks(lambda: made)
    database = SqliteDatabase(tmp_path / "errand.db", migrations=ENGINE_MIGRATIONS)
    backend = SqliteBackend(database, clock=clock, config=config)
    types = Registry([send_email, send_sms, import_csv, file_processing, mail_report, *tasks.types()])
    made = JobQueue(backend, types, services=Files(FileArtifacts(tmp_path)), clock=clock, config=config)
    await made.start()
    yield made
    await made.stop(0)


async def run(queue: JobQueue, type_: str, payload: dict[str, Any]) -> Job:
    return await ended(queue, await queue.enqueue(type_, payload))


async def ended(queue: JobQueue, job: Job) -> Job:
    async with asyncio.timeout(20):
        while not (found := await queue.get(job.id)) or not found.state.is_final:
            await asyncio.sleep(0.005)
    return found


class Mailbox:
    """Takes mail over real SMTP; refuses whom it does not know."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, str]] = []
        self.down = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.down:
            self.down -= 1
            return "451 try again later"
        if address.startswith("nobody"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content)
        self.mails.append((mail["To"], mail["Subject"], str(mail.get_payload()).strip()))
        return "250 OK"


@pytest.fixture
async def mailbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box, hostname="localhost"), "127.0.0.1", 0)
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    yield box
    server.close()
    await server.wait_closed()


MAIL = {
    "sender": "errand@example.org",
    "subject": "Hello $name",
    "template": "Dear $name at $recipient",
    "values": {"name": "Ada"},
}


async def test_mails_arrive_once_each_with_their_places_filled(queue: JobQueue, mailbox: Mailbox) -> None:
    job = await run(
        queue, "send-email", {**MAIL, "recipients": ["a@example.org", "nobody@example.org", "b@example.org"]}
    )
    assert job.state is State.COMPLETED, job.error
    assert job.result == {"total": 3, "refused": ["nobody@example.org"]}
    assert mailbox.mails == [
        ("a@example.org", "Hello Ada", "Dear Ada at a@example.org"),
        ("b@example.org", "Hello Ada", "Dear Ada at b@example.org"),
    ]


async def test_a_value_with_line_breaks_makes_no_header(queue: JobQueue, mailbox: Mailbox) -> None:
    values = {"name": "Ada\r\nBcc: everyone@example.org"}
    job = await run(queue, "send-email", {**MAIL, "values": values, "recipients": ["a@example.org"]})
    assert job.state is State.COMPLETED, job.error
    assert [(to, subject) for to, subject, _ in mailbox.mails] == [
        ("a@example.org", "Hello Ada Bcc: everyone@example.org")
    ]


async def test_a_mail_server_that_is_down_is_tried_again(
    queue: JobQueue, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    job = await run(queue, "send-email", {**MAIL, "recipients": ["a@example.org"]})
    assert (job.state, job.attempts) == (State.FAILED, 4)
    assert job.error is not None
    assert job.error.message == "The mail server did not take the mail."


async def test_a_report_is_made_and_then_mailed(queue: JobQueue, mailbox: Mailbox) -> None:
    mailbox.down = 1
    job = await ended(queue, await report_by_mail(queue, "errand@example.org", "a@example.org"))
    assert job.result == {"mailed": 1}, job.error
    ((to, subject, text),) = mailbox.mails
    assert (to, subject) == ("a@example.org", "Report")
    report = await queue.get(job.depends_on[0])
    assert report is not None
    assert json.loads(text) == report.result
    assert (report.attempts, report.state) == (1, State.COMPLETED)


async def test_a_report_that_nobody_takes_or_made_says_so(queue: JobQueue, mailbox: Mailbox) -> None:
    job = await ended(queue, await report_by_mail(queue, "errand@example.org", "nobody@example.org"))
    assert job.error is not None
    assert job.error.message == "The mail server refuses nobody@example.org."
    alone = await run(queue, "mail-report", {"sender": "a@example.org", "recipient": "b@example.org"})
    assert alone.error is not None
    assert alone.error.message.startswith("There is no report to mail")


async def test_a_daily_report_comes_at_its_hour_all_year() -> None:
    zone = ZoneInfo("Europe/Berlin")
    clock = FakeClock(round(datetime(2026, 3, 27, 12, tzinfo=zone).timestamp() * 1000))
    files: dict[str, int] = {}

    class Counting:
        async def write(self, job_id: str, name: str, media_type: str, produce: object) -> Artifact:
            files[job_id] = clock.now()
            return Artifact(job_id, name, 1, media_type)

    class Services:
        artifacts = Counting()

    tasks = builtin_tasks(lambda: harness.queue)
    async with Harness(tasks.types(), services=Services(), clock=clock) as harness:
        scheduler = Scheduler(harness.queue, clock)
        first = await add_daily_report(scheduler, time_zone="Europe/Berlin")
        assert await add_daily_report(scheduler, time_zone="Europe/Berlin") == first
        for _ in range(4):  # over the night in which the clocks go forward
            (schedule,) = await scheduler.list()
            clock.move_wall(schedule.next_at - clock.now())
            await scheduler.fire_due()
            await harness.drain()
        hours = [datetime.fromtimestamp(at / 1000, zone) for at in files.values()]
        assert [(at.day, at.hour, at.minute) for at in hours] == [(28, 8, 0), (29, 8, 0), (30, 8, 0), (31, 8, 0)]
        jobs = await harness.enqueued()
        assert {job.state for job in jobs} == {State.COMPLETED}


@pytest.mark.parametrize("field", ["sender", "subject", "recipients"])
async def test_a_header_cannot_be_smuggled_in(queue: JobQueue, field: str) -> None:
    evil = "a@example.org\r\nBcc: everyone@example.org"
    with pytest.raises(InvalidPayload, match="one line"):
        await queue.enqueue(
            "send-email", {**MAIL, "recipients": ["a@example.org"], field: [evil] if field == "recipients" else evil}
        )


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, Any]]:
    """A real HTTP gateway; `statuses` are its next answers, 200 when there are none left."""
    seen: dict[str, Any] = {"keys": [], "statuses": []}

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        seen["keys"].append((body["to"], request.headers["Idempotency-Key"]))
        return web.Response(status=seen["statuses"].pop(0) if seen["statuses"] else 200)

    app = web.Application()
    app.router.add_post("/send", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("SMS_URL", f"http://127.0.0.1:{runner.addresses[0][1]}/send")
    yield seen
    await runner.cleanup()


async def test_short_messages_are_counted_by_what_the_gateway_said(queue: JobQueue, gateway: dict[str, Any]) -> None:
    gateway["statuses"] = [200, 404, 200]
    numbers = ["+4915112345678", "+4915112345679", "+4915112345670"]
    job = await run(queue, "send-sms", {"numbers": numbers, "text": "hi"})
    assert isinstance(job.result, dict)
    assert {k: job.result[k] for k in ("total", "successful", "failed")} == {"total": 3, "successful": 2, "failed": 1}


async def test_an_attempt_that_broke_off_sends_nothing_twice(queue: JobQueue, gateway: dict[str, Any]) -> None:
    gateway["statuses"] = [200, 503, 200]
    job = await run(queue, "send-sms", {"numbers": ["+4915112345678", "+4915112345679"], "text": "hi"})
    assert (job.state, job.attempts) == (State.COMPLETED, 2)
    sent = [number for number, _ in gateway["keys"]]
    assert sent == ["+4915112345678", "+4915112345679", "+4915112345679"]
    assert gateway["keys"][1] == gateway["keys"][2], "the same key, so that the gateway can drop a double"
    assert isinstance(job.result, dict)
    assert job.result["successful"] == 2
    assert job.progress is not None
    assert (job.progress.ok, job.progress.current, job.progress.total) == (2, 2, 2), "each is counted once"


async def test_without_a_gateway_it_says_what_to_set(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMS_URL", raising=False)
    job = await run(queue, "send-sms", {"numbers": ["+4915112345678"], "text": "hi"})
    assert (job.state, job.attempts) == (State.FAILED, 1)
    assert job.error is not None
    assert "SMS_URL" in job.error.message


async def test_a_file_is_imported_row_by_row_and_again_without_doubles(queue: JobQueue, tmp_path: Path) -> None:
    path, database = tmp_path / "in.csv", str(tmp_path / "own.db")
    path.write_text("a,b\n" + "".join(f"{n},x{n}\n" for n in range(1200)))
    for _ in range(2):
        job = await run(queue, "import-csv", {"path": str(path), "database": database})
        assert job.result == {"rows": 1200}
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM imported").fetchone() == (1200,)
    connection.close()


async def test_a_file_that_is_not_there_is_said(queue: JobQueue, tmp_path: Path) -> None:
    job = await run(queue, "import-csv", {"path": str(tmp_path / "none.csv"), "database": str(tmp_path / "own.db")})
    assert job.error is not None
    assert job.error.message == "There is no file none.csv."


async def test_files_are_fingerprinted_and_what_cannot_be_read_is_counted(queue: JobQueue, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    job = await run(queue, "file-processing", {"paths": [str(tmp_path / "a"), str(tmp_path / "none")]})
    assert job.result == {
        "files": {str(tmp_path / "a"): {"sha256": hashlib.sha256(b"abc").hexdigest(), "size": 3}},
        "failed": 1,
    }


def test_modules_of_job_types_are_found_by_name() -> None:
    assert [t.name for t in load_modules(["examples.send_email", "examples.file_processing"])] == [
        "send-email",
        "file-processing",
    ]


@pytest.mark.parametrize(
    ("name", "why"), [("no.such.module", "ModuleNotFoundError"), ("json", "it defines no job type"), ("", "ValueError")]
)
def test_a_module_that_brings_nothing_is_refused_with_its_name(name: str, why: str) -> None:
    with pytest.raises(PluginError, match=why):
        load_modules([name])


def test_a_module_with_a_type_that_cannot_be_is_refused_with_both_names(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("bells")
    vars(module)["bell"] = job_type("bell", title="Bell", payload=cast(Any, {}))(print)
    monkeypatch.setitem(sys.modules, "bells", module)
    with pytest.raises(PluginError, match="bells cannot be used: bell: payload cannot be"):
        load_modules(["bells"])
