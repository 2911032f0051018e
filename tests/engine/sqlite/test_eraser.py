"""Everything that a job has stored about somebody is found, and is gone after a redaction; nothing else is."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.backends.sqlite.eraser import LOOKED_AT, SqliteJobErasure
from jobs.engine.cache import ResultCache
from jobs.engine.clock import SystemClock
from jobs.engine.errors import JobError
from jobs.engine.model import JsonValue
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, Registry
from jobs.engine.retry import Backoff

WHO, OTHER = "123456789012345678", "223456789012345678"
STORED = (
    ("job", ("payload", "labels", "metadata", "progress", "result", "error", "reason")),
    ("checkpoint", ("value",)),
    ("journal", ("key", "intent", "result")),
    ("log_line", ("text",)),
    ("broken_attempt", ("error",)),
)
"""Every column that is filled by a job's own words; the test below finds one that is missing."""


class Naming(Payload):
    """Names somebody wherever it can."""

    who: str
    others: list[str] = Field(default_factory=list)
    end: str = "done"


async def name_them(ctx: JobContext[None], payload: Naming) -> dict[str, Any]:
    async with ctx.stage(f"Looking at {payload.who}", total=1) as stage:
        await stage.say(f"<@{payload.who}>")
    await ctx.checkpoint("plan", [payload.who, OTHER])
    await ctx.journal.write(intents={f"{payload.who}/role": "add", "2": {"of": payload.who}, "3": OTHER})
    await ctx.log(f"looked at {payload.who}")
    await ctx.log(f"looked at {OTHER}")
    if ctx.attempt == 1:
        raise JobError(f"{payload.who} was away")
    if payload.end == "failed":
        raise JobError(f"{payload.who} is in the way", retryable=False)
    return {"top": [{"id": payload.who, "n": 1}, {"id": OTHER, "n": 2}]}


def nobody(value: JsonValue) -> JsonValue:
    """What the tests make of a value: the id is replaced wherever it stands."""
    if isinstance(value, dict):
        return {str(nobody(name)): nobody(part) for name, part in value.items()}
    if isinstance(value, list):
        return [nobody(part) for part in value]
    return re.sub(WHO, "nobody", value) if isinstance(value, str) else value


@dataclass
class Desk:
    queue: JobQueue
    database: SqliteDatabase
    erasure: SqliteJobErasure

    async def ended(self, **options: Any) -> str:
        who, end = options.pop("who", WHO), options.pop("end", "done")
        job = await self.queue.enqueue("naming", {"who": who, "others": [OTHER, who], "end": end}, **options)
        async for event in self.queue.events():
            if event.job is not None and event.job.id == job.id and event.job.state.is_final:
                break
        return job.id

    async def holding(self, text: str) -> set[str]:
        found = set()
        for table, columns in STORED:
            for column in columns:
                rows = await self.database.read(
                    f"SELECT 1 FROM {table} WHERE instr(coalesce({column}, ''), ?)", (text,)
                )  # fmt: skip
                found |= {f"{table}.{column}"} if rows else set()
        return found

    async def named(self, text: str, lane: str | None = None) -> list[str]:
        found, cursor = [], None
        while True:
            page = await self.erasure.naming(text, lane=lane, cursor=cursor)
            found += [named.job_id for named in page.jobs]
            cursor = page.cursor
            if cursor is None:
                return found


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = SqliteDatabase(tmp_path / "errand.db", migrations=ENGINE_MIGRATIONS)
    registry = Registry()
    registry.register(
        "naming", name_them, payload=Naming, backoff=Backoff("fixed", base_s=0.0, jitter=0.0), cached=True
    )
    queue = JobQueue(SqliteBackend(database), registry, cache=ResultCache(SystemClock()))
    await queue.start()
    yield Desk(queue, database, SqliteJobErasure(database))
    await queue.stop(0)


