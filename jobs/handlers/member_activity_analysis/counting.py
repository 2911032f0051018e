"""The part of an analysis that keeps a core busy, as functions for another process: counting, judging, drawing.

Between the calls its findings lie in a folder, so that a cancel is heard after each. Invariant: nothing of a member
who opted out by then is in them, and libraries that draw are loaded by the process that draws.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from jobs.engine.model import JsonObject
from jobs.handlers.member_activity_analysis.analysis import DAY_MS, KEPT_DAYS, summarise
from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.inactivity import Inactivity, judge
from jobs.handlers.member_activity_analysis.material import Material
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.handlers.member_activity_analysis.report import CHART, INACTIVE, PAGE, TABLE, WORKBOOK
from jobs.handlers.member_activity_analysis.table import write_inactive, write_table
from jobs.report import Words
from jobs.services import ActivityReader, ChannelInfo, GuildInfo, Interval, MemberInfo

T = TypeVar("T")
FINDINGS, CONCLUSION = "findings", "conclusion"


@dataclass(slots=True)
class People:
    """Members as they come, packed: a hundred thousand as objects would cost the event loop a stutter to hand on."""

    _pages: list[bytes] = field(default_factory=list)

    def add(self, members: Sequence[MemberInfo]) -> None:
        self._pages.append(packed(members))

    def __iter__(self) -> Iterator[MemberInfo]:
        for page in self._pages:
            yield from unpacked(page)


def packed(members: Iterable[MemberInfo]) -> bytes:
    """As plain values, which are packed ten times as fast as objects."""
    values = [(m.id, m.name, m.bot, m.joined_at, m.role_ids) for m in members]
    return pickle.dumps(values, pickle.HIGHEST_PROTOCOL)


def unpacked(members: bytes) -> Iterator[MemberInfo]:
    """What `packed` was given."""
    return (MemberInfo(*member) for member in pickle.loads(members))  # noqa: S301 - packed by this job


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be counted."""

    payload: MemberActivityAnalysis
    guild: GuildInfo
    people: People
    """Those asked about, without bots."""
    channels: Sequence[ChannelInfo]
    unreadable: frozenset[int]
    within: Interval
    before: Interval | None
    known_since: Mapping[int, int]
    """Since when (ms) members may be known who had opted out."""
    reader: ActivityReader


@dataclass(frozen=True, slots=True)
class Counted:
    """What was found, as it lies in the folder."""

    findings: Findings
    """But for the members."""
    members: bytes
    """See `packed`."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What was made of the findings, which lie beside it."""

    channels: Sequence[ChannelInfo]
    inactivity: Inactivity | None
    result: JsonObject
    words: Words


def count(order: Order, folder: Path) -> None:
    """Read and add up, into `folder`."""
    with _nothing_collected():
        findings = find(order)
        _keep(folder / FINDINGS, Counted(replace(findings, members={}), packed(findings.members.values())))


def conclude(folder: Path, channels: Sequence[ChannelInfo], words: Words) -> JsonObject:
    """The result of what was counted, with the channels as they may be told of by now."""
    with found_in(folder) as counted:
        findings = replace(counted, channels=channels)
        inactivity = judge(findings)
        conclusion = Conclusion(channels, inactivity, summarise(findings, inactivity), words)
        _keep(folder / CONCLUSION, conclusion)
    return conclusion.result


def files_of(result: JsonObject) -> tuple[tuple[str, ...], ...]:
    """Names of the files that tell of a result, those that are drawn together in one piece. Without a list of
    inactive members there is no file of it."""
    return (CHART, PAGE, TABLE, *((INACTIVE,) if result["inactive"] is not None else ())), (WORKBOOK,)


def draw(folder: Path, names: Sequence[str]) -> None:
    """Write the files of these names into `folder`."""
    with found_in(folder) as findings:
        found = _kept(folder / CONCLUSION, Conclusion)
        material = Material(replace(findings, channels=found.channels), found.inactivity, found.result, found.words)
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
        write_table(path, material.findings, material.inactivity)
    elif path.name == INACTIVE and material.inactivity is not None:
        write_inactive(path, material.findings, material.inactivity)


def find(order: Order) -> Findings:
    """Everything that is known of what was asked."""
    payload, reader, guild_id = order.payload, order.reader, order.guild.id
    opted_out = set(reader.opted_out(guild_id))
    members = {member.id: member for member in order.people if member.id not in opted_out}
    wanted = members.keys() if payload.roles or payload.without_roles else None
    # Without a choice of channels, what was recorded in one that is gone since, or archived, counts too.
    chosen = bool(payload.channels or payload.without_channels)
    counted = [channel.id for channel in order.channels] if chosen else None
    totals, *before = (
        reader.totals(guild_id, counted, part, payload.zone, members=wanted, signals=payload.signals)
        for part in (order.within, order.before)
        if part is not None
    )
    quiet = [member for member in members if member not in totals.last_active]
    within = order.within
    joined_since = within.since - max(KEPT_DAYS) * DAY_MS
    every = wanted is None
    return Findings(
        payload=payload,
        guild=order.guild,
        members=members,
        channels=order.channels,
        unreadable=order.unreadable,
        unsure={member for member, at in order.known_since.items() if at > order.within.since},
        within=order.within,
        totals=totals,
        before=before[0] if before else None,
        before_within=order.before,
        last_seen={**reader.last_seen(guild_id, quiet), **totals.last_active},
        comings=reader.comings(guild_id, within.since, within.until, joined_since=joined_since) if every else None,
        months=reader.months(guild_id, counted) if every else (),
        kept_since=reader.swept_before(guild_id),
    )


@contextmanager
def found_in(folder: Path) -> Iterator[Findings]:
    """What `count` has kept."""
    with _nothing_collected():
        kept = _kept(folder / FINDINGS, Counted)
        found = replace(kept.findings, members={member.id: member for member in unpacked(kept.members)})
    # Nothing of it is a cycle: looking through it again and again costs as much as writing a file.
    gc.freeze()
    try:
        yield found
    finally:
        # What others left before is collected again, or a process that works for long would keep it.
        gc.unfreeze()


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """For what makes millions of values and no cycle."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _keep(path: Path, value: object) -> None:
    with path.open("wb") as file:
        pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)


def _kept(path: Path, kind: type[T]) -> T:
    with path.open("rb") as file:
        value = pickle.load(file)  # noqa: S301 - kept by this job, in a folder that nobody else can read
    assert isinstance(value, kind)
    return value
