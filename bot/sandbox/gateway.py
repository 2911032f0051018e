"""The gateway websocket: hello, heartbeat, identify, resume, members, and events by intent.

Knows no REST. Invariant: a client sees only what its intents and the application's switches allow, and a close
carries the code that Discord's documentation gives for the reason.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from bot.sandbox import render
from bot.sandbox.permissions import active_threads, sees
from bot.sandbox.session import SENDS, Connection, Session
from bot.sandbox.world import THREADS, Channel, Guild, Json, Member, Message

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

HEARTBEAT_MS = 41_250
MAX_PAYLOAD_BYTES = 4096
SENDS_IN_S = 60.0
RATE_LIMITED = 4008
GUILDS, MEMBERS, VOICE_STATES, PRESENCES, MESSAGES, REACTIONS, DIRECT_MESSAGES, CONTENT = (
    1 << bit for bit in (0, 1, 7, 8, 9, 10, 12, 15)
)
PRIVILEGED = MEMBERS | PRESENCES | CONTENT
DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
)  # fmt: skip
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_INTENTS, DISALLOWED_INTENTS = 4005, 4013, 4014
ALL_MEMBERS_EVERY_S = 30.0
CHUNK = 1000


class Close(Exception):
    """The connection ends with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Gateway:
    """All sessions of the one application."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._sessions: dict[str, Session] = {}
        self._sockets: set[web.WebSocketResponse] = set()
        self.identifies = 0

    @property
    def connected(self) -> bool:
        """Somebody is there to take events."""
        return any(session.connection is not None for session in self._sessions.values())

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection to its end."""
        socket = web.WebSocketResponse(max_msg_size=16 * MAX_PAYLOAD_BYTES, autoping=True)
        await socket.prepare(request)
        self._sockets.add(socket)
        connection = Connection.of(socket, request.query.get("compress"))
        session: Session | None = None
        try:
            await connection.send({"op": HELLO, "d": {"heartbeat_interval": HEARTBEAT_MS}, "s": None, "t": None})
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._admit(connection, message.data)
                    session = await self._take(connection, session, message.data)
        except Close as close:
            await socket.close(code=close.code, message=str(close).encode())
        finally:
            self._sockets.discard(socket)
            if session is not None and session.connection is connection:
                session.connection = None
                self._sandbox.world.touch()
        return socket

    async def dispatch(self, event: str, data: Json, *, intents: int = 0) -> None:
        """Send an event to each session that asked for one of `intents` (to all for 0)."""
        for session in self._sessions.values():
            if not intents or session.intents & intents:
                await session.dispatch(event, data)

    async def message_created(self, message: Message) -> None:
        """MESSAGE_CREATE; without the content intent its words are missing."""
        world = self._sandbox.world
        channel = world.channel(message.channel_id)
        assert channel is not None
        guild = world.guild_of(channel)
        if guild is not None and not sees(guild, channel, world.bot.id):
            return
        for session in self._sessions.values():
            if session.intents & (MESSAGES if guild else DIRECT_MESSAGES):
                content = bool(session.intents & CONTENT)
                data = render.message(message, world, self._sandbox.origin, content=content)
                if guild:
                    data["guild_id"] = str(guild.id)
                    if author := guild.members.get(message.author_id):
                        data["member"] = render.member(author, with_user=False)
                await session.dispatch("MESSAGE_CREATE", data)

    async def channel_changed(self, channel: Channel) -> None:
        """CHANNEL_UPDATE, which a bot gets of hidden channels too."""
        await self.dispatch("CHANNEL_UPDATE", render.channel(channel, self._sandbox.world), intents=GUILDS)

    async def channel_deleted(self, channel: Channel) -> None:
        """CHANNEL_DELETE."""
        await self.dispatch("CHANNEL_DELETE", render.channel(channel, self._sandbox.world), intents=GUILDS)

    async def guild_gone(self, guild: Guild, *, unavailable: bool) -> None:
        """GUILD_DELETE: the bot was removed, or the guild cannot be reached for a while."""
        data: Json = {"id": str(guild.id)}
        await self.dispatch("GUILD_DELETE", data | {"unavailable": True} if unavailable else data, intents=GUILDS)

    async def guild_back(self, guild: Guild) -> None:
        """GUILD_CREATE after an outage."""
        for session in self._sessions.values():
            await session.dispatch("GUILD_CREATE", self._guild_create(guild, session))

    async def guild_joined(self, guild: Guild) -> None:
        """GUILD_CREATE after the bot was invited; it says nothing of an outage."""
        for session in self._sessions.values():
            data = self._guild_create(guild, session)
            del data["unavailable"]
            await session.dispatch("GUILD_CREATE", data)

    async def voice_changed(self, guild: Guild, member_id: int, channel_id: int | None, *, muted: bool = False) -> None:
        """VOICE_STATE_UPDATE of one member."""
        state = render.voice_state(guild, member_id, channel_id, with_member=True, muted=muted)
        await self.dispatch("VOICE_STATE_UPDATE", state, intents=VOICE_STATES)

    async def member_changed(self, guild: Guild, member: Member) -> None:
        """GUILD_MEMBER_UPDATE."""
        data = {**render.member(member), "guild_id": str(guild.id)}
        await self.dispatch("GUILD_MEMBER_UPDATE", data, intents=MEMBERS)

    async def drop(self, code: int, *, resume: bool) -> None:
        """Close all connections; without `resume` the sessions are forgotten."""
        if not resume:
            self._sessions.clear()
        for socket in list(self._sockets):
            await socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Opcode 7: clients close and resume by themselves."""
        for session in self._sessions.values():
            if session.connection is not None:
                await session.connection.send({"op": RECONNECT, "d": None, "s": None, "t": None})

    async def close_all(self) -> None:
        """End everything, as when the server goes away."""
        await self.drop(1001, resume=False)

    def _admit(self, connection: Connection, text: str) -> None:
        """Discord closes connections that send too much, or too often."""
        if len(text.encode()) > MAX_PAYLOAD_BYTES:
            raise Close(DECODE_ERROR, "Error while decoding payload.")
        now = self._sandbox.clock.monotonic()
        connection.sent_at.append(now)
        if len(connection.sent_at) > SENDS and now - connection.sent_at[0] < SENDS_IN_S:
            raise Close(RATE_LIMITED, "You are being rate limited.")

    async def _take(self, connection: Connection, session: Session | None, text: str) -> Session | None:
        try:
            payload = json.loads(text)
            op, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            raise Close(DECODE_ERROR, "Error while decoding payload.") from None
        match op:
            case _ if op == HEARTBEAT:
                await connection.send({"op": ACK, "d": None, "s": None, "t": None})
            case _ if op == IDENTIFY:
                if session is not None:
                    raise Close(ALREADY_AUTHENTICATED, "Already authenticated.")
                return await self._identify(connection, data)
            case _ if op == RESUME:
                return await self._resume(connection, data)
            case _ if session is None:
                raise Close(NOT_AUTHENTICATED, "Not authenticated.")
            case _ if op == REQUEST_MEMBERS:
                await self._send_members(session, data)
            case _ if op not in (PRESENCE, VOICE):
                raise Close(UNKNOWN_OPCODE, "Unknown opcode.")
        return session

    async def _identify(self, connection: Connection, data: Any) -> Session:
        if data.get("token") != self._sandbox.token:
            raise Close(AUTHENTICATION_FAILED, "Authentication failed.")
        intents = data.get("intents")
        if not isinstance(intents, int):
            raise Close(INVALID_INTENTS, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self._sandbox.intents_allowed:
            raise Close(DISALLOWED_INTENTS, "Disallowed intent(s).")
        self.identifies += 1
        session = Session(secrets.token_hex(16), intents, connection)
        self._sessions = {session.id: session}
        await session.dispatch("READY", self._ready(session))
        for guild in self._guilds():
            if not guild.unreachable:
                await session.dispatch("GUILD_CREATE", self._guild_create(guild, session))
        self._sandbox.world.touch()
        return session

    async def _resume(self, connection: Connection, data: Any) -> Session | None:
        session = self._sessions.get(data.get("session_id"))
        if data.get("token") != self._sandbox.token:
            raise Close(AUTHENTICATION_FAILED, "Authentication failed.")
        if session is not None:
            session.connection = connection
            if await session.replay(data.get("seq") or 0):
                await session.dispatch("RESUMED", {})
                self._sandbox.world.touch()
                return session
            del self._sessions[session.id]
        await connection.send({"op": INVALID, "d": False, "s": None, "t": None})
        return None

    def _guilds(self) -> list[Guild]:
        """Those that the bot is in."""
        world = self._sandbox.world
        return [guild for guild in world.guilds.values() if world.bot.id in guild.members]

    def _ready(self, session: Session) -> Json:
        world = self._sandbox.world
        return {
            "v": 10,
            "user": render.me(world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in self._guilds()],
            "session_id": session.id,
            "resume_gateway_url": self._sandbox.gateway_url,
            "application": {"id": str(world.application_id), "flags": 0},
        }

    def _guild_create(self, guild: Guild, session: Session) -> Json:
        world = self._sandbox.world
        everybody = session.intents & PRESENCES
        shown = [m for m in guild.members.values() if everybody or m.user.id in (world.bot.id, *guild.voice)]
        return {
            **render.guild(guild),
            "unavailable": False,
            "joined_at": render.instant(guild.members[world.bot.id].joined_at),
            "large": len(guild.members) > 250,
            "member_count": len(guild.members),
            "members": [render.member(m) for m in shown],
            "channels": [render.channel(c, world) for c in guild.channels.values() if c.type not in THREADS],
            "threads": [render.channel(c, world) for c in active_threads(guild, world.bot.id)],
            "voice_states": [render.voice_state(guild, m, c) for m, c in guild.voice.items()],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    async def _send_members(self, session: Session, data: Any) -> None:
        guild = self._sandbox.world.guilds.get(int(data.get("guild_id") or 0))
        if guild is None:
            return
        everybody = data.get("query") == "" and not data.get("limit")
        if everybody and not await self._may_ask_all(session, guild, data):
            return
        wanted = {int(user) for user in _as_list(data.get("user_ids"))}
        query = (data.get("query") or "").lower()
        found = [
            m for m in guild.members.values()
            if (m.user.id in wanted if wanted else m.user.username.lower().startswith(query))
        ]  # fmt: skip
        found = found if everybody else found[: data.get("limit") or 100]
        chunks = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)] or [[]]
        for number, chunk in enumerate(chunks):
            answer: Json = {
                "guild_id": str(guild.id),
                "members": [render.member(m) for m in chunk],
                "chunk_index": number,
                "chunk_count": len(chunks),
                "not_found": [str(user) for user in wanted - guild.members.keys()],
            }
            await session.dispatch("GUILD_MEMBERS_CHUNK", answer | {"nonce": data.get("nonce")})
            await asyncio.sleep(0)

    async def _may_ask_all(self, session: Session, guild: Guild, data: Any) -> bool:
        """All members of a guild are given once in thirty seconds, and to those with the intent."""
        if not session.intents & MEMBERS:
            return False
        now = self._sandbox.clock.monotonic()
        last = session.members_asked_at.get(guild.id)
        if last is not None and now - last < ALL_MEMBERS_EVERY_S:
            wait: Json = {"opcode": REQUEST_MEMBERS, "retry_after": ALL_MEMBERS_EVERY_S - (now - last)}
            meta = {"guild_id": str(guild.id), "nonce": data.get("nonce")}
            await session.dispatch("RATE_LIMITED", wait | {"meta": meta})
            return False
        session.members_asked_at[guild.id] = now
        return True


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
