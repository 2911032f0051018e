"""`/queue …`: how the jobs of this server stand, holding them all, and who may start which.

Administrators see and steer their own server; whoever runs the bot sees and steers all of it, from any server.
Invariant: what concerns other servers is shown to the operator alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import discord
from discord import app_commands

from bot.answers import quiet
from bot.cards.text import escape, joined
from bot.client import ErrandClient
from bot.desk import Desk, words_for
from bot.guards import Caller, administrator_of, caller_of, is_operator, operator_of
from bot.job_lists import listed_types
from bot.job_options import listed_type
from bot.languages import Words
from bot.problems import Problem
from jobs.engine.health import Status
from jobs.engine.states import State
from jobs.engine.statistics import Statistics

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
Reason = app_commands.Range[str, 1, 200]
TYPES_SHOWN, MAX_CHARS = 10, 3500
HEALTH: Mapping[Status, str] = {
    Status.HEALTHY: "✅ All is well.",
    Status.DEGRADED: "⚠️ Slower than it should be.",
    Status.CRITICAL: "❌ Something is wrong.",
}
TOLD = "The operator is shown what to do about it."
NO_JOBS = "There are no jobs here yet. Start one with `/async-job`."
PAUSED_ALREADY = "That is paused already: {reason}"
NOTHING_PAUSED = "Nothing is paused here. A single job is let go with `/job resume`."
TYPE_NOT_PAUSED = "{title} is not paused here."
NOT_WHOLE = "All jobs are not paused here, but these are: {titles}. Give their `type`."
GIVE_BOTH = "Give both a `type` from the list and a `role`, or neither to see who may start what."
NOT_ALLOWED = "{role} was not allowed to start {title} here."
HOW_TO_SHOW = (
    "Discord shows `/async-job` to administrators alone at first. To show it to that role: Server Settings → "
    "Integrations → me → `/async-job` → Add Roles."
)


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
        embeds = [self._counts(desk, words, "Jobs of this server", here)]
        if is_operator(interaction):
            everywhere = await desk.queue.statistics()
            embeds.append(self._counts(desk, words, "Jobs of all servers", everywhere))
            embeds[-1].set_footer(text=_pace(everywhere, words))
        await interaction.edit_original_response(embeds=embeds)

    @staticmethod
    def _counts(desk: Desk, words: Words, title: str, statistics: Statistics) -> discord.Embed:
        registry = desk.queue.registry
        by_type = {
            name: states
            for name, states in statistics.by_type.items()
            if name not in registry or not registry.get(name).internal
        }
        totals = {state: sum(states.get(state, 0) for states in by_type.values()) for state in State}
        told = [f"{words(f'state-{state}')} {words.number(total)}" for state, total in totals.items() if total]
        embed = discord.Embed(title=title, description=" · ".join(told) or NO_JOBS, color=desk.style.color)
        for name, states in sorted(by_type.items(), key=lambda item: -sum(item[1].values()))[:TYPES_SHOWN]:
            total = words.count(sum(states.values()), "jobs")
            failed = states.get(State.FAILED, 0)
            value = f"{total}, {words.number(failed)} failed" if failed else total
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
        lines = [HEALTH[health.status]]
        if is_operator(interaction):
            lines += [
                f"• {escape(i, limit=500)} {r}" for i, r in zip(health.issues, health.recommendations, strict=True)
            ]
            pace = f"{health.processing_rate_per_minute:.1f} a minute"
            lines.append(f"{words.count(health.backlog, 'jobs')} in line · {pace} · {health.loop_lag_s:.1f} s late")
        elif health.issues:
            lines.append(TOLD)
        lines.append(f"running for {words.duration(health.uptime_s)}")
        if health.status is not Status.CRITICAL:
            lines += await self._held(desk, caller)
        embed = discord.Embed(title="Health", description=joined(lines, MAX_CHARS, words), color=desk.style.color)
        await interaction.edit_original_response(embed=embed)

    @staticmethod
    async def _held(desk: Desk, caller: Caller) -> list[str]:
        reason = await desk.pauses.reason(caller.lane)
        held = [f"⏸️ Jobs are paused in this server: {escape(reason)}"] if reason else []
        for name, why in (await desk.pauses.types(caller.lane)).items():
            held.append(f"⏸️ {_title(desk, name)} is paused in this server: {escape(why)}")
        for name in desk.queue.paused:
            what = "Everything" if name == "*" else _title(desk, name)
            held.append(f"⏸️ {what} is paused in all servers by the operator.")
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
        title = listed_type(desk, type).title if type else "Jobs"
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        if everywhere:
            if not await desk.queue.pause(reason or "Paused by the operator.", type_=type):
                raise Problem(PAUSED_ALREADY.format(reason=desk.queue.paused.get(type or "*", "")))
            await interaction.edit_original_response(
                content=f"{title}: no new one starts in any server. `/queue resume everywhere:True` ends that."
            )
            return
        who = caller.name
        if type:
            why = f"These jobs were paused by {who}: {reason}" if reason else f"These jobs were paused by {who}."
        else:
            why = f"All jobs here were paused by {who}: {reason}" if reason else f"All jobs here were paused by {who}."
        held = await desk.pauses.pause(caller.lane, why, type)
        if held is None:
            raise Problem(PAUSED_ALREADY.format(reason=escape(await desk.pauses.reason(caller.lane, type) or "")))
        sentence = f"{words.count(held, 'jobs')} held, and no new one starts here. `/queue resume` lets them go on."
        await interaction.edit_original_response(content=sentence)

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
        title = listed_type(desk, type).title if type else "Jobs"
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        if everywhere:
            if not await desk.queue.resume(type_=type):
                raise Problem(NOTHING_PAUSED)
            await interaction.edit_original_response(content=f"{title} start in all servers again.")
            return
        freed = await desk.pauses.resume(caller.lane, type)
        if freed is None:
            raise Problem(await self._not_paused(desk, caller, type))
        content = f"{words.count(freed, 'jobs')} go on; new ones can be started."
        await interaction.edit_original_response(content=content)

    @staticmethod
    async def _not_paused(desk: Desk, caller: Caller, type_name: str | None) -> str:
        if type_name is not None:
            return TYPE_NOT_PAUSED.format(title=_title(desk, type_name))
        titles = ", ".join(_title(desk, name) for name in await desk.pauses.types(caller.lane))
        return NOT_WHOLE.format(titles=titles) if titles else NOTHING_PAUSED

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
            raise Problem(GIVE_BOTH)
        type_ = listed_type(desk, type) if type else None
        await interaction.response.defer(ephemeral=True)
        if type_ is None or role is None:
            await interaction.edit_original_response(embed=await self._who_may(interaction))
            return
        named = "@everyone" if role.is_default() else role.mention
        if not allow:
            if not await desk.access.revoke(caller.guild_id, type_.name, role.id):
                raise Problem(NOT_ALLOWED.format(role=named, title=type_.title))
            sentence = f"{named} may not start {type_.title} here any more."
        else:
            await desk.access.allow(caller.guild_id, type_.name, role.id)
            sentence = f"{named} may start {type_.title} here now. {HOW_TO_SHOW}"
        await interaction.edit_original_response(content=sentence)

    @staticmethod
    async def _who_may(interaction: Interaction) -> discord.Embed:
        desk, guild = interaction.client.desk, interaction.guild
        assert guild is not None
        allowed = await desk.access.of(guild.id)
        lines = []
        for type_ in desk.queue.registry.listed():
            there = [role for id_ in sorted(allowed.get(type_.name, ())) if (role := guild.get_role(id_)) is not None]
            roles = ["@everyone" if role.is_default() else role.mention for role in there]
            lines.append(f"**{type_.title}**: " + ", ".join(["administrators", *roles]))
        text = joined(lines, MAX_CHARS, await words_for(interaction))
        return discord.Embed(title="Who may start what", description=text, color=desk.style.color)

    @access.autocomplete("type")
    @pause.autocomplete("type")
    @resume.autocomplete("type")
    @quiet
    async def _types(self, interaction: Interaction, typed: str) -> Choices:
        return listed_types(interaction.client.desk, await words_for(interaction), typed)


def _administrator_or_operator(interaction: Interaction) -> Caller:
    return caller_of(interaction) if is_operator(interaction) else administrator_of(interaction)


def _title(desk: Desk, name: str) -> str:
    return desk.queue.registry.get(name).title if name in desk.queue.registry else escape(name)


def _pace(statistics: Statistics, words: Words) -> str:
    """Of the last hour."""
    parts = [f"{statistics.throughput_per_minute:.1f} a minute", f"{100 * statistics.error_rate:.0f} % failed"]
    if statistics.average_execution_s is not None:
        parts.append(f"{words.duration(statistics.average_execution_s)} each")
    if statistics.cache_hit_rate is not None:
        parts.append(f"{100 * statistics.cache_hit_rate:.0f} % from the cache")
    return "in the last hour: " + " · ".join(parts)


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(QueueCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("queue")
