"""From a draft to what is shown of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.handlers.bulk_role_assignment.plan import EXAMPLES, Draft, Outline
from jobs.handlers.bulk_role_assignment.rights import beyond_caller, dangers
from jobs.roles import RoleBook


def outline_of(
    draft: Draft, book: RoleBook, *, number: int, now: int, action: str, about: Sequence[int], pace_s: float
) -> Outline:
    """`now` in ms, `pace_s` the seconds that a change takes. Every role that is changed stands in `book`."""
    given = sorted({role for change in draft.changes for role in change.add})
    return Outline(
        number=number,
        made_at=now,
        action=action,
        about=[*map(str, about)],
        changes=len(draft.changes),
        right=draft.count("right"),
        blocked=draft.blocked(),
        examples=[change.key for change in draft.changes[:EXAMPLES]],
        roles={str(id_): book.roles[id_].name for id_ in draft.roles()},
        dangers={str(id_): names for id_, names in dangers(book, given).items()},
        beyond=[str(id_) for id_ in beyond_caller(book, given)],
        seconds=len(draft.changes) * pace_s,
        partly=draft.partly(),
    )
