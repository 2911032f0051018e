"""Keeps one message true: from the first card to the last, by whatever way is open.

Knows the job only through the queue. Invariant: the newest state wins, an unchanged card is not sent, the last
one always is, and whatever goes wrong here costs the job nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable
from dataclasses import dataclass

from bot.cards import Card
from bot.languages import words_in
from bot.reporter.budget import EditBudget
from bot.reporter.claims import Claims
from bot.reporter.faces import Faces, seen
from bot.reporter.ladder import Ladder
from bot.reporter.message import MessageStore
from bot.reporter.pacing import FAILURE_PAUSES_S, LEAVE_MARGIN_MS, OLD_REST_S, Pacing
from bot.reporter.transport import EditFailed, EditLimited, EditRefused, FaceRefused, Transport
from bot.reporter.words import mark, sentence, worth_saying
from jobs.engine.clock import Clock
from jobs.engine.errors import BackendUnavailable, RecordConflict
from jobs.engine.model import Job
from jobs.engine.queue import JobQueue
from jobs.engine.states import State

log = logging.getLogger(__name__)

SAY_TRIES = 20
LINK_BACK_AFTER_MS = 10_000
"""The older message was refused an edit just before, often for there being too many."""
LINK_BACK_TRIES = 3


@dataclass(slots=True)
class Tally:
    """What all keepers did since the start."""

    sent: int = 0
    saved: int = 0
    """Looks at a job that needed no edit."""
    failed: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """What all keepers share."""

    queue: JobQueue
    transport: Transport
    faces: Faces
    messages: MessageStore
    clock: Clock
    interval_s: float
    budget: EditBudget
    claims: Claims | None
    """None where no other process keeps messages of the same store."""
    quiet: bool
    """Show the first card, pauses and ends, and no progress."""
    tally: Tally


class Keeper:
    """The worker of one message. `run` ends when the end is shown, or can never be."""

    def __init__(self, job_id: str, stage: Stage) -> None:
        self.job_id = job_id
        self.settled = asyncio.Event()
        """Set when nothing is left to do."""
        self.shown = asyncio.Event()
        """Set once a card of the job was seen, or never will be."""
        self.waits = False
        """The job was in line when it was last seen; its place changes with the others'."""
        self._stage = stage
        self._ladder: Ladder
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._shown: str | None = None
        self._leaves_at: float | None = None
        """When (monotonic) an answer that only the requester sees has to move."""
        self._ticks_at: float | None = None
        """When (monotonic) a job at work has told nothing new for so long that its card is behind the clock."""
        self._behind_clock = False
        self._pacing = Pacing(stage.interval_s, stage.clock.now())
        self._say_tries = self._link_tries = 0

    def wake(self) -> None:
        """Something about the job changed."""
        self._news.set()

    def hurry(self) -> None:
        """Send what is pending now, and end."""
        self._hurry.set()
        self._news.set()

    async def run(self) -> None:
        try:
            if await self._begin():
                await self._keep()
        finally:
            self.settled.set()
            self.shown.set()

    @property
    def _now(self) -> float:
        return self._stage.clock.monotonic()

    async def _begin(self) -> bool:
        """Read the row, however long the database takes. False for a job without a message."""
        stage = self._stage
        while True:
            try:
                message = await stage.messages.get(self.job_id)
                if message is None:
                    return False
                self._ladder = Ladder(self.job_id, message, stage.transport, stage.messages, stage.clock)
                token = await stage.messages.token(self.job_id) if message.ephemeral else None
                if token is not None:
                    self._leaves_at = self._now + (token[1] - LEAVE_MARGIN_MS - stage.clock.now()) / 1000
                self._pacing = Pacing(stage.interval_s, message.created_at)
                return True
            except BackendUnavailable as error:
                log.warning("message of job %s waits for the database: %s", self.job_id, error)
                self._stumble()
                await self._pause()
                if self._hurry.is_set():
                    return False

    async def _keep(self) -> None:
        while not self._ladder.message.gone:
            await self._await_news()
            await self._pause()
            self._news.clear()
            if await self._try() or self._hurry.is_set():
                break
        if self._stage.claims is not None:
            await self._stage.claims.leave(self.job_id)

    async def _try(self) -> bool:
        """Look at the job; whatever goes wrong is tried again later. Answers whether nothing more can come."""
        try:
            return await self._look()
        except BackendUnavailable as error:
            log.warning("message of job %s waits for the database: %s", self.job_id, error)
            self._stumble()
        except RecordConflict:
            # Another process keeps it too; its word counts as much as ours.
            return not await self._read_again()
        except Exception:
            log.exception("message of job %s could not be kept", self.job_id)
            if self._pacing.failures < len(FAILURE_PAUSES_S):
                self._stumble()
        return False

    async def _await_news(self) -> None:
        """Return when something may have changed, or the message has to move, or what it says of time is old."""
        ahead = [at for at in (self._leaves_at, self._ticks_at) if at is not None]
        if ahead:
            await self._first(self._news, min(ahead) - self._now)
        else:
            await self._news.wait()
        if self._ticks_at is not None and self._now >= self._ticks_at:
            self._ticks_at, self._behind_clock = None, True

    async def _look(self) -> bool:
        """Show the job as it stands. Answers whether nothing more can come."""
        job = await self._stage.queue.get(self.job_id)
        if job is None or not await self._is_mine(job):
            return job is None
        message = self._ladder.message
        if message.ended and message.shows == mark(job):
            return True
        self.waits = job.state is State.WAITING
        shown = await self._show(job)
        if shown is None or not await self._say(shown):
            return self._ladder.message.gone
        await self._link_back(shown)
        await self._ladder.keep(shows=mark(shown), ended=shown.state.is_final)
        return shown.state.is_final

    async def _is_mine(self, job: Job) -> bool:
        """Whether this process keeps the message. While another does, look again when its claim may have run out."""
        claims = self._stage.claims
        if claims is None:
            return True
        held_s = await claims.take(self.job_id)
        if not await self._read_again():
            return False
        if held_s and self._ladder.message.shows != mark(job):
            self._pacing.not_before(self._now + held_s)
            self._news.set()
        return not held_s

    async def _read_again(self) -> bool:
        """Take the row as another process may have left it. False when it is gone."""
        message = await self._stage.messages.get(self.job_id)
        if message is None:
            return False
        if message != self._ladder.message:
            self._shown = None
            self._ladder.message = message
            self._news.set()
        return True

    def _stumble(self) -> None:
        """Come back later."""
        self._pacing.failed(self._now)
        self._news.set()

    async def _pause(self) -> None:
        """Wait until the next edit may go out, or until it must."""
        wait_s = self._pacing.wait_s(self._now, self._stage.clock.now())
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

    async def _show(self, job: Job) -> Job | None:
        """Send the job's card. Answers with the job that the message now shows, or None."""
        stage = self._stage
        if not self._leaves(job) and not self._is_news(await stage.faces.card(job, self._ladder.message), job):
            stage.tally.saved += 1
            return job
        place, rest_s = await self._place()
        async with stage.budget.turn(place, who=job.id, last=not is_progress(job), rest_s=rest_s):
            job = await stage.queue.get(job.id) or job
            card = await stage.faces.card(job, self._ladder.message)
            return job if await self._sent(job, card) else None

    def _is_news(self, card: Card, job: Job) -> bool:
        if self._stage.quiet and is_progress(job) and (self._shown is not None or self._ladder.message.shows):
            return False
        return self._behind_clock or seen(card, job) != self._shown

    def _leaves(self, job: Job) -> bool:
        return self._leaves_at is not None and not job.state.is_final and self._now >= self._leaves_at

    async def _place(self) -> tuple[Hashable, float]:
        """Where the next edit counts, and how long nobody else should edit there behind it."""
        message = self._ladder.message
        if message.ephemeral or await self._ladder.by_token():
            return self.job_id, 0.0
        old = self._pacing.is_old(self._stage.clock.now())
        return ("old", message.channel_id) if old else message.channel_id, OLD_REST_S if old else 0.0

    async def _sent(self, job: Job, card: Card) -> bool:
        try:
            try:
                anew = await self._climb(job, card, plain=False)
            except FaceRefused as error:
                log.error("the card of job %s was refused and goes without its files: %s", job.id, error)
                anew = await self._climb(job, card, plain=True)
        except EditFailed as error:
            self._failed(error)
            return False
        except FaceRefused as error:
            log.error("the card of job %s was refused: %s", job.id, error)
            self._stage.tally.refused += 1
            if self._pacing.failures < len(FAILURE_PAUSES_S):
                self._stumble()
            return False
        except EditRefused as error:
            log.warning("message of job %s cannot be kept up (%s); /job status shows it", job.id, error)
            self._stage.tally.refused += 1
            await self._ladder.keep(gone=True)
            return False
        self._stage.tally.sent += 1
        self._pacing.edited(self._now)
        self._shown = seen(card, job)
        self._behind_clock = False
        ticks_s = self._pacing.tick_s(self._stage.clock.now())
        self._ticks_at = self._now + ticks_s if job.state is State.ACTIVE else None
        if anew:
            self._leaves_at = None
            self._pacing.moved(self._now, self._stage.clock.now())
            await self._settle_in(job, card)
        self.shown.set()
        return True

    async def _climb(self, job: Job, card: Card, *, plain: bool) -> bool:
        face = await self._stage.faces.face(card, job, plain=plain)
        if self._leaves(job):
            return await self._ladder.leave(card, face)
        if self._pacing.renews:
            return await self._ladder.renew(face)
        return await self._ladder.show(face)

    async def _settle_in(self, job: Job, sent: Card) -> None:
        """The first card in a new message lacks what only belongs there: look again where that is more than a link."""
        card = await self._stage.faces.card(job, self._ladder.message)
        if card.lines[-len(sent.lines) :] == sent.lines and card.files == sent.files:
            self._shown = seen(card, job)
        else:
            self._news.set()

    def _failed(self, error: EditFailed) -> None:
        log.info("message of job %s waits: %s", self.job_id, error)
        self._stage.tally.failed += 1
        if isinstance(error, EditLimited):
            self._stage.budget.limited()
            self._pacing.not_before(self._now + error.retry_after)
            if error.old:
                self._pacing.too_old(self._now)
                self._news.set()
                return
        self._stumble()

    async def _say(self, job: Job) -> bool:
        """Say an end or a pause once. Answers whether that is done; a reply that cannot be sent is left, for the card
        says the same."""
        message = self._ladder.message
        if not worth_saying(job, message.notify) or message.said == mark(job):
            return True
        type_, words = self._stage.faces.type_of(job), words_in(message.language)
        try:
            await self._ladder.say(sentence(job, words.title(type_) if type_ else job.type, words), mark(job))
        except EditFailed as error:
            self._say_tries += 1
            if self._say_tries < SAY_TRIES:
                self._failed(error)
                return False
            await self._ladder.keep(said=mark(job))
        except (EditRefused, FaceRefused) as error:
            log.info("the end of job %s could not be said in a reply (%s)", job.id, error)
            await self._ladder.keep(said=mark(job))
        self._say_tries = 0
        return True

    async def _link_back(self, job: Job) -> None:
        """Let an older message say where it goes on; that is a help and not worth more than a few tries."""
        message, stage = self._ladder.message, self._stage
        rests = stage.clock.now() - message.created_at < LINK_BACK_AFTER_MS and not job.state.is_final
        if message.left is None or rests or self._hurry.is_set():
            return
        async with stage.budget.turn(("old", message.channel_id), who=job.id, rest_s=OLD_REST_S):
            try:
                await self._ladder.link_back(await stage.faces.card(job, message))
            except (EditFailed, FaceRefused) as error:
                self._link_tries += 1
                if self._link_tries >= LINK_BACK_TRIES or job.state.is_final:
                    log.info("the older message of job %s could not be linked to the new one (%s)", job.id, error)
                    await self._ladder.keep(left=None)


def is_progress(job: Job) -> bool:
    """Whether the job goes on, so that a later card tells more than this one."""
    return not job.state.is_final and job.state is not State.PAUSED
