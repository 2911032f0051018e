"""Who may give or take which role: the one rule book of the preview, the start, every batch, a resume and an undo.

Pure. Source: Discord API documentation, "Permissions" (Permission Hierarchy, Role Management). Invariant: nothing
passes that Discord refuses the bot, nor what the person on whose behalf it acts could not do by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from jobs.roles import Holder, Role, RoleBook

ADMINISTRATOR, MANAGE_ROLES = 1 << 3, 1 << 28
DANGEROUS = {
    "administrator": ADMINISTRATOR,
    "manage-server": 1 << 5,
    "manage-roles": MANAGE_ROLES,
    "manage-channels": 1 << 4,
    "manage-webhooks": 1 << 29,
    "ban": 1 << 2,
    "kick": 1 << 1,
    "time-out": 1 << 40,
    "manage-messages": 1 << 13,
    "mention-everyone": 1 << 17,
    "manage-nicknames": 1 << 27,
    "manage-threads": 1 << 34,
    "manage-events": 1 << 33,
    "manage-expressions": 1 << 30,
    "audit-log": 1 << 7,
}
"""Permissions that a person should think about before many get them, by the names of their words."""


class Why(StrEnum):
    """Why a role cannot be given or taken."""

    CALLER_GONE = "caller-gone"
    CALLER_LACKS = "caller-lacks"
    BOT_LACKS = "bot-lacks"
    UNKNOWN = "unknown"
    EVERYONE = "everyone"
    BOT = "bot"
    INTEGRATION = "integration"
    BOOSTER = "booster"
    SUBSCRIPTION = "subscription"
    LINKED = "linked"
    MANAGED = "managed"
    ABOVE_BOT = "above-bot"
    ABOVE_CALLER = "above-caller"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why, and for which role; `role` is its name, or its id where it is not there."""

    why: Why
    role: str = ""

    @property
    def can_be_mended(self) -> bool:
        """In the server, by whoever may; else it has to be asked for anew, by somebody else or without the role."""
        return self.why in (Why.CALLER_LACKS, Why.BOT_LACKS, Why.ABOVE_BOT, Why.ABOVE_CALLER)

    @property
    def sentence(self) -> str:
        """What is the matter and how to mend it; found again by its English text (`languages`)."""
        role = self.role
        match self.why:
            case Why.CALLER_GONE:
                return "The person who asked for this is not in this server any more. Somebody else has to ask for it."
            case Why.CALLER_LACKS:
                return "The person who asked for this may not manage roles here. They need the permission Manage Roles."
            case Why.BOT_LACKS:
                return (
                    "I may not manage roles here. Give my role the permission Manage Roles in Server Settings, Roles."
                )
            case Why.UNKNOWN:
                return f"The role {role} is not here. It was deleted, or is another server's."
            case Why.EVERYONE:
                return "Everybody has the role @everyone. Choose another one."
            case Why.BOT:
                return f"The role {role} belongs to a bot. Nobody can give or take it."
            case Why.INTEGRATION:
                return f"The role {role} is given by an integration. Nobody else can give or take it."
            case Why.BOOSTER:
                return f"The role {role} is for those who boost this server. Nobody can give or take it."
            case Why.SUBSCRIPTION:
                return f"The role {role} is sold by a subscription. Nobody can give or take it."
            case Why.LINKED:
                return f"Members get the role {role} by linking an account. Nobody can give or take it."
            case Why.MANAGED:
                return f"The role {role} is managed by Discord. Nobody can give or take it."
            case Why.ABOVE_BOT:
                return (
                    f"I may not manage the role {role}: it does not stand below mine. "
                    "Move my role above it in Server Settings, Roles."
                )
            case Why.ABOVE_CALLER:
                return (
                    f"The person who asked for this may not manage the role {role}: it does not stand below theirs. "
                    "Give them a higher role."
                )


def refusal(book: RoleBook, role_id: int) -> Refusal | None:
    """Why this role can be neither given nor taken on behalf of `book.caller`; None when it can."""
    if found := standing_refusal(book):
        return found
    role = book.roles.get(role_id)
    if role is None:
        return Refusal(Why.UNKNOWN, str(role_id))
    if role.id == book.guild_id:
        return Refusal(Why.EVERYONE)
    if role.kind:
        return Refusal(Why(role.kind), role.name)
    if role.rank >= top_rank(book, book.me):
        return Refusal(Why.ABOVE_BOT, role.name)
    assert book.caller is not None, "seen by `standing_refusal`"
    if book.caller.id != book.owner_id and role.rank >= top_rank(book, book.caller):
        return Refusal(Why.ABOVE_CALLER, role.name)
    return None


def standing_refusal(book: RoleBook) -> Refusal | None:
    """Why nothing at all can be changed, whatever the role."""
    if book.caller is None:
        return Refusal(Why.CALLER_GONE)
    if not permissions(book, book.caller) & (MANAGE_ROLES | ADMINISTRATOR):
        return Refusal(Why.CALLER_LACKS)
    if not permissions(book, book.me) & (MANAGE_ROLES | ADMINISTRATOR):
        return Refusal(Why.BOT_LACKS)
    return None


def first_refusal(book: RoleBook, role_ids: Iterable[int]) -> Refusal | None:
    """Of several roles that are changed together."""
    return standing_refusal(book) or next((found for id_ in role_ids if (found := refusal(book, id_))), None)


def permissions(book: RoleBook, member: Holder) -> int:
    """Guild-level bits of a member; all of them for the owner and for administrators."""
    granted = _granted(book, member)
    return -1 if member.id == book.owner_id or granted & ADMINISTRATOR else granted


def top_rank(book: RoleBook, member: Holder) -> tuple[int, int]:
    """Rank of the member's highest role."""
    return max((role.rank for role in _roles_of(book, member)), default=(0, -book.guild_id))


def dangers(book: RoleBook, role_ids: Collection[int]) -> dict[int, list[str]]:
    """Of these roles, those that let their members do something that a person should know of, with what."""
    found: dict[int, list[str]] = {}
    for role_id in role_ids:
        bits = book.roles[role_id].permissions
        names = ["administrator"] if bits & ADMINISTRATOR else [n for n, bit in DANGEROUS.items() if bits & bit]
        if names:
            found[role_id] = names
    return found


def beyond_caller(book: RoleBook, role_ids: Collection[int]) -> list[int]:
    """Of these roles, those that let their members do what the caller may not."""
    assert book.caller is not None
    own = permissions(book, book.caller)
    return [role_id for role_id in role_ids if book.roles[role_id].permissions & ~own]


def _granted(book: RoleBook, member: Holder) -> int:
    bits = 0
    for role in _roles_of(book, member):
        bits |= role.permissions
    return bits


def _roles_of(book: RoleBook, member: Holder) -> list[Role]:
    return [book.roles[id_] for id_ in (book.guild_id, *member.roles) if id_ in book.roles]
