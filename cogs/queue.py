"""`/queue …`: how the jobs of this server stand, holding them all, and who may start which.

Administrators see and steer their own server; whoever runs the bot sees and steers all of it, from any server.
Invariant: what concerns other servers is shown to the operator alone.
"""

from __future__ import annotations

from collections.abc import Callable

import discord
from discord import app_commands

from bot.answers import quiet
from bot.cards.text import escape, joined, stored
from bot.client import ErrandClient
from bot.desk import Desk, words_for
from bot.guards import Caller, administrator_of, caller_of, is_operator, operator_of
from bot.job_lists import listed_types
from bot.job_options import listed_type
from bot.languages import Words
from bot.problems import Problem
from jobs.engine.health import Status
from jobs.engine.pauses import WHOLE_QUEUE
from jobs.engine.states import State
from jobs.engine.statistics import Statistics

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
Reason = app_commands.Range[str, 1, 200]
TYPES_SHOWN, MAX_CHARS = 10, 3500


@app_commands.guild_only()
@app_commands.default_permissions(administrator=True)
@app_commands.allowed_installs(guilds=True, users=False)
class QueueCommands(app_commands.Group):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(name="queue", description="How this server's jobs stand, and who may start them")

    @app_commands.command(name="stats", description="How many jobs there are here, by state and type")
    async def stats(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        caller = _administrator_or_operator(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        here = await desk.queue.statistics(lane=caller.lane)
        embeds = [self._counts(desk, words, words("queue-here"), here)]
        if is_operator(interaction):
            everywhere = await desk.queue.statistics()
            embeds.append(self._counts(desk, words, words("queue-everywhere"), everywhere))
            embeds[-1].set_footer(text=_pace(everywhere, words))
        await interaction.edit_original_response(embeds=embeds)

    @staticmethod
    def _counts(desk: Desk, words: Words, title: str, statistics: Statistics) -> discord.Embed:
        registry = desk.queue.registry
        told = [f"{words(f'state-{state}')} {words.number(n)}" for state, n in statistics.states.items() if n]
        embed = discord.Embed(title=title, description=" · ".join(told) or words("jobs-none"), color=desk.style.color)
        for name, figures in sorted(statistics.by_type.items(), key=lambda item: -item[1].total)[:TYPES_SHOWN]:
            total, failed = figures.total, figures.states[State.FAILED]
            value = words("queue-jobs-failed", n=total, failed=failed) if failed else words("queue-jobs", n=total)
            label = words.title(registry.get(name)) if name in registry else escape(name)
            embed.add_field(name=label, value=value)
        return embed

    @app_commands.command(name="health", description="Whether jobs run as they should, and what to do if not")
    async def health(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        caller = _administrator_or_operator(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        health = await desk.health.health()
        lines = [words(f"health-{health.status}")]
        if is_operator(interaction):
            found = zip(health.issues, health.recommendations, strict=True)
            lines += [f"• {stored(issue)(words)} {words.of(advice)}" for issue, advice in found]
            rate, late = words.number(health.processing_rate_per_minute, 1), words.number(health.loop_lag_s, 1)
            lines.append(words("health-backlog", n=health.backlog, rate=rate, late=late))
        elif health.issues:
            lines.append(words("health-told"))
        lines.append(words("health-uptime", duration=words.duration(health.uptime_s)))
        if health.status is not Status.CRITICAL:
            lines += await self._held(desk, caller, words)
        embed = discord.Embed(
            title=words("health-title"), description=joined(lines, MAX_CHARS, words), color=desk.style.color
        )
        await interaction.edit_original_response(embed=embed)

    @staticmethod
    async def _held(desk: Desk, caller: Caller, words: Words) -> list[str]:
        reason = await desk.pauses.reason(caller.lane)
        held = [words("health-held", reason=stored(reason))] if reason else []
        for name, why in (await desk.pauses.types(caller.lane)).items():
            held.append(words("health-held-type", title=_titled(desk, name), reason=stored(why)))
        for name in desk.queue.paused:
            everything = words("health-held-all")
            held.append(
                everything if name == WHOLE_QUEUE else words("health-held-everywhere", title=_titled(desk, name))
            )
        return held

    @app_commands.command(name="pause", description="Hold all jobs of this server, or those of one type")
    @app_commands.describe(
        type="Only jobs of this type; all of them if you leave it out",
        reason="Why; shown on their cards",
        everywhere="In all servers; for the operator of this bot. What runs goes on to its end",
    )
    async def pause(
        self,
        interaction: Interaction,
        type: str | None = None,  # noqa: A002 - the option's name
        reason: Reason | None = None,
        everywhere: bool = False,
    ) -> None:
        desk = interaction.client.desk
        caller = operator_of(interaction) if everywhere else administrator_of(interaction)
        type_ = listed_type(desk, type) if type else None
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        if everywhere:
            if (known := desk.queue.paused.get(type or WHOLE_QUEUE)) is not None:
                raise Problem("queue-paused-already", reason=stored(known))
            await desk.queue.pause(reason or "Paused by the operator.", type_=type)
            everything = words("queue-paused-everywhere")
            sentence = words("queue-paused-everywhere-type", title=type_) if type_ else everything
            await interaction.edit_original_response(content=sentence)
            return
        who = caller.name
        if type:
            why = f"These jobs were paused by {who}: {reason}" if reason else f"These jobs were paused by {who}."
        else:
            why = f"All jobs here were paused by {who}: {reason}" if reason else f"All jobs here were paused by {who}."
        held = await desk.pauses.pause(caller.lane, why, type)
        if held is None:
            raise Problem("queue-paused-already", reason=stored(await desk.pauses.reason(caller.lane, type) or ""))
        await interaction.edit_original_response(content=words("queue-held", n=held))

    @app_commands.command(name="resume", description="Let the held jobs of this server go on")
    @app_commands.describe(
        type="Only jobs of this type, if they alone were paused",
        everywhere="In all servers; for the operator of this bot",
    )
    async def resume(
        self,
        interaction: Interaction,
        type: str | None = None,  # noqa: A002 - the option's name
        everywhere: bool = False,
    ) -> None:
        desk = interaction.client.desk
        caller = operator_of(interaction) if everywhere else administrator_of(interaction)
        type_ = listed_type(desk, type) if type else None
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        if everywhere:
            if not await desk.queue.resume(type_=type):
                raise Problem("queue-nothing-paused")
            everything = words("queue-resumed-everywhere")
            sentence = words("queue-resumed-everywhere-type", title=type_) if type_ else everything
            await interaction.edit_original_response(content=sentence)
            return
        freed = await desk.pauses.resume(caller.lane, type)
        if freed is None:
            raise await self._not_paused(desk, caller, type)
        await interaction.edit_original_response(content=words("queue-freed", n=freed))

    @staticmethod
    async def _not_paused(desk: Desk, caller: Caller, type_name: str | None) -> Problem:
        if type_name is not None:
            return Problem("queue-type-not-paused", title=_titled(desk, type_name))
        held = [_titled(desk, name) for name in await desk.pauses.types(caller.lane)]
        if not held:
            return Problem("queue-nothing-paused")
        return Problem("queue-not-whole", titles=lambda words: ", ".join(title(words) for title in held))

    @app_commands.command(name="access", description="Let a role start a type of job, or see who may")
    @app_commands.describe(
        type="The type of job", role="The role", allow="True to allow (the default), False to take it back"
    )
    async def access(
        self,
        interaction: Interaction,
        type: str | None = None,  # noqa: A002 - the option's name
        role: discord.Role | None = None,
        allow: bool = True,
    ) -> None:
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        if (type is None) != (role is None):
            raise Problem("access-give-both")
        type_ = listed_type(desk, type) if type else None
        await interaction.response.defer(ephemeral=True)
        if type_ is None or role is None:
            await interaction.edit_original_response(embed=await self._who_may(interaction))
            return
        words = await words_for(interaction)
        named = "@everyone" if role.is_default() else role.mention
        if not allow:
            if not await desk.access.revoke(caller.guild_id, type_.name, role.id):
                raise Problem("access-was-not", role=named, title=type_)
            sentence = words("access-taken", role=named, title=type_)
        else:
            await desk.access.allow(caller.guild_id, type_.name, role.id)
            sentence = words("access-given", role=named, title=type_)
        await interaction.edit_original_response(content=sentence)

    @staticmethod
    async def _who_may(interaction: Interaction) -> discord.Embed:
        desk, guild = interaction.client.desk, interaction.guild
        assert guild is not None
        allowed = await desk.access.of(guild.id)
        words, lines = await words_for(interaction), []
        for type_ in desk.queue.registry.listed():
            there = [role for id_ in sorted(allowed.get(type_.name, ())) if (role := guild.get_role(id_)) is not None]
            roles = ["@everyone" if role.is_default() else role.mention for role in there]
            lines.append(f"**{words.title(type_)}**: " + ", ".join([words("access-administrators"), *roles]))
        text = joined(lines, MAX_CHARS, words)
        return discord.Embed(title=words("access-title"), description=text, color=desk.style.color)

    @access.autocomplete("type")
    @pause.autocomplete("type")
    @resume.autocomplete("type")
    @quiet
    async def _types(self, interaction: Interaction, typed: str) -> Choices:
        return listed_types(interaction.client.desk, await words_for(interaction), typed)


def _administrator_or_operator(interaction: Interaction) -> Caller:
    return caller_of(interaction) if is_operator(interaction) else administrator_of(interaction)


def _titled(desk: Desk, name: str) -> Callable[[Words], str]:
    """The title of a type; the name of one that is gone."""
    registry = desk.queue.registry
    return lambda words: words.title(registry.get(name)) if name in registry else escape(name)


def _pace(statistics: Statistics, words: Words) -> str:
    """Of the last hour."""
    parts = [
        words("queue-rate", rate=words.number(statistics.throughput_per_minute, 1)),
        words("queue-failed-share", share=f"{100 * statistics.error_rate:.0f}"),
    ]
    if statistics.average_execution_s is not None:
        parts.append(words("queue-each", duration=words.duration(statistics.average_execution_s)))
    if statistics.cache_hit_rate is not None:
        parts.append(words("queue-cached", share=f"{100 * statistics.cache_hit_rate:.0f}"))
    return words("queue-last-hour", figures=" · ".join(parts))


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(QueueCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("queue")
