"""Keeps one message true: from the first card to the last, by whatever way is open.

Knows the job only through the queue. Invariant: the newest state wins, an unchanged card is not sent, the last
one always is, and whatever goes wrong here costs the job nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import discord

from bot.cards import Button, Card, CardStyle, job_card
from bot.languages import words_in
from bot.reporter.budget import EditBudget
from bot.reporter.ladder import Ladder
from bot.reporter.message import MessageStore, ProgressMessage
from bot.reporter.pacing import LEAVE_MARGIN_MS, Pacing
from bot.reporter.transport import EditFailed, EditLimited, EditRefused, Face, Transport
from bot.reporter.words import mark, sentence, worth_saying
from jobs.engine.clock import Clock
from jobs.engine.errors import BackendUnavailable
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobType
from jobs.engine.states import State
from jobs.services import ArtifactStore, NotFound

log = logging.getLogger(__name__)

FILE_BYTES, REQUEST_BYTES = 10 * 1024 * 1024, 24 * 1024 * 1024
"""What one file, and all of a request, may weigh (Discord API reference, "Uploading Files")."""
SAY_TRIES = 5
ViewMaker: TypeAlias = Callable[[str, Sequence[Button]], "discord.ui.View | None"]
"""Makes the buttons of a job's card."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What all keepers share."""

    queue: JobQueue
    transport: Transport
    artifacts: ArtifactStore
    messages: MessageStore
    clock: Clock
    style: CardStyle
    interval_s: float
    budget: EditBudget
    view_of: ViewMaker


