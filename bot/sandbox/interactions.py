"""People at work: slash commands, autocompletes, presses and forms, sent to the bot as Discord sends them.

Invariant: an interaction's token is random, lives as long as the sandbox says, and is answered within three
seconds or not at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox import components, options, render
from bot.sandbox.limits import FILE_BYTES
from bot.sandbox.options import SandboxRefused
from bot.sandbox.permissions import ALL, channel_permissions, guild_permissions
from bot.sandbox.world import Attachment, Channel, Guild, Interaction, Json, Member, Message

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

COMMAND, COMPONENT, AUTOCOMPLETE, FORM = 2, 3, 4, 5
"""Types of interactions (Discord API reference, "Interaction Type")."""
ANSWER_S = 3.0


class InteractionFailed(Exception):
    """What people read when a bot says nothing in time: "The application did not respond"."""


@dataclass(frozen=True, slots=True)
class SandboxInteraction:
    """A person's view of what they sent."""

    sandbox: Sandbox
    interaction: Interaction

    @property
    def message(self) -> Message | None:
        """The first answer."""
        return self.interaction.message

    @property
    def messages(self) -> Sequence[Message]:
        """Follow-ups, in order."""
        return self.interaction.messages

    @property
    def modal(self) -> Json | None:
        return self.interaction.modal

    @property
    def ephemeral(self) -> bool:
        return self.message is not None and self.message.ephemeral

    async def answered(self, timeout_s: float = ANSWER_S) -> SandboxInteraction:
        """Return once the bot gave a first response. Raises `InteractionFailed` when none came in time."""
        try:
            await self.sandbox.until(lambda: self.interaction.answer is not None, timeout_s)
        except TimeoutError:
            raise InteractionFailed("The application did not respond") from None
        return self

    async def said(self, timeout_s: float = 10.0) -> Message:
        """The first answer once it says something ("thinking" is over). Raises `TimeoutError`."""
        await self.sandbox.until(
            lambda: self.message is not None and (self.message.content or self.message.embeds), timeout_s
        )
        assert self.message is not None
        return self.message

    def expire(self) -> None:
        """End the token's life now."""
        self.interaction.expires_at = self.sandbox.clock.now()


