"""The page's addresses: what it shows, what a person does on it, and the stream of what changes.

Acts through `Interactions` as any test does. Invariant: only pages of this very server may act, so no other
site that is open in the same browser can.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from aiohttp import web

from bot.sandbox.interactions import InteractionFailed, Interactions, SandboxInteraction
from bot.sandbox.options import SandboxRefused, typed
from bot.sandbox.page.view import HERE, View, channel_json
from bot.sandbox.world import Attachment, Channel, Guild, Json, Message

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
POLICY = "default-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
MAX_FORWARD_S = 30 * 86_400
KEEP_ALIVE_S = 15.0
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@runtime_checkable
class Movable(Protocol):
    """A clock that a person can put forward."""

    def forward(self, seconds: float) -> None: ...


class Site:
    """See the module."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def _interactions(self) -> Interactions:
        return self._sandbox.interactions

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/", self._guarded(self._page)),
            web.static("/static", HERE / "static"),
            web.get("/page/state", self._guarded(self._state)),
            web.get("/page/events", self._guarded(self._events)),
            web.post("/page/command", self._acting(self._command)),
            web.post("/page/autocomplete", self._acting(self._autocomplete)),
            web.post("/page/press", self._acting(self._press)),
            web.post("/page/form", self._guarded(self._form)),
            web.post("/page/say", self._acting(self._say)),
            web.post("/page/language", self._acting(self._speak)),
            web.post("/page/clock", self._acting(self._forward)),
        ]

    def _guarded(self, serve: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            host = request.host.rsplit(":", 1)[0]
            origin = request.headers.get("Origin")
            if host not in LOOPBACK or (origin is not None and origin != f"http://{request.host}"):
                raise web.HTTPForbidden(text="Open this page by its own address.")
            return await serve(request)

        return handle

    def _acting(self, act: Callable[[Json, View, Channel], Awaitable[Json]]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if request.content_type != "application/json":
                raise web.HTTPUnsupportedMediaType
            body = await request.json()
            view, channel = self._view(body)
            return web.json_response(await _told(act(body, view, channel)))

        return self._guarded(handle)

    def _view(self, wanted: Mapping[str, Any]) -> tuple[View, Channel]:
        view = View(self._sandbox.world, self._sandbox.origin, _number(wanted.get("person")))
        return view, view.channel(_number(wanted.get("channel")))

    async def _page(self, request: web.Request) -> web.StreamResponse:
        html = View(self._sandbox.world, self._sandbox.origin).page()
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def _state(self, request: web.Request) -> web.StreamResponse:
        view, channel = self._view(request.query)
        language = self._sandbox.locales.get(view.person.user.id, "en-US")
        return web.json_response(
            {
                "now": self._sandbox.clock.now(),
                "movable": isinstance(self._sandbox.clock, Movable),
                "guild": view.guild.name,
                "person": str(view.person.user.id),
                "channel": str(channel.id),
                "people": view.people(),
                "channels": [channel_json(c) for c in view.channels()],
                "languages": view.languages(),
                "language": language,
                "commands": view.commands(language),
                "entities": view.entities(),
                "messages": [_shown(view, m) for m in view.messages(channel)],
            }
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: each message that changes, and the clock."""
        view, channel = self._view(request.query)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        changes: asyncio.Queue[tuple[Message, str]] = asyncio.Queue()
        stop = self._sandbox.watch(lambda message, what: changes.put_nowait((message, what)))
        try:
            while True:
                await self._send(response, {"now": self._sandbox.clock.now()})
                try:
                    message, what = await asyncio.wait_for(changes.get(), KEEP_ALIVE_S)
                except TimeoutError:
                    continue
                if view.may_see(message, channel):
                    gone = {"id": str(message.id), "html": None}
                    await self._send(response, gone if what == "deleted" else _shown(view, message))
                elif (there := view.news(message, what)) is not None:
                    await self._send(response, {"news": channel_json(there)})
        except ConnectionError:
            return response
        finally:
            stop()

    @staticmethod
    async def _send(response: web.StreamResponse, event: Json) -> None:
        await response.write(f"data: {json.dumps(event)}\n\n".encode())

    async def _speak(self, body: Json, view: View, channel: Channel) -> Json:
        """Set the language of this person's Discord."""
        language = str(body["language"])
        if language not in view.languages():
            raise SandboxRefused("No command is described in that language.")
        self._sandbox.locales[view.person.user.id] = language
        return {}

    async def _command(self, body: Json, view: View, channel: Channel) -> Json:
        name, guild = str(body["command"]), self._guild_of(view, channel)
        options = typed(self._sandbox.world.commands, name, body.get("options") or {})
        sent = await self._interactions.slash(name, options, view.person.user.id, guild, channel)
        return await self._answer(sent, view)

    async def _autocomplete(self, body: Json, view: View, channel: Channel) -> Json:
        name, guild = str(body["command"]), self._guild_of(view, channel)
        given = typed(self._sandbox.world.commands, name, body.get("options") or {}, focused=str(body["focused"]))
        choices = await self._interactions.autocomplete(
            name, given, str(body["focused"]), view.person.user.id, guild, channel
        )
        return {"choices": choices}

    async def _press(self, body: Json, view: View, channel: Channel) -> Json:
        wanted = _number(body["message"]) or 0
        message = channel.find(wanted) or self._sandbox.world.ephemeral(wanted)
        if message is None or not view.may_see(message, channel):
            raise SandboxRefused("That message is gone.")
        sent = await self._interactions.press(message, body["custom_id"], view.person.user.id, body.get("values"))
        return await self._answer(sent, view)

    async def _form(self, request: web.Request) -> web.StreamResponse:
        answers: dict[str, Any] = {}
        files: dict[str, list[Attachment]] = {}
        posted = await request.post()
        for name in posted.keys() - {"$person", "$interaction"}:
            values = posted.getall(name)
            uploads = [value for value in values if isinstance(value, web.FileField)]
            if uploads:
                files[name] = [self._uploaded(upload) for upload in uploads if upload.filename]
            else:
                answers[name] = json.loads(str(values[0]))
        view, _ = self._view({"person": posted["$person"]})
        sent = self._sent(_number(posted["$interaction"]), view)
        answer = self._answered(self._interactions.submit(sent, answers, view.person.user.id, files), view)
        return web.json_response(await _told(answer))

    def _sent(self, interaction_id: int | None, view: View) -> SandboxInteraction:
        for interaction in self._sandbox.world.interactions.values():
            if interaction.id == interaction_id and interaction.user_id == view.person.user.id:
                return SandboxInteraction(self._sandbox, interaction)
        raise web.HTTPNotFound

    def _uploaded(self, upload: web.FileField) -> Attachment:
        return Attachment(self._sandbox.world.snowflake(), upload.filename, upload.content_type, upload.file.read())

    async def _say(self, body: Json, view: View, channel: Channel) -> Json:
        await self._sandbox.say(channel.id, view.person.user.id, str(body["text"])[:2000])
        return {}

    async def _forward(self, body: Json, view: View, channel: Channel) -> Json:
        clock, seconds = self._sandbox.clock, float(body["seconds"])
        if not isinstance(clock, Movable) or not 0 < seconds <= MAX_FORWARD_S:
            raise SandboxRefused("The clock can be put forward by up to 30 days.")
        clock.forward(seconds)
        return {"now": clock.now()}

    async def _answered(self, sending: Awaitable[SandboxInteraction], view: View) -> Json:
        return await self._answer(await sending, view)

    async def _answer(self, sent: SandboxInteraction, view: View) -> Json:
        await sent.answered()
        return {"form": view.form(sent.interaction)} if sent.modal is not None else {}

    @staticmethod
    def _guild_of(view: View, channel: Channel) -> Guild:
        if channel.guild_id is None:
            raise SandboxRefused("Use commands in a channel of the server.")
        return view.guild


async def _told(answer: Awaitable[Json]) -> Json:
    """What came of it, or the sentence that Discord's client would show."""
    try:
        return await answer
    except SandboxRefused as refused:
        return {"refused": str(refused)}
    except InteractionFailed as failed:
        return {"refused": str(failed)}


def _shown(view: View, message: Message) -> Json:
    return {"id": str(message.id), "html": view.message(message)}


def _number(text: object) -> int | None:
    return int(str(text)) if str(text or "").isdigit() else None
