"""What one person sees: who they can be, which channels show themselves, and each message as HTML.

Reads the world, changes nothing. Invariant: a message for somebody else alone, or in a hidden channel, is not
in any answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from bot.sandbox import render
from bot.sandbox.components import fields_of
from bot.sandbox.page.markdown import Markdown
from bot.sandbox.permissions import ALL, MANAGE_ROLES, guild_permissions, sees
from bot.sandbox.world import DM, LOADING, TEXT, VOICE, Channel, Guild, Interaction, Json, Member, Message, World

HERE = Path(__file__).parent
SHOWN = 60
"""Messages of a channel that are shown, the newest."""
OFFERED = 100
"""Members offered in a list."""


class View:
    """The first guild of `world` as `person_id` sees it."""

    def __init__(self, world: World, origin: str, person_id: int | None = None) -> None:
        self._world = world
        self._origin = origin
        self.guild: Guild = next(iter(world.guilds.values()))
        known = person_id if person_id in self.guild.members else None
        self.person: Member = self.guild.members[known or self.guild.owner_id]
        self._markdown = Markdown(self._name)
        self._pages = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True)
        self._pages.filters |= {"block": self._markdown.block, "line": self._markdown.line}

    def page(self) -> str:
        return self._pages.get_template("page.html").render(guild=self.guild.name)

    def people(self) -> list[Json]:
        """One person of each kind, the owner first."""
        kinds: dict[str, Member] = {}
        for member in sorted(self.guild.members.values(), key=lambda m: m.joined_at):
            if not member.user.bot:
                kinds.setdefault(self._kind(member), member)
        stranger = max((m for m in self.guild.members.values() if not m.user.bot), key=lambda m: m.joined_at)
        kinds["stranger"] = stranger
        order = ("owner", "administrator", "moderator", "member", "stranger")
        return [_named(kinds[k].user.id, kinds[k].display_name) | {"kind": k} for k in order if k in kinds]

    def _kind(self, member: Member) -> str:
        if member.user.id == self.guild.owner_id:
            return "owner"
        allowed = guild_permissions(self.guild, member)
        if allowed == ALL:
            return "administrator"
        return "moderator" if allowed & MANAGE_ROLES else "member"

    def channels(self) -> list[Channel]:
        """What this person can open: text channels and threads they see, and their talk with the bot."""
        mine = [c for c in self._world.dms.values() if c.recipient_id == self.person.user.id]
        shown = [c for c in self.guild.channels.values() if c.type != VOICE and self._sees(c)]
        return [*sorted(shown, key=lambda c: (c.position, c.id)), *mine]

    def channel(self, channel_id: int | None) -> Channel:
        """The one asked for, else the first."""
        shown = self.channels()
        return next((c for c in shown if c.id == channel_id), shown[0])

    def entities(self) -> Json:
        """What selects and options can name."""
        people = sorted(self.guild.members.values(), key=lambda m: m.display_name.lower())[:OFFERED]
        return {
            "users": [_named(m.user.id, m.display_name) for m in people],
            "roles": [_named(r.id, r.name) for r in self.guild.roles.values()],
            "channels": [
                _named(c.id, c.name) | {"type": c.type} for c in self.guild.channels.values() if self._sees(c)
            ],
        }

    def commands(self, locale: str) -> list[Json]:
        """Those that Discord shows to this person, described in their language."""
        allowed = guild_permissions(self.guild, self.person)
        return [localised(c, locale) for c in self._world.commands if _is_shown(c, allowed)]

    def languages(self) -> list[str]:
        """English, and those that a command is described in."""
        return ["en-US", *sorted({locale for c in self._world.commands for locale in _locales(c)})]

    def messages(self, channel: Channel) -> list[Message]:
        """The newest of a channel with those for this person alone, oldest first."""
        own = [m for m in self._ephemerals() if m.channel_id == channel.id]
        return sorted([*channel.messages[-SHOWN:], *own], key=lambda m: m.id)[-SHOWN:]

    def may_see(self, message: Message, channel: Channel) -> bool:
        if message.channel_id != channel.id:
            return False
        return not message.ephemeral or self._asker(message) == self.person.user.id

    def news(self, message: Message, what: str) -> Channel | None:
        """The channel in which a message came that this person can read there; None for what is no news to them."""
        if what != "created" or message.author_id == self.person.user.id:
            return None
        there = (channel for channel in self.channels() if channel.id == message.channel_id)
        return next((channel for channel in there if self.may_see(message, channel)), None)

    def message(self, value: Message) -> Markup:
        """One message as HTML."""
        data = render.message(value, self._world, self._origin)
        images = {a["filename"]: a["url"] for a in data["attachments"]}
        used = {_attached(embed) for embed in data["embeds"]}
        interaction = self._world.interactions.get(value.interaction_token or "")
        html = self._pages.get_template("message.html").render(
            message=data,
            author=self._author(value),
            bot=value.author_bot,
            loading=bool(value.flags & LOADING),
            ephemeral=value.ephemeral,
            images=images,
            files=[a for a in data["attachments"] if a["filename"] not in used],
            asker=self._asked_by(value, interaction),
            reply=self._replied_to(value),
            entities=self.entities() if any(_selects(data)) else {},
            at=value.at // 1000,
        )
        return Markup(html)  # noqa: S704 - the template escapes

    def form(self, interaction: Interaction) -> Markup:
        """The form that answered `interaction`."""
        assert interaction.modal is not None
        html = self._pages.get_template("form.html").render(
            form=interaction.modal,
            interaction=interaction.id,
            entities=self.entities(),
            required=any(part.get("required", True) for part in fields_of(interaction.modal)),
        )
        return Markup(html)  # noqa: S704 - the template escapes

    def _ephemerals(self) -> Iterator[Message]:
        for token, interaction in self._world.interactions.items():
            if interaction.user_id == self.person.user.id:
                yield from (m for m in self._world.sent_by_token(token) if m.ephemeral)

    def _asker(self, message: Message) -> int | None:
        interaction = self._world.interactions.get(message.interaction_token or "")
        return interaction.user_id if interaction else None

    def _asked_by(self, message: Message, interaction: Interaction | None) -> tuple[str, str] | None:
        if interaction is None or interaction.message is not message or not interaction.command:
            return None
        return self._name("@", interaction.user_id) or "somebody", interaction.command

    def _replied_to(self, message: Message) -> str | None:
        if message.reference is None:
            return None
        channel = self._world.channel(message.channel_id)
        target = channel.find(message.reference) if channel else None
        if target is None:
            return "a message that was deleted"
        title = next((embed.get("title") for embed in target.embeds), None)
        return str(target.content or title or "a message")[:90]

    def _author(self, message: Message) -> str:
        return self._name("@", message.author_id) or "deleted-user"

    def _sees(self, channel: Channel) -> bool:
        return sees(self.guild, channel, self.person.user.id)

    def _name(self, sign: str, id_: int) -> str | None:
        if sign == "@":
            if member := self.guild.members.get(id_):
                return member.display_name
            user = self._world.user(id_)
            return user.global_name or user.username if user else None
        if sign == "@&":
            return self.guild.roles[id_].name if id_ in self.guild.roles else None
        channel = self._world.channel(id_)
        return channel.name if channel and self._sees(channel) else None


def channel_json(channel: Channel) -> Json:
    name = "Errand" if channel.type == DM else channel.name
    return _named(channel.id, name) | {"sign": "@" if channel.type == DM else "#" if channel.type == TEXT else "🧵"}


def _named(id_: int, name: str) -> Json:
    return {"id": str(id_), "name": name}


def _is_shown(command: Json, allowed: int) -> bool:
    wanted = command.get("default_member_permissions")
    if wanted is None or allowed == ALL:
        return True
    return int(wanted) != 0 and not int(wanted) & ~allowed


def localised(part: Json, locale: str) -> Json:
    """A command, option or choice as a client in `locale` shows it."""
    shown = dict(part)
    # A name is typed and sent as well as shown; the page has one field for both, so it stays.
    shown["description"] = (part.get("description_localizations") or {}).get(locale, part.get("description"))
    for inner in ("options", "choices"):
        if part.get(inner):
            shown[inner] = [localised(child, locale) for child in part[inner]]
    if "value" in part:
        shown["name"] = (part.get("name_localizations") or {}).get(locale, part["name"])
    return shown


def _locales(part: Json) -> Iterator[str]:
    yield from part.get("description_localizations") or ()
    for inner in (*(part.get("options") or ()), *(part.get("choices") or ())):
        yield from _locales(inner)


def _attached(embed: Json) -> str:
    url: Any = (embed.get("image") or {}).get("url") or ""
    return str(url).removeprefix("attachment://")


def _selects(message: Json) -> Iterator[bool]:
    for row in message["components"]:
        yield from (part["type"] in (5, 6, 7, 8) for part in row.get("components", []))
