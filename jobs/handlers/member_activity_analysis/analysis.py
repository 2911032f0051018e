"""The figures of an analysis, from counts and members. Pure; the result is the JSON that is stored.

Invariant: a channel that not everybody may see is in no figure that names channels, and "no data" is never
"inactive".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.engine.model import JsonObject
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.services import ActivityTotals, Amounts, ChannelInfo, GuildInfo, Interval, MemberInfo

TOP_MEMBERS, TOP_CHANNELS = 10, 3


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything an analysis read."""

    payload: MemberActivityAnalysis
    guild: GuildInfo
    members: Mapping[int, MemberInfo]
    """People there now, by id; no bots."""
    channels: Sequence[ChannelInfo]
    """Those the analysis is about."""
    unreadable: Collection[int]
    """Ids of channels whose history could not be read."""
    unsure: Collection[int]
    """Members of whom nothing is known in a part of the range, for they had opted out."""
    within: Interval
    totals: ActivityTotals
    before: ActivityTotals | None
    """The period before, if it is to be compared."""

    def only_what_was_asked(self) -> Findings:
        """The same without messages or voice time that were not asked for."""
        for totals in filter(None, (self.totals, self.before)):
            everything = (totals.members, totals.channels, totals.days)
            cells = [a for amounts in everything for a in amounts.values()]
            for amounts in (*cells, *(a for hours in totals.hours for a in hours)):
                amounts.messages *= self.payload.include_message_count
                amounts.voice_ms *= self.payload.include_voice_time
        return self


def is_active(amounts: Amounts) -> bool:
    return bool(amounts.messages or amounts.voice_ms)


def summarise(findings: Findings) -> JsonObject:
    """The result as it is stored."""
    totals, payload = findings.totals, findings.payload
    active = {member for member, amounts in totals.members.items() if is_active(amounts)}
    quiet = findings.members.keys() - active
    return {
        "start": payload.start_date.isoformat(),
        "end": payload.end_date.isoformat(),
        "time_zone": payload.time_zone,
        "guild": findings.guild.name,
        "members": len(findings.members),
        "active": len(active & findings.members.keys()),
        "left": len(active - findings.members.keys()),
        "silent": len(quiet - set(findings.unsure)),
        "unsure": len(quiet & set(findings.unsure)),
        "new": sum(1 for m in findings.members.values() if _joined_within(m, findings.within)),
        "messages": _sum(totals.members, "messages"),
        "voice_ms": _sum(totals.members, "voice_ms"),
        "change": _change(findings),
        "busiest": _busiest(totals),
        "top": [_entry(member, totals.members[member]) for member in _top(totals.members, TOP_MEMBERS)],
        "top_channels": _top_channels(findings, [c for c in findings.channels if c.everyone]),
        "top_channels_alone": _top_channels(findings, findings.channels),
        "alone": bool(payload.channels) and not all(c.everyone for c in findings.channels),
        "coverage": _coverage(findings),
    }


def _sum(amounts: Mapping[int, Amounts], what: str) -> int:
    return sum(getattr(value, what) for value in amounts.values())


def _top(amounts: Mapping[int, Amounts], count: int) -> list[int]:
    ranked = sorted(amounts, key=lambda id_: (-amounts[id_].messages, -amounts[id_].voice_ms, id_))
    return [id_ for id_ in ranked if is_active(amounts[id_])][:count]


def _entry(member_id: int, amounts: Amounts) -> JsonObject:
    return {"id": str(member_id), "messages": amounts.messages, "voice_ms": amounts.voice_ms}


def _change(findings: Findings) -> float | None:
    """Members who wrote, against the period before, in percent; voice is rarely known of both."""
    if findings.before is None or not findings.payload.include_message_count:
        return None
    now, before = (
        sum(1 for amounts in totals.members.values() if amounts.messages)
        for totals in (findings.totals, findings.before)
    )
    return round(100.0 * (now - before) / before, 1) if before else None


def _busiest(totals: ActivityTotals) -> JsonObject | None:
    """The weekday (0 is Monday) and hour with the most messages; by voice where there are none."""
    what = "messages" if _sum(totals.members, "messages") else "voice_ms"
    cells = [
        (getattr(amounts, what), weekday, hour)
        for weekday, hours in enumerate(totals.hours)
        for hour, amounts in enumerate(hours)
    ]
    most, weekday, hour = max(cells, key=lambda cell: (cell[0], -cell[1], -cell[2]))
    if not most:
        return None
    by_weekday = [sum(getattr(amounts, what) for amounts in hours) for hours in totals.hours]
    return {"weekday": weekday, "hour": hour, "day": by_weekday.index(max(by_weekday))}


def _top_channels(findings: Findings, among: Sequence[ChannelInfo]) -> list[Any]:
    ids = {channel.id for channel in among}
    amounts = {id_: found for id_, found in findings.totals.channels.items() if id_ in ids}
    return [_entry(channel, amounts[channel]) for channel in _top(amounts, TOP_CHANNELS)]


def _coverage(findings: Findings) -> JsonObject:
    within, online = findings.within, findings.totals.online
    seen_ms = sum(interval.until - interval.since for interval in online)
    read = [c for c in findings.channels if c.id not in findings.unreadable]
    return {
        "channels": len(findings.channels),
        "unreadable": len(findings.channels) - len(read),
        "unreadable_ids": [str(c.id) for c in findings.channels if c.id in findings.unreadable],
        "unreadable_public": [str(c.id) for c in findings.channels if c.id in findings.unreadable and c.everyone],
        "voice_since": online[0].since if online else None,
        "voice_from_start": bool(online) and online[0].since <= within.since,
        "voice_share": round(seen_ms / (within.until - within.since), 4) if within.until > within.since else 0.0,
    }


def _joined_within(member: MemberInfo, within: Interval) -> bool:
    return member.joined_at is not None and within.since <= member.joined_at < within.until
