"""The figures of an analysis, from what it read. Pure; the result is the JSON that is stored.

Invariant: a channel that not everybody may see is in no figure that names channels, and "no data" is never
"inactive".
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
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
    totals, payload, known = findings.totals, findings.payload, findings.known
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
        "silent": len(quiet - set(findings.unsure)) if known else None,
        "unsure": len(quiet & set(findings.unsure)),
        "new": len(new),
        "new_active": len(new & active),
        "returning": _returning(findings, findings.members.keys() - new - set(findings.unsure)),
        "kept": [_kept(findings, days) for days in KEPT_DAYS] if known else [],
        "gone": _gone(findings),
        "messages": total(totals.members, "messages"),
        "voice_ms": total(totals.members, "voice_ms"),
        "change": _change(findings),
        "change_of": [*_compared(findings)],
        "reactions": total(totals.members, "reactions"),
        "messages_change": _change_of(findings, "messages"),
        "voice_change": _change_of(findings, "voice_ms"),
        "reactions_change": _change_of(findings, "reactions"),
        "measure": findings.measure.signal,
        "concentration": _concentration(findings),
        "busiest": _busiest(findings),
        "top": [_entry(id_, totals.members[id_]) for id_ in top(totals.members, TOP_MEMBERS, findings.measure.signal)],
        "top_channels": _top_channels(findings, [c for c in findings.channels if c.everyone]),
        "top_channels_alone": _top_channels(findings, findings.channels),
        "alone": _is_private(findings),
        "inactive": _inactive(inactivity),
        "coverage": _coverage(findings),
    }


def _is_private(findings: Findings) -> bool:
    """Whether channels were chosen so that the sums are those of channels that not everybody may see. Of one that is
    gone nobody knows who could see it."""
    everyone = [channel.everyone for channel in findings.channels]
    if findings.payload.channels:
        return not (everyone and all(everyone))
    return bool(findings.payload.without_channels) and not any(everyone)


def total(amounts: Mapping[int, Amounts], what: str) -> int:
    return sum(getattr(value, what) for value in amounts.values())


def top(amounts: Mapping[int, Amounts], count: int, signal: str) -> list[int]:
    """Those with the most of one kind, of whom there is any."""
    some = ((-n, id_) for id_, found in amounts.items() if (n := getattr(found, signal)))
    return [id_ for _, id_ in heapq.nsmallest(count, some)]


def _entry(id_: int, amounts: Amounts) -> JsonObject:
    return {"id": str(id_), **{signal: getattr(amounts, signal) for signal in SIGNALS}}


def _percent(now: int, before: int) -> float | None:
    return round(100.0 * (now - before) / before, 1) if before else None


def _change(findings: Findings) -> float | None:
    """Active members against the period before, in percent, by what is known of both."""
    if findings.before is None:
        return None
    signals = _compared(findings)
    return _percent(len(_active_by(signals, findings.totals)), len(_active_by(signals, findings.before)))


def _compared(findings: Findings) -> list[str]:
    """What is known of both periods."""
    return [signal for signal in findings.payload.signals if findings.comparable(signal)]


def _active_by(signals: Sequence[str], totals: ActivityTotals) -> set[int]:
    return {id_ for id_, amounts in totals.members.items() if any(getattr(amounts, signal) for signal in signals)}


def _change_of(findings: Findings, signal: str) -> float | None:
    """Of one kind, where it is known of both periods."""
    if findings.before is None or not findings.comparable(signal):
        return None
    return _percent(total(findings.totals.members, signal), total(findings.before.members, signal))


def _returning(findings: Findings, among: set[int]) -> int | None:
    """How many are active again after a period without, by what is known of both; None where nothing is known of the
    one before."""
    if findings.before is None or not findings.known:
        return None
    signals = _compared(findings)
    before = _active_by(signals, findings.before)
    return len((_active_by(signals, findings.totals) & among) - before) if before else None


def _kept(findings: Findings, days: int) -> JsonObject:
    """Of those whose so-manyth day since they joined fell into the range, how many were active on it or later. Who is
    gone by now is asked too, if they were seen to come."""
    within, wait_ms, last = findings.within, days * DAY_MS, findings.totals.last_active
    due = {
        id_: at + wait_ms
        for id_, at in _joined(findings)
        if within.since <= at + wait_ms < within.until and id_ not in findings.unsure
    }
    # The newest quarter of an hour is known by its beginning.
    kept = sum(1 for id_, at in due.items() if last.get(id_, 0) + QUARTER_MS > at)
    return {"days": days, "of": len(due), "kept": kept}


def _joined(findings: Findings) -> Iterator[tuple[int, int]]:
    """Everybody of whom it is known when (ms) they joined, those seen to come and gone since among them."""
    members, comings = findings.members, findings.comings
    if comings is not None:
        for id_, at in comings.joined.items():
            if id_ not in members or members[id_].joined_at is None:
                yield id_, at
    for member in members.values():
        if member.joined_at is not None:
            yield member.id, member.joined_at


def _gone(findings: Findings) -> JsonObject | None:
    """How many were seen to leave; None where nobody could see it."""
    comings, within = findings.comings, findings.within
    if comings is None or comings.seen_since is None:
        return None
    share = round(comings.seen_ms / (within.until - within.since), 4)
    return {"members": len(comings.left), "since": comings.seen_since, "share": share}


def _concentration(findings: Findings) -> JsonObject | None:
    """What share the most active tenth of the active members has of everything; None for too few to tell."""
    what = findings.measure.signal
    amounts = [value for found in findings.totals.members.values() if (value := getattr(found, what))]
    if len(amounts) < FEWEST:
        return None
    tenth = -(-len(amounts) // 10)
    return {"of": what, "members": tenth, "share": round(sum(heapq.nlargest(tenth, amounts)) / sum(amounts), 4)}


def _busiest(findings: Findings) -> JsonObject | None:
    """The weekday (0 is Monday) and hour with the most."""
    totals, what = findings.totals, findings.measure.signal
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
    return [_entry(channel, amounts[channel]) for channel in top(amounts, TOP_CHANNELS, findings.measure.signal)]


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
