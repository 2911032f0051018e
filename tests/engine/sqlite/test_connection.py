"""The file itself: lock, migrations, damage, groups, cancelled callers, a killed process."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.clock import SystemClock
from jobs.engine.database import Migration
from jobs.engine.errors import BackendUnavailable, JobExists, SchemaTooNew, StoreDamaged, StoreInUse
from jobs.engine.model import JobSpec, RunPolicy, new_id

COLUMNS = "id, type, state, payload, policy, created_at, run_at, updated_at, priority, lane"
PAIRS = Migration("pairs", 1, "CREATE TABLE pair (n INTEGER NOT NULL, half INTEGER NOT NULL)")


async def test_file_and_folder_belong_to_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "errand.db"
    database = SqliteDatabase(path, migrations=ENGINE_MIGRATIONS)
    await database.open()
    await database.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_commits_are_flushed_and_readers_cannot_write(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "x.db", migrations=[PAIRS])
    await database.open()
    try:
        assert await database.write(lambda c: c.execute("PRAGMA synchronous").fetchone()[0]) == 2
        assert await database.write(lambda c: c.execute("PRAGMA journal_mode").fetchone()[0]) == "wal"
        with pytest.raises(BackendUnavailable, match="readonly"):
            await database.read("INSERT INTO pair VALUES (1, 1) RETURNING n")
    finally:
        await database.close()


async def test_a_second_process_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    script = (
        "import asyncio, sys\n"
        "from jobs.engine.backends.sqlite import SqliteDatabase\n"
        "async def main():\n"
        "    await SqliteDatabase(sys.argv[1]).open()\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
        "asyncio.run(main())\n"
    )
    child = subprocess.Popen(  # noqa: ASYNC220 - a real second process
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        assert await asyncio.to_thread(child.stdout.readline) == b"open\n"
        with pytest.raises(StoreInUse) as refusal:
            await SqliteDatabase(path).open()
        assert refusal.value.pid == child.pid
    finally:
        child.kill()
        child.communicate()
    after = SqliteDatabase(path)
    await after.open()
    await after.close()


async def test_an_upgrade_copies_the_file_first_and_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    second = Migration("pairs", 2, "ALTER TABLE pair ADD COLUMN note TEXT")
    for migrations in ([PAIRS], [PAIRS, second]):
        database = SqliteDatabase(path, migrations=migrations)
        await database.open()
        await database.write(lambda c: c.execute("INSERT INTO pair (n, half) VALUES (1, 1)") and None)
        await database.close()
    copy = sqlite3.connect(tmp_path / "x.db.before-pairs1.bak")
    assert copy.execute("SELECT * FROM pair").fetchall() == [(1, 1)]
    copy.close()
    with pytest.raises(SchemaTooNew, match="pairs schema 2"):
        await SqliteDatabase(path, migrations=[PAIRS]).open()


async def test_a_file_whose_rows_were_counted_by_a_trigger_goes_on(tmp_path: Path) -> None:
    path, clock = tmp_path / "x.db", SystemClock()
    before = SqliteDatabase(path, migrations=ENGINE_MIGRATIONS[:1])
    await before.open()
    values = "'old' || value, 'work', 'waiting', '{}', '{}', 1, 1, 1, 5, value % 2 FROM json_each('[0, 1, 2]')"
    await before.write(lambda c: c.execute(f"INSERT INTO job ({COLUMNS}) SELECT {values}"))
    await before.close()
    database = SqliteDatabase(path, migrations=ENGINE_MIGRATIONS)
    backend = SqliteBackend(database, clock=clock)
    await backend.open()
    try:
        await backend.put_many(
            [JobSpec(new_id(), "work", {}, RunPolicy(), 1, 1, lane=lane) for lane in ("1", "2", "2")]
        )
        lanes = await database.read("SELECT lane, waiting, open FROM lane ORDER BY lane")
    finally:
        await backend.close()
    assert [tuple(row) for row in lanes] == [("0", 2, 1), ("1", 2, 1), ("2", 2, 1)]


async def test_rows_that_another_program_put_in_are_counted_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    backend = SqliteBackend(path)
    await backend.open()
    await backend.put_many([JobSpec(new_id(), "work", {}, RunPolicy(), 1, 1, lane=lane) for lane in ("a", "b")])
    await backend.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        copied = "SELECT 'copy-' || id, type, state, payload, policy, created_at, run_at, updated_at, priority"
        file.execute(f"INSERT INTO job ({COLUMNS}) {copied}, 'c' FROM job")
        file.execute("DROP TRIGGER job_gone")
        file.execute("DELETE FROM job WHERE lane = 'a'")
    backend = SqliteBackend(path)
    await backend.open()
    try:
        query = "SELECT lane, waiting, open FROM lane ORDER BY lane"
        lanes = [tuple(row) for row in await backend._database.read(query)]
    finally:
        await backend.close()
    assert lanes == [("a", 0, 0), ("b", 1, 1), ("c", 2, 1)]


async def test_a_drawn_id_that_is_taken_is_told_as_such(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "x.db")
    await backend.open()
    try:
        first, other = (JobSpec(id_, "work", {}, RunPolicy(), 1, 1) for id_ in ("aaaaaaaaaa", "bbbbbbbbbb"))
        await backend.put_many([first])
        answers = await asyncio.gather(*(backend.put_many([s]) for s in (first, other)), return_exceptions=True)
        assert isinstance(answers[0], JobExists)
        assert not isinstance(answers[1], BaseException)
    finally:
        await backend.close()


async def test_a_migration_that_breaks_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    broken = Migration("pairs", 2, "CREATE TABLE half_done (n); CREATE TABLE pair (n)")
    with pytest.raises(BackendUnavailable, match="already exists"):
        await SqliteDatabase(path, migrations=[PAIRS, broken]).open()
    connection = sqlite3.connect(path)
    assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half_done'").fetchall()
    connection.close()


async def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"this is no database, however long it may be " * 100)
    with pytest.raises(StoreDamaged):
        await SqliteDatabase(path).open()


async def test_one_bad_operation_fails_alone_in_its_group() -> None:
    database = SqliteDatabase(":memory:", migrations=[PAIRS])
    await database.open()

    async def put(n: int | None) -> None:
        await database.write(lambda c: c.execute("INSERT INTO pair VALUES (?, 0)", (n,)) and None)

    answers = await asyncio.gather(*[put(n) for n in (1, None, 3)], return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None), sqlite3.IntegrityError, type(None)]
    rows = await database.read("SELECT n FROM pair ORDER BY n")
    assert [row["n"] for row in rows] == [1, 3]
    await database.close()


async def test_what_waits_is_committed_in_one_group(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "x.db", migrations=[PAIRS])
    await database.open()
    writer = database.writer
    before = writer.groups
    await asyncio.gather(
        *[database.write(lambda c: c.execute("INSERT INTO pair VALUES (1, 0)") and None) for _ in range(500)]
    )
    assert writer.operations >= 500
    assert writer.groups - before <= 5
    await database.close()


async def test_a_cancelled_caller_never_leaves_half_a_transaction(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "x.db", migrations=[PAIRS])
    await database.open()
    dice = random.Random(7)
    acknowledged: set[int] = set()

    async def put(n: int) -> None:
        def body(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO pair VALUES (?, 1)", (n,))
            connection.execute("INSERT INTO pair VALUES (?, 2)", (n,))

        await database.write(body)
        acknowledged.add(n)

    async def put_and_cancel(n: int) -> None:
        task = asyncio.create_task(put(n))
        for _ in range(dice.choice([0, 1, 2, 5, 50])):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

    for start in range(0, 200, 20):
        await asyncio.gather(*[put_and_cancel(n) for n in range(start, start + 20)])
    rows = await database.read("SELECT n, count(*) AS halves FROM pair GROUP BY n")
    assert {row["halves"] for row in rows} <= {2}
    assert acknowledged <= {row["n"] for row in rows}
    await database.close()


async def test_a_killed_process_loses_no_acknowledged_job(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    script = (
        "import asyncio, sys\n"
        "from jobs.engine.backends.sqlite import *\n"
        "from jobs.engine.clock import SystemClock\n"
        "from jobs.engine.config import QueueConfig\n"
        "from jobs.engine.testing.watcher import spec\n"
        "async def main():\n"
        "    database = SqliteDatabase(sys.argv[1], migrations=ENGINE_MIGRATIONS)\n"
        "    backend = SqliteBackend(database, clock=SystemClock(), config=QueueConfig())\n"
        "    await backend.open()\n"
        "    async def produce():\n"
        "        while True:\n"
        "            (put,) = await backend.put_many([spec()])\n"
        "            print(put.id, flush=True)\n"
        "    await asyncio.gather(*[produce() for _ in range(5)])\n"
        "asyncio.run(main())\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)  # noqa: ASYNC220
    assert child.stdout is not None
    acknowledged = [await asyncio.to_thread(child.stdout.readline) for _ in range(300)]
    os.kill(child.pid, signal.SIGKILL)
    rest, _ = await asyncio.to_thread(child.communicate)
    lines = b"".join(acknowledged) + rest[: rest.rfind(b"\n") + 1]
    ids = set(lines.decode().split())
    database = SqliteDatabase(path, migrations=ENGINE_MIGRATIONS)
    await database.open()
    stored = {row["id"] for row in await database.read("SELECT id FROM job")}
    assert len(ids) >= 300
    assert ids <= stored
    await database.close()
