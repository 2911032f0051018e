"""The stored row of a progress message: where it is, how it can be edited, what it shows and what it has said.

Three records a job, written in the job's own transaction: the message; a mark that it does not show the end yet;
the reply token, sealed, which is gone at its expiry. Invariant: the token is in no repr and in no row that outlives
it, and of two processes that change a row at once only one does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias

from bot.languages import ENGLISH
from bot.vault import Vault
from jobs.engine.model import RecordWrite
from jobs.engine.records import Record, Records

Notify: TypeAlias = Literal["always", "failure", "never"]
MESSAGE, OPEN, TOKEN = "progress-message", "progress-message-open", "reply-token"
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
    shows: str = ""
    """The version of the job that it shows; see `words.mark`."""
    ended: bool = False
    """What it shows is an end."""
    gone: bool = False
    """It cannot be edited any more, by any way."""
    said: str | None = None
    """The end or pause that was said in a reply."""
    sending: str | None = None
    """Nonce of a message that is being sent; whether it arrived is not known until it is cleared."""
    sending_since: int = 0
    direct: bool = False
    """It stands in a direct message to the requester."""
    follows: str | None = None
    """Address of the message that it goes on from."""
    left: int | None = None
    """The older message in the same channel, which does not say yet where it goes on."""
    moves: int = 0
    """How often it had to go on in a new message."""
    notify: Notify = "always"
    """Which ends are said: of long jobs, failures and pauses; failures and pauses alone; none."""
    language: str = ENGLISH
    """Chosen when it was asked for, and kept."""
    version: int = 0
    """Of the stored row."""

    @property
    def seen_alone(self) -> bool:
        """Nobody but the requester sees it."""
        return self.ephemeral or self.direct

    @property
    def link(self) -> str:
        """Address of the message for people."""
        return self.link_of(self.message_id)

    def link_of(self, message_id: int) -> str:
        """Address of another message in the same channel."""
        place = "@me" if self.direct else self.guild_id
        return f"https://discord.com/channels/{place}/{self.channel_id}/{message_id}"

    def link_for(self, user_id: int) -> str | None:
        """The address, for somebody who can open it."""
        hidden = self.seen_alone and user_id != self.user_id
        return None if hidden or self.gone or not self.message_id else self.link

    def expires_at(self) -> int:
        return self.created_at + KEPT_MS

    def records(self, job_id: str) -> tuple[RecordWrite, ...]:
        """What is stored with the job, so that its message can be kept true after a restart."""
        lane, until = str(self.guild_id), self.expires_at()
        return (
            RecordWrite(MESSAGE, job_id, _dump(self), lane, until),
            RecordWrite(OPEN, job_id, None, lane, until),
        )


def message_records(job_id: str, address: ReplyAddress, vault: Vault, now: int) -> tuple[RecordWrite, ...]:
    """The records of a message that answers an interaction."""
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
    token = RecordWrite(TOKEN, job_id, vault.seal(address.token), str(address.guild_id), address.token_expires_at)
    return (*message.records(job_id), token)


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
        """Store the row with `changes`. Raises `RecordConflict` when somebody else changed it since it was read."""
        changed = replace(message, **changes)
        if changed == message:
            return message
        was_open, is_open = (not (row.ended or row.gone) for row in (message, changed))
        lane, until = str(changed.guild_id), changed.expires_at()
        if is_open and not was_open:
            await self._records.put(OPEN, job_id, None, lane=lane, expires_at=until)
        record = await self._records.put(
            MESSAGE, job_id, _dump(changed), lane=lane, expires_at=until, expect=message.version
        )
        if was_open and not is_open:
            await self._records.delete(OPEN, job_id)
        return replace(changed, version=record.version)

    async def behind(self) -> list[str]:
        """Jobs whose message does not show the end yet and still can."""
        found: list[str] = []
        while page := await self._records.find(OPEN, after=found[-1] if found else ""):
            found += [record.key for record in page]
        return found


def _dump(message: ProgressMessage) -> dict[str, Any]:
    """The row as it is stored."""
    values = asdict(message)
    del values["version"]
    return values


def _load(record: Record) -> ProgressMessage:
    assert isinstance(record.value, dict)
    known = {f.name for f in fields(ProgressMessage)} - {"version"}
    values = {name: value for name, value in record.value.items() if name in known}
    return ProgressMessage(**values, version=record.version)  # type: ignore[arg-type]
