"""What the tests of `/privacy` do and look at: a person who has written much, their presses, and where their id stands."""

from __future__ import annotations

import zipfile
from typing import Any

from bot.app import App
from bot.sandbox import Guild, Message
from jobs.engine.model import Job
from tests.e2e.conftest import text_of
from tests.e2e.forms import part_of
from tests.e2e.town import Town
from tests.e2e.typist import Heard, plain_members, typed

LEFT = {"job.payload", "job.key", "activity_known_since.member"}
"""Where an erasure leaves the id: its own job, for a day, and the instant before which nothing is kept of them."""


def talker(guild: Guild) -> int:
    """A person without rights who has written much."""
    plain = {member.user.id for member in plain_members(guild)}
    written = [m.author_id for channel in guild.channels.values() for m in channel.messages if m.author_id in plain]
    return max(sorted(plain), key=written.count)


async def press(town: Town, message: Message, label: str, user: int) -> str:
    """Press a button of an answer for one person; what it says then."""
    before = text_of(message)
    custom_id = part_of(message, label)["custom_id"]
    sent = await town.play.sandbox.interactions.press(message, custom_id, user)
    await sent.answered()

    def own() -> list[Message]:
        answers = [*sent.messages, *([sent.message] if sent.message else [])]
        return [answer for answer in answers if answer.id != message.id and answer.content]

    await town.play.sandbox.until(lambda: text_of(message) != before or own(), 30.0)
    return own()[0].content if own() else text_of(message).strip()


def result_of(job: Job) -> dict[str, Any]:
    assert isinstance(job.result, dict)
    return job.result


async def analysed(town: Town, days: str = "20d") -> Job:
    answer = await typed(town.play, "async-job", type="member-activity-analysis", start=days)
    job_id = answer.text.rsplit("`", 2)[1]
    return await town.play.ended(job_id)


async def counted(app: App, guild: Guild, member: int) -> int:
    await app.recorder.flush()
    return len(await app.client.desk.activity.members.rows(guild.id, member))


async def erased(town: Town, user: int, **options: Any) -> tuple[Heard, str]:
    """Ask for the erasure and confirm it; the question and the answer."""
    question = await typed(town.play, "privacy erase", user=user, **options)
    return question, await press(town, question.message, "Erase it", user)


def files_naming(app: App, job: Job, member: int) -> list[str]:
    """Names of files that hold the id, whatever they are."""
    found = []
    folder = app.settings.artifacts_path / job.id
    for path in sorted(folder.iterdir()):
        texts = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as book:
                texts += [book.read(entry) for entry in book.infolist()]
        if any(str(member).encode() in text for text in texts):
            found.append(path.name)
    return found


async def database_holds(app: App, member: int) -> set[str]:
    """Every column of every table in which the id stands, as text or as a number."""
    tables = await app.database.read(
        "SELECT m.name AS t, p.name AS c FROM sqlite_schema m, pragma_table_info(m.name) p WHERE m.type = 'table'"
    )
    found = set()
    for row in tables:
        sql = f"SELECT 1 FROM {row['t']} WHERE instr(CAST({row['c']} AS TEXT), ?) LIMIT 1"
        if await app.database.read(sql, (str(member),)):
            found.add(f"{row['t']}.{row['c']}")
    return found
