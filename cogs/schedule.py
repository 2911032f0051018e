"""`/schedule …`: jobs that come back by themselves, each with a channel for its card.

Thin: when, what and where stand in `bot.schedules`. Invariant: administrators alone make and steer schedules, of their
own guild alone, and nothing is scheduled that could not run or be shown.
"""

from __future__ import annotations

import discord
from discord import app_commands

from bot.answers import quiet
from bot.cards.text import escape, instant, joined, stored
from bot.client import ErrandClient
from bot.desk import Desk, words_for
from bot.guards import Caller, administrator_of, find_job
from bot.job_lists import listed_types, offer
from bot.job_options import listed_type
from bot.languages import Words
from bot.problems import Problem
from bot.schedules import blank, suggestions
from bot.scheduling import WEEK, NeedsMore, add_schedule, told
from jobs.engine.errors import UnknownSchedule
from jobs.engine.model import JsonObject
from jobs.engine.registry import JobType
from jobs.engine.scheduler import PassedOver, Schedule, Stopped

Interaction = discord.Interaction[ErrandClient]
Choices = list[app_commands.Choice[str]]
Place = discord.TextChannel | discord.Thread
MAX_CHARS, CHOICES = 3500, 25
"""Letters of a list; choices offered."""


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
        channel="Where the card goes; the channel of /setup channel, or this one, if you leave it out",
        days="How many days each report covers, up to the day before it; 7 if you leave it out",
        like="A job whose choices are repeated: channels, roles and whatever else it was asked",
    )
    async def add(
        self,
        interaction: Interaction,
        type: str,  # noqa: A002 - the option's name
        when: str,
        channel: Place | None = None,
        days: app_commands.Range[int, 1, 400] | None = None,
        like: str | None = None,
    ) -> None:
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        type_ = listed_type(desk, type)
        if days is not None and "start_date" not in type_.model.model_fields:
            raise Problem("no-covered-days", title=type_)
        await interaction.response.defer(ephemeral=True)
        settings = await desk.settings.get(caller.guild_id)
        place = channel.id if channel else settings.channel_id or interaction.channel_id
        assert interaction.guild is not None
        words = await words_for(interaction)
        payload = await self._choices(desk, caller, type_, like)
        try:
            schedule = await add_schedule(
                desk, caller, interaction.guild, type_, payload,
                when=when, place=place, days=days or WEEK, language=words.language,
            )  # fmt: skip
        except NeedsMore as problem:
            raise (problem if like else Problem("schedule-needs-more", problem=problem.sentence)) from None
        await interaction.edit_original_response(content=told(words, type_, schedule))

    @staticmethod
    async def _choices(desk: Desk, caller: Caller, type_: JobType, like: str | None) -> JsonObject:
        if like is None:
            return blank(type_, caller.lane)
        job = await find_job(desk.queue, caller, like)
        if job.type != type_.name:
            other = desk.type_of(job)
            raise Problem("schedule-other-type", id=job.id, title=other or escape(job.type))
        return dict(job.payload)

    @app_commands.command(name="list", description="The schedules of this server and when they run next")
    async def list_schedules(self, interaction: Interaction) -> None:
        desk = interaction.client.desk
        caller = administrator_of(interaction)
        await interaction.response.defer(ephemeral=True)
        words = await words_for(interaction)
        lines = [_line(desk, schedule, words) for schedule in await desk.scheduler.list(lane=caller.lane)]
        text = joined(lines, MAX_CHARS, words) if lines else words("schedules-none")
        embed = discord.Embed(title=words("schedules-title"), description=text, color=desk.style.color)
        await interaction.edit_original_response(embed=embed)

    @app_commands.command(name="pause", description="Let a schedule rest until it is resumed")
    @app_commands.describe(id="The schedule")
    async def pause(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk, caller, schedule = await self._found(interaction, id)
        if schedule.paused is not None:
            raise Problem("schedule-rests-already", id=schedule.id)
        await desk.scheduler.pause(schedule.id, f"Paused by {caller.name}.")
        await interaction.edit_original_response(
            content=(await words_for(interaction))("schedule-rests", id=schedule.id)
        )

    @app_commands.command(name="resume", description="Let a paused schedule run again, from now on for you")
    @app_commands.describe(id="The schedule")
    async def resume(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk, caller, schedule = await self._found(interaction, id)
        if schedule.paused is None:
            raise Problem("schedule-not-paused", id=schedule.id)
        resumed = await desk.scheduler.resume(schedule.id, owner=str(caller.user_id))
        words = await words_for(interaction)
        sentence = words("schedule-resumed", id=schedule.id, when=instant(resumed.next_at))
        await interaction.edit_original_response(content=sentence)

    @app_commands.command(name="run-now", description="Run a schedule's job at once, beside its plan")
    @app_commands.describe(id="The schedule")
    async def run_now(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk, caller, schedule = await self._found(interaction, id)
        desk.quotas.count_command(caller)
        await desk.pauses.check(schedule.lane, schedule.type)
        try:
            job = await desk.scheduler.run_now(schedule.id)
        except (PassedOver, Stopped) as why:
            raise Problem("schedule-not-now", id=schedule.id, why=stored(str(why))) from None
        place = schedule.context.get("channel_id")
        sentence = (await words_for(interaction))("schedule-ran", job=job.id, place=f"<#{place}>")
        await interaction.edit_original_response(content=sentence)

    @app_commands.command(name="remove", description="Forget a schedule; what it made stays")
    @app_commands.describe(id="The schedule")
    async def remove(self, interaction: Interaction, id: str) -> None:  # noqa: A002
        desk, _, schedule = await self._found(interaction, id)
        try:
            await desk.scheduler.remove(schedule.id)
        except UnknownSchedule:
            raise Problem("schedule-unknown", id=schedule.id) from None
        sentence = (await words_for(interaction))("schedule-removed", id=schedule.id)
        await interaction.edit_original_response(content=sentence)

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
            raise Problem("schedule-unknown", id=escape(wanted, limit=40, code=True) or "?")
        return desk, caller, schedule

    @add.autocomplete("type")
    @quiet
    async def _types(self, interaction: Interaction, typed: str) -> Choices:
        return listed_types(interaction.client.desk, await words_for(interaction), typed)

    @add.autocomplete("when")
    @quiet
    async def _whens(self, interaction: Interaction, typed: str) -> Choices:
        return [app_commands.Choice(name=text, value=text) for text in suggestions(typed)[:CHOICES]]

    @add.autocomplete("like")
    @quiet
    async def _jobs(self, interaction: Interaction, typed: str) -> Choices:
        desk = interaction.client.desk
        chosen = interaction.namespace.type
        types = (chosen,) if isinstance(chosen, str) and chosen in desk.queue.registry else ()
        return await offer(desk, administrator_of(interaction), await words_for(interaction), typed, types=types)

    @pause.autocomplete("id")
    @quiet
    async def _running(self, interaction: Interaction, typed: str) -> Choices:
        return await _schedules(interaction, typed, paused=False)

    @resume.autocomplete("id")
    @quiet
    async def _resting(self, interaction: Interaction, typed: str) -> Choices:
        return await _schedules(interaction, typed, paused=True)

    @run_now.autocomplete("id")
    @remove.autocomplete("id")
    @quiet
    async def _any(self, interaction: Interaction, typed: str) -> Choices:
        return await _schedules(interaction, typed)


async def _schedules(interaction: Interaction, typed: str, *, paused: bool | None = None) -> Choices:
    desk, wanted = interaction.client.desk, typed.strip().lower()
    caller, words = administrator_of(interaction), await words_for(interaction)
    found = [s for s in await desk.scheduler.list(lane=caller.lane) if paused in (None, s.paused is not None)]
    labelled = [(f"{_title(desk, s, words)} · {s.title}"[:80] + f" · {s.id}", s.id) for s in found]
    fitting = [app_commands.Choice(name=label, value=id_) for label, id_ in labelled if wanted in label.lower()]
    return fitting[:CHOICES]


def _title(desk: Desk, schedule: Schedule, words: Words) -> str:
    registry = desk.queue.registry
    return words.title(registry.get(schedule.type)) if schedule.type in registry else escape(schedule.type)


def _line(desk: Desk, schedule: Schedule, words: Words) -> str:
    state = (
        f"⏸️ {escape(words.of(schedule.paused))}"
        if schedule.paused
        else words("schedule-next", when=instant(schedule.next_at))
    )
    place = schedule.context.get("channel_id")
    return f"**{_title(desk, schedule, words)}** · {escape(schedule.title)} · <#{place}> · {state} · `{schedule.id}`"


async def setup(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.add_command(ScheduleCommands())


async def teardown(bot: ErrandClient) -> None:
    """Called by discord.py."""
    bot.tree.remove_command("schedule")
