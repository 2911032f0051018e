"""From a job to what its message looks like: the card, the files that fit, the buttons.

Knows no way to Discord. Invariant: what a card names is attached to it, and what others must not see is in no card
that others see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import discord

from bot.cards import Button, Card, CardStyle, job_card
from bot.languages import words_in
from bot.reporter.message import ProgressMessage
from bot.reporter.transport import Face
from jobs.confirmation import Confirmations, Question
from jobs.engine.clock import Clock
from jobs.engine.forecast import Forecast
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.records import Records
from jobs.engine.registry import JobType
from jobs.services import ArtifactStore, NotFound

FILES, FILE_BYTES, REQUEST_BYTES = 10, 10 * 1024 * 1024, 24 * 1024 * 1024
"""How many files one message takes, and what one, and all of a request, may weigh (Discord API reference,
"Uploading Files")."""
ViewMaker: TypeAlias = Callable[[str, Sequence[Button]], "discord.ui.View | None"]
"""Makes the buttons of a job's card."""


@dataclass(frozen=True, slots=True)
class Faces:
    """Makes cards and faces of jobs as they are now."""

    queue: JobQueue
    artifacts: ArtifactStore
    clock: Clock
    style: CardStyle
    view_of: ViewMaker
    forecast: Forecast

    def type_of(self, job: Job) -> JobType | None:
        """None for a type that is not registered any more."""
        return self.queue.registry.get(job.type) if job.type in self.queue.registry else None

    async def card(self, job: Job, message: ProgressMessage) -> Card:
        outlook = await self.forecast.outlook(job)
        now, alone, words = self.clock.now(), message.seen_alone, words_in(message.language)
        type_ = self.type_of(job)
        question = await question_of(self.queue.records, job, type_)
        card = job_card(
            job, type_, now=now, style=self.style, words=words, outlook=outlook, alone=alone, question=question
        )
        if message.follows is None:
            return card
        return replace(card, lines=(words("goes-on-from", link=message.follows), *card.lines))

    async def face(self, card: Card, job: Job, *, plain: bool = False) -> Face:
        """The card as Discord takes it; `plain` without files."""
        files: Sequence[Path] | None = () if plain else None
        if job.state.is_final and not plain:
            files = await self._files(card, job)
        embed = card.embed()
        if embed.image.url and not any(path.name == card.image for path in files or ()):
            embed.set_image(url=None)
        return Face(embed, files, self.view_of(job.id, card.buttons))

    async def _files(self, card: Card, job: Job) -> list[Path]:
        """The card's files that are there and fit into one request."""
        paths: list[Path] = []
        weight = 0
        for name in card.files:
            try:
                path = self.artifacts.path(job.made_by, name)
            except NotFound:
                continue
            size = (await asyncio.to_thread(path.stat)).st_size
            if size <= FILE_BYTES and weight + size <= REQUEST_BYTES and len(paths) < FILES:
                paths.append(path)
                weight += size
        return paths


async def question_of(records: Records, job: Job, type_: JobType | None) -> Question | None:
    """What a job asks, or asked, to be confirmed; None for all others."""
    if job.first_started_at is None or type_ is None or type_.preview is None:
        return None
    return await Confirmations(records).of(job.id)


def seen(card: Card, job: Job) -> str:
    """Differs when a person would see something new, apart from time passing."""
    waits = job.progress is not None and job.progress.waiting_s is not None
    return f"{card.fingerprint}{'-waits' if waits else ''}"
