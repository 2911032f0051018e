"""Frozen lists of members: kept once, named, and used later by id or name.

Over `jobs.engine.records`; knows no store and no Discord. Invariant: a list is there whole or not at all, its name is
one of a kind in its guild, and what is in it does not change but for members who are forgotten.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError, RecordConflict
from jobs.engine.model import JsonObject, JsonValue, new_id
from jobs.engine.records import Record, Records

LIST, PART, NAME = "member-list", "member-list-part", "member-list-name"
KINDS = (LIST, PART, NAME)
KEPT_MS = 30 * 86_400_000
AT_ONCE, PAGE = 2000, 100
MOST = 50
"""Lists of one guild."""
LONGEST = 60
"""Letters of a name."""
LIST_ID = "list:"
"""Stands in front of a list's id, where a text names members either one by one or by a list."""


@dataclass(frozen=True, slots=True)
class Members:
    """Note on an `UploadedText` which names members: how its ids are read.

    What is too long for a payload is kept as a list; the text is `LIST_ID` with its id then.
    """

    ids: Callable[[str], Sequence[int]]
    """Raises `ValueError` with what is no id."""


class NameTaken(EngineError):
    """The guild has a list of this name."""


class TooManyLists(EngineError):
    """The guild has as many lists as it may have."""


@dataclass(frozen=True, slots=True)
class MemberList:
    """A list, without its members."""

    id: str
    guild_id: int
    name: str
    count: int
    source: JsonObject
    """Where it comes from: the job, the rules."""
    made_by: str
    made_at: int
    expires_at: int


class MemberLists:
    """See the module."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    async def freeze(
        self, guild_id: int, name: str, members: Sequence[int], *, made_by: str = "", source: JsonObject | None = None
    ) -> MemberList:
        """Keep `members`, in their order, for thirty days. Raises `NameTaken` and `TooManyLists`."""
        if len(await self.of(guild_id)) >= MOST:
            raise TooManyLists(f"A server may have {MOST} lists.")
        now, id_, name = self._clock.now(), new_id(), plain(name)
        made = MemberList(id_, guild_id, name, len(members), source or {}, made_by, now, now + KEPT_MS)
        where: dict[str, Any] = {"lane": str(guild_id), "expires_at": made.expires_at}
        try:
            await self._records.put(NAME, _named(guild_id, name), id_, expect=0, **where)
        except RecordConflict:
            raise NameTaken(f"There is a list {name!r}.") from None
        for number, start in enumerate(range(0, len(members), AT_ONCE)):
            part: JsonValue = [str(member) for member in members[start : start + AT_ONCE]]
            await self._records.put(PART, _part(id_, number), part, **where)
        # Last, so that nobody finds half a list.
        value: JsonObject = {
            "name": name, "count": made.count, "source": made.source, "made_by": made_by, "made_at": now
        }  # fmt: skip
        await self._records.put(LIST, id_, value, **where)
        return made

    async def of(self, guild_id: int) -> Sequence[MemberList]:
        """The guild's lists, the newest first."""
        found: list[MemberList] = []
        after = ""
        while page := await self._records.find(LIST, lane=str(guild_id), after=after, limit=PAGE):
            found += map(_load, page)
            after = page[-1].key
        return sorted(found, key=lambda one: (-one.made_at, one.id))

    async def get(self, guild_id: int, wanted: str) -> MemberList | None:
        """The guild's list of this id or name."""
        record = await self._records.get(LIST, wanted.strip())
        if record is None and (named := await self._records.get(NAME, _named(guild_id, plain(wanted)))) is not None:
            record = await self._records.get(LIST, str(named.value))
        return None if record is None or record.lane != str(guild_id) else _load(record)

    async def members(self, kept: MemberList) -> AsyncIterator[Sequence[int]]:
        """The ids, in their order, some thousands at once."""
        number = 0
        while (part := await self._records.get(PART, _part(kept.id, number))) is not None:
            assert isinstance(part.value, list)
            yield [int(str(member)) for member in part.value]
            number += 1

    async def delete(self, kept: MemberList) -> None:
        """Forget a list."""
        await self._records.delete(LIST, kept.id)
        await self._records.delete(NAME, _named(kept.guild_id, kept.name))
        number = 0
        while await self._records.delete(PART, _part(kept.id, number)):
            number += 1

    async def naming(self, member_id: int, lane: str | None = None) -> AsyncIterator[MemberList]:
        """The lists of a lane, or of all, that a member stands on."""
        member, after = str(member_id), ""
        while page := await self._records.find(PART, lane=lane, after=after, limit=PAGE):
            for part in page:
                if isinstance(part.value, list) and member in part.value:
                    record = await self._records.get(LIST, part.key.partition("/")[0])
                    if record is not None:
                        yield _load(record)
            after = page[-1].key

    async def forget(self, member_id: int, lane: str | None = None) -> int:
        """Take a member out of the lists of a lane, or of all; out of how many."""
        member, after, changed = str(member_id), "", 0
        while page := await self._records.find(PART, lane=lane, after=after, limit=PAGE):
            for part in page:
                if isinstance(part.value, list) and member in part.value:
                    await self._change(PART, part.key, lambda value: [one for one in value if one != member])
                    list_id = part.key.partition("/")[0]
                    await self._change(LIST, list_id, lambda value: {**value, "count": value["count"] - 1})
                    changed += 1
            after = page[-1].key
        return changed

    async def _change(self, kind: str, key: str, change: Any) -> None:
        """Write what `change` makes of a value, whoever else writes it."""
        while (record := await self._records.get(kind, key)) is not None:
            where: dict[str, Any] = {"lane": record.lane, "expires_at": record.expires_at, "expect": record.version}
            try:
                await self._records.put(record.kind, key, change(record.value), **where)
            except RecordConflict:
                continue
            return


def plain(name: str) -> str:
    """A name as it is kept: one line, no longer than `LONGEST`."""
    return " ".join(name.split())[:LONGEST]


def _named(guild_id: int, name: str) -> str:
    return f"{guild_id}/{name.casefold()}"


def _part(list_id: str, number: int) -> str:
    return f"{list_id}/{number:05}"


def _load(record: Record) -> MemberList:
    value: Any = record.value
    return MemberList(
        id=record.key,
        guild_id=int(record.lane),
        name=value["name"],
        count=value["count"],
        source=value["source"],
        made_by=value["made_by"],
        made_at=value["made_at"],
        expires_at=record.expires_at or 0,
    )
