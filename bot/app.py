"""Puts the parts together, starts them in order and stops them in the reverse order.

The only module that picks a backend. Knows no command and no job type by name. Invariant: jobs of a process
that died are put back before the first claim, and nothing is claimed before Discord has answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NoReturn

import discord
import yarl
from discord.gateway import DiscordWebSocket

from bot.access import Access, RunRights
from bot.cards import CardStyle
from bot.client import ErrandClient
from bot.desk import Desk
from bot.failures import classify
from bot.guild_data import GuildData
from bot.guild_life import GuildLife
from bot.guild_pauses import GuildPauses
from bot.guild_settings import GuildSettingsStore
from bot.inactive import Absences
from bot.languages import words_of_job
from bot.listener import sources_of
from bot.privacy.erasure import MemberData, erasure_type
from bot.privacy.export import Exporter
from bot.problems import EX_CONFIG, EX_SOFTWARE, EX_TEMPFAIL, EX_UNAVAILABLE, ExitProblem
from bot.quotas import Limits, Quotas
from bot.reporter import DiscordTransport, Reporter
from bot.reporter.message import MessageStore
from bot.schedules import ScheduledJobs
from bot.services.artifacts import FileArtifacts, large_results
from bot.services.discord_service import DiscordClientService
from bot.services.head_room import HeadRoom
from bot.services.job_store import QueueJobs
from bot.services.notifier import DiscordNotifier
from bot.services.role_service import DiscordRoles
from bot.settings import Settings
from bot.upkeep import ArtifactSweep, Upkeep
from bot.vault import Vault
from bot.views import view_of
from jobs.activity.recorder import Recorder
from jobs.activity.service import Activity
from jobs.activity.sqlite import MIGRATIONS as ACTIVITY_MIGRATIONS
from jobs.activity.sqlite import SqliteActivityStore
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.backends.sqlite.eraser import SqliteJobErasure
from jobs.engine.cache import ResultCache
from jobs.engine.clock import Clock, SystemClock
from jobs.engine.errors import BackendUnavailable, DuplicateJobType, SchemaTooNew, StoreDamaged, StoreInUse
from jobs.engine.health import HealthMonitor
from jobs.engine.inbox import Inbox, folder_of
from jobs.engine.plugins import PluginError, load_modules
from jobs.engine.queue import JobQueue
from jobs.engine.registry import UNSET, JobType, Registry
from jobs.engine.scheduler import Scheduler
from jobs.engine.watchdog import Watchdog
from jobs.handlers import builtin_types
from jobs.handlers.tasks import builtin_tasks
from jobs.services import Services

log = logging.getLogger(__name__)

EXIT_AT_ONCE = 130
API_BASE, GATEWAY = discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY


class App:
    """One bot process. `start`, then `serve`, then `stop`; `run` does all three and obeys signals."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None, guild_ready_timeout: float = 2.0) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        config = settings.queue_config()
        vault = Vault(settings.key())
        self.client = ErrandClient(settings, self.clock, guild_ready_timeout=guild_ready_timeout)
        self.database = SqliteDatabase(settings.database_path, migrations=(*ENGINE_MIGRATIONS, *ACTIVITY_MIGRATIONS))
        self.artifacts = FileArtifacts(settings.artifacts_path)
        may_search = settings.enable_message_content_intent
        discord_service = DiscordClientService(self.client, self.clock, may_search=may_search)
        keep_days = settings.activity_retention_days
        activity = Activity(self.database, discord_service, self.clock, keep_days=keep_days)
        backend = SqliteBackend(self.database, clock=self.clock, config=config)
        access = Access(backend.records)
        rights = RunRights(access, discord_service)
        services = Services(
            discord=discord_service,
            artifacts=self.artifacts,
            activity=activity,
            words=words_of_job,
            rights=rights,
            roles=DiscordRoles(self.client, self.clock, HeadRoom(self.clock)),
            jobs=QueueJobs(lambda: self.queue, MessageStore(backend.records, vault)),
            records=backend.records,
        )
        notifier = DiscordNotifier(self.client)
        self.tasks = builtin_tasks(lambda: self.queue, notifier)
        own = erasure_type(lambda: self.members)
        self.queue = JobQueue(
            backend,
            registry_of([*builtin_types(), *self.tasks.types(), own], settings),
            services=services,
            clock=self.clock,
            config=config,
            classify=classify,
            keep_large=large_results(self.artifacts),
            cache=_cache_of(settings, self.clock),
        )
        guild_settings = GuildSettingsStore(self.queue.records)
        pauses = GuildPauses(self.queue)
        scheduled = ScheduledJobs(self.queue.registry, guild_settings, pauses, rights, notifier)
        self.scheduler = Scheduler(self.queue, self.clock, scheduled.prepare)
        self.recorder = Recorder(
            SqliteActivityStore(self.database),
            self.clock,
            sources=sources_of(self.client.intents),
            silent_ms=self.client.silent_ms,
        )
        self.reporter = Reporter(
            self.queue,
            DiscordTransport(self.client),
            self.artifacts,
            vault,
            self.clock,
            style=CardStyle(settings.progress_embed_title, settings.progress_embed_color),
            interval_s=settings.progress_update_interval,
            progress=settings.enable_discord_progress_updates,
            shared=backend.capabilities.distributed,
            view_of=view_of,
            invalid=self.client.invalid.count,
        )
        jobs = SqliteJobErasure(self.database)
        self.members = MemberData(self.queue, activity, self.artifacts, self.reporter, jobs)
        data = GuildData(self.queue, activity, self.artifacts)
        life = GuildLife(self.queue, pauses, self.scheduler, data, self.clock)
        sweeps = {
            "files of jobs that are gone": ArtifactSweep(self.queue, self.artifacts).sweep,
            "servers that removed me": life.sweep,
            "counts of members that were kept long enough": activity.retention.sweep,
        }
        self.upkeep = Upkeep(sweeps, self.clock, interval_s=settings.cleanup_interval)
        self.inbox = Inbox(self.queue, folder_of(settings.database_path), self.clock)
        self.watchdog = Watchdog()
        self._started = asyncio.Event()
        self._ends = contextlib.AsyncExitStack()
        limits = Limits(
            settings.user_commands_per_minute, settings.user_unfinished_jobs, settings.guild_unfinished_jobs
        )
        quotas = Quotas(self.queue, self.reporter.messages, self.clock, limits)
        self.health = HealthMonitor(self.queue, self.clock)
        desk = Desk(
            queue=self.queue,
            reporter=self.reporter,
            scheduler=self.scheduler,
            health=self.health,
            quotas=quotas,
            access=access,
            pauses=pauses,
            life=life,
            settings=guild_settings,
            activity=activity,
            absences=Absences(discord_service, activity),
            members=self.members,
            exporter=Exporter(self.members, self.scheduler),
            vault=vault,
            artifacts=self.artifacts,
            clock=self.clock,
        )
        self.client.equip(desk, self.recorder)

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; a second signal ends the process at once. Raises `ExitProblem`."""
        stop = asyncio.Event()
        with obeying_signals(stop):
            work = asyncio.create_task(self._start_and_serve(), name="app")
            asked = asyncio.create_task(stop.wait(), name="app-stop")
            worn_out = asyncio.create_task(self.queue.worn_out.wait(), name="app-worn-out")
            try:
                await asyncio.wait({work, asked, worn_out}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                asked.cancel()
                worn_out.cancel()
                if not self._started.is_set():
                    work.cancel()
                    await asyncio.wait({work})
                await self.stop()
                await asyncio.wait({work, asked, worn_out})
            if not work.cancelled():
                work.result()
            if self.queue.worn_out.is_set():
                raise ExitProblem("Too many jobs do not stop by themselves: start the bot again.", EX_SOFTWARE)

    async def start(self) -> None:
        """Open the store, log in, then begin to run jobs and to report. Raises `ExitProblem`."""
        self.settings.token()
        point_at_discord(self.settings)
        try:
            await self.queue.start(run=False)
        except StoreInUse as error:
            raise ExitProblem(str(error), EX_TEMPFAIL) from None
        except (StoreDamaged, SchemaTooNew, BackendUnavailable) as error:
            raise ExitProblem(str(error), EX_UNAVAILABLE) from None
        except OSError as error:
            sentence = f"The database {self.settings.database_path} cannot be opened: {error.strerror}."
            raise ExitProblem(sentence, EX_UNAVAILABLE) from None
        self._ends.push_async_callback(self.queue.stop)
        await self._prepare_files()
        self._ends.push_async_callback(self.client.close)
        self.watchdog.start()
        self._ends.push_async_callback(self.watchdog.stop)
        await self.client.log_in()
        await self.client.load_commands()
        await self.recorder.start()
        self._ends.push_async_callback(self.recorder.stop)
        await self.reporter.start()
        self._ends.push_async_callback(self.reporter.stop)
        await self.upkeep.start()
        self._ends.push_async_callback(self.upkeep.stop)
        await self.health.start()
        self._ends.push_async_callback(self.health.stop)
        await self.inbox.start()
        self._ends.push_async_callback(self.inbox.stop)
        await self.queue.run()
        self._ends.push_async_callback(self._drain)
        await self.scheduler.start()
        self._ends.push_async_callback(self.scheduler.stop)
        self._started.set()

    async def serve(self) -> None:
        """Stay connected until `stop`. Raises `ExitProblem`."""
        await self.client.stay_connected()

    async def stop(self) -> None:
        """End what was started, in the order that loses nothing: jobs, messages, activity, Discord, the store."""
        await self._ends.aclose()

    async def _start_and_serve(self) -> None:
        await self.start()
        log.info("ready; Ctrl+C stops it")
        await self.serve()

    async def _prepare_files(self) -> None:
        try:
            await self.artifacts.prepare()
        except OSError as error:
            sentence = f"Nothing can be written to the folder {self.settings.artifacts_path}: {error.strerror}."
            raise ExitProblem(sentence, EX_UNAVAILABLE) from None

    async def _drain(self) -> None:
        left = await self.queue.drain()
        if left:
            log.warning("%d jobs did not stop in time; the next start goes on with them", left)


def _cache_of(settings: Settings, clock: Clock) -> ResultCache | None:
    if not settings.enable_result_caching:
        return None
    return ResultCache(
        clock,
        size=settings.max_cache_size,
        ttl_s=settings.default_cache_ttl,
        eviction=settings.cache_eviction_policy,
    )


def _in_line(type_: JobType) -> JobType:
    """What people start waits in the line of its server, unless the type says otherwise."""
    return replace(type_, per_lane=1) if type_.listed and type_.per_lane is UNSET else type_


def registry_of(own: Iterable[JobType], settings: Settings) -> Registry:
    """The bot's own types, then those of the operator's modules. Raises `ExitProblem`."""
    registry = Registry(map(_in_line, own))
    try:
        for type_ in load_modules(settings.modules()):
            registry.add(_in_line(type_))
    except (PluginError, DuplicateJobType) as error:
        raise ExitProblem(str(error), EX_CONFIG) from None
    return registry


def point_at_discord(settings: Settings) -> None:
    """Both addresses are class attributes of discord.py: one process talks to one Discord."""
    discord.http.Route.BASE = settings.discord_api_base or API_BASE
    gateway = settings.discord_gateway_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway) if gateway else GATEWAY


@contextlib.contextmanager
def obeying_signals(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM or SIGINT sets `stop`; a second signal ends the process at once."""
    loop = asyncio.get_running_loop()

    def obey(name: str) -> None:
        if stop.is_set():
            log.warning("second %s: ending at once; the next start recovers what ran", name)
            _end_at_once()
        log.info("%s: stopping; running jobs get a moment to save their place", name)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, obey, number.name)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _end_at_once() -> NoReturn:
    logging.shutdown()
    os._exit(EXIT_AT_ONCE)
