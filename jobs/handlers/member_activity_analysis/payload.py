"""What an analysis is asked for, checked. Knows no service."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from jobs.activity.store import QUARTER_MS
from jobs.engine.payload import Payload
from jobs.services import SIGNALS, ChannelId, Interval, RoleId, Snowflake, TimeZone

MAX_DAYS = 400


class MemberActivityAnalysis(Payload):
    """Who was active, where and when: totals, top members, charts and a table."""

    guild_id: Snowflake
    start_date: date
    end_date: date
    """Both days are included."""
    channels: list[ChannelId] = Field(default_factory=list)
    """Only these channels; empty for all."""
    without_channels: list[ChannelId] = Field(default_factory=list)
    """All but these channels."""
    roles: list[RoleId] = Field(default_factory=list)
    """Only members with one of these roles; empty for all."""
    without_roles: list[RoleId] = Field(default_factory=list)
    """All but members with one of these roles."""
    include_voice_time: bool = True
    """Count the time spent in voice."""
    include_message_count: bool = True
    """Count messages."""
    include_reactions: bool = True
    """Count reactions given."""
    generate_report: bool = True
    """Make chart and table, besides the summary."""
    time_zone: TimeZone = "UTC"
    compare: bool = True
    """Compare with the period before."""
    inactive_messages: int = Field(default=0, ge=0, le=10_000)
    """Inactive is who wrote at most so many messages,"""
    inactive_voice_minutes: int = Field(default=0, ge=0, le=100_000)
    """and was in voice for at most so many minutes,"""
    inactive_reactions: int = Field(default=0, ge=0, le=10_000)
    """and gave at most so many reactions,"""
    grace_days: int = Field(default=7, ge=0, le=MAX_DAYS)
    """and joined at least so many days ago,"""
    exempt_roles: list[RoleId] = Field(default_factory=list)
    """and has none of these roles."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end_date < self.start_date:
            raise ValueError("the end date is before the start date")
        if self.length_days > MAX_DAYS:
            raise ValueError(f"at most {MAX_DAYS} days can be analysed at once")
        if not self.signals:
            raise ValueError("include messages, voice time or reactions")
        return self

    @property
    def length_days(self) -> int:
        return (self.end_date - self.start_date).days + 1

    @property
    def signals(self) -> tuple[str, ...]:
        """What of `jobs.services.SIGNALS` is counted."""
        asked = {
            "messages": self.include_message_count,
            "voice_ms": self.include_voice_time,
            "reactions": self.include_reactions,
        }
        return tuple(signal for signal in SIGNALS if asked[signal])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def range(self, now: int) -> Interval:
        """The days asked for (ms), the last one up to `now`."""
        return self._days(self.start_date, self.end_date, now)

    def range_before(self, now: int) -> Interval:
        """As many days right in front of them; as far into the last one, in whole quarters of an hour, as the range
        itself goes, for counts are kept by quarters."""
        length = timedelta(days=self.length_days)
        whole = self._days(self.start_date - length, self.end_date - length, now)
        cut = self._days(self.start_date, self.end_date, 2**53).until - self.range(now).until
        return Interval(whole.since, max(whole.since, (whole.until - cut) // QUARTER_MS * QUARTER_MS))

    def first_whole_day(self, since: int) -> date:
        """The first day that begins at instant `since` (ms) or later."""
        day = datetime.fromtimestamp(since / 1000, self.zone).date()
        return day if self._start_of(day) >= since else day + timedelta(days=1)

    def _days(self, first: date, last: date, now: int) -> Interval:
        since, until = self._start_of(first), self._start_of(last + timedelta(days=1))
        return Interval(since, max(since, min(until, now)))

    def _start_of(self, day: date) -> int:
        moment = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return round(moment.timestamp() * 1000)
