"""What a role assignment is asked for, checked. Knows no service.

Who is meant is a group, or members that are named in some way; every filter narrows that.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from jobs.engine.model import JsonObject
from jobs.engine.payload import Payload
from jobs.handlers.bulk_role_assignment.ids import ids_of, ids_of_table
from jobs.lists import LIST_ID, Members
from jobs.services import MemberId, RoleId, Snowflake, UploadedText

MAX_DAYS = 4000
NAME = 40
Action: TypeAlias = Literal["add", "remove", "replace"]
NOT_KEPT = frozenset({"guild_id", "time_zone", "preset", "keep_as", "until"})
"""Fields that no preset holds."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name[:40]!r} is no time zone; give one like Europe/Berlin") from None
    return name


class BulkRoleAssignment(Payload):
    """Roles for many members at once: shown first, then confirmed; it can be taken back."""

    guild_id: Snowflake
    role_ids: list[RoleId] = Field(default_factory=list, max_length=20)
    """The roles it is about."""
    action: Action = "add"
    """Replace leaves these roles and takes all others that people can give."""
    who: Literal["named", "all", "humans", "bots"] = "named"
    """Named: those who are chosen, listed or sent."""
    member_ids: list[MemberId] = Field(default_factory=list)
    """These members."""
    preset: str = Field("", max_length=NAME)
    """Begin with the choices that were kept under this name."""
    more_members: str = Field("", max_length=4000)
    """More members: ids or mentions."""
    id_file: Annotated[UploadedText, Members(ids_of_table)] = ""
    """A file with ids of members: one a line, or the first column of a CSV."""
    list_name: str = Field("", max_length=60)
    """A kept list of members, by its name or id."""
    any_roles: list[RoleId] = Field(default_factory=list)
    """Only who has one of these roles."""
    all_roles: list[RoleId] = Field(default_factory=list)
    """Only who has all of these roles."""
    no_roles: list[RoleId] = Field(default_factory=list)
    """Nobody who has one of these roles."""
    joined_after: date | None = None
    """Only who joined on this day or later."""
    joined_before: date | None = None
    """Only who joined before this day."""
    account_days_min: Annotated[int, Field(ge=0, le=MAX_DAYS)] | None = None
    """Only accounts that are at least so many days old."""
    account_days_max: Annotated[int, Field(ge=0, le=MAX_DAYS)] | None = None
    """Only accounts that are at most so many days old."""
    active_days: Annotated[int, Field(ge=1, le=400)] | None = None
    """Only who was active in the last so many days."""
    inactive_days: Annotated[int, Field(ge=1, le=400)] | None = None
    """Only who was not active in the last so many days."""
    until: datetime | None = None
    """Take it back at this time."""
    late_joiners: bool = False
    """At the end, add those who joined meanwhile, and check the result."""
    reason: str = Field("", max_length=300)
    """Why; it stands in the server's audit log."""
    keep_as: str = Field("", max_length=NAME)
    """Keep these choices under this name."""
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.role_ids and not self.preset:
            raise ValueError("choose at least one role, or name a preset")
        if self.who == "named" and not self._names_somebody and not self.preset:
            raise ValueError("say who: choose members, send a list of ids, or choose all, humans or bots")
        if self.until is not None and self.until.tzinfo is None:
            raise ValueError("the time at which it is taken back needs a time zone")
        if self.active_days is not None and self.inactive_days is not None:
            raise ValueError("choose who was active or who was not, not both")
        if (self.account_days_min or 0) > (self.account_days_max if self.account_days_max is not None else MAX_DAYS):
            raise ValueError("no account is older and younger than that")
        self.named()
        return self

    @property
    def _names_somebody(self) -> bool:
        return bool(self.member_ids or self.more_members.strip() or self.id_file.strip() or self.list_name.strip())

    @property
    def names(self) -> bool:
        """Only members who are named are meant."""
        return self.who == "named" or self._names_somebody

    @property
    def until_ms(self) -> int | None:
        return None if self.until is None else round(self.until.timestamp() * 1000)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def lists(self) -> list[str]:
        """Names or ids of kept lists whose members are named."""
        filed = self.id_file.removeprefix(LIST_ID) if self._is_filed else ""
        return [wanted for wanted in (self.list_name.strip(), filed) if wanted]

    @property
    def _is_filed(self) -> bool:
        """The file was too long for a payload, and is kept as a list."""
        return self.id_file.startswith(LIST_ID)

    def named(self, listed: Collection[int] = ()) -> list[int]:
        """Everybody who is named, each once; `listed` are those of the kept lists. Raises `ValueError`."""
        sent = [] if self._is_filed else ids_of_table(self.id_file)
        return list(dict.fromkeys([*self.member_ids, *ids_of(self.more_members), *sent, *listed]))

    def kept(self) -> JsonObject:
        """The choices that a preset holds: those that were made."""
        chosen: dict[str, Any] = self.model_dump(mode="json", exclude=set(NOT_KEPT), exclude_defaults=True)
        return chosen

    def over(self, preset: JsonObject) -> BulkRoleAssignment:
        """The preset's choices, with those of this one in their place where one was made. Raises `ValueError`."""
        own = self.model_dump(mode="json", exclude={"preset"}, exclude_defaults=True)
        return BulkRoleAssignment.model_validate({**preset, **own})


class UndoRoleAssignment(Payload):
    """Take back what a role assignment changed, where nobody has changed it since."""

    guild_id: Snowflake
    job_id: str
    ask: bool = True
    """Show it first; False for what was confirmed together with the assignment."""
