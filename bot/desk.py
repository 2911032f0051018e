"""What commands, buttons and forms act with; one value, made by `bot.app`.

Holds parts, does nothing. Invariant: whoever answers a person reaches the engine through this and nothing else.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import discord

from bot.access import Access
from bot.cards import CardStyle
from bot.guild_life import GuildLife
from bot.guild_pauses import GuildPauses
from bot.guild_settings import GuildSettingsStore
from bot.inactive import Absences
from bot.languages import Words, words_in
from bot.privacy.erasure import MemberData
from bot.privacy.export import Exporter
from bot.quotas import Quotas
from bot.reporter import Reporter
from bot.reporter.message import MessageStore
from bot.services.artifacts import FileArtifacts
from bot.vault import Vault
from jobs.activity.service import Activity
from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError
from jobs.engine.forecast import Forecast
from jobs.engine.health import HealthMonitor
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobType
from jobs.engine.scheduler import Scheduler

Interaction = discord.Interaction[Any]
LANGUAGE_WITHIN_S = 0.5
"""An answer waits no longer for the choice of its language."""
WORDS = "words"
"""What is remembered of an interaction (`Interaction.extras`)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """See the module."""

    queue: JobQueue
    reporter: Reporter
    scheduler: Scheduler
    health: HealthMonitor
    quotas: Quotas
    access: Access
    pauses: GuildPauses
    life: GuildLife
    settings: GuildSettingsStore
    activity: Activity
    absences: Absences
    members: MemberData
    exporter: Exporter
    vault: Vault
    artifacts: FileArtifacts
    clock: Clock

    @property
    def messages(self) -> MessageStore:
        return self.reporter.messages

    @property
    def forecast(self) -> Forecast:
        return self.reporter.forecast

    @property
    def style(self) -> CardStyle:
        return self.reporter.style

    def right_of(self, type_name: str) -> str:
        """The type whose right counts for jobs of this one: who may start something may also take it back."""
        listed = self.queue.registry.listed()
        return next((type_.name for type_ in listed if type_.undo == type_name), type_name)

    def type_of(self, job: Job) -> JobType | None:
        """None for a type that is not registered any more."""
        return self.queue.registry.get(job.type) if job.type in self.queue.registry else None


async def words_for(interaction: Interaction) -> Words:
    """The language of whatever is said to the caller: what their guild chose, else that of their own Discord.

    Read once for each interaction.
    """
    words: Words | None = interaction.extras.get(WORDS)
    if words is None:
        words = interaction.extras[WORDS] = words_in(await _chosen_language(interaction), str(interaction.locale))
    return words


async def _chosen_language(interaction: Interaction) -> str | None:
    """None where the guild has not chosen, and where the database does not say."""
    if interaction.guild_id is not None:
        with suppress(EngineError, TimeoutError):
            async with asyncio.timeout(LANGUAGE_WITHIN_S):
                return (await desk_of(interaction).settings.get(interaction.guild_id)).language
    return None


def desk_of(interaction: Interaction) -> Desk:
    """The desk of the bot that was asked."""
    desk = interaction.client.desk
    assert isinstance(desk, Desk)
    return desk
