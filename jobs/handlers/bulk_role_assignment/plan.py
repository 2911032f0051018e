"""What a role job will do, member by member: made once, shown, confirmed, and carried out as it is.

Pure values and their JSON. Invariant: a plan that was read back is the plan that was kept, whatever has changed in the
server since; and it holds no change that would change nothing when it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from jobs.engine.model import JsonObject, JsonValue

CHUNK = 20_000
"""Changes of one checkpoint, which holds a mebibyte."""
EXAMPLES = 10
State: TypeAlias = Literal["change", "right", "blocked"]


@dataclass(frozen=True, slots=True)
class Change:
    """Roles of one member; never none."""

    member_id: int
    add: tuple[int, ...]
    remove: tuple[int, ...]

    @property
    def key(self) -> str:
        return str(self.member_id)

    @property
    def size(self) -> int:
        return len(self.add) + len(self.remove)

    def intent(self) -> JsonObject:
        """As the journal keeps it before the request."""
        return {"add": [*map(str, self.add)], "remove": [*map(str, self.remove)]}


def change_of(key: str, intent: JsonValue) -> Change:
    """What was intended, out of the journal."""
    assert isinstance(intent, dict)
    return Change(int(key), ids_in(intent, "add"), ids_in(intent, "remove"))


def ids_in(value: Any, name: str) -> tuple[int, ...]:
    return tuple(map(int, value[name]))


@dataclass(frozen=True, slots=True)
class Line:
    """What is planned for one member, as the table shows it."""

    member_id: int
    name: str
    state: State
    add: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()
    why: str = ""
    """Of those that are blocked: `gone above changed role-gone`; of a change `changed` where it is only a part."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A plan without its changes: what the preview shows."""

    number: int
    """1 for a job's first plan; one that nobody confirmed can be made anew."""
    made_at: int
    action: str
    """`add remove replace undo`."""
    about: list[str]
    """Ids of the roles that were asked for; of an undo, of all that are changed."""
    changes: int
    right: int
    blocked: dict[str, int]
    examples: list[str]
    roles: dict[str, str]
    """Names of the roles that are changed, by id."""
    dangers: dict[str, list[str]]
    """What some of them let their members do, by id."""
    beyond: list[str]
    """Those that let their members do what the caller may not."""
    seconds: float
    """What it takes by the limits that were seen last."""
    until: int | None = None
    """When it is taken back (ms)."""
    late: bool = False
    """Who joins meanwhile is added at the end."""
    partly: int = 0
    """Of the changes, those that are only a part of what would be: others have changed the rest."""

    def to_json(self) -> JsonObject:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Outline:
        return cls(**value)


@dataclass(slots=True)
class Draft:
    """A plan that is being made."""

    changes: list[Change] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def change(self, member_id: int, name: str, add: Iterable[int], remove: Iterable[int], *, why: str = "") -> None:
        """A member is to have some roles and others not; nothing of both is right as it is. `why` it is not more."""
        change = Change(member_id, tuple(sorted(add)), tuple(sorted(remove)))
        if not change.size:
            self.lines.append(Line(member_id, name, "right"))
            return
        self.changes.append(change)
        self.lines.append(Line(member_id, name, "change", change.add, change.remove, why))

    def block(self, member_id: int, name: str, why: str) -> None:
        self.lines.append(Line(member_id, name, "blocked", why=why))

    def count(self, state: State) -> int:
        return sum(line.state == state for line in self.lines)

    def partly(self) -> int:
        return sum(line.state == "change" and bool(line.why) for line in self.lines)

    def blocked(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for line in self.lines:
            if line.state == "blocked":
                found[line.why] = found.get(line.why, 0) + 1
        return found

    def roles(self) -> list[int]:
        """Every role that is changed."""
        return roles_of(self.changes)


def roles_of(changes: Iterable[Change]) -> list[int]:
    return sorted({role for change in changes for role in (*change.add, *change.remove)})


def to_chunks(changes: Sequence[Change]) -> list[JsonObject]:
    """The changes as checkpoints hold them: most change the same roles, which are named once."""
    chunks: list[JsonObject] = []
    for start in range(0, len(changes), CHUNK):
        kinds: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        rows: list[JsonValue] = []
        for change in changes[start : start + CHUNK]:
            kind = kinds.setdefault((change.add, change.remove), len(kinds))
            rows.append([str(change.member_id), kind])
        named: list[JsonValue] = [[[*map(str, add)], [*map(str, remove)]] for add, remove in kinds]
        chunks.append({"kinds": named, "rows": rows})
    return chunks


def from_chunk(chunk: Any) -> list[Change]:
    kinds = [(tuple(map(int, add)), tuple(map(int, remove))) for add, remove in chunk["kinds"]]
    return [Change(int(member_id), *kinds[kind]) for member_id, kind in chunk["rows"]]