async def test_all_that_a_job_stored_is_found_and_gone_after_a_redaction_and_the_rest_is_there(desk: Desk) -> None:
    done = await desk.ended(labels=[WHO, OTHER], metadata={"for": WHO}, lane="1")
    failed = await desk.ended(end="failed", lane="1")
    assert await desk.holding(WHO) == {f"{table}.{column}" for table, columns in STORED for column in columns} - {
        "journal.result"
    }
    others = await desk.holding(OTHER)
    assert await desk.named(WHO, "1") == [done, failed] == await desk.named(WHO)
    for job_id in (done, failed):
        assert await desk.erasure.redact(job_id, WHO, nobody)
    assert await desk.holding(WHO) == set()
    assert await desk.holding(OTHER) == others
    assert await desk.named(WHO) == []
    job = await desk.queue.get(done)
    assert job is not None
    assert job.damaged == (), "the sums are those of the new text"
    assert job.result == {"top": [{"id": "nobody", "n": 1}, {"id": OTHER, "n": 2}]}
    assert job.payload["others"] == [OTHER, "nobody"]
    assert [line.text for line in await desk.queue.logs(done)] == [f"looked at {OTHER}"] * 2
    assert [entry.key for entry in await desk.queue.journal(done)] == ["3"]


async def test_no_column_of_a_jobs_tables_is_forgotten() -> None:
    """A column that is added to these tables is either redacted or named here, with what it holds."""
    neither = {
        "job": "seq id type state policy created_at run_at updated_at priority lane owner key context attempts crashes"
        " claim_no cancelling stuck first_started_at started_at completed_at expires_at depends_on payload_sum"
        " result_sum boot held_until holding crashes_in_place",
        "checkpoint": "job name",
        "journal": "job intended_at settled_at",
        "log_line": "number job at attempt",
        "broken_attempt": "seq claim_no number type started_at ended_at ended_as",
    }
    database = SqliteDatabase(":memory:", migrations=ENGINE_MIGRATIONS)
    await database.open()
    for table, columns in STORED:
        there = {row["name"] for row in await database.read("SELECT name FROM pragma_table_info(?)", (table,))}
        assert there == {*columns, *neither[table].split()}, table
    await database.close()


async def test_a_job_that_has_not_ended_and_one_that_is_unknown_are_left_alone(desk: Desk) -> None:
    job = await desk.queue.enqueue("naming", {"who": WHO}, delay=3600)
    assert not await desk.erasure.redact(job.id, WHO, nobody)
    assert not await desk.erasure.redact("nothing", WHO, nobody)
    (named,) = (await desk.erasure.naming(WHO)).jobs
    assert (named.job_id, named.unfinished) == (job.id, True)
    found = await desk.queue.get(job.id)
    assert found is not None
    assert found.payload["who"] == WHO


async def test_a_damaged_payload_is_changed_as_text_and_stays_damaged(desk: Desk) -> None:
    job_id = await desk.ended()
    damage = f'{{"who": "{WHO}'
    await desk.database.write(lambda c: c.execute("UPDATE job SET payload = ? WHERE id = ?", (damage, job_id)))
    assert await desk.erasure.redact(job_id, WHO, nobody)
    assert await desk.holding(WHO) == set()
    job = await desk.queue.get(job_id)
    assert job is not None
    assert job.damaged == ("payload",)


async def test_jobs_are_found_page_by_page_in_one_lane_alone(desk: Desk) -> None:
    wanted = [await desk.ended(lane="1")]
    payloads = [{"who": OTHER}] * (LOOKED_AT + 20)
    for payload in payloads:
        await desk.queue.enqueue("naming", payload, lane="1", delay=3600)
    wanted.append((await desk.queue.enqueue("naming", {"who": WHO}, lane="1", delay=3600)).id)
    elsewhere = await desk.ended(lane="2")
    assert await desk.named(WHO, "1") == wanted
    assert await desk.named(WHO) == [*wanted, elsewhere]
    assert await desk.named(WHO, "3") == []


async def test_a_result_of_a_redacted_job_is_not_given_again(desk: Desk) -> None:
    cache = desk.queue.cache
    assert cache is not None
    first, other = await desk.ended(), await desk.ended(who=OTHER)
    assert len(cache) == 2
    cache.forget(first)
    assert len(cache) == 1
    assert await desk.ended() != first
    cache.forget("nothing")
    assert await desk.queue.get(other) is not None
