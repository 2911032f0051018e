"""Each figure of an analysis with its name, its value, its change, and in plain words where it comes from.

The tables of the workbook and of the page are made of these. Pure. Invariant: no figure without its source.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.handlers.member_activity_analysis.sources import (
    compared_by,
    concentration,
    gone_source,
    listed_by,
    live_source,
    messages_source,
    unlisted,
)
from jobs.report import Words
from jobs.services import Amounts

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the summary."""

    name: str
    value: int | float | str
    source: str
    change: float | None = None
    """Against the period before, in percent."""
    of: int | None = None
    """The whole that it is a part of, where it is one."""


@dataclass(frozen=True, slots=True)
class ChannelFigure:
    id: int
    name: str
    kind: str
    everyone: bool
    readable: bool
    messages: int
    voice_ms: int
    reactions: int


def figures_of(result: dict[str, Any], payload: MemberActivityAnalysis, words: Words) -> Iterator[Figure]:
    """The figures of a result, in the order in which they are read."""
    messages = messages_source(result, words)
    voice, reactions = (live_source(signal, result, payload, words) for signal in ("voice", "reactions"))
    asked = {
        messages: payload.include_message_count,
        voice: payload.include_voice_time,
        reactions: payload.include_reactions,
    }
    known = [source for source, wanted in asked.items() if wanted]
    # One sentence that leads to the others is read; all of them at each figure are not.
    both = known[0] if len(known) == 1 else words("source-any")
    if not result["coverage"]["known"]:
        both = words("nothing-known")
    of = {"messages": messages, "voice_ms": voice, "reactions": reactions}
    listed = words("source-members")
    yield Figure(words("figure-members"), result["members"], listed)
    compared = both if result["change"] is None else compared_by(both, result, payload, words)
    yield Figure(
        words("figure-active"), _seen(result, "active", words), compared, result["change"], of=result["members"]
    )
    yield Figure(words("figure-silent"), _seen(result, "silent", words), both)
    if result["unsure"]:
        yield Figure(words("figure-unsure"), result["unsure"], words("source-unsure"))
    yield Figure(words("figure-new"), result["new"], listed)
    yield Figure(words("figure-new-active"), _seen(result, "new_active", words), both)
    if result["gone"] is not None:
        yield Figure(words("figure-gone"), result["gone"]["members"], gone_source(result["gone"], payload, words))
    if result["returning"] is not None:
        yield Figure(
            words("figure-returning"),
            result["returning"],
            compared_by(words("source-returning"), result, payload, words),
        )
    yield Figure(words("figure-left"), result["left"], words("source-left"))
    for kept in result["kept"]:
        if kept["of"]:
            value = words("figure-kept-of", kept=kept["kept"], of=kept["of"])
            yield Figure(words("figure-kept", days=kept["days"]), value, words("source-kept"))
    if payload.include_message_count:
        yield Figure(words("figure-messages"), result["messages"], messages, result["messages_change"])
    if payload.include_voice_time:
        hours = round(result["voice_ms"] / HOUR_MS, 2)
        heard = result["coverage"]["voice_since"] is not None
        yield Figure(words("figure-voice"), hours if heard else words("unknown"), voice, result["voice_change"])
    if payload.include_reactions:
        heard = result["coverage"]["reactions_since"] is not None
        given = result["reactions"] if heard else words("unknown")
        yield Figure(words("figure-reactions"), given, reactions, result["reactions_change"])
    if result["concentration"]:
        found = result["concentration"]
        share, sentence = f"{words.number(100 * found['share'])} %", concentration(found, words)
        yield Figure(words("figure-concentration"), share, f"{sentence}. {of[found['of']]}")
    if result["busiest"]:
        busiest = result["busiest"]
        value = f"{words.weekday(busiest['weekday'])} {busiest['hour']:02d}:00"
        yield Figure(words("figure-busiest"), value, of[busiest["of"]])
    yield from _inactive(result, payload, words)


def _seen(result: dict[str, Any], name: str, words: Words) -> int | str:
    """A figure that is one only where something could be seen."""
    found: int = result[name]
    return found if result["coverage"]["known"] else words("unknown")


def _inactive(result: dict[str, Any], payload: MemberActivityAnalysis, words: Words) -> Iterator[Figure]:
    found = result["inactive"]
    if found is None:
        yield Figure(words("figure-inactive"), words("unknown"), unlisted(result, words))
        return
    yield Figure(words("figure-inactive"), found["members"], listed_by(result, payload, words))
    yield Figure(words("figure-never"), found["never"], words("source-never"))
    yield Figure(words("figure-exempt"), found["exempt"], words("source-exempt"))
    yield Figure(words("figure-grace"), found["new"], words("source-grace", n=payload.grace_days))


def channel_figures(findings: Findings, words: Words) -> list[ChannelFigure]:
    """All channels, those gone since among them, most messages first."""
    none, known = Amounts(), {channel.id: channel for channel in findings.channels}
    found = []
    for id_ in known.keys() | findings.totals.channels.keys():
        channel, amounts = known.get(id_), findings.totals.channels.get(id_, none)
        found.append(
            ChannelFigure(
                id=id_,
                name=channel.name if channel else words("channel-gone"),
                kind=channel.kind if channel else "",
                everyone=channel.everyone if channel else False,
                readable=id_ in known and id_ not in findings.unreadable,
                messages=amounts.messages,
                voice_ms=amounts.voice_ms,
                reactions=amounts.reactions,
            )
        )
    return sorted(found, key=lambda channel: (-channel.messages, -channel.voice_ms, channel.id))
