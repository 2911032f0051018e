"""`/queue …`: how the jobs of this server stand, holding them all, and who may start which."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.cards.text import escape
from bot.client import ErrandClient
from bot.desk import words_for
from bot.guards import administrator_of
from bot.problems import Problem
from jobs.engine.states import State

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
Reason = app_commands.Range[str, 1, 200]
HEALTH = {
    "healthy": "✅ All is well.",
    "degraded": "⚠️ Slower than it should be.",
    "unhealthy": "❌ Something is wrong.",
}
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
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        statistics = await desk.queue.statistics(lane=caller.lane)
        states = [f"{state} {words.number(total)}" for state, total in statistics.states.items() if total]
        embed = discord.Embed(title="Jobs of this server", color=desk.style.color)
        embed.description = " · ".join(states) or "There are no jobs here yet. Start one with `/async-job`."
        for name, by_state in list(statistics.by_type.items())[:10]:
            type_ = desk.queue.registry.get(name) if name in desk.queue.registry else None
            total = words.count(sum(by_state.values()), "jobs")
            failed = by_state.get(State.FAILED, 0)
            value = f"{total}, {words.number(failed)} failed" if failed else total
            embed.add_field(name=type_.title if type_ else escape(name), value=value)
        await interaction.edit_original_response(embed=embed)

    @app_commands.command(name="health", description="Whether jobs run as they should, and what to do if not")
    async def health(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        health = await desk.health.health()
        lines = [HEALTH[str(health.status)], *health.issues, *health.recommendations]
        lines.append(
            f"{words.count(health.backlog, 'jobs')} in line · {health.processing_rate_per_minute:.1f} a minute"
        )
        lines.append(f"running for {words.duration(health.uptime_s)}")
        if (reason := await desk.pauses.reason(str(interaction.guild_id))) is not None:
            lines.insert(1, f"Jobs are paused in this server: {escape(reason)}")
        embed = discord.Embed(title="Health", description="\n".join(lines), color=desk.style.color)
        await interaction.edit_original_response(embed=embed)

    @app_commands.command(name="pause", description="Hold all jobs of this server; they keep their place")
    @app_commands.describe(reason="Why; shown on their cards")
    async def pause(self, interaction: Interaction, reason: Reason | None = None) -> None:
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        who = caller.name
        why = f"All jobs here were paused by {who}: {reason}" if reason else f"All jobs here were paused by {who}."
        held = await desk.pauses.pause(caller.lane, why)
        sentence = f"{words.count(held, 'jobs')} held, and no new one starts here. `/queue resume` lets them go on."
        await interaction.edit_original_response(content=sentence)

    @app_commands.command(name="resume", description="Let the held jobs of this server go on")
    async def resume(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        freed = await desk.pauses.resume(caller.lane)
        if freed is None:
            raise Problem("Nothing is paused here. A single job is let go with `/job resume`.")
        await interaction.edit_original_response(
            content=f"{words.count(freed, 'jobs')} go on; new ones can be started."
        )

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
        await interaction.response.defer(ephemeral=True)
        if type is None and role is None:
            await interaction.edit_original_response(embed=await self._who_may(interaction))
            return
        known = {t.name: t for t in desk.queue.registry.listed()}
        if type not in known or role is None:
            raise Problem("Give both a `type` from the list and a `role`, or neither to see who may start what.")
        title = known[type].title
        if not allow:
            if not await desk.access.revoke(caller.guild_id, type, role.id):
                raise Problem(f"{role.mention} was not allowed to start {title} here.")
            sentence = f"{role.mention} may not start {title} here any more."
        else:
            await desk.access.allow(caller.guild_id, type, role.id)
            sentence = f"{role.mention} may start {title} here now. {HOW_TO_SHOW}"
        await interaction.edit_original_response(content=sentence)

    async def _who_may(self, interaction: Interaction) -> discord.Embed:
        desk = interaction.client.desk
        allowed = await desk.access.of(int(interaction.guild_id or 0))
        lines = []
        for type_ in desk.queue.registry.listed():
            roles = ", ".join(f"<@&{role}>" for role in sorted(allowed.get(type_.name, ())))
            lines.append(f"**{type_.title}**: administrators" + (f", {roles}" if roles else ""))
        return discord.Embed(title="Who may start what", description="\n".join(lines), color=desk.style.color)

    @access.autocomplete("type")
    async def _types(self, interaction: Interaction, typed: str) -> Choices:
        types = interaction.client.desk.queue.registry.listed()
        wanted = typed.strip().lower()
        found = [t for t in types if wanted in f"{t.name} {t.title}".lower()]
        return [app_commands.Choice(name=t.title[:100], value=t.name) for t in found[:25]]


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(QueueCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("queue")
