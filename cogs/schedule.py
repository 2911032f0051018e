"""`/schedule …`: jobs that come back by themselves, each with a channel for its card."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.cards.text import escape, instant
from bot.client import ErrandClient
from bot.desk import Desk, words_for
from bot.guards import Caller, administrator_of
from bot.problems import Problem
from bot.schedules import cron_of, dated, suggestions
from bot.starting import check_payload
from jobs.engine.errors import UnknownSchedule
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobType
from jobs.engine.scheduler import Schedule

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
MOST = 25
"""Schedules of one guild."""


@app_commands.guild_only()
@app_commands.default_permissions(administrator=True)
@app_commands.allowed_installs(guilds=True, users=False)
class ScheduleCommands(app_commands.Group):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(name="schedule", description="Jobs that come back by themselves")

    @app_commands.command(name="add", description="Run a job again and again, with its card in a channel")
    @app_commands.describe(
        type="What to do",
        when="daily 09:00, weekly monday 09:00, monthly 1 09:00 or a cron expression; in this server's time zone",
        channel="Where the card goes; this channel if you leave it out",
        days="How many days each report covers, up to the day before it; 7 if you leave it out",
    )
    async def add(
        self,
        interaction: Interaction,
        type: str,  # noqa: A002 - the option's name
        when: str,
        channel: discord.TextChannel | discord.Thread | None = None,
        days: app_commands.Range[int, 1, 400] = 7,
    ) -> None:
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        type_ = next((t for t in desk.queue.registry.listed() if t.name == type), None)
        if type_ is None:
            raise Problem("There is no such job type. Choose one from the list.")
        if len(await desk.scheduler.list(lane=caller.lane)) >= MOST:
            raise Problem(f"This server has {MOST} schedules, the most it may have. Remove one first.")
        settings = await desk.settings.get(caller.guild_id)
        cron = cron_of(when, settings.time_zone, desk.clock.now())
        place = channel.id if channel else interaction.channel_id
        words = await words_for(interaction)
        context: JsonObject = {
            "days": days,
            "channel_id": str(place),
            "guild_id": caller.lane,
            "language": words.language,
        }
        payload = dated(_blank(type_, caller), context, settings, desk.clock.now())
        check_payload(type_, payload)
        schedule = await desk.scheduler.add(
            type_.name,
            payload,
            cron,
            time_zone=settings.time_zone,
            lane=caller.lane,
            owner=str(caller.user_id),
            title=" ".join(when.split())[:60],
            context=context,
        )
        sentence = (
            f"{type_.title} runs {escape(schedule.title)} ({settings.time_zone}), first {instant(schedule.next_at)}, "
            f"with its card in <#{place}>. Its id is `{schedule.id}`."
        )
        await interaction.edit_original_response(content=sentence)

    @app_commands.command(name="list", description="The schedules of this server and when they run next")
    async def list_schedules(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        lines = [_line(desk, schedule) for schedule in await desk.scheduler.list(lane=caller.lane)]
        text = "\n".join(lines) or "There are no schedules here yet. Make one with `/schedule add`."
        embed = discord.Embed(title="Schedules", description=text, color=desk.style.color)
        await interaction.edit_original_response(embed=embed)

    @app_commands.command(name="pause", description="Let a schedule rest until it is resumed")
    @app_commands.describe(id="The schedule")
    async def pause(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk, caller, schedule = await self._found(interaction, id)
        await desk.scheduler.pause(schedule.id, f"Paused by {caller.name}.")
        await interaction.edit_original_response(content=f"`{schedule.id}` rests. `/schedule resume` wakes it.")

    @app_commands.command(name="resume", description="Let a paused schedule run again")
    @app_commands.describe(id="The schedule")
    async def resume(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk, _, schedule = await self._found(interaction, id)
        if schedule.paused is None:
            raise Problem(f"`{schedule.id}` is not paused.")
        resumed = await desk.scheduler.resume(schedule.id)
        await interaction.edit_original_response(content=f"`{schedule.id}` runs next {instant(resumed.next_at)}.")

    @app_commands.command(name="run-now", description="Run a schedule's job at once, beside its plan")
    @app_commands.describe(id="The schedule")
    async def run_now(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk, _, schedule = await self._found(interaction, id)
        await desk.pauses.check(schedule.lane)
        job = await desk.scheduler.run_now(schedule.id)
        place = schedule.context.get("channel_id")
        await interaction.edit_original_response(content=f"`{job.id}` is in line; its card comes to <#{place}>.")

    @app_commands.command(name="remove", description="Forget a schedule; what it made stays")
    @app_commands.describe(id="The schedule")
    async def remove(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk, _, schedule = await self._found(interaction, id)
        await desk.scheduler.remove(schedule.id)
        await interaction.edit_original_response(content=f"`{schedule.id}` is removed. Its jobs stay.")

    async def _found(self, interaction: Interaction, schedule_id: str) -> tuple[Desk, Caller, Schedule]:
        """The schedule, if it is this guild's. Raises `Problem`."""
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        wanted = schedule_id.strip()
        try:
            schedule = await desk.scheduler.get(wanted)
        except UnknownSchedule:
            schedule = None
        if schedule is None or schedule.lane != caller.lane:
            raise Problem(f"There is no schedule `{escape(wanted, limit=40, code=True) or '?'}` here.")
        return desk, caller, schedule

    @add.autocomplete("type")
    async def _types(self, interaction: Interaction, typed: str) -> Choices:
        types = interaction.client.desk.queue.registry.listed()
        found = [t for t in types if typed.strip().lower() in f"{t.name} {t.title}".lower()]
        return [app_commands.Choice(name=t.title[:100], value=t.name) for t in found[:25]]

    @add.autocomplete("when")
    async def _whens(self, interaction: Interaction, typed: str) -> Choices:
        return [app_commands.Choice(name=text, value=text) for text in suggestions(typed)[:25]]

    @pause.autocomplete("id")
    @resume.autocomplete("id")
    @run_now.autocomplete("id")
    @remove.autocomplete("id")
    async def _ids(self, interaction: Interaction, typed: str) -> Choices:
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        labelled = [
            (f"{_title(desk, s)} · {s.title} · {s.id}"[:100], s.id) for s in await desk.scheduler.list(lane=caller.lane)
        ]
        wanted = typed.strip().lower()
        return [app_commands.Choice(name=label, value=id_) for label, id_ in labelled if wanted in label.lower()][:25]


def _blank(type_: JobType, caller: Caller) -> JsonObject:
    """The parts of the payload that each run fills in."""
    given: JsonObject = {"guild_id": caller.lane, "start_date": "", "end_date": ""}
    return {name: value for name, value in given.items() if name in type_.payload.model_fields}


def _title(desk: Desk, schedule: Schedule) -> str:
    registry = desk.queue.registry
    return registry.get(schedule.type).title if schedule.type in registry else escape(schedule.type)


def _line(desk: Desk, schedule: Schedule) -> str:
    state = f"⏸️ {escape(schedule.paused)}" if schedule.paused else f"next {instant(schedule.next_at)}"
    place = schedule.context.get("channel_id")
    return f"**{_title(desk, schedule)}** · {escape(schedule.title)} · <#{place}> · {state} · `{schedule.id}`"


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(ScheduleCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("schedule")
