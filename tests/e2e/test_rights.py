"""Who may do what: every command of the tree, by every kind of person, and every command with an id, by two guilds.

The rows are held against the command tree, so a command without a row fails. Discord itself hides commands from
members; here they are shown to everybody, as an administrator of a guild may have it, and the bot's own check decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from discord import app_commands

from bot.app import App
from bot.client import EXTENSIONS
from bot.sandbox import Guild, Sandbox
from jobs.engine.model import Job
from jobs.engine.payload import Payload
from jobs.engine.scheduler import Schedule
from jobs.engine.states import State
from tests.e2e.conftest import Play, running, settings_for
from tests.e2e.slow import silent_database
from tests.e2e.typist import Heard, heard, plain_members, typed, typed_directly, with_role
from tests.stand_in import add_guild

IN_A_SERVER = "Use this command in a server."
ADMINISTRATORS = "Only administrators can do this here."
OPERATOR = "Only the operator of this bot can do this."
NOT_ALLOWED = "Only administrators, or a role allowed with `/queue access`, can start this here."
NO_JOB, NO_SCHEDULE = "There is no job `{id}` here.", "There is no schedule `{id}` here."
ANALYSIS, BACKFILL = "member-activity-analysis", "activity-backfill"

PEOPLE = ("owner", "administrator", "allowed", "requester", "member", "operator")
"""Who types: the guild's owner; somebody with Administrator; somebody with a role of `/queue access`; who asked for the
job; somebody without any right; who runs the bot, and is a plain member here."""
EVERYBODY = frozenset(PEOPLE)
ADMINS = frozenset({"owner", "administrator"})
STARTERS = ADMINS | {"allowed"}
OF_THE_JOB = ADMINS | {"requester"}


@dataclass(frozen=True)
class Row:
    """One command, or one use of it."""

    may: frozenset[str]
    refusal: str = ""
    """What all others read."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """`{job}` and `{schedule}` stand for their ids, `{role}` for a role's, `{gone}` for who left."""
    directly: str = IN_A_SERVER
    """What is read in a direct message."""
    apart: Mapping[str, str] = field(default_factory=dict)
    """Who reads something else."""


