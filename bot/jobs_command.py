"""`python -m bot jobs …`: look at the jobs beside a running bot, and leave it what is to be done.

Reads the file without writing to it; wishes go through the inbox. Invariant: the bot alone writes its database.
"""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.problems import EX_CONFIG, ExitProblem
from bot.settings import load_settings
from jobs.engine.inbox import Answer, answer_to, folder_of, leave

WAIT_S, LOOK_EVERY_S = 5.0, 0.1
SHOWN = 20

jobs_app = typer.Typer(help="Jobs of the database, beside a running bot.", no_args_is_help=True)


@jobs_app.command("list")
def list_jobs(limit: Annotated[int, typer.Option(min=1, max=1000)] = SHOWN) -> None:
    """The newest jobs."""
    for row in _rows("SELECT id, type, state, reason FROM job ORDER BY seq DESC LIMIT ?", limit):
        typer.echo(f"{row['id']}  {row['state']:<9}  {row['type']}  {row['reason'] or ''}".rstrip())


@jobs_app.command()
def show(job_id: str) -> None:
    """One job, as JSON."""
    rows = _rows("SELECT * FROM job WHERE id = ?", job_id)
    if not rows:
        raise ExitProblem(f"There is no job {job_id}.", 1)
    hidden = {"boot", "seq"}
    typer.echo(json.dumps({name: rows[0][name] for name in rows[0].keys() if name not in hidden}, indent=2))  # noqa: SIM118


@jobs_app.command()
def enqueue(
    type_: Annotated[str, typer.Argument(metavar="TYPE")],
    payload: Annotated[str, typer.Argument(metavar="PAYLOAD")] = "{}",
) -> None:
    """Enqueue a job; PAYLOAD is a JSON object, left out for a type that takes nothing."""
    try:
        given = json.loads(payload)
    except ValueError as error:
        raise ExitProblem(f"The payload is no JSON: {error}.", EX_CONFIG) from None
    wish("enqueue", type=type_, payload=given)


@jobs_app.command()
def cancel(job_id: str, reason: Annotated[str, typer.Option(help="Shown on the job's card.")] = "") -> None:
    """Cancel a job."""
    wish("cancel", id=job_id, reason=reason)


@jobs_app.command()
def retry(job_id: str) -> None:
    """Run a failed or cancelled job again."""
    wish("retry", id=job_id)


def wish(action: str, **arguments: Any) -> None:
    """Leave the bot a wish and say what it answers. Raises `ExitProblem` for one that it refuses."""
    folder = folder_of(load_settings().database_path)
    name = leave(folder, action, **arguments)
    answer = _wait_for(folder, name)
    if answer is None:
        typer.echo(f"Left for the bot, which does not answer now; it is obeyed at its next start ({name}).")
    elif answer.good:
        typer.echo(answer.sentence)
    else:
        raise ExitProblem(answer.sentence, 1)


def _wait_for(folder: Path, name: str) -> Answer | None:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        if (answer := answer_to(folder, name)) is not None:
            return answer
        time.sleep(LOOK_EVERY_S)
    return None


def _rows(sql: str, *values: object) -> list[sqlite3.Row]:
    path = load_settings().database_path
    if not path.exists():
        raise ExitProblem(f"There is no database {path} yet: start the bot once.", EX_CONFIG)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA query_only = ON")
            return connection.execute(sql, values).fetchall()
    except sqlite3.Error as error:
        raise ExitProblem(f"The database {path} cannot be read: {error}.", EX_CONFIG) from None
