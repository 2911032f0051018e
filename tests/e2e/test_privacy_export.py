"""`/privacy export`: all that is kept of whoever asks, and nothing of others."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.kept_lists import lists_of
from bot.sandbox import Guild, Sandbox
from jobs.activity.store import Count, quarter_of
from jobs.engine.model import JsonObject
from jobs.handlers.bulk_role_assignment import presets
from tests.e2e.own_data import analysed, talker
from tests.e2e.town import Town, opened
from tests.e2e.typist import typed
from tests.stand_in import add_guild


@pytest.fixture
def other(sandbox: Sandbox) -> Guild:
    return add_guild(sandbox, 8)


@pytest.fixture
async def town(sandbox: Sandbox, guild: Guild, other: Guild, tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(sandbox, guild, other, tmp_path, user_commands_per_minute=0) as town:
        yield town


@pytest.mark.parametrize("kind", ["json", "csv"])
async def test_an_export_holds_all_of_the_caller_and_nothing_of_others(town: Town, kind: str) -> None:
    guild, app, person = town.play.guild, town.app, talker(town.play.guild)
    job = await analysed(town)
    desk = app.client.desk
    someone = next(member for member in guild.members if member != person)
    kept = await lists_of(desk).freeze(guild.id, "Quiet ones", [someone, person], made_by="1")
    await lists_of(desk).freeze(guild.id, "Others", [someone], made_by="1")
    choices: JsonObject = {"member_ids": [str(someone), str(person)], "action": "add"}
    await desk.queue.records.put(presets.KIND, f"{guild.id}/veterans", choices, lane=str(guild.id))
    entries = [(job.id, str(one), '{"add":["7"]}', '"done"', 1000, 2000) for one in (someone, person)]
    await app.database.write(lambda c: c.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?)", entries))
    await typed(town.play, "privacy opt-out", user=person)
    answer = await typed(town.play, "privacy export", user=person, format=kind)
    assert answer.alone
    assert answer.text.strip() == "This is what I keep of you in this server. Only you see this message."
    files = {file.filename: file.data for file in answer.message.attachments}
    people = {str(member.user.id) for member in guild.members.values()} - {str(person)}
    assert not [one for one in people if any(one.encode() in data for data in files.values())]
    rows = await app.client.desk.activity.members.rows(guild.id, person)
    assert rows
    if kind == "csv":
        assert files.keys() == {"your-counts.csv", "your-data.csv"}
        table = list(csv.DictReader(io.StringIO(files["your-counts.csv"].decode("utf-8-sig"))))
        assert sum(int(row["messages"]) for row in table) == sum(row.values["messages"] for row in rows)
        return
    found = json.loads(files["your-data.json"])
    assert found["member_id"] == str(person)
    assert found["opted_out"]
    assert len(found["counts"]) == len(rows)
    assert sum(count["messages"] for count in found["counts"]) == sum(row.values["messages"] for row in rows)
    assert [(kept["id"], kept["name"]) for kept in found["on_lists"]] == [(kept.id, "Quiet ones")]
    assert found["named_in_choices"] == [
        {"kind": "role-preset", "server_id": str(guild.id), "about_you": [str(person)]}
    ]
    (named,) = found["named_in_jobs"]
    assert (named["id"], named["about_you"][0]["id"]) == (job.id, str(person))
    changed = {"change": {"add": ["7"]}, "result": "done", "at": "1970-01-01T00:00:01Z"}
    assert changed in named["about_you"]
    lines = {part["file"]: part["lines"] for part in found["named_in_files"]}
    (line,) = lines["members.csv"]
    assert line["member_id"] == f"id:{person}"
    assert line["name"].removeprefix("'") == guild.members[person].display_name
    assert found["jobs_asked_for"] == []


async def test_who_asked_for_jobs_and_schedules_is_told_so(town: Town) -> None:
    owner = town.play.guild.owner_id
    job = await analysed(town, "2d")
    await typed(town.play, "schedule add", type="stand", when="daily 09:00")
    answer = await typed(town.play, "privacy export", user=owner)
    found = json.loads(answer.message.attachments[0].data)
    assert [asked["id"] for asked in found["jobs_asked_for"]] == [job.id]
    assert [schedule["cron"] for schedule in found["schedules_made"]] == ["0 9 * * *"]


async def test_an_export_too_large_for_one_file_is_packed_and_one_too_large_for_that_is_refused(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild, person = town.play.guild, talker(town.play.guild)
    quarter = quarter_of(town.app.clock.now())
    counts = [Count(guild.id, 5, person, quarter - n, n) for n in range(500)]
    await town.app.recorder._store.add_recorded(counts, [])
    monkeypatch.setattr("bot.sandbox.interactions.FILE_BYTES", 20_000)
    answer = await typed(town.play, "privacy export", user=person)
    (file,) = answer.message.attachments
    assert file.filename == "your-data.zip"
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        assert len(json.loads(archive.read("your-data.json"))["counts"]) == 500
    monkeypatch.setattr("bot.sandbox.interactions.FILE_BYTES", 200)
    refused = await typed(town.play, "privacy export", user=person)
    assert refused.text.strip() == (
        "What I keep of you is too large for a message of Discord. Use `/privacy export` in one server at a time."
    )
