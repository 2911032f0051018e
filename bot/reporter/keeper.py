"""Keeps one message true: from the first card to the last, by whatever way is open.

Knows the job only through the queue. Invariant: the newest state wins, an unchanged card is not sent, the last
one always is, and whatever goes wrong here costs the job nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.cards import Card, CardStyle, job_card
from bot.reporter.message import MessageStore, ProgressMessage
from bot.reporter.pacing import Pacing, token_is_good
from bot.reporter.transport import EditFailed, EditRefused, TokenDead, Transport
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


class Keeper:
    """The worker of one message. `run` ends when the end is shown, or can never be."""

    def __init__(self, job_id: str, stage: Stage) -> None:
        self.job_id = job_id
        self.settled = asyncio.Event()
        """Set when nothing is left to do."""
        self.waits = False
        """The job was in line when it was last seen; its place changes with the others'."""
        self._stage = stage
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._shown: str | None = None
        self._token_dead = False
        self._pacing: Pacing | None = None

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
                await self._keep(message)
        finally:
            self.settled.set()

    async def _keep(self, message: ProgressMessage) -> None:
        while not message.gone:
            await self._news.wait()
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
        assert self._pacing is not None
        self._pacing.failed(self._stage.clock.monotonic())
        self._news.set()

    async def _pause(self) -> None:
        """Wait until the next edit may go out, or until it must."""
        assert self._pacing is not None
        wait_s = self._pacing.wait_s(self._stage.clock.monotonic(), self._stage.clock.now())
        if wait_s <= 0 or self._hurry.is_set():
            return
        sleep = asyncio.create_task(self._stage.clock.sleep(wait_s), name=f"message-{self.job_id}-pause")
        hurry = asyncio.create_task(self._hurry.wait(), name=f"message-{self.job_id}-hurry")
        try:
            await asyncio.wait({sleep, hurry}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleep, hurry):
                task.cancel()
            await asyncio.wait({sleep, hurry})

    async def _show(self, job: Job, message: ProgressMessage) -> tuple[bool, ProgressMessage]:
        """Send the job's card. Answers whether the message now shows it."""
        stage = self._stage
        assert self._pacing is not None
        place = await stage.queue.place(job.id) if job.state is State.WAITING else None
        card = job_card(job, self._type(job), now=stage.clock.now(), style=stage.style, place=place)
        if card.fingerprint == self._shown:
            return True, message
        try:
            await self._send(card, job, message)
        except EditFailed as error:
            log.info("message of job %s waits: %s", job.id, error)
            self._stumble()
            return False, message
        except EditRefused as error:
            log.warning("message of job %s cannot be edited any more (%s); /job status shows it", job.id, error)
            return False, await stage.messages.change(job.id, message, gone=True)
        self._pacing.edited(stage.clock.monotonic())
        self._shown = card.fingerprint
        return True, message

    async def _send(self, card: Card, job: Job, message: ProgressMessage) -> None:
        """By reply token while it lives; by the bot's token from then on."""
        files = await self._files(card, job)
        embed = card.embed()
        if embed.image.url and not any(path.name == card.image for path in files or ()):
            embed.set_image(url=None)
        if token := await self._token():
            try:
                await self._stage.transport.edit_by_token(
                    message.application_id, token, message.message_id, embed, files
                )
                return
            except TokenDead:
                self._token_dead = True
                await self._stage.messages.drop_token(job.id)
        if message.ephemeral:
            raise EditRefused(404, 10008)
        await self._stage.transport.edit_by_bot(message.guild_id, message.channel_id, message.message_id, embed, files)

    async def _token(self) -> str | None:
        if self._token_dead:
            return None
        found = await self._stage.messages.token(self.job_id)
        if found is None or not token_is_good(found[1], self._stage.clock.now()):
            self._token_dead = True
            return None
        return found[0]

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
        if not worth_saying(job) or message.ephemeral or message.said == mark(job):
            return message
        type_ = self._type(job)
        text = sentence(job, type_.title if type_ else job.type)
        for tries in range(SAY_TRIES):
            try:
                await self._stage.transport.reply(
                    message.guild_id, message.channel_id, message.message_id, text, message.user_id, mark(job)
                )
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
