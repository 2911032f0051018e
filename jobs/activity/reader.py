"""`ActivityReader` on the file that the jobs lie in, read by a connection of its own that cannot write.

Invariant: no statement reads more than a day, so the writer's log can be cleared in between, and what lies in memory
is a day's rows and the sums.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import tzinfo
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.activity import queries
from jobs.activity.days import cut_quarters, local_days
from jobs.activity.intervals import covers, inside, joined
from jobs.activity.store import ANYTHING, QUARTER_MS, Source, quarter_of
from jobs.past import Comings, MonthSums
from jobs.services import SIGNALS, ActivityTotals, Interval, snowflake_at

if TYPE_CHECKING:
    from jobs.activity.totals import Place, Rows

SOURCES = {"messages": Source.MESSAGES, "voice_ms": Source.VOICE, "reactions": Source.REACTIONS}
"""What the recorder has to listen to for each signal."""
ASKED_AT_ONCE, FETCHED_AT_ONCE = 10_000, 500
BUSY_S = 5.0


@dataclass(frozen=True, slots=True)
class SqliteActivityReader:
    """See `ActivityReader`. Each call opens the file and lets go of it."""

    path: Path | str

    def totals(
        self,
        guild_id: int,
        channel_ids: Collection[int] | None,
        within: Interval,
        time_zone: tzinfo,
        *,
        members: Collection[int] | None = None,
        signals: Collection[str] = SIGNALS,
    ) -> ActivityTotals:
        from jobs.activity.totals import Book

        parts = cut_quarters(within)
        cut = {quarter_of(part.since): part.until - part.since for part in parts}
        book = Book(time_zone, channel_ids, members, cut, self.opted_out(guild_id), signals)
        with closing(self._connect()) as connection:
            history = _only_history(connection, guild_id, parts)
            for day, part in local_days(within, time_zone):
                quarters = (guild_id, quarter_of(part.since), quarter_of(part.until - 1))
                recorded, crawled = (
                    _rows(connection, sql, quarters) for sql in (queries.RECORDED_DAY, queries.CRAWLED_DAY)
                )
                book.add_day(day, recorded, crawled, history)
            online = _online(connection, guild_id, within, ANYTHING)
            heard = {signal: _online(connection, guild_id, within, source) for signal, source in SOURCES.items()}
        return ActivityTotals(
            members=book.members.by_id(),
            channels=book.channels.by_id(),
            days=book.days,
            active_members=book.active_members,
            hours=book.hours,
            last_active=book.members.last_by_id(),
            online=online,
            heard=heard,
        )

    def last_seen(self, guild_id: int, members: Collection[int]) -> Mapping[int, int]:
        seen = dict[int, int]()
        with closing(self._connect()) as connection:
            for some in in_portions(members):
                rows = connection.execute(queries.LAST_SEEN, {"guild": guild_id, "members": some})
                seen |= {member: quarter * QUARTER_MS for member, quarter in rows if quarter >= 0}
        return seen

    def opted_out(self, guild_id: int) -> Collection[int]:
        with closing(self._connect()) as connection:
            return {member for (member,) in connection.execute(queries.OPTED_OUT, (guild_id,))}

    def comings(self, guild_id: int, since: int, until: int, *, joined_since: int) -> Comings:
        first = quarter_of(since)
        when = {"guild": guild_id, "first": min(first, quarter_of(joined_since)), "last": quarter_of(until - 1)}
        joined_at, left = dict[int, int](), set[int]()
        with closing(self._connect()) as connection:
            for member, joined_quarter, left_quarter in connection.execute(queries.COMINGS, when):
                if joined_quarter is not None and joined_quarter >= quarter_of(joined_since):
                    joined_at[member] = joined_quarter * QUARTER_MS
                if left_quarter is not None and left_quarter >= first:
                    left.add(member)
            seen = _online(connection, guild_id, Interval(since, until), Source.MEMBERS)
        seen_ms = sum(interval.until - interval.since for interval in seen)
        return Comings(joined_at, left, seen[0].since if seen else None, seen_ms)

    def months(self, guild_id: int, channel_ids: Collection[int] | None) -> Sequence[MonthSums]:
        which = {"guild": guild_id, "channels": None if channel_ids is None else json.dumps(sorted(channel_ids))}
        with closing(self._connect()) as connection:
            return [MonthSums(*row) for row in connection.execute(queries.MONTHS, which)]

    def swept_before(self, guild_id: int) -> int:
        with closing(self._connect()) as connection:
            row = connection.execute(queries.SWEPT, (guild_id,)).fetchone()
        return row[0] * QUARTER_MS if row else 0

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{Path(self.path).resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_S
        )


def in_portions(members: Collection[int]) -> Iterator[str]:
    """The ids as JSON, as many at once as one statement takes."""
    asked = sorted(members)
    for start in range(0, len(asked), ASKED_AT_ONCE):
        yield json.dumps(asked[start : start + ASKED_AT_ONCE])


def _rows(connection: sqlite3.Connection, sql: str, quarters: tuple[int, int, int]) -> Rows:
    import numpy as np

    from jobs.activity.totals import WIDTH

    found, cursor = [np.empty(0, np.int64)], connection.execute(sql, quarters)
    while rows := cursor.fetchmany(FETCHED_AT_ONCE):
        found.append(np.fromiter(chain.from_iterable(rows), np.int64, WIDTH * len(rows)))
    return np.concatenate(found).reshape(-1, WIDTH)


def _online(connection: sqlite3.Connection, guild_id: int, within: Interval, source: Source) -> list[Interval]:
    """When the recorder was there and listened to `source`."""
    rows = connection.execute(queries.ONLINE, (guild_id, within.since, within.until, int(source)))
    return inside(joined(Interval(since, until) for since, until in rows), within)


def _only_history(connection: sqlite3.Connection, guild_id: int, parts: Sequence[Interval]) -> set[Place]:
    """Quarters that the range cuts into `parts`, of the channels whose history was read there."""
    places: set[Place] = set()
    for part in parts:
        wanted = Interval(snowflake_at(part.since), snowflake_at(part.until))
        spans: defaultdict[int, list[Interval]] = defaultdict(list)
        for channel, since, until in connection.execute(queries.SPANS_WITHIN, (guild_id, wanted.until, wanted.since)):
            spans[channel].append(Interval(since, until))
        places |= {(channel, quarter_of(part.since)) for channel, found in spans.items() if covers(found, wanted)}
    return places