NO_FILES = "Only administrators, or a role that may start this with `/queue access`, can have its files."
NO_MORE = {"requester": NOT_ALLOWED}
"""What starts work needs the right to start it, also for one's own job."""
JOB, SCHEDULE = {"id": "{job}"}, {"id": "{schedule}"}
ROWS: Mapping[str, Row] = {
    "async-job": Row(STARTERS, NOT_ALLOWED, {"type": ANALYSIS, "start": "1d"}),
    "job status": Row(OF_THE_JOB, NO_JOB, JOB),
    "job list": Row(EVERYBODY),
    "job cancel": Row(OF_THE_JOB, NO_JOB, JOB),
    "job pause": Row(OF_THE_JOB, NO_JOB, JOB),
    "job resume": Row(OF_THE_JOB, NO_JOB, JOB),
    "job retry": Row(ADMINS, NO_JOB, JOB, apart=NO_MORE),
    "job logs": Row(OF_THE_JOB, NO_JOB, JOB),
    "job result": Row(ADMINS, NO_JOB, JOB, apart={"requester": NO_FILES}),
    "job undo": Row(OF_THE_JOB, NO_JOB, JOB),
    "queue stats": Row(ADMINS | {"operator"}, ADMINISTRATORS),
    "queue health": Row(ADMINS | {"operator"}, ADMINISTRATORS),
    "queue pause": Row(ADMINS, ADMINISTRATORS),
    "queue pause everywhere": Row(frozenset({"operator"}), OPERATOR, {"everywhere": True}),
    "queue resume": Row(ADMINS, ADMINISTRATORS),
    "queue resume everywhere": Row(frozenset({"operator"}), OPERATOR, {"everywhere": True}),
    "queue access": Row(ADMINS, ADMINISTRATORS, {"type": ANALYSIS, "role": "{role}"}),
    "schedule add": Row(ADMINS, ADMINISTRATORS, {"type": ANALYSIS, "when": "daily 09:00"}),
    "schedule list": Row(ADMINS, ADMINISTRATORS),
    "schedule pause": Row(ADMINS, ADMINISTRATORS, SCHEDULE),
    "schedule resume": Row(ADMINS, ADMINISTRATORS, SCHEDULE),
    "schedule run-now": Row(ADMINS, ADMINISTRATORS, SCHEDULE),
    "schedule remove": Row(ADMINS, ADMINISTRATORS, SCHEDULE),
    "activity report": Row(STARTERS, NOT_ALLOWED, {"start": "2d"}),
    "activity inactive": Row(STARTERS, NOT_ALLOWED),
    "activity backfill": Row(STARTERS, NOT_ALLOWED, {"start": "2d"}),
    "activity keep": Row(ADMINS, NOT_ALLOWED, {"report": "{job}", "name": "x"}, apart={"allowed": NO_JOB}),
    "activity lists": Row(STARTERS, NOT_ALLOWED),
    "activity me": Row(EVERYBODY),
    "privacy opt-out": Row(EVERYBODY, directly=""),
    "privacy export": Row(EVERYBODY, directly=""),
    "privacy erase": Row(EVERYBODY, directly=""),
    "privacy erase of somebody": Row(ADMINS | {"operator"}, ADMINISTRATORS, {"member": "{gone}"}),
    "setup check": Row(ADMINS, ADMINISTRATORS),
    "setup timezone": Row(ADMINS, ADMINISTRATORS, {"name": "Europe/Berlin"}),
    "setup language": Row(ADMINS, ADMINISTRATORS, {"name": "en"}),
    "setup channel": Row(ADMINS, ADMINISTRATORS),
    "help": Row(EVERYBODY, directly=""),
}
REFUSALS = (ADMINISTRATORS, OPERATOR, NOT_ALLOWED, NO_FILES, "There is no ", IN_A_SERVER)


def command_of(row: str) -> str:
    return row.removesuffix(" everywhere").removesuffix(" of somebody")


class Nothing(Payload):
    """Asks for nothing."""

    guild_id: int = 0
    job_id: str = ""


@dataclass
class Town:
    """Two guilds with one bot, a job and a schedule in each."""

    play: Play
    other: Guild
    people: Mapping[str, int]
    jobs: dict[int, Job]
    schedules: dict[int, Schedule]
    gone: int
    """Somebody who has left the first guild."""

    def options(self, row: Row, *, of: int | None = None) -> dict[str, Any]:
        """The row's options, with ids of the guild `of`."""
        of = of or self.play.guild.id
        names = {
            "{job}": self.jobs[of].id,
            "{schedule}": self.schedules[of].id,
            "{role}": str(next(iter(self.play.guild.roles))),
            "{gone}": str(self.gone),
        }
        return {name: names.get(value, value) for name, value in row.options.items()}

    async def snapshot(self) -> object:
        """Everything that a command could change of the other guild."""
        lane = str(self.other.id)
        jobs = [(job.id, job.state, job.reason) for job in (await self._jobs(lane))]
        records = [
            [(r.key, r.value) for r in await self.play.app.queue.records.find(kind, lane=lane)]
            for kind in ("access", "schedule", "guild-pause", "guild-settings")
        ]
        return jobs, records

    async def _jobs(self, lane: str) -> list[Job]:
        from jobs.engine.backend import JobQuery

        return list((await self.play.app.queue.find(JobQuery(lane=lane))).jobs)


async def _nothing(ctx: object, payload: object) -> None:
    """Is never run: the queue is paused."""


