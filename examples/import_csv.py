"""`import-csv`: rows of a file into a table of the same database, each once. `JOB_MODULES=examples.import_csv`.

Shows effects that must not be doubled: the row's number is the table's key, so writing it again changes nothing.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from jobs.engine.errors import JobError
from jobs.engine.payload import Payload
from jobs.engine.registry import JobContext, job_type

BATCH = 500
TABLE = "CREATE TABLE IF NOT EXISTS imported (file TEXT, row INTEGER, data TEXT, PRIMARY KEY (file, row))"


class ImportCsv(Payload):
    """Import the rows of a CSV file."""

    path: str
    database: str


@job_type("import-csv", title="CSV Import", payload=ImportCsv, stall_timeout=300)
async def import_csv(ctx: JobContext[Any], payload: ImportCsv) -> dict[str, int]:
    if not await ctx.in_thread(Path(payload.path).is_file):
        raise JobError(f"There is no file {Path(payload.path).name}.", retryable=False, category="payload")
    kept = await ctx.load("rows")
    done = kept if isinstance(kept, int) else 0
    async with ctx.stage("Importing", unit="rows") as stage:
        await stage.reach(done)
        while imported := await ctx.in_thread(_import, payload, done):
            done += imported
            await ctx.checkpoint("rows", done)
            await stage.reach(done)
    return {"rows": done}


def _import(payload: ImportCsv, skip: int) -> int:
    """Write the next rows; how many."""
    with sqlite3.connect(payload.database) as connection:
        connection.execute(TABLE)
        rows = [(payload.path, skip + n, "\x1f".join(row)) for n, row in enumerate(_rows(payload.path, skip))]
        connection.executemany("INSERT INTO imported VALUES (?, ?, ?) ON CONFLICT DO NOTHING", rows)
    connection.close()
    return len(rows)


def _rows(path: str, skip: int) -> Iterator[list[str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        next(reader, None)
        yield from islice(reader, skip, skip + BATCH)
