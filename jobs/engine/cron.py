"""Cron expressions in a time zone: which instants they name. Pure.

The arithmetic is cronsim's, which follows Debian's cron through clock changes: a time that the change skips runs
right after it, one that comes twice runs once, and steps of minutes or hours run through.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from jobs.engine.errors import InvalidOption

FIELDS = "five fields: minute, hour, day of month, month, day of week"


@dataclass(frozen=True, slots=True)
class Cron:
    """A schedule like `0 9 * * 1`. Raises `InvalidOption` for one that cannot be read or never comes."""

    expression: str
    time_zone: str = "UTC"
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "_zone", ZoneInfo(self.time_zone))
        except (KeyError, ValueError, OSError):
            raise InvalidOption("time zone", self.time_zone, "an IANA name like Europe/Berlin") from None
        self.next_after(0)

    def next_after(self, at: int) -> int:
        """The first instant (ms) behind `at` (ms)."""
        try:
            moments = CronSim(self.expression, datetime.fromtimestamp(at / 1000, self._zone))
            return round(next(moments).timestamp() * 1000)
        except StopIteration:
            raise InvalidOption("cron", self.expression, f"{FIELDS}, that name a day that comes") from None
        except (CronSimError, OverflowError) as error:
            raise InvalidOption("cron", self.expression, f"{FIELDS} ({error})") from None
