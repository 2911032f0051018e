"""The small words of cards: numbers, durations, bars, and names made harmless.

Pure. Invariant: text that a person or a failure brought can neither format, mention, nor turn the line around.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import discord

BAR_STEPS = 10
ZERO_WIDTH = "\u200b"
_SPACES = re.compile(r"\s+")
_KEPT_FORMATS = {"\u200d"}
"""The joiner of emoji; every other invisible character goes, those that turn text around among them."""


def escape(text: str, *, limit: int = 200, code: bool = False) -> str:
    """`text` as plain words on one line, cut at `limit` characters; with `code` for the inside of a code span."""
    plain = "".join(c for c in text if _is_visible(c))
    plain = _SPACES.sub(" ", plain).strip()
    plain = plain if len(plain) <= limit else plain[: limit - 1] + "…"
    if code:
        return plain.replace("`", "")
    return discord.utils.escape_mentions(discord.utils.escape_markdown(plain)).replace("<", "\\<")


def _is_visible(character: str) -> bool:
    return (
        character in _KEPT_FORMATS or character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )


def number(value: float) -> str:
    """`12,240`."""
    return f"{value:,.0f}"


def count(value: int, unit: str) -> str:
    """`12,240 messages`."""
    return f"{number(value)} {unit}".strip()


def duration(seconds: float) -> str:
    """`12 s`, `1 min 12 s`, `3 h 5 min`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    for size, name, below, part in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // below
            return f"{whole // size} {name}" + (f" {rest} {part}" if rest else "")
    return f"{whole} s"


def about(seconds: float) -> str:
    """A duration as an estimate deserves it: no seconds behind minutes."""
    if seconds < 60:
        return f"{max(5, round(seconds / 5) * 5)} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return duration(round(seconds / 600) * 600)


def bar(percentage: float) -> str:
    """`▰▰▰▰▰▰▱▱▱▱`; full only at 100."""
    full = int(percentage / 100 * BAR_STEPS)
    return "▰" * full + "▱" * (BAR_STEPS - full)


def instant(at: int, style: str = "R") -> str:
    """Discord's own timestamp of `at` (ms); it ticks by itself in each reader's language."""
    return f"<t:{at // 1000}:{style}>"


def user(user_id: str | None) -> str:
    """A mention, which an embed shows without pinging."""
    return f"<@{user_id}>" if user_id else "the operator"


def joined(lines: Iterable[str], limit: int) -> str:
    """Lines that fit into `limit` characters; the last one says how many did not."""
    kept: list[str] = []
    everything = list(lines)
    for place, line in enumerate(everything):
        rest = len(everything) - place
        more = f"… and {rest} more"
        needed = sum(len(k) + 1 for k in kept) + len(line) + (len(more) + 1 if rest > 1 else 0)
        if needed > limit:
            return "\n".join([*kept, more])[:limit]
        kept.append(line)
    return "\n".join(kept)


def ago(seconds: float) -> str:
    """`just now`, `5 min ago`, `3 d ago`, for places where Discord's own timestamps cannot tick."""
    if seconds < 60:
        return "just now"
    size, unit = duration(seconds).split()[:2]
    return f"{size} {unit} ago"
