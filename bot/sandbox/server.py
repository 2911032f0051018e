"""The stand-in for Discord: one HTTP server on loopback with REST, gateway and files.

Owns the path of a request: authorization, faults, limits, route, record. Invariant: what Discord would refuse is
refused, and every answer that is not a fault carries the headers of its bucket.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.buckets import Buckets, Preset
from bot.sandbox.call import Answer, Call, RequestRecord, read_body
from bot.sandbox.errors import ApiError, unauthorized
from bot.sandbox.faults import Faults, strike
from bot.sandbox.gateway import Gateway
from bot.sandbox.interactions import Interactions, SandboxInteraction
from bot.sandbox.limits import REQUEST_BYTES
from bot.sandbox.page import Site
from bot.sandbox.rest import ROUTES, Route
from bot.sandbox.world import REPLY, Channel, Clock, Guild, Json, Member, Message, MessageListener, Overwrite, World

PREFIX = "/api/v10"
MAX_RECORDS = 50_000
DEFAULT_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Sandbx.not-a-real-token-only-for-loopback"  # noqa: S105 - of the stand-in
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
"""Intents of members, presences and message content."""


@dataclass(slots=True)
class Index:
    """What the message search knows; whole and ready unless something else is said."""

    not_ready: int = 0
    """So many questions are answered with 202."""
    retry_after: int = 0
    """Seconds that such an answer names."""
    deepening: bool = False
    """Old messages are being indexed at the moment."""
    lost: set[int] = field(default_factory=set)
    """Ids of messages that are counted and not returned."""


class Sandbox:
    """Discord on loopback. `clock` is the time of everything in it; `token_life_s` that of reply tokens."""

    def __init__(
        self,
        world: World,
        *,
        clock: Clock,
        buckets: Preset = "real",
        token: str = DEFAULT_TOKEN,
        token_life_s: float = 900.0,
    ) -> None:
        self.world = world
        world.clock = clock
        self.clock = clock
        self.token = token
        self.token_life_s = token_life_s
        self.buckets = Buckets(clock, buckets)
        self.faults = Faults()
        self.requests: deque[RequestRecord] = deque(maxlen=MAX_RECORDS)
        self.index = Index()
        self.keeps_answers = True
        """Records hold the answers too; of hundreds of thousands of messages they are large."""
        self.old_edits: dict[int, list[int]] = {}
        """When (ms) messages over an hour old were edited, by channel."""
        self.locales: dict[int, str] = {}
        """Languages that people have set in their Discord client; English for all others."""
        self.intents_allowed = PRIVILEGED
        """Privileged intents that the application has switched on."""
        self.gateway = Gateway(self)
        self.interactions = Interactions(self)
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_base(self) -> str:
        return self.origin + PREFIX

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes a free one."""
        app = web.Application(client_max_size=2 * REQUEST_BYTES)
        for route in ROUTES:
            app.router.add_route(route.method, PREFIX + route.template, self._handler(route))
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get(r"/attachments/{channel_id:\d+}/{attachment_id:\d+}/{name}", self._download)
        app.add_routes(Site(self).routes())
        app.router.add_route("*", "/{rest:.*}", self._nothing)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        await self.gateway.close_all()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def bot_ready(self, timeout_s: float = 30.0) -> None:
        """Return once a bot is connected and has registered commands. Raises `TimeoutError`."""
        await self.until(lambda: self.gateway.connected and self.world.commands, timeout_s)

    async def until(self, true: Callable[[], object], timeout_s: float = 30.0) -> None:
        """See `World.until`."""
        await self.world.until(true, timeout_s)

    def watch(self, listener: MessageListener) -> Callable[[], None]:
        """Call `listener(message, what)` for each change of a message; the answer ends it."""
        self.world.listeners.append(listener)
        return lambda: self.world.listeners.remove(listener)

    def message(self, channel_id: int, message_id: int) -> Message | None:
        channel = self.world.channel(channel_id)
        return channel.find(message_id) if channel else None

    async def slash(
        self,
        command: str,
        options: Mapping[str, Any] | None = None,
        *,
        user: int,
        guild: int | None = None,
        channel: int | None = None,
    ) -> SandboxInteraction:
        """Use a slash command as `user`. Raises `SandboxRefused` for what Discord's client does not send."""
        return await self.interactions.slash(command, options or {}, user, *self._where(guild, channel))

    async def autocomplete(
        self,
        command: str,
        options: Mapping[str, Any],
        *,
        focused: str,
        user: int,
        guild: int | None = None,
        channel: int | None = None,
    ) -> list[Json]:
        """What is offered for the option `focused` with these values typed so far. Raises `TimeoutError`."""
        where = self._where(guild, channel)
        return await self.interactions.autocomplete(command, options, focused, user, *where)

    async def drop_gateway(self, code: int = 4000, *, resume: bool = True) -> None:
        """Close the gateway connections; without `resume` their sessions are forgotten."""
        await self.gateway.drop(code, resume=resume)

    def set_intents(self, allowed: int) -> None:
        """Say which privileged intents the application has switched on."""
        self.intents_allowed = allowed

    async def say(
        self, channel_id: int, member_id: int, content: str = "hello", *, answers: Message | None = None
    ) -> Message:
        """Let a member write a message, or answer one."""
        channel = self.world.channel(channel_id)
        author = self.world.user(member_id)
        assert channel is not None
        assert author is not None
        message = Message(self.world.snowflake(), channel_id, member_id, content, author_bot=author.bot)
        if answers is not None:
            message.type, message.reference = REPLY, answers.id
        channel.add(message)
        self.world.tell(message, "created")
        await self.gateway.message_created(message)
        return message

    async def set_overwrite(self, channel_id: int, overwrite: Overwrite) -> None:
        """Replace what a channel allows and denies one role or member."""
        channel = self._channel(channel_id)
        channel.overwrites = [o for o in channel.overwrites if o.id != overwrite.id] + [overwrite]
        await self.gateway.channel_changed(channel)

    async def delete_message(self, message: Message) -> None:
        """As when a moderator deletes it."""
        self._channel(message.channel_id).messages.remove(message)
        self.world.tell(message, "deleted")

    async def delete_channel(self, channel_id: int) -> None:
        channel = self._channel(channel_id)
        guild = self.world.guild_of(channel)
        assert guild is not None
        del guild.channels[channel_id]
        await self.gateway.channel_deleted(channel)
        self.world.touch()

    async def remove_bot(self, guild_id: int) -> None:
        """As when an administrator removes the application from the guild."""
        guild = self.world.guilds[guild_id]
        del guild.members[self.world.bot.id]
        await self.gateway.guild_gone(guild, unavailable=False)

    async def invite_bot(self, guild_id: int) -> None:
        """As when an administrator adds the application to the guild."""
        guild = self.world.guilds[guild_id]
        managed = [role.id for role in guild.roles.values() if role.tags.get("bot_id") == str(self.world.bot.id)]
        guild.members[self.world.bot.id] = Member(self.world.bot, self.clock.now(), managed)
        await self.gateway.guild_joined(guild)

    async def outage(self, guild_id: int, *, over: bool = False) -> None:
        """A guild cannot be reached, or can again; new sessions are told so too."""
        guild = self.world.guilds[guild_id]
        guild.unreachable = not over
        if over:
            await self.gateway.guild_back(guild)
        else:
            await self.gateway.guild_gone(guild, unavailable=True)

    async def join_voice(self, member_id: int, channel_id: int) -> None:
        guild = self.world.guild_of(self._channel(channel_id))
        assert guild is not None
        guild.voice[member_id] = channel_id
        await self.gateway.voice_changed(guild, member_id, channel_id)

    async def leave_voice(self, member_id: int) -> None:
        for guild in self.world.guilds.values():
            if guild.voice.pop(member_id, None) is not None:
                await self.gateway.voice_changed(guild, member_id, None)

    def _channel(self, channel_id: int) -> Channel:
        channel = self.world.channel(channel_id)
        assert channel is not None, f"no channel {channel_id}"
        return channel

    def _where(self, guild_id: int | None, channel_id: int | None) -> tuple[Guild, Channel]:
        guild = self.world.guilds[guild_id] if guild_id else next(iter(self.world.guilds.values()))
        return guild, guild.channels[channel_id] if channel_id else guild.default_channel

    def _handler(self, route: Route) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            record = RequestRecord(
                request.method,
                request.path,
                route.template,
                dict(request.query),
                request.headers.get("Authorization"),
                None,
                [],
                self.clock.now(),
            )
            self.requests.append(record)
            response = await self._answer(route, request, record)
            record.status = response.status
            return response

        return handle

    async def _answer(self, route: Route, request: web.Request, record: RequestRecord) -> web.StreamResponse:
        bucket = self.buckets.find(f"{route.method} {route.template}", request.match_info)
        try:
            body, files = await read_body(request)
            record.body, record.files = body, [name for name, _ in files]
            fault = self.faults.next(route.method, route.template)
            if fault is not None:
                self.world.touch()
            if fault is not None and not fault.late:
                return await strike(fault, request)
            self._admit(route, request)
            if (wait_s := bucket.take(self.clock.monotonic())) is not None:
                raise ApiError.limited(wait_s)
            call = Call(self, request.match_info, request.query, body, files, request.headers.get("X-Audit-Log-Reason"))
            answer = await route.serve(call)
            if fault is not None:
                return await strike(fault, request)
            record.response = answer if self.keeps_answers else None
            return self._reply(200, answer, bucket.headers(self.clock.monotonic(), self.clock.now()))
        except ApiError as error:
            record.response = error.body
            headers = bucket.headers(self.clock.monotonic(), self.clock.now())
            return self._reply(error.status, error.body, {**headers, **error.headers})

    def _admit(self, route: Route, request: web.Request) -> None:
        if not route.by_bot:
            return
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise unauthorized()
        if (wait_s := self.buckets.take_global()) is not None:
            raise ApiError.limited(wait_s, everywhere=True)

    @staticmethod
    def _reply(status: int, answer: Answer, headers: Mapping[str, str]) -> web.Response:
        if answer is None:
            return web.Response(status=204, headers=headers)
        # aiohttp's own JSON answer adds a charset, which discord.py takes for text.
        body = json.dumps(answer).encode()
        return web.Response(status=status, body=body, headers={**headers, "Content-Type": "application/json"})

    async def _download(self, request: web.Request) -> web.Response:
        place = request.match_info
        found = self.world.attachment(int(place["channel_id"]), int(place["attachment_id"]))
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.data, content_type=found.content_type)

    async def _nothing(self, request: web.Request) -> web.Response:
        self.requests.append(
            RequestRecord(request.method, request.path, "", dict(request.query), None, None, [], self.clock.now(), 404)
        )
        return self._reply(404, {"message": "404: Not Found", "code": 0}, {})
