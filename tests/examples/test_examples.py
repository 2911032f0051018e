"""The worked job types against real servers on loopback, real files and a real database."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

from examples.file_processing import file_processing
from examples.import_csv import import_csv
from examples.send_email import send_email
from examples.send_sms import send_sms
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.config import QueueConfig
from jobs.engine.errors import InvalidPayload
from jobs.engine.model import Job
from jobs.engine.plugins import PluginError, load_modules
from jobs.engine.queue import JobQueue
from jobs.engine.registry import Registry
from jobs.engine.retry import Backoff
from jobs.engine.states import State


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[JobQueue]:
    clock, config = SystemClock(), QueueConfig(backoff=Backoff("fixed", base_s=0.0, jitter=0.0))
    database = SqliteDatabase(tmp_path / "errand.db", migrations=ENGINE_MIGRATIONS)
    backend = SqliteBackend(database, clock=clock, config=config)
    types = Registry([send_email, send_sms, import_csv, file_processing])
    queue = JobQueue(backend, types, clock=clock, config=config)
    await queue.start()
    yield queue
    await queue.stop(0)


async def run(queue: JobQueue, type_: str, payload: dict[str, Any]) -> Job:
    job = await queue.enqueue(type_, payload)
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
    assert [(to, text) for to, _, text in mailbox.mails] == [
        ("a@example.org", "Dear Ada at a@example.org"),
        ("b@example.org", "Dear Ada at b@example.org"),
    ]


async def test_a_mail_server_that_is_down_is_tried_again(
    queue: JobQueue, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1")
    job = await run(queue, "send-email", {**MAIL, "recipients": ["a@example.org"]})
    assert (job.state, job.attempts) == (State.FAILED, 4)
    assert job.error is not None
    assert job.error.message == "The mail server did not take the mail."


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
