"""The reporter: one keeper for each live message, woken by the queue's events.

Part of every process that runs jobs. Invariant: whatever was shown when a process died is found and brought up
to date by the next one, and no keeper's trouble reaches another or the engine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from bot.cards import CardStyle
from bot.reporter.budget import EditBudget
from bot.reporter.claims import Claims
from bot.reporter.faces import Faces, ViewMaker
from bot.reporter.keeper import Keeper, Stage, Tally
from bot.reporter.message import MessageStore
from bot.reporter.transport import Transport
from bot.vault import Vault
from jobs.engine.backend import JobQuery
from jobs.engine.clock import Clock
from jobs.engine.errors import EngineError, RecordConflict
from jobs.engine.events import Event, EventType
from jobs.engine.forecast import Forecast
from jobs.engine.model import new_id
from jobs.engine.queue import JobQueue
from jobs.engine.states import UNFINISHED
from jobs.services import ArtifactStore

log = logging.getLogger(__name__)

STOP_WITHIN_S = 5.0
PAGE = 100


class Reporter:
    """Keeps the progress messages of all jobs of `queue` true.

    `progress=False` leaves out what lies between the first card and the last. `shared` when other processes keep
    messages of the same jobs. `invalid` tells how many requests of the bot were refused in the last ten minutes.
    """

    def __init__(
        self,
        queue: JobQueue,
        transport: Transport,
        artifacts: ArtifactStore,
        vault: Vault,
        clock: Clock,
        *,
        style: CardStyle,
        interval_s: float = 2.0,
        progress: bool = True,
        shared: bool = False,
        view_of: ViewMaker = lambda job_id, buttons: None,
        invalid: Callable[[], int] = lambda: 0,
    ) -> None:
        self._queue = queue
        self._clock = clock
        self.messages = MessageStore(queue.records, vault)
        self.style = style
        self.forecast = Forecast(queue)
        self.tally = Tally()
        self._budget = EditBudget(clock, invalid=invalid)
        self._stage = Stage(
            queue=queue,
            transport=transport,
            faces=Faces(queue, artifacts, clock, style, view_of, self.forecast),
            messages=self.messages,
            clock=clock,
            interval_s=interval_s,
            budget=self._budget,
            claims=Claims(queue.records, clock, new_id()) if shared else None,
            quiet=not progress,
            tally=self.tally,
        )
        self._keepers: dict[str, Keeper] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> None:
        """Follow the queue, and bring every message up to date that may be behind."""
        self._unsubscribe = self._queue.on(None, self._hear)
        for job_id in {*await self.messages.behind(), *await self._unfinished()}:
            self.poke(job_id)

    async def stop(self) -> None:
        """Send what is pending, within five seconds, and end."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._budget.hurry()
        for keeper in self._keepers.values():
            keeper.hurry()
        tasks = set(self._tasks.values())
        if not tasks:
            return
        deadline = asyncio.create_task(self._clock.sleep(STOP_WITHIN_S), name="reporter-deadline")
        while tasks and not deadline.done():
            await asyncio.wait({deadline, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            tasks = {task for task in tasks if not task.done()}
        for task in (deadline, *tasks):
            task.cancel()
        await asyncio.wait({deadline, *tasks})

    def poke(self, job_id: str) -> None:
        """Look at this job's message again."""
        keeper = self._keepers.get(job_id)
        if keeper is None:
            keeper = self._keepers[job_id] = Keeper(job_id, self._stage)
            self._tasks[job_id] = asyncio.create_task(self._run(keeper), name=f"message-{job_id}")
        keeper.wake()

    @property
    def keeps(self) -> Collection[str]:
        """Jobs whose message is looked after at the moment."""
        return self._keepers.keys()

    async def show_again(self, job_id: str) -> None:
        """Write the message of a job that has ended anew, for what it told has been changed."""
        while (message := await self.messages.get(job_id)) is not None and message.ended and not message.gone:
            try:
                await self.messages.change(job_id, message, shows="", ended=False)
            except RecordConflict:
                continue
            self.poke(job_id)
            return

    async def shown(self, job_id: str) -> None:
        """Return once the job's first card is there: until then a follow-up would take its place."""
        if self._unsubscribe is not None:
            self.poke(job_id)
            await self._keepers[job_id].shown.wait()

    async def settled(self, job_id: str) -> None:
        """Return once nothing is left to be shown of this job."""
        if keeper := self._keepers.get(job_id):
            await keeper.settled.wait()

    async def _run(self, keeper: Keeper) -> None:
        try:
            await keeper.run()
        except EngineError as error:
            log.warning("message of job %s is left until the next change: %s", keeper.job_id, error)
        except Exception:
            log.exception("message of job %s is left until the next change", keeper.job_id)
        finally:
            del self._keepers[keeper.job_id]
            del self._tasks[keeper.job_id]

    def _hear(self, event: Event) -> None:
        if event.job is None:
            return
        self.poke(event.job.id)
        if event.job.state.is_final:
            self._budget.promote(event.job.id)
        if event.type is not EventType.JOB_PROGRESS:
            # Whoever is in line may have come one place further.
            for keeper in self._keepers.values():
                if keeper.waits:
                    keeper.wake()

    async def _unfinished(self) -> list[str]:
        found, cursor = [], None
        while True:
            page = await self._queue.find(JobQuery(states=tuple(UNFINISHED), limit=PAGE, cursor=cursor))
            found += [job.id for job in page.jobs]
            cursor = page.cursor
            if cursor is None:
                return found
