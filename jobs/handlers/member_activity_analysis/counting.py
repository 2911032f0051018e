"""The part of an analysis that keeps a core busy, as functions for other processes: counting, judging, drawing.

Between the calls what was found lies in a folder, so that a cancel is heard after each, and pieces that need nothing
of each other are worked on at once. Invariant: nothing of a member who opted out by the time of the judgement is in
it, and libraries that draw are loaded by the process that draws.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

from jobs.engine.model import JsonObject
from jobs.handlers.member_activity_analysis.analysis import DAY_MS, KEPT_DAYS, TOP_MEMBERS, summarise, top
from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.inactivity import judge
from jobs.handlers.member_activity_analysis.material import Listed, Material
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.handlers.member_activity_analysis.report import CHART, INACTIVE, PAGE, TABLE, WORKBOOK
from jobs.handlers.member_activity_analysis.spool import Spool
from jobs.handlers.member_activity_analysis.table import MemberRow, members_of, rows_of, write_inactive, write_table
from jobs.report import Words
from jobs.services import SIGNALS, ActivityReader, ActivityTotals, Amounts, ChannelInfo, GuildInfo, Interval, MemberInfo

PEOPLE, MATERIAL = "people", "material"
EVERYBODY, GONE_QUIET, NEVER_SEEN = "everybody", "gone-quiet", "never-seen"
People: TypeAlias = Spool[MemberInfo]


def people_in(folder: Path) -> People:
    """Nobody yet."""
    return Spool.begun(folder / PEOPLE, MemberInfo)


def add_people(people: People, members: Iterable[MemberInfo], roles: Container[int]) -> None:
    """Add `members`. Of their roles, which would take more memory than all the rest, only `roles` are told."""
    people.add((m.id, m.name, m.bot, m.joined_at, tuple(r for r in m.role_ids if r in roles)) for m in members)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be counted."""

    payload: MemberActivityAnalysis
    guild: GuildInfo
    channels: Sequence[ChannelInfo]
    unreadable: frozenset[int]
    within: Interval
    before: Interval | None
    reader: ActivityReader
    known_since: Mapping[int, int] = field(default_factory=dict)
    """Since when (ms) members may be known who had opted out, by the time of the judgement."""

    @property
    def parts(self) -> Sequence[Interval]:
        """What is counted by itself."""
        return (self.within,) if self.before is None else (self.within, self.before)

    @property
    def of_roles(self) -> bool:
        """Whether only members are meant who have some roles, or have them not."""
        return bool(self.payload.roles or self.payload.without_roles)

    @property
    def counted(self) -> Sequence[int] | None:
        """Ids of the channels that count. Without a choice, what was recorded in one that is gone since, or archived,
        counts too."""
        chosen = self.payload.channels or self.payload.without_channels
        return [channel.id for channel in self.channels] if chosen else None


class MemberTotals(NamedTuple):
    """What was counted of one member."""

    member_id: int
    messages: int
    voice_ms: int
    reactions: int
    last_active: int
    """See `ActivityTotals`."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one of the order's parts comes to."""

    totals: ActivityTotals
    """But for the members."""
    members: Spool[MemberTotals]

    def without(self, members: Container[int]) -> ActivityTotals:
        """All of it, but for these members."""
        amounts, last_active = dict[int, Amounts](), dict[int, int]()
        for of in self.members:
            if of.member_id not in members:
                amounts[of.member_id] = Amounts(of.messages, of.voice_ms, of.reactions)
                last_active[of.member_id] = of.last_active
        return replace(self.totals, members=amounts, last_active=last_active)


def count(order: Order, people: People | None, part: Interval, path: Path) -> Counted:
    """Read and add up one of the order's parts; its members go to `path`. `people`: those who are meant; None for
    all."""
    wanted = None if people is None else [member.id for member in people]
    payload = order.payload
    with _nothing_collected():
        totals = order.reader.totals(
            order.guild.id, order.counted, part, payload.zone, members=wanted, signals=payload.signals
        )
        members, last_active = Spool.begun(path, MemberTotals), totals.last_active
        members.add((id_, a.messages, a.voice_ms, a.reactions, last_active[id_]) for id_, a in totals.members.items())
    return Counted(replace(totals, members={}, last_active={}), members)


