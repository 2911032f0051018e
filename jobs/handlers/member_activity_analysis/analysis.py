"""The figures of an analysis, from what it read. Pure; the result is the JSON that is stored.

Invariant: a channel that not everybody may see is in no figure that names channels, and "no data" is never
"inactive".
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Any

from jobs.engine.model import JsonObject
from jobs.handlers.member_activity_analysis.findings import Findings, is_active
from jobs.handlers.member_activity_analysis.inactivity import Inactivity
from jobs.services import SIGNALS, ActivityTotals, Amounts, ChannelInfo, Interval, MemberInfo

DAY_MS, QUARTER_MS = 86_400_000, 900_000
TOP_MEMBERS, TOP_CHANNELS = 10, 3
KEPT_DAYS = (7, 30)
"""After how many days it is asked whether newcomers are still there."""
FEWEST = 10
"""Of fewer active members, a tenth says nothing."""


def summarise(findings: Findings, inactivity: Inactivity | None) -> JsonObject:
    """The result as it is stored."""
    totals, payload = findings.totals, findings.payload
    active = {member for member, amounts in totals.members.items() if is_active(amounts)}
    quiet = findings.members.keys() - active
    new = {id_ for id_, member in findings.members.items() if _joined_within(member, findings.within)}
    return {
        "start": payload.start_date.isoformat(),
        "end": payload.end_date.isoformat(),
        "days": payload.length_days,
        "time_zone": payload.time_zone,
        "guild": findings.guild.name,
        "members": len(findings.members),
        "active": len(active & findings.members.keys()),
        "left": len(active - findings.members.keys()),
        "silent": len(quiet - set(findings.unsure)),
        "unsure": len(quiet & set(findings.unsure)),
        "new": len(new),
        "new_active": len(new & active),
        "returning": _returning(findings, (active & findings.members.keys()) - new),
        "kept": [_kept(findings, days) for days in KEPT_DAYS],
        "messages": total(totals.members, "messages"),
        "voice_ms": total(totals.members, "voice_ms"),
        "change": _change(findings),
        "reactions": total(totals.members, "reactions"),
        "messages_change": _messages_change(findings),
        "voice_change": _live_change(findings, "voice_ms"),
        "reactions_change": _live_change(findings, "reactions"),
        "concentration": _concentration(totals),
        "busiest": _busiest(totals),
        "top": [_entry(member, totals.members[member]) for member in top(totals.members, TOP_MEMBERS)],
        "top_channels": _top_channels(findings, [c for c in findings.channels if c.everyone]),
        "top_channels_alone": _top_channels(findings, findings.channels),
        "alone": _is_private(findings),
        "inactive": _inactive(inactivity),
        "coverage": _coverage(findings),
    }


def _is_private(findings: Findings) -> bool:
    """Whether channels were chosen so that the sums are those of channels that not everybody may see."""
    everyone = [channel.everyone for channel in findings.channels]
    if findings.payload.channels:
        return not all(everyone)
    return bool(findings.payload.without_channels) and not any(everyone)


def total(amounts: Mapping[int, Amounts], what: str) -> int:
    return sum(getattr(value, what) for value in amounts.values())


def top(amounts: Mapping[int, Amounts], count: int) -> list[int]:
    """The most active, messages before voice."""
    active = (id_ for id_, found in amounts.items() if is_active(found))
    return heapq.nsmallest(count, active, key=lambda id_: (-amounts[id_].messages, -amounts[id_].voice_ms, id_))


def _entry(member_id: int, amounts: Amounts) -> JsonObject:
    return {"id": str(member_id), "messages": amounts.messages, "voice_ms": amounts.voice_ms}


def _percent(now: int, before: int) -> float | None:
    return round(100.0 * (now - before) / before, 1) if before else None


def _change(findings: Findings) -> float | None:
    """Members who wrote, against the period before, in percent; voice is rarely known of both."""
    if findings.before is None or not findings.payload.include_message_count:
        return None
    return _percent(_writers(findings.totals), _writers(findings.before))


def _writers(totals: ActivityTotals) -> int:
    return sum(1 for amounts in totals.members.values() if amounts.messages)


def _messages_change(findings: Findings) -> float | None:
    if findings.before is None or not findings.payload.include_message_count:
        return None
    return _percent(total(findings.totals.members, "messages"), total(findings.before.members, "messages"))


def _live_change(findings: Findings, signal: str) -> float | None:
    """Of what nobody can read back: only where both periods were listened to."""
    if findings.before is None or not findings.comparable(signal):
        return None
    return _percent(total(findings.totals.members, signal), total(findings.before.members, signal))


def _returning(findings: Findings, active: set[int]) -> int | None:
    """Members who are active again after a period without; None where nothing is known of the one before."""
    if findings.before is None:
        return None
    before = {member for member, amounts in findings.before.members.items() if is_active(amounts)}
    return len(active - before - set(findings.unsure)) if before else None


def _kept(findings: Findings, days: int) -> JsonObject:
    """Of those whose so-manyth day as a member fell into the range, how many were active on it or later. Who left
    meanwhile is not there to be asked."""
    within, wait_ms, last = findings.within, days * DAY_MS, findings.totals.last_active
    due = {
        id_: member.joined_at + wait_ms
        for id_, member in findings.members.items()
        if member.joined_at is not None
        and within.since <= member.joined_at + wait_ms < within.until
        and id_ not in findings.unsure
    }
    # The newest quarter of an hour is known by its beginning.
    kept = sum(1 for id_, at in due.items() if last.get(id_, 0) + QUARTER_MS > at)
    return {"days": days, "of": len(due), "kept": kept}


def _concentration(totals: ActivityTotals) -> JsonObject | None:
    """What share the most active tenth of the active members has of everything; None for too few to tell."""
    what = _measure(totals)
    amounts = [value for found in totals.members.values() if (value := getattr(found, what))]
    if len(amounts) < FEWEST:
        return None
    tenth = -(-len(amounts) // 10)
    return {"of": what, "members": tenth, "share": round(sum(heapq.nlargest(tenth, amounts)) / sum(amounts), 4)}


def _measure(totals: ActivityTotals) -> str:
    """Messages; voice where there are none; reactions where there is neither."""
    return next((s for s in SIGNALS if any(getattr(a, s) for a in totals.members.values())), SIGNALS[0])


def _busiest(totals: ActivityTotals) -> JsonObject | None:
    """The weekday (0 is Monday) and hour with the most."""
    what = _measure(totals)
    cells = [
        (getattr(amounts, what), weekday, hour)
        for weekday, hours in enumerate(totals.hours)
        for hour, amounts in enumerate(hours)
    ]
    most, weekday, hour = max(cells, key=lambda cell: (cell[0], -cell[1], -cell[2]))
    if not most:
        return None
    by_weekday = [sum(getattr(amounts, what) for amounts in hours) for hours in totals.hours]
    return {"of": what, "weekday": weekday, "hour": hour, "day": by_weekday.index(max(by_weekday))}


def _top_channels(findings: Findings, among: Sequence[ChannelInfo]) -> list[Any]:
    ids = {channel.id for channel in among}
    amounts = {id_: found for id_, found in findings.totals.channels.items() if id_ in ids}
    return [_entry(channel, amounts[channel]) for channel in top(amounts, TOP_CHANNELS)]


def _inactive(found: Inactivity | None) -> JsonObject | None:
    if found is None:
        return None
    quiet, never = len(found.gone_quiet), len(found.never_seen)
    return {"members": quiet + never, "never": never, "exempt": found.exempt, "new": found.new}


def _coverage(findings: Findings) -> JsonObject:
    heard = findings.totals.heard
    voice, reactions = heard["voice_ms"], heard["reactions"]
    read = [c for c in findings.channels if c.id not in findings.unreadable]
    return {
        "known": findings.known,
        "channels": len(findings.channels),
        "unreadable": len(findings.channels) - len(read),
        "unreadable_ids": [str(c.id) for c in findings.channels if c.id in findings.unreadable],
        "unreadable_public": [str(c.id) for c in findings.channels if c.id in findings.unreadable and c.everyone],
        "voice_since": voice[0].since if voice else None,
        "voice_from_start": bool(voice) and voice[0].since <= findings.within.since,
        "voice_share": round(findings.share("voice_ms"), 4),
        "reactions_since": reactions[0].since if reactions else None,
        "reactions_share": round(findings.share("reactions"), 4),
    }


def _joined_within(member: MemberInfo, within: Interval) -> bool:
    return member.joined_at is not None and within.since <= member.joined_at < within.until
