"""The Discord client: intents, the activity that its events bring, and a start that outlives a bad network.

Knows no command and no store. Invariant: an event is counted before anything else sees it, from values copied
out of discord.py's live cache, which changes under a handler that runs later.
"""

from __future__ import annotations

import logging
import time
from typing import Any

import discord
from discord.ext import commands

from bot.command_sync import CommandSync
from bot.desk import Desk
from bot.http import LONGEST_LIMIT_S, GateKeepingHTTP
from bot.invalid_requests import InvalidRequests
from bot.languages.translator import CommandTranslator
from bot.listener import Listener
from bot.problems import EX_CONFIG, ExitProblem
from bot.rest import UNREACHABLE, tell_pause
from bot.settings import Settings
from bot.tree import ErrandTree
from bot.views import JobButton, OpenJob, TurnPage
from bot.views.confirming import typed
from bot.views.job_forms import DraftButton, submitted
from bot.views.privacy_buttons import PrivacyButton
from jobs.activity.recorder import Recorder
from jobs.engine.clock import Clock

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.async_job",
    "cogs.job",
    "cogs.queue",
    "cogs.schedule",
    "cogs.activity",
    "cogs.privacy",
    "cogs.setup",
)
COUNTED_ONLY = frozenset({"message", "socket_event_type"})
"""Events by the thousand that nobody else waits for, as commands are slash commands alone. discord.py would look for
who does, and make a task for each message."""
LOGIN_PAUSES_S = (1, 2, 5, 10, 30, 60)
NO_INTENT = (
    "Discord refuses the Server Members intent: switch it on in the developer portal (Bot, Privileged Gateway "
    "Intents), or set ENABLE_MEMBERS_INTENT=false and do without member lists."
)
NO_LOGIN = "Discord does not accept DISCORD_TOKEN: copy the token again from the developer portal (Bot, Reset Token)."


class ErrandClient(commands.Bot):
    """Equipped once, before it logs in, with what its commands and events need."""

    desk: Desk
    listener: Listener

    def __init__(self, settings: Settings, clock: Clock, *, guild_ready_timeout: float = 2.0) -> None:
        # The bot watches voice and never speaks there.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.guild_reactions = intents.voice_states = True
        intents.members = settings.enable_members_intent
        self.invalid = InvalidRequests(clock)
        trace = self.invalid.trace()
        trace.on_request_end.append(tell_pause)
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=ErrandTree,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags(joined=False, voice=True),
            guild_ready_timeout=guild_ready_timeout,
            max_ratelimit_timeout=LONGEST_LIMIT_S,
            http_trace=trace,
        )
        self.http.__class__ = GateKeepingHTTP
        self.settings = settings
        self.clock = clock
        self._sync: CommandSync | None = None
        self._heard_at: float | None = None

    def equip(self, desk: Desk, recorder: Recorder) -> None:
        self.desk, self.listener = desk, Listener(self, recorder)
        self.add_dynamic_items(JobButton, OpenJob, TurnPage, DraftButton, PrivacyButton)

    async def log_in(self) -> None:
        """Log in; a network that is down is waited out. Raises `ExitProblem` for a token that is refused."""
        token = self.settings.token()
        tries = 0
        while True:
            try:
                return await self.login(token)
            except discord.LoginFailure:
                raise ExitProblem(NO_LOGIN, EX_CONFIG) from None
            except UNREACHABLE as error:
                pause_s = LOGIN_PAUSES_S[min(tries, len(LOGIN_PAUSES_S) - 1)]
                log.warning("Discord cannot be reached (%s); trying again in %d s", type(error).__name__, pause_s)
            tries += 1
            # The next login opens a session of its own, and would leave this one open.
            await self.http.close()
            self.http.connector = discord.utils.MISSING
            await self.clock.sleep(pause_s)

    async def load_commands(self) -> None:
        """Load the cogs and tell Discord their commands; without an answer the known ones stay in use."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self.tree.set_translator(CommandTranslator(self.desk.queue.registry))
        assert self.application_id is not None
        self._sync = CommandSync(self.tree, self.application_id, self.desk.queue.records, self.clock)
        await self._sync.start()

    async def close(self) -> None:
        if self._sync is not None:
            await self._sync.stop()
        await super().close()

    async def stay_connected(self) -> None:
        """Run the gateway until `close`. Raises `ExitProblem` for what only the operator can mend."""
        while not self.is_closed():
            try:
                await self.connect()
            except discord.PrivilegedIntentsRequired:
                raise ExitProblem(NO_INTENT, EX_CONFIG) from None
            except discord.ConnectionClosed as error:
                if error.code == 4004:
                    raise ExitProblem(NO_LOGIN, EX_CONFIG) from None
                raise ExitProblem(f"Discord closed the gateway for good (code {error.code}).", EX_CONFIG) from None
            except AttributeError:
                # A first connection that fails ends discord.py's own loop this way (Rapptz/discord.py#10520).
                if self.ws is not None:
                    raise

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        if self.is_closed():
            # discord.py waits for guilds before it says "ready", and says so even when it was closed meanwhile.
            return
        try:
            self._record(event, args)
        except Exception:
            # Raised in the middle of discord.py's reading of the gateway, it would end the connection.
            log.exception("what the event %s tells could not be counted", event)
        if event in COUNTED_ONLY:
            return
        super().dispatch(event, *args, **kwargs)

    def _record(self, event: str, args: tuple[Any, ...]) -> None:
        self.listener.hear(event, args)

    def silent_ms(self) -> int:
        """For how long (ms) the gateway has sent nothing, not even the answer to a heartbeat."""
        keep_alive = getattr(self.ws, "_keep_alive", None)
        if keep_alive is not None:
            # discord.py notes when it heard something, by this clock, and tells nobody.
            self._heard_at = keep_alive._last_recv
        # While it closes a dead connection, which takes seconds, the note is gone and the connection is not yet.
        return 0 if self._heard_at is None else round((time.perf_counter() - self._heard_at) * 1000)

    @property
    def operators(self) -> frozenset[int]:
        """Who runs this bot: OWNER_IDS, else the application's owner or the members of its team."""
        if chosen := self.settings.operators():
            return chosen
        if self.application is None:
            return frozenset()
        team = self.application.team
        return frozenset(member.id for member in team.members) if team else frozenset({self.application.owner.id})

    async def on_ready(self) -> None:
        """May come again after a new session; what it does is done once."""
        unreachable = {guild.id for guild in self.guilds if guild.unavailable}
        await self.desk.life.compare({guild.id for guild in self.guilds}, unreachable)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.desk.life.available(guild.id)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        await self.desk.life.available(guild.id)

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        await self.desk.life.unavailable(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        await self.desk.life.removed(guild.id)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Forms are answered from what was kept, so that one outlives the process that showed it."""
        await submitted(interaction)
        await typed(interaction)
