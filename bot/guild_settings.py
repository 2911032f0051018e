"""What a guild has chosen for itself: time zone, language, and where reports of schedules go.

Kept in the records. Invariant: what is read back is valid, whatever an older version wrote.
"""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from bot.problems import Problem
from jobs.engine.records import Records
from jobs.services import Interval

KIND = "guild-settings"


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """Of one guild."""

    time_zone: str = "UTC"
    language: str | None = None
    """None follows each reader's own Discord."""
    channel_id: int | None = None
    """Where the cards of scheduled jobs go."""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def today(self, now: int) -> date:
        """The day that it is there at `now` (ms)."""
        return datetime.fromtimestamp(now / 1000, self.zone).date()

    def last_days(self, days: int, now: int) -> Interval:
        """The last `days` days there, today among them as far as it has come."""
        first = self.today(now) - timedelta(days=days - 1)
        return Interval(round(datetime(first.year, first.month, first.day, tzinfo=self.zone).timestamp() * 1000), now)


class GuildSettingsStore:
    """Reads and changes them."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def get(self, guild_id: int) -> GuildSettings:
        record = await self._records.get(KIND, str(guild_id))
        if record is None or not isinstance(record.value, dict):
            return GuildSettings()
        known = {field.name for field in fields(GuildSettings)}
        return GuildSettings(**{name: value for name, value in record.value.items() if name in known})  # type: ignore[arg-type]

    async def change(self, guild_id: int, **changes: Any) -> GuildSettings:
        changed = replace(await self.get(guild_id), **changes)
        await self._records.put(KIND, str(guild_id), asdict(changed), lane=str(guild_id))
        return changed


@functools.cache
def _zones() -> tuple[str, ...]:
    """Read once: it is a walk through hundreds of files."""
    return tuple(sorted(available_timezones()))


def known_zone(text: str) -> str:
    """The time zone typed. Raises `Problem`."""
    wanted = text.strip().lower().replace(" ", "_")
    for name in _zones():
        if name.lower() == wanted:
            return name
    raise Problem("no-zone")


def zones_like(typed: str, limit: int = 25) -> list[str]:
    """Time zones that hold what was typed, the shortest names first."""
    wanted = typed.strip().lower().replace(" ", "_")
    found = [name for name in _zones() if wanted in name.lower() and "/" in name]
    return sorted(found, key=lambda name: (not name.lower().split("/")[-1].startswith(wanted), len(name), name))[:limit]
