"""What a backfill is asked for, checked. Knows no service."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from pydantic import Field

from jobs.activity.days import day_start
from jobs.engine.payload import Payload
from jobs.services import ChannelId, Snowflake, TimeZone


class ActivityBackfill(Payload):
    """Reads back who wrote when, from before I was here or while I was away."""

    guild_id: Snowflake
    start_date: date | None = None
    """The first day; None for all there is."""
    channels: list[ChannelId] = Field(default_factory=list)
    """Only these channels and their threads; empty for all."""
    without_channels: list[ChannelId] = Field(default_factory=list)
    """All but these channels and their threads."""
    archived_threads: bool = True
    """Read archived threads too."""
    time_zone: TimeZone = "UTC"

    @property
    def since(self) -> int:
        """The instant (ms) that the first day begins with; 0 for all there is."""
        return 0 if self.start_date is None else day_start(self.start_date, ZoneInfo(self.time_zone))