@pytest.fixture
async def town(sandbox: Sandbox, guild: Guild, tmp_path: Path) -> AsyncIterator[Town]:
    other = add_guild(sandbox, 8)
    members = plain_members(guild)
    requester, member, operator, allowed = (m.user.id for m in members[:4])
    role = next(r.id for r in guild.roles.values() if r.name == "Veteran")
    for person in members[:4]:
        person.roles = [r for r in person.roles if r != role]
    guild.members[allowed].roles.append(role)
    people = {
        "owner": guild.owner_id,
        "administrator": with_role(guild, "Admin").user.id,
        "allowed": allowed,
        "requester": requester,
        "member": member,
        "operator": operator,
    }
    settings = settings_for(sandbox, tmp_path, owner_ids=str(operator), user_commands_per_minute=0)
    async with running(settings) as app:
        await sandbox.bot_ready()
        for command in sandbox.world.commands:
            command["default_member_permissions"] = None
        await app.queue.pause("The tests look at commands, not at jobs.")
        app.queue.registry.register("nothing", _nothing, payload=Nothing, undo="nothing")
        for type_name in (ANALYSIS, BACKFILL):
            await app.client.desk.access.allow(guild.id, type_name, role)
        jobs, schedules = {}, {}
        for place, owner in ((guild, requester), (other, other.owner_id)):
            jobs[place.id] = await app.queue.enqueue("nothing", {}, lane=str(place.id), owner=str(owner))
            schedules[place.id] = await a_schedule(app, place)
        gone = members[-1].user.id
        del guild.members[gone]
        yield Town(Play(sandbox, app, guild), other, people, jobs, schedules, gone)


async def a_schedule(app: App, place: Guild) -> Schedule:
    return await app.scheduler.add(
        "nothing", {}, "0 9 * * *", lane=str(place.id), owner=str(place.owner_id),
        context={"channel_id": str(place.default_channel.id)},
    )  # fmt: skip


def paths(command: Any, before: str = "") -> Iterator[str]:
    here = f"{before} {command.name}".strip()
    if isinstance(command, app_commands.Group):
        for inner in command.commands:
            yield from paths(inner, here)
    else:
        yield here


async def test_every_command_of_the_tree_has_a_row(town: Town) -> None:
    known = [path for command in town.play.app.client.tree.get_commands() for path in paths(command)]
    assert sorted(known) == sorted({command_of(row) for row in ROWS})
    assert len(EXTENSIONS) == len({path.split()[0] for path in known}) - 1, "help stands with setup"


def is_refusal(read: Heard) -> bool:
    return read.text.strip().startswith(REFUSALS)


@pytest.mark.parametrize("row", ROWS)
async def test_who_may_use_a_command_may_and_nobody_else(town: Town, row: str) -> None:
    told = ROWS[row]
    options = town.options(told)
    for person in sorted(EVERYBODY - told.may):
        read = await typed(town.play, command_of(row), user=town.people[person], **options)
        assert read.text.strip() == told.apart.get(person, told.refusal).format(
            id=options.get("id", options.get("report"))
        ), person
        assert read.alone, person
    job = await town.play.app.queue.get(town.jobs[town.play.guild.id].id)
    assert job is not None
    assert job.state is State.WAITING, "nobody who may not has moved it"
    for person in sorted(told.may):
        read = await typed(town.play, command_of(row), user=town.people[person], **town.options(told))
        assert not is_refusal(read), f"{person}: {read.text}"
        if row == "schedule remove":
            town.schedules[town.play.guild.id] = await a_schedule(town.play.app, town.play.guild)


@pytest.mark.parametrize("row", ROWS)
async def test_a_direct_message_is_no_place_for_what_concerns_a_server(town: Town, row: str) -> None:
    read = await typed_directly(town.play, command_of(row), user=town.people["owner"], **town.options(ROWS[row]))
    if ROWS[row].directly:
        assert read.text.strip() == ROWS[row].directly
    else:
        assert not is_refusal(read)


@pytest.mark.parametrize("row", [row for row, told in ROWS.items() if "id" in told.options])
async def test_an_id_of_another_guild_is_answered_like_one_that_does_not_exist(town: Town, row: str) -> None:
    """By the owner of one guild, who may do everything there, with the id of the other one."""
    before = await town.snapshot()
    foreign = town.options(ROWS[row], of=town.other.id)
    unknown = {**foreign, "id": "aaaaaaaaaa"}
    first = await typed(town.play, command_of(row), **foreign)
    second = await typed(town.play, command_of(row), **unknown)
    kind = "schedule" if row.startswith("schedule") else "job"
    assert first.text.strip() == f"There is no {kind} `{foreign['id']}` here."
    assert second.text.strip() == f"There is no {kind} `aaaaaaaaaa` here."
    assert first.alone
    assert await town.snapshot() == before


