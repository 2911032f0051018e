"""What an analysis must find, computed from the seeded world alone: no store, no pages, no quarters."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.sandbox import Guild
from jobs.engine.model import Job

HIDDEN = "archive"
"""The channel of the seeded world that the bot may not see."""


def messages_by_member(guild: Guild, job: Job) -> Counter[int]:
    """Messages of people in the days asked for, up to the moment the job started."""
    since = datetime.fromisoformat(str(job.payload["start_date"])).replace(tzinfo=UTC)
    until = datetime.fromisoformat(str(job.payload["end_date"])).replace(tzinfo=UTC) + timedelta(days=1)
    assert job.first_started_at is not None
    started = datetime.fromtimestamp(job.first_started_at / 1000, UTC)
    hidden = {channel.id for channel in guild.channels.values() if channel.name == HIDDEN}
    found: Counter[int] = Counter()
    for message in guild.truth:
        at = datetime.fromtimestamp(message.at / 1000, UTC)
        if message.by_person and message.channel_id not in hidden and since <= at < min(until, started):
            found[message.author_id] += 1
    return found


def table(path: Path) -> dict[int, dict[str, str]]:
    """The rows of an analysis' CSV by member."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {int(row["member_id"].removeprefix("id:")): row for row in csv.DictReader(file)}


def messages_in(path: Path) -> Counter[int]:
    counted = Counter({member: int(row["messages"]) for member, row in table(path).items()})
    return +counted