class Keeper:
    """The worker of one message. `run` ends when the end is shown, or can never be."""

    def __init__(self, job_id: str, stage: Stage) -> None:
        self.job_id = job_id
        self.settled = asyncio.Event()
        """Set when nothing is left to do."""
        self.waits = False
        """The job was in line when it was last seen; its place changes with the others'."""
        self._stage = stage
        self._ladder = Ladder(job_id, stage.transport, stage.messages, stage.clock)
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._shown: str | None = None
        self._leaves_at: int | None = None
        self._pacing = Pacing(stage.interval_s, stage.clock.now())

    def wake(self) -> None:
        """Something about the job changed."""
        self._news.set()

    def hurry(self) -> None:
        """Send what is pending now, and end."""
        self._hurry.set()
        self._news.set()

    async def run(self) -> None:
        try:
            message = await self._stage.messages.get(self.job_id)
            if message is not None:
                self._pacing = Pacing(self._stage.interval_s, message.created_at)
                self._leaves_at = await self._leaving(message)
                await self._keep(message)
        finally:
            self.settled.set()

    async def _leaving(self, message: ProgressMessage) -> int | None:
        """When (ms) an answer that only the requester sees has to move."""
        token = await self._stage.messages.token(self.job_id) if message.ephemeral else None
        return token[1] - LEAVE_MARGIN_MS if token else None

    async def _keep(self, message: ProgressMessage) -> None:
        while not message.gone:
            await self._await_news()
            await self._pause()
            self._news.clear()
            try:
                message, over = await self._look(message)
            except BackendUnavailable as error:
                log.warning("message of job %s waits for the database: %s", self.job_id, error)
                self._stumble()
                over = False
            if over or self._hurry.is_set():
                return

    async def _await_news(self) -> None:
        if self._leaves_at is None:
            await self._news.wait()
        else:
            await self._first(self._news, (self._leaves_at - self._stage.clock.now()) / 1000)

    async def _look(self, message: ProgressMessage) -> tuple[ProgressMessage, bool]:
        """Show the job as it stands. Answers whether nothing more can come."""
        job = await self._stage.queue.get(self.job_id)
        if job is None or message.ended == mark(job):
            return message, True
        self.waits = job.state is State.WAITING
        shown, message = await self._show(job, message)
        if not shown:
            return message, False
        message = await self._say(job, message)
        ended = mark(job) if job.state.is_final else None
        return await self._stage.messages.change(self.job_id, message, ended=ended), job.state.is_final

    def _stumble(self) -> None:
        """Come back later."""
        self._pacing.failed(self._stage.clock.monotonic())
        self._news.set()

    async def _pause(self) -> None:
        """Wait until the next edit may go out, or until it must."""
        wait_s = self._pacing.wait_s(self._stage.clock.monotonic(), self._stage.clock.now())
        if wait_s > 0:
            await self._first(self._hurry, wait_s)

    async def _first(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for `event`, at most `seconds`."""
        if event.is_set() or seconds <= 0:
            return
        sleep = asyncio.create_task(self._stage.clock.sleep(seconds), name=f"message-{self.job_id}-pause")
        heard = asyncio.create_task(event.wait(), name=f"message-{self.job_id}-heard")
        try:
            await asyncio.wait({sleep, heard}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleep, heard):
                task.cancel()
            await asyncio.wait({sleep, heard})

    async def _show(self, job: Job, message: ProgressMessage) -> tuple[bool, ProgressMessage]:
        """Send the job's card. Answers whether the message now shows it."""
        stage = self._stage
        leaves = self._leaves_at is not None and not job.state.is_final and stage.clock.now() >= self._leaves_at
        if not leaves and (await self._card(job, message)).fingerprint == self._shown:
            return True, message
        if not self._hurry.is_set():
            await stage.budget.wait()
            job = await stage.queue.get(job.id) or job
        card = await self._card(job, message)
        face = await self._face(card, job)
        try:
            if leaves:
                step = await self._ladder.leave(card, face, message)
            elif self._pacing.renews:
                step = await self._ladder.renew(face, message)
            else:
                step = await self._ladder.show(card, face, message)
        except EditFailed as error:
            return False, self._failed(error, message)
        except EditRefused as error:
            log.warning("message of job %s cannot be kept up (%s); /job status shows it", job.id, error)
            return False, await stage.messages.change(job.id, message, gone=True)
        self._pacing.edited(stage.clock.monotonic())
        if step.anew:
            self._leaves_at = None
            self._pacing.moved(stage.clock.monotonic(), stage.clock.now())
        self._shown = (await self._card(job, step.message)).fingerprint if step.anew else card.fingerprint
        return True, step.message

    def _failed(self, error: EditFailed, message: ProgressMessage) -> ProgressMessage:
        log.info("message of job %s waits: %s", self.job_id, error)
        if isinstance(error, EditLimited):
            self._stage.budget.limited()
            if error.old:
                self._pacing.too_old(self._stage.clock.monotonic())
                self._news.set()
                return message
        self._stumble()
        return message

    async def _card(self, job: Job, message: ProgressMessage) -> Card:
        stage = self._stage
        place = await stage.queue.place(job.id) if job.state is State.WAITING else None
        now, alone, words = stage.clock.now(), message.seen_alone, words_in(message.language)
        card = job_card(job, self._type(job), now=now, style=stage.style, words=words, place=place, alone=alone)
        if message.follows is None:
            return card
        return replace(card, lines=(words("goes-on-from", link=message.follows), *card.lines))

    async def _face(self, card: Card, job: Job) -> Face:
        files = await self._files(card, job)
        embed = card.embed()
        if embed.image.url and not any(path.name == card.image for path in files or ()):
            embed.set_image(url=None)
        return Face(embed, files, self._stage.view_of(job.id, card.buttons))

    async def _files(self, card: Card, job: Job) -> Sequence[Path] | None:
        """The card's files that are there and fit into one request; None before the end."""
        if not job.state.is_final:
            return None
        paths, weight = [], 0
        for name in card.files:
            try:
                path = self._stage.artifacts.path(job.id, name)
            except NotFound:
                continue
            size = (await asyncio.to_thread(path.stat)).st_size
            if size <= FILE_BYTES and weight + size <= REQUEST_BYTES:
                paths.append(path)
                weight += size
        return paths

    async def _say(self, job: Job, message: ProgressMessage) -> ProgressMessage:
        """Say an end or a pause once. A reply that cannot be sent is left: the card says the same."""
        if not worth_saying(job, message.notify) or message.said == mark(job):
            return message
        type_, words = self._type(job), words_in(message.language)
        text = sentence(job, words.title(type_) if type_ else job.type, words)
        for tries in range(SAY_TRIES):
            try:
                await self._ladder.say(text, message, mark(job))
                break
            except EditRefused as error:
                log.info("the end of job %s could not be said in a reply (%s)", job.id, error)
                break
            except EditFailed:
                if self._hurry.is_set():
                    return message
                await self._stage.clock.sleep(2.0**tries)
        return await self._stage.messages.change(job.id, message, said=mark(job))

    def _type(self, job: Job) -> JobType | None:
        registry = self._stage.queue.registry
        return registry.get(job.type) if job.type in registry else None
