"""What a card is, and how its parts become an embed within Discord's limits.

Knows no state of a job. Invariant: whatever the parts hold, the embed is one that Discord takes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import discord

from bot.cards.text import ZERO_WIDTH, joined
from bot.languages import Words, words_in
from jobs.report import Column

TITLE, DESCRIPTION, FIELD_NAME, FIELD_VALUE, FOOTER = 256, 3000, 256, 1000, 500
"""Below Discord's own limits, so that the total stays under 6,000 (Discord API reference, "Embed Limits")."""
LINES = 30
"""Of text; more is no card any more, on a phone least of all."""
MAX_COLUMNS = 2


ButtonStyle: TypeAlias = Literal["primary", "secondary", "success", "danger"]


@dataclass(frozen=True, slots=True)
class CardStyle:
    """The operator's choice of title and colour."""

    title: str = "Job Progress"
    color: int = 0x00AE86


@dataclass(frozen=True, slots=True)
class Button:
    """One thing that can be done about the job. `action` names it in the button's id."""

    action: str
    label: str
    style: ButtonStyle = "secondary"


@dataclass(frozen=True, slots=True)
class Card:
    """What one message shows of a job."""

    title: str
    color: int
    lines: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    clock: tuple[str, ...] = ()
    """Lines about time; they tick, and alone are no reason for an edit."""
    footer: str = ""
    files: tuple[str, ...] = ()
    image: str | None = None
    buttons: tuple[Button, ...] = ()
    words: Words = field(default_factory=words_in)

    def embed(self) -> discord.Embed:
        """The card as Discord takes it."""
        # Which job it is stands last and small, however much there is to say before.
        small = f"-# {self.footer}"[:FOOTER] if self.footer else ""
        tail = "\n".join([*self.clock, *([] if self.columns or not small else [small])])[-FIELD_VALUE:]
        text = joined(self.lines, DESCRIPTION - len(tail) - 1, self.words, most=LINES)
        text = "\n".join(part for part in (text, tail) if part)
        embed = discord.Embed(title=self.title[:TITLE], description=text, color=self.color)
        for column in self.columns[:MAX_COLUMNS]:
            value = joined(column.lines, FIELD_VALUE, self.words, most=LINES) or ZERO_WIDTH
            embed.add_field(name=column.title[:FIELD_NAME] or ZERO_WIDTH, value=value, inline=True)
        if self.columns and small:
            embed.add_field(name=ZERO_WIDTH, value=small, inline=False)
        if self.image is not None:
            embed.set_image(url=f"attachment://{self.image}")
        return embed

    @property
    def fingerprint(self) -> str:
        """Differs when a person would see something new, apart from time passing."""
        seen: list[Any] = [self.title, self.color, self.lines, self.footer, self.files, self.image]
        seen += [[button.action, button.label] for button in self.buttons]
        seen += [[column.title, column.lines] for column in self.columns]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]