class Interactions:
    """Sends interactions of all kinds; see `Sandbox` for what the arguments mean."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def slash(
        self, name: str, given: Mapping[str, Any], user: int, guild: Guild, channel: Channel
    ) -> SandboxInteraction:
        command, values = options.build(self._sandbox.world.commands, name, given, guild)
        self._check_shown(command, user, guild)
        data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": values}
        self._resolve(data, options.named(values), user, guild)
        return await self._send(COMMAND, data, user, guild, channel, command=name)

    async def autocomplete(
        self, name: str, given: Mapping[str, Any], focused: str, user: int, guild: Guild, channel: Channel
    ) -> list[Json]:
        command, values = options.build(self._sandbox.world.commands, name, given, guild, focused=focused)
        self._check_shown(command, user, guild)
        data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": values}
        sent = await self._send(AUTOCOMPLETE, data, user, guild, channel, command=name)
        await sent.answered()
        return sent.interaction.choices or []

    async def press(
        self, message: Message, custom_id: str, user: int, values: Sequence[str] | None = None
    ) -> SandboxInteraction:
        """Press a button, or choose `values` in a select. Raises `SandboxRefused` when there is none to press."""
        world = self._sandbox.world
        channel = world.channel(message.channel_id)
        if channel is None:
            raise SandboxRefused("This channel is gone.")
        guild = world.guild_of(channel)
        if guild is None and channel.recipient_id != user:
            raise SandboxRefused("This is somebody else's direct message.")
        data = components.pressed(message.components, custom_id, values, guild)
        if guild is not None and data["component_type"] in components.SELECTS:
            self._resolve(data, {int(value) for value in values or ()}, user, guild)
        return await self._send(COMPONENT, data, user, guild, channel, source=message)

    async def submit(
        self,
        sent: SandboxInteraction,
        answers: Mapping[str, components.Answer],
        user: int,
        files: Mapping[str, Sequence[Attachment]] | None = None,
    ) -> SandboxInteraction:
        """Fill in the form that answered `sent`, by custom id. Raises `SandboxRefused`."""
        modal = sent.modal
        if modal is None:
            raise SandboxRefused("There is no form to fill in.")
        world = self._sandbox.world
        channel = world.channel(sent.interaction.channel_id)
        if channel is None:
            raise SandboxRefused("This channel is gone.")
        guild = world.guild_of(channel)
        form = components.filled(modal, answers, files or {}, guild)
        if guild is not None:
            self._resolve(form.data, form.ids, user, guild)
        if form.files:
            resolved = form.data.setdefault("resolved", {})
            resolved["attachments"] = {
                str(file.id): render.attachment(file, channel.id, self._sandbox.origin) for file in form.files
            }
            world.uploads.update((file.id, file) for file in form.files)
        source_id = sent.interaction.source_id or 0
        source = channel.find(source_id) or world.ephemeral(source_id)
        return await self._send(FORM, form.data, user, guild, channel, source=source)

    def _resolve(self, data: Json, ids: set[int], user: int, guild: Guild) -> None:
        if ids:
            found = render.resolved(ids, guild, self._member(user, guild), self._sandbox.world)
            if unknown := ids - {int(id_) for kind in found.values() for id_ in kind}:
                raise SandboxRefused(f"{min(unknown)}: there is no such one.")
            data["resolved"] = found

    def _check_shown(self, command: Json, user: int, guild: Guild) -> None:
        wanted = command.get("default_member_permissions")
        allowed = guild_permissions(guild, self._member(user, guild))
        if wanted is None or allowed == ALL:
            return
        if int(wanted) == 0 or int(wanted) & ~allowed:
            raise SandboxRefused(f"/{command['name']} is not shown to this member.")

    @staticmethod
    def _member(user: int, guild: Guild) -> Member:
        if user not in guild.members:
            raise SandboxRefused("Only members can do this.")
        return guild.members[user]

    async def _send(
        self,
        kind: int,
        data: Json,
        user: int,
        guild: Guild | None,
        channel: Channel,
        *,
        command: str = "",
        source: Message | None = None,
    ) -> SandboxInteraction:
        sandbox, world = self._sandbox, self._sandbox.world
        if guild is not None:
            self._member(user, guild)
        now = sandbox.clock.now()
        interaction = Interaction(
            id=world.snowflake(),
            token=secrets.token_urlsafe(48),
            guild_id=guild.id if guild else None,
            channel_id=channel.id,
            user_id=user,
            created_at=now,
            expires_at=now + round(sandbox.token_life_s * 1000),
            kind=kind,
            command=command,
            locale=sandbox.locales.get(user, "en-US"),
            source_id=source.id if source else None,
        )
        world.interactions[interaction.token] = interaction
        payload = self._payload(interaction, data, guild, channel)
        if source is not None:
            payload["message"] = render.message(source, world, sandbox.origin)
        await sandbox.gateway.dispatch("INTERACTION_CREATE", payload)
        return SandboxInteraction(sandbox, interaction)

    def _payload(self, interaction: Interaction, data: Json, guild: Guild | None, channel: Channel) -> Json:
        place = self._in_guild(interaction, guild, channel) if guild else self._in_direct(interaction, channel)
        return {
            "id": str(interaction.id),
            "application_id": str(self._sandbox.world.application_id),
            "type": interaction.kind,
            "token": interaction.token,
            "version": 1,
            "channel_id": str(channel.id),
            "locale": interaction.locale,
            "entitlements": [],
            "attachment_size_limit": FILE_BYTES,
            "data": data,
            **place,
        }

    def _in_guild(self, interaction: Interaction, guild: Guild, channel: Channel) -> Json:
        member, bot = guild.members[interaction.user_id], guild.members[self._sandbox.world.bot.id]
        return {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "features": [], "locale": guild.locale},
            "channel": render.partial_channel(guild, channel, member, self._sandbox.world),
            "member": render.member(member) | {"permissions": str(channel_permissions(guild, channel, member))},
            "app_permissions": str(channel_permissions(guild, channel, bot)),
            "guild_locale": guild.locale,
            "authorizing_integration_owners": {"0": str(guild.id)},
            "context": 0,
        }

    def _in_direct(self, interaction: Interaction, channel: Channel) -> Json:
        world = self._sandbox.world
        return {
            "channel": render.channel(channel, world),
            "user": render.user(world.users[interaction.user_id]),
            "app_permissions": str(ALL),
            "authorizing_integration_owners": {"0": "0"},
            "context": 1,
        }
