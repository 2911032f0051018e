"""The small parts of cards: bars, instants, lists that fit, and names made harmless.

Pure. Invariant: text that a person or a failure brought can neither format, mention, nor turn the line around.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

import discord

from bot.languages import Words

BAR_STEPS = 10
ZERO_WIDTH = "\u200b"
_SPACES = re.compile(r"\s+")
_KEPT_FORMATS = {"\u200d"}
"""The joiner of emoji; every other invisible character goes, those that turn text around among them."""
_MARKUP = re.compile(r"[\\*_~|`\[\]<]|^[>#+-]|(?<=^\d)\.|(?<=^\d\d)\.")
"""What Discord reads as format, anywhere or at the start of a line; `discord.utils.escape_markdown` leaves some of it
inside of links."""
_ADDRESS = re.compile(r"(?<=\w):(?=//)")
_MARKS = 3
"""Marks on one letter that are kept: what languages need, and not what climbs over the lines around it."""


def escape(text: str, *, limit: int = 200, code: bool = False) -> str:
    """`text` as plain words on one line, cut at `limit` characters; with `code` for the inside of a code span."""
    plain = "".join(_few_marks(c for c in text if _is_visible(c)))
    plain = _SPACES.sub(" ", plain).strip()
    plain = plain if len(plain) <= limit else plain[: limit - 1] + "…"
    if code:
        return plain.replace("`", "")
    # An address would become a link by itself, and keep the marks inside of it.
    plain = _ADDRESS.sub(f":{ZERO_WIDTH}", plain)
    return discord.utils.escape_mentions(_MARKUP.sub(r"\\\g<0>", plain))


def _is_visible(character: str) -> bool:
    return (
        character in _KEPT_FORMATS or character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )


def _few_marks(characters: Iterable[str]) -> Iterator[str]:
    marks = 0
    for character in characters:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MARKS:
            yield character


def bar(percentage: float) -> str:
    """`▰▰▰▰▰▰▱▱▱▱`; full only at 100."""
    full = int(percentage / 100 * BAR_STEPS)
    return "▰" * full + "▱" * (BAR_STEPS - full)


def instant(at: int, style: str = "R") -> str:
    """Discord's own timestamp of `at` (ms); it ticks by itself in each reader's language."""
    return f"<t:{at // 1000}:{style}>"


def user(user_id: str | None, words: Words) -> str:
    """A mention, which an embed shows without pinging."""
    return f"<@{user_id}>" if user_id else words("operator")


def stored(text: str, *, limit: int = 500) -> Callable[[Words], str]:
    """What was written down in English, to be put into a sentence: in the reader's language, and harmless."""
    return lambda words: escape(words.of(text), limit=limit)


def joined(lines: Iterable[str], limit: int, words: Words, *, most: int | None = None) -> str:
    """Lines that fit into `limit` characters, `most` of them; the last one says how many did not."""
    everything = list(lines)
    if sum(map(len, everything)) + len(everything) - 1 <= limit and (most is None or len(everything) <= most):
        return "\n".join(everything)
    room = limit - len(words("more-lines", rest=len(everything)))
    kept: list[str] = []
    for line in everything[: None if most is None else most - 1]:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, words("more-lines", rest=len(everything) - len(kept))])[:limit]
