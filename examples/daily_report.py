"""A report every morning, by a schedule: no job type of its own, the built-in report task on a cron expression.

Shows a schedule in a time zone: it is at the same hour of the clock all year, made once for an instant that the bot
slept through, and never a second time while the last one still runs.
"""

from __future__ import annotations

from jobs.engine.scheduler import Schedule, Scheduler
from jobs.engine.tasks import CALL

TITLE = "Daily report"


async def add_daily_report(scheduler: Scheduler, *, hour: int = 8, time_zone: str = "UTC", lane: str = "") -> Schedule:
    """Keep the schedule, once: the one that is there is given back. Raises `InvalidOption` for hour or time zone."""
    for schedule in await scheduler.list(lane=lane):
        if schedule.title == TITLE:
            return schedule
    return await scheduler.add(
        CALL,
        {"name": "generate_report", "args": ["statistics"], "kwargs": {}, "title": TITLE},
        f"0 {hour} * * *",
        time_zone=time_zone,
        missed="once",
        lane=lane,
        title=TITLE,
    )