def conclude(order: Order, people: People, counted: Sequence[Counted], words: Words, folder: Path) -> JsonObject:
    """The result of what was counted, with the channels as they may be told of by now. `people`: those asked about,
    without bots."""
    with _nothing_collected():
        findings = find(order, people, counted)
        inactivity = judge(findings)
        result = summarise(findings, inactivity)

        def kept(name: str, members: Sequence[int]) -> Spool[MemberRow]:
            rows = Spool.begun(folder / name, MemberRow)
            rows.add(rows_of(members, findings, inactivity))
            return rows

        everybody, listed = kept(EVERYBODY, members_of(findings)), None
        if inactivity is not None:
            listed = Listed(kept(GONE_QUIET, inactivity.gone_quiet), kept(NEVER_SEEN, inactivity.never_seen))
        material = Material(_outline(findings), everybody, listed, result, words)
        with (folder / MATERIAL).open("wb") as file:
            pickle.dump(material, file, pickle.HIGHEST_PROTOCOL)
    return result


def files_of(result: JsonObject) -> tuple[tuple[str, ...], ...]:
    """Names of the files that tell of a result, those that are drawn together in one piece. Without a list of
    inactive members there is no file of it."""
    return (CHART, PAGE, TABLE, *((INACTIVE,) if result["inactive"] is not None else ())), (WORKBOOK,)


def draw(folder: Path, names: Sequence[str]) -> None:
    """Write the files of these names into `folder`."""
    with (folder / MATERIAL).open("rb") as file:
        material = pickle.load(file)  # noqa: S301 - kept by `conclude`, in a folder that nobody else can read
    assert isinstance(material, Material)
    for name in names:
        _draw(folder / name, material)


def _draw(path: Path, material: Material) -> None:
    if path.name == CHART:
        from jobs.handlers.member_activity_analysis.chart import draw_chart

        draw_chart(path, material.findings, material.words)
    elif path.name == PAGE:
        from jobs.handlers.member_activity_analysis.page import write_page

        write_page(path, material)
    elif path.name == WORKBOOK:
        from jobs.handlers.member_activity_analysis.workbook import write_workbook

        write_workbook(path, material)
    elif path.name == TABLE:
        write_table(path, material.everybody)
    elif path.name == INACTIVE and material.inactive is not None:
        write_inactive(path, material.inactive)


def find(order: Order, people: People, counted: Sequence[Counted]) -> Findings:
    """Everything that is known of what was asked."""
    payload, reader, guild_id, within = order.payload, order.reader, order.guild.id, order.within
    opted_out = set(reader.opted_out(guild_id))
    members = {member.id: member for member in people if member.id not in opted_out}
    # Without those, too, who opted out while it was counted.
    totals, *before = (part.without(opted_out) for part in counted)
    quiet = [member for member in members if member not in totals.last_active]
    joined_since = within.since - max(KEPT_DAYS) * DAY_MS
    every = not order.of_roles
    return Findings(
        payload=payload,
        guild=order.guild,
        members=members,
        channels=order.channels,
        unreadable=order.unreadable,
        unsure={member for member, at in order.known_since.items() if at > within.since},
        within=within,
        totals=totals,
        before=before[0] if before else None,
        before_within=order.before,
        last_seen={**reader.last_seen(guild_id, quiet), **totals.last_active},
        comings=reader.comings(guild_id, within.since, within.until, joined_since=joined_since) if every else None,
        months=reader.months(guild_id, order.counted) if every else (),
        kept_since=reader.swept_before(guild_id),
    )


def _outline(findings: Findings) -> Findings:
    """What the files tell besides the rows: of members, those at the top alone."""
    amounts = findings.totals.members
    first = {id_ for signal in SIGNALS for id_ in top(amounts, TOP_MEMBERS, signal)}
    return replace(
        findings,
        members={id_: findings.members[id_] for id_ in first & findings.members.keys()},
        totals=replace(findings.totals, members={id_: amounts[id_] for id_ in first}, last_active={}),
        before=None,
        last_seen={},
        comings=None,
    )


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """For what makes millions of values and no cycle."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
