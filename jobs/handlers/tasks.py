"""The tasks that come with the project: small functions by name, for chains, tests and upkeep.

Given what they need when they are made; nothing is looked up. Invariant: whatever deletes or sends does so only to
what a fixed list or an injected service allows.
"""

from __future__ import annotations

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from jobs.engine.errors import InvalidOption, JobError
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext
from jobs.engine.tasks import Tasks
from jobs.handlers import job_report
from jobs.services import Services

LONGEST_DELAY_S = 86_400.0
MAX_ROWS = 100_000
REPORTS = ("statistics", "jobs")
Row = dict[str, Any]
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "in": lambda a, b: bool(a in b),
}


class Notifier(Protocol):
    """Sends a message to a channel, a person or a webhook."""

    async def notify(self, kind: str, recipient: str, message: str) -> None:
        """Raises `JobError` when it cannot be delivered."""


def builtin_tasks(queue: Callable[[], JobQueue], notifier: Notifier | None = None) -> Tasks:
    """The tasks; `queue` is asked when a task that needs it runs, for the queue is made after its types."""
    tasks = Tasks()
    tasks.task("delay")(delay)
    tasks.task("calculate_sum")(calculate_sum)
    tasks.task("process_data")(process_data)

    @tasks.task("send_notification")
    async def send_notification(ctx: JobContext[Any], kind: str, recipients: list[str], message: str) -> dict[str, Any]:
        """Tell each recipient; one that cannot be reached is counted and does not stop the rest."""
        if notifier is None:
            raise _refused("No notifier is installed.")
        failed: list[str] = []
        async with ctx.stage("Sending", total=len(recipients), unit="messages") as stage:
            async for recipient in stage.each(recipients, key=str):
                try:
                    await notifier.notify(kind, recipient, message)
                    stage.count("ok")
                except JobError as error:
                    stage.count("failed")
                    failed.append(recipient)
                    await ctx.log(f"{recipient}: {error.message}")
        return {"sent": len(recipients) - len(failed), "failed": failed}

    @tasks.task("cleanup_old_data")
    async def cleanup_old_data(what: str, older_than: float, dry_run: bool = True) -> dict[str, Any]:
        """Delete old data of a kind; `older_than` in seconds. By default it only says what would go."""
        if what != "jobs":
            raise _refused("Only these can be cleaned up: jobs.")
        try:
            found = await queue().clean_up(older_than, dry_run=dry_run)
        except InvalidOption as error:
            raise _refused(str(error)) from None
        return {"what": what, "found": found, "deleted": 0 if dry_run else found, "dry_run": dry_run}

    @tasks.task("generate_report")
    async def generate_report(
        ctx: JobContext[Services], kind: str = "statistics", filters: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The queue's figures (`statistics`) or the history of jobs (`jobs`), as a file of this job."""
        if kind not in REPORTS:
            raise _refused(f"Only these reports are known: {', '.join(REPORTS)}.")
        if kind == "statistics":
            figures = await job_report.statistics(queue())
            file = await ctx.services.artifacts.write(
                ctx.job_id, "statistics.json", "application/json", job_report.json_of(figures)
            )
            return {**figures, "files": [file.name]}
        rows = await job_report.history(queue(), job_report.query_of(filters or {}))
        file = await ctx.services.artifacts.write(ctx.job_id, "jobs.csv", "text/csv", job_report.csv_of(rows))
        return {"rows": len(rows), "files": [file.name]}

    @tasks.task("custom")
    async def custom(ctx: JobContext[Any], name: str, data: Any = None) -> Any:
        """Run the function registered as `name` with `data`."""
        if name == "custom":
            raise _refused("A custom task runs another one, not itself.")
        return await tasks.call(ctx, name, data)

    return tasks


async def delay(ctx: JobContext[Any], seconds: float) -> float:
    """Wait, a second at a time, so that a cancel is obeyed and the progress seen."""
    if not 0 <= seconds <= LONGEST_DELAY_S:
        raise _refused(f"A delay lies between 0 and {LONGEST_DELAY_S:,.0f} seconds.")
    whole = math.ceil(seconds)
    for second in range(whole):
        await ctx.progress(second, whole, "waiting")
        await asyncio.sleep(min(1.0, seconds - second))
    return seconds


async def calculate_sum(numbers: list[Any]) -> float:
    """The exact sum, rounded once."""
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers):
        raise _refused("A sum takes finite numbers.")
    try:
        return math.fsum(numbers)
    except OverflowError:
        raise _refused("The sum is larger than any number.") from None


def process_data(rows: list[Row], operation: Mapping[str, Any]) -> list[Row]:
    """Rows after one operation: `pick`, `rename`, `filter`, `sort` or `group`."""
    if len(rows) > MAX_ROWS:
        raise _refused(f"At most {MAX_ROWS:,} rows can be processed at once.")
    if len(operation) != 1:
        raise _refused("Give one operation: " + ", ".join(OPERATIONS) + ".")
    ((name, how),) = operation.items()
    if name not in OPERATIONS:
        raise _refused("Give one operation: " + ", ".join(OPERATIONS) + ".")
    try:
        return OPERATIONS[name](rows, how)
    except (KeyError, TypeError, AttributeError) as error:
        raise _refused(f"The rows do not fit the operation {name}: {error}.") from None


def _pick(rows: Sequence[Row], fields: Sequence[str]) -> list[Row]:
    return [{field: row[field] for field in fields} for row in rows]


def _rename(rows: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    return [{names.get(field, field): value for field, value in row.items()} for row in rows]


def _filter(rows: Sequence[Row], how: Mapping[str, Any]) -> list[Row]:
    compare = COMPARISONS[how["op"]]
    return [row for row in rows if compare(row[how["field"]], how["value"])]


def _sort(rows: Sequence[Row], how: Mapping[str, Any]) -> list[Row]:
    return sorted(rows, key=lambda row: row[how["by"]], reverse=bool(how.get("descending", False)))


def _group(rows: Sequence[Row], how: Mapping[str, Any]) -> list[Row]:
    by, field = how["by"], how["sum"]
    values: defaultdict[Any, list[float]] = defaultdict(list)
    for row in rows:
        values[row[by]].append(row[field])
    return [{by: key, field: math.fsum(found), "rows": len(found)} for key, found in values.items()]


OPERATIONS: Mapping[str, Callable[[Sequence[Row], Any], list[Row]]] = {
    "pick": _pick,
    "rename": _rename,
    "filter": _filter,
    "sort": _sort,
    "group": _group,
}


def _refused(sentence: str) -> JobError:
    return JobError(sentence, retryable=False, category="payload")
