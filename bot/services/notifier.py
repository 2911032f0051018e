"""Sends what `send_notification` is asked to, into channels and to people.

Invariant: nobody is pinged, and a recipient that cannot be reached is told apart from a Discord that cannot.
"""

from __future__ import annotations

import discord

from jobs.engine.errors import JobError

KINDS = ("channel", "dm")
MAX_CHARS = 2000


class DiscordNotifier:
    """See `jobs.handlers.tasks.Notifier`. Recipients are ids: of a channel (`channel`) or a person (`dm`)."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def notify(self, kind: str, recipient: str, message: str) -> None:
        """Raises `JobError` for what cannot be sent, and for a recipient that cannot be reached."""
        if kind not in KINDS:
            raise _refused(f"A notification is of the kind {' or '.join(KINDS)}.")
        if not 1 <= len(message) <= MAX_CHARS:
            raise _refused(f"A message has 1 to {MAX_CHARS} letters.")
        if not recipient.isdigit():
            raise _refused("A recipient is the id of a channel or a person.")
        try:
            place = await self._place(kind, int(recipient))
            await place.send(message, allowed_mentions=discord.AllowedMentions.none())
        except discord.NotFound:
            raise JobError("Discord knows no such recipient.", retryable=False, category="discord") from None
        except discord.Forbidden:
            raise JobError("I may not write there.", retryable=False, category="discord") from None

    async def _place(self, kind: str, id_: int) -> discord.abc.Messageable:
        return self._client.get_partial_messageable(id_) if kind == "channel" else await self._client.fetch_user(id_)


def _refused(sentence: str) -> JobError:
    return JobError(sentence, retryable=False, category="payload")