async def test_what_one_guild_does_changes_nothing_in_the_other(town: Town) -> None:
    """Every command, by the owner of one guild."""
    before = await town.snapshot()
    for row, told in ROWS.items():
        if not row.endswith("everywhere"):
            await typed(town.play, command_of(row), **town.options(told))
    assert await town.snapshot() == before


@pytest.mark.parametrize(
    ("command", "option"),
    [
        *((f"job {name}", "id") for name in ("status", "cancel", "pause", "logs")),
        *((f"schedule {name}", "id") for name in ("pause", "run-now", "remove")),
    ],
)
async def test_nobody_is_offered_what_is_not_theirs(town: Town, command: str, option: str) -> None:
    guild, sandbox = town.play.guild, town.play.sandbox
    own = town.schedules if command.startswith("schedule") else town.jobs

    async def offered(person: str, typed: str = "") -> list[str]:
        choices = await sandbox.autocomplete(command, {option: typed}, focused=option, user=town.people[person])
        return [choice["value"] for choice in choices]

    for person in ("owner", "administrator"):
        assert await offered(person) == [own[guild.id].id]
    for person in ("member", "allowed", "operator"):
        assert await offered(person) == []
    assert await offered("requester") == ([] if command.startswith("schedule") else [own[guild.id].id])
    assert await offered("owner", own[town.other.id].id) == []


async def test_a_role_lets_people_start_one_type_in_one_guild_and_its_loss_is_seen_at_once(town: Town) -> None:
    play, person = town.play, town.play.guild.members[town.people["allowed"]]
    role = next(r.id for r in play.guild.roles.values() if r.name == "Veteran")
    taken = await typed(play, "queue access", type=ANALYSIS, role=str(role), allow=False)
    assert taken.text.strip() == f"<@&{role}> may not start Member Analysis here any more."
    again = await typed(play, "queue access", type=ANALYSIS, role=str(role), allow=False)
    assert again.text.strip() == f"<@&{role}> was not allowed to start Member Analysis here."
    refused = await typed(play, "async-job", user=person.user.id, type=ANALYSIS)
    assert refused.text.strip() == NOT_ALLOWED
    given = await typed(play, "queue access", type=ANALYSIS, role=str(role))
    assert given.text.startswith(f"<@&{role}> may start Member Analysis here now.")
    person.roles.remove(role)
    refused = await typed(play, "async-job", user=person.user.id, type=ANALYSIS)
    assert refused.text.strip() == NOT_ALLOWED


async def test_no_command_waits_for_the_database_longer_than_discord_waits(town: Town) -> None:
    """The stand-in gives an interaction three seconds, like Discord."""
    guild = town.play.guild
    async with silent_database(town.play.app):
        sent = [
            await town.play.sandbox.slash(command_of(row), town.options(told), user=guild.owner_id)
            for row, told in ROWS.items()
        ]
        await asyncio.gather(*(one.answered() for one in sent))
    for row, one in zip(ROWS, sent, strict=True):
        assert (await heard(one)).text, row


async def test_taking_back_needs_the_right_to_start_what_takes_it_back(town: Town) -> None:
    queue, job = town.play.app.queue, town.jobs[town.play.guild.id]
    await queue.cancel(job.id, "Enough.")
    refused = await typed(town.play, "job undo", user=town.people["requester"], id=job.id)
    assert refused.text.strip() == NOT_ALLOWED
    assert refused.alone
    await typed(town.play, "job undo", user=town.people["administrator"], id=job.id)
    assert (await queue.statistics()).states[State.WAITING] == 2, "the other guild's, and the one that takes it back"
