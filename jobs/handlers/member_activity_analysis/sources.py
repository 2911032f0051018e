"""Where each figure of an analysis comes from and how far it is known, in plain words. Pure.

Invariant: what nobody was there to see is said to be unknown, never to be nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jobs.handlers.member_activity_analysis.findings import NEARLY_ALL, Findings
from jobs.handlers.member_activity_analysis.measure import Measure
from jobs.handlers.member_activity_analysis.payload import MemberActivityAnalysis
from jobs.report import Words


def messages_source(result: dict[str, Any], words: Words) -> str:
    """Of messages, which can be read back."""
    coverage = result["coverage"]
    read = coverage["channels"] - coverage["unreadable"]
    return words("source-messages", read=read, channels=coverage["channels"])


def live_source(signal: str, result: dict[str, Any], payload: MemberActivityAnalysis, words: Words) -> str:
    """Of `voice` or `reactions`, which nobody can read back."""
    coverage = result["coverage"]
    if coverage[f"{signal}_since"] is None:
        return words("voice-unknown" if signal == "voice" else "reactions-unknown")
    if coverage[f"{signal}_share"] >= NEARLY_ALL:
        return words(f"source-{signal}")
    since, share = coverage[f"{signal}_since"], words.number(100 * coverage[f"{signal}_share"])
    return words(f"source-{signal}-since", day=_day(since, payload, words), share=share)


def measured_source(measure: Measure, result: dict[str, Any], payload: MemberActivityAnalysis, words: Words) -> str:
    """Of what a chart or a list tells of."""
    if measure.signal == "messages":
        return messages_source(result, words)
    return live_source("voice" if measure.signal == "voice_ms" else "reactions", result, payload, words)


def compared_by(source: str, result: dict[str, Any], payload: MemberActivityAnalysis, words: Words) -> str:
    """`source`, and by what the periods were compared where that is not everything that makes active."""
    if len(result["change_of"]) == len(payload.signals):
        return source
    of = ", ".join(Measure(signal).name(words) for signal in result["change_of"])
    return f"{source} {words('source-compared', of=of)}"


def gone_source(gone: dict[str, Any], payload: MemberActivityAnalysis, words: Words) -> str:
    """Of those who were seen to leave."""
    if gone["share"] >= NEARLY_ALL:
        return words("source-gone")
    return words("source-gone-since", day=_day(gone["since"], payload, words), share=words.number(100 * gone["share"]))


def listed_by(result: dict[str, Any], payload: MemberActivityAnalysis, words: Words) -> str:
    """Whom the list of inactive members names, and who may be on it because nobody could see what they did."""
    coverage, parts = result["coverage"], [rules(payload, words)]
    if payload.include_message_count and coverage["unreadable"]:
        parts.append(words("unreadable", unreadable=coverage["unreadable"], channels=coverage["channels"]))
    asked = {"voice": payload.include_voice_time, "reactions": payload.include_reactions}
    unseen = {
        name: words.number(100 * coverage[f"{name}_share"])
        for name, wanted in asked.items()
        if wanted and coverage[f"{name}_share"] < NEARLY_ALL
    }
    if len(unseen) == 2 and len(set(unseen.values())) == 1:
        unseen = {"both": unseen["voice"]}
    parts += [words(f"rule-{name}-unseen", share=share) for name, share in unseen.items()]
    return " ".join(parts)


def unlisted(result: dict[str, Any], words: Words) -> str:
    """Why there is no list."""
    return words("too-little-known" if result["coverage"]["known"] else "nothing-known")


def rules(payload: MemberActivityAnalysis, words: Words) -> str:
    """Whom the list names, in a sentence."""
    parts = []
    if payload.include_message_count:
        parts.append(words("rule-messages", n=payload.inactive_messages))
    if payload.include_voice_time:
        parts.append(words("rule-voice", n=payload.inactive_voice_minutes))
    if payload.include_reactions:
        parts.append(words("rule-reactions", n=payload.inactive_reactions))
    if payload.grace_days:
        parts.append(words("rule-grace", n=payload.grace_days))
    if payload.exempt_roles:
        parts.append(words("rule-roles", n=len(payload.exempt_roles)))
    return words("rules", rules=", ".join(parts))


def concentration(found: dict[str, Any], words: Words) -> str:
    """How much the few do, in plain words."""
    key = {"messages": "concentration-messages", "voice_ms": "concentration-voice"}
    return words(
        key.get(found["of"], "concentration-reactions"),
        members=found["members"],
        share=words.number(100 * found["share"]),
    )


def months_source(findings: Findings, words: Words) -> str:
    """Of the sums that are left of earlier months."""
    return words("page-months-note", day=words.day(datetime.fromtimestamp(findings.kept_since / 1000, UTC), year=True))


def _day(at: int, payload: MemberActivityAnalysis, words: Words) -> str:
    return words.day(datetime.fromtimestamp(at / 1000, payload.zone).date(), year=True)
