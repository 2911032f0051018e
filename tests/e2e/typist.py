"""People who type: a command, and what they read in the end, wherever the bot put it."""

from __future__ import annotations

from typing import Any

from bot.sandbox import Message, SandboxInteraction
from bot.sandbox.interactions import COMMAND
from bot.sandbox.options import build, named
from bot.sandbox.world import DM, Channel, Guild, Member
from tests.e2e.conftest import Play, text_of


class Heard:
    """What came of one command."""

    def __init__(self, sent: SandboxInteraction, message: Message) -> None:
        self.sent = sent
        self.message = message
        self.text = text_of(message)

    @property
    def alone(self) -> bool:
        """Nobody but the caller reads it."""
        return self.message.ephemeral


async def typed(
    play: Play, command: str, /, *, user: int | None = None, guild: Guild | None = None, **options: Any
) -> Heard:
    """Use a slash command (by the guild's owner, if nobody else is named) and read the answer."""
    where = guild or play.guild
    sent = await play.sandbox.slash(command, options, user=user or where.owner_id, guild=where.id)
    return await heard(sent)


async def heard(sent: SandboxInteraction) -> Heard:
    """The answer, once it says something: the first one, or the one that took its place when that went away."""
    await sent.answered()
    await sent.sandbox.until(lambda: _spoken(sent) is not None, 10.0)
    message = _spoken(sent)
    assert message is not None
    return Heard(sent, message)


def _spoken(sent: SandboxInteraction) -> Message | None:
    if sent.message is not None:
        return sent.message if sent.message.content or sent.message.embeds else None
    return sent.messages[-1] if sent.messages else None


def with_role(guild: Guild, name: str) -> Member:
    """A person with this role, who does not own the guild."""
    role = next(role.id for role in guild.roles.values() if role.name == name)
    return next(m for m in guild.members.values() if role in m.roles and m.user.id != guild.owner_id and not m.user.bot)


def plain_members(guild: Guild) -> list[Member]:
    """People without any rights."""
    powers = {role.id for role in guild.roles.values() if role.name in ("Admin", "Moderator")}
    return [
        m for m in guild.members.values()
        if not m.user.bot and m.user.id != guild.owner_id and powers.isdisjoint(m.roles)
    ]  # fmt: skip


async def typed_directly(play: Play, command: str, /, *, user: int, **options: Any) -> Heard:
    """The same in a direct message, as from a client that still shows the command there."""
    world = play.sandbox.world
    channel = next((c for c in world.dms.values() if c.recipient_id == user), None)
    if channel is None:
        channel = Channel(world.snowflake(), None, "", DM, recipient_id=user)
        world.dms[channel.id] = channel
    known, values = build(world.commands, command, options, play.guild)
    data = {"id": known["id"], "name": known["name"], "type": 1, "options": values}
    people = play.sandbox.interactions
    people._resolve(data, named(values), play.guild.owner_id, play.guild)
    return await heard(await people._send(COMMAND, data, user, None, channel, command=command))
