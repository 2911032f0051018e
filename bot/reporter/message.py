"""The stored row of a progress message: where it is, how it can be edited, what it has said.

Two records a job, written in the job's own transaction: the message, and the reply token, sealed, which is gone
at its expiry. Invariant: the token is in no repr and in no row that outlives it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias

from bot.languages import ENGLISH
from bot.vault import Vault
from jobs.engine.model import RecordWrite
from jobs.engine.records import Record, Records

Notify: TypeAlias = Literal["always", "failure", "never"]
MESSAGE, TOKEN = "progress-message", "reply-token"
KEPT_MS = 35 * 86_400_000
"""Longer than any job's own retention, so a message outlives its job and not the other way round."""


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """The first answer to an interaction. `token_expires_at` in ms."""

    application_id: int
    token: str = field(repr=False)
    token_expires_at: int
    channel_id: int
    message_id: int
    guild_id: int
    user_id: int
    ephemeral: bool
    notify: Notify = "always"
    direct: bool = False
    language: str = ENGLISH


@dataclass(frozen=True, slots=True)
class ProgressMessage:
    """The row of one job's message."""

    application_id: int
    channel_id: int
    message_id: int
    """0 for one that is still to be posted."""
    guild_id: int
    user_id: int
    ephemeral: bool
    created_at: int
    ended: str | None = None
    """The end that it shows."""
    gone: bool = False
    """It cannot be edited any more, by any way."""
    said: str | None = None
    """The end or pause that was said in a reply."""
    direct: bool = False
    """It stands in a direct message to the requester."""
    follows: str | None = None
    """Address of the message that it goes on from."""
    moves: int = 0
    """How often it had to go on in a new message."""
    notify: Notify = "always"
    """Which ends are said: of long jobs, failures and pauses; failures and pauses alone; none."""
    language: str = ENGLISH
    """Chosen when it was asked for, and kept."""

    @property
    def seen_alone(self) -> bool:
        """Nobody but the requester sees it."""
        return self.ephemeral or self.direct

    @property
    def link(self) -> str:
        """Address of the message for people."""
        place = "@me" if self.direct else self.guild_id
        return f"https://discord.com/channels/{place}/{self.channel_id}/{self.message_id}"

    def expires_at(self) -> int:
        return self.created_at + KEPT_MS


def message_records(job_id: str, address: ReplyAddress, vault: Vault, now: int) -> tuple[RecordWrite, ...]:
    """What is stored with the job, so that its message can be kept true after a restart."""
    message = ProgressMessage(
        application_id=address.application_id,
        channel_id=address.channel_id,
        message_id=address.message_id,
        guild_id=address.guild_id,
        user_id=address.user_id,
        ephemeral=address.ephemeral,
        created_at=now,
        notify=address.notify,
        direct=address.direct,
        language=address.language,
    )
    lane = str(address.guild_id)
    return (
        RecordWrite(MESSAGE, job_id, dump_message(message), lane, message.expires_at()),
        RecordWrite(TOKEN, job_id, vault.seal(address.token), lane, address.token_expires_at),
    )


class MessageStore:
    """Reads and writes the rows."""

    def __init__(self, records: Records, vault: Vault) -> None:
        self._records = records
        self._vault = vault

    async def get(self, job_id: str) -> ProgressMessage | None:
        record = await self._records.get(MESSAGE, job_id)
        return _load(record) if record else None

    async def token(self, job_id: str) -> tuple[str, int] | None:
        """The reply token and its expiry (ms), while it lives."""
        record = await self._records.get(TOKEN, job_id)
        if record is None or not isinstance(record.value, str) or record.expires_at is None:
            return None
        token = self._vault.open(record.value)
        return None if token is None else (token, record.expires_at)

    async def drop_token(self, job_id: str) -> None:
        await self._records.delete(TOKEN, job_id)

    async def change(self, job_id: str, message: ProgressMessage, **changes: Any) -> ProgressMessage:
        """Store the row with `changes`."""
        changed = replace(message, **changes)
        if changed != message:
            await self._records.put(
                MESSAGE, job_id, dump_message(changed), lane=str(changed.guild_id), expires_at=changed.expires_at()
            )
        return changed

    async def behind(self) -> list[str]:
        """Jobs whose message does not show the end yet and still can."""
        found, after = [], ""
        while page := await self._records.find(MESSAGE, after=after):
            for record in page:
                message = _load(record)
                if message.ended is None and not message.gone:
                    found.append(record.key)
            after = page[-1].key
        return found


def dump_message(message: ProgressMessage) -> dict[str, Any]:
    """The row as it is stored."""
    return asdict(message)


def _load(record: Record) -> ProgressMessage:
    assert isinstance(record.value, dict)
    known = {f.name for f in fields(ProgressMessage)}
    return ProgressMessage(**{name: value for name, value in record.value.items() if name in known})  # type: ignore[arg-type]
