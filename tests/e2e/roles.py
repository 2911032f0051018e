"""Roles in the seeded guild, and people who ask for many of them at once."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.sandbox import Guild, Message, Sandbox
from bot.sandbox.world import Member, Role
from jobs.confirmation import Confirmations
from jobs.engine.model import Job
from jobs.engine.states import State
from tests.e2e.conftest import Play, job_id_of, playing, settings_for, text_of
from tests.e2e.forms import filled, pressed, typed
from tests.e2e.town import until

ROLE, OTHER, THIRD = 5_000_000_000_000_001, 5_000_000_000_000_002, 5_000_000_000_000_003


def add_roles(guild: Guild, *ids: int, position: int = 1) -> None:
    """Roles that the bot can give."""
    for id_ in ids:
        guild.roles[id_] = Role(id_, f"role {id_ % 10}", position=position)


@asynccontextmanager
async def playing_with(sandbox: Sandbox, guild: Guild, folder: Path, *ids: int) -> AsyncIterator[Play]:
    """A started bot in a guild with these roles, for those who type fast."""
    add_roles(guild, *ids)
    async with playing(sandbox, guild, settings_for(sandbox, folder, user_commands_per_minute=60)) as play:
        yield play


def people(guild: Guild) -> list[Member]:
    """Humans, in order of their ids."""
    return sorted((m for m in guild.members.values() if not m.user.bot), key=lambda m: m.user.id)


def holders(guild: Guild, role: int) -> set[int]:
    return {m.user.id for m in guild.members.values() if role in m.roles}


async def asked(play: Play, *, guild: Guild | None = None, user: int | None = None, **payload: Any) -> Job:
    """A job as it stands in the queue, once it asks to be confirmed; without a card."""
    where = guild or play.guild
    values = {"guild_id": str(where.id), "role_ids": [str(ROLE)], **payload}
    job = await play.app.queue.enqueue(
        "bulk-role-assignment", values, lane=str(where.id), owner=str(user or where.owner_id)
    )

    async def waits() -> bool:
        found = await play.app.queue.get(job.id)
        return found is not None and found.state in (State.PAUSED, State.FAILED, State.COMPLETED)

    await until(waits)
    found = await play.app.queue.get(job.id)
    assert found is not None
    return found


async def go(play: Play, job_id: str) -> None:
    """Confirm it, as a press does."""
    queue = play.app.queue
    assert await Confirmations(queue.records).confirm(job_id, 1, play.app.clock.now())
    assert await queue.unhold(job_id)


async def previewed(play: Play, *, user: int | None = None, role: int = ROLE, **answers: Any) -> Message:
    """Ask by the command and the first page of its form; the card that asks for the confirmation."""
    option = {} if "role_ids" in answers else {"role": str(role)}
    sent = await typed(play, "async-job", user=user, type="bulk-role-assignment", **option)
    panel = await filled(play, sent, answers, user=user)
    await panel.said()
    assert panel.message is not None
    started = await pressed(play, panel.message, "Start", user=user)
    await started.said()
    assert started.message is not None
    card = started.message
    await play.sandbox.until(lambda: "Please confirm" in text_of(card) or "Failed" in text_of(card))
    return card


async def confirmed(play: Play, card: Message, *, user: int | None = None) -> Job:
    """Press Confirm; the job once it has ended."""
    label = next(label for label in labels(card) if label.startswith("Confirm"))
    await pressed(play, card, label, user=user)
    return await play.ended(job_id_of(card))


async def undo_shown(play: Play, card: Message) -> Message:
    """Press Undo; the card that asks for the confirmation."""
    sent = await pressed(play, card, "Undo")
    await sent.said()
    shown = sent.message
    assert shown is not None
    await play.sandbox.until(lambda: "Please confirm" in text_of(shown) or "Completed" in text_of(shown))
    return shown


def labels(card: Message) -> list[str]:
    return [part["label"] for row in card.components for part in row["components"]]


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def table(play: Play, job_id: str, name: str = "changes.csv") -> dict[int, dict[str, str]]:
    """A file of the job, by member."""
    rows = rows_of(play.app.artifacts.path(job_id, name).read_bytes())
    return {int(row["member_id"].removeprefix("id:")): row for row in rows}


def writes(play: Play) -> list[tuple[str, str]]:
    """Requests that change roles, whatever came of them."""
    return [(r.method, r.path) for r in play.sandbox.requests if r.method != "GET" and "/members/" in r.path]


def given(play: Play, members: Iterable[int], role: int = ROLE) -> bool:
    """Each of them got the role once, and nobody else."""
    changes = [(c.member_id, c.role_id, c.given) for c in play.sandbox.world.role_changes]
    return sorted(changes) == sorted((member, role, True) for member in members)


def at_change(play: Play, number: int, deed: Callable[[], Awaitable[object]]) -> None:
    """Have something happen when so many roles were changed, before Discord answers that change."""
    gateway, changes = play.sandbox.gateway, play.sandbox.world.role_changes
    tell = gateway.member_changed
    target = len(changes) + number

    async def told(guild: Guild, member: Member) -> None:
        await tell(guild, member)
        if len(changes) == target:
            gateway.member_changed = tell  # type: ignore[method-assign]
            await deed()

    gateway.member_changed = told  # type: ignore[method-assign]


async def shows(play: Play, card: Message, words: str) -> str:
    await play.sandbox.until(lambda: words in text_of(card))
    return text_of(card)
