"""A message of the stand-in drawn in a terminal, the way Discord would show it.

Reads embeds as JSON, as they went over the wire; knows neither bot nor jobs. Invariant: whatever text an embed
holds, the terminal shows it as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.box import Box
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

BAR = Box("▌   \n▌   \n▌   \n▌   \n▌   \n▌   \n▌   \n▌   \n")
WIDTH = 76
_MARK = re.compile(
    r"\*\*(?P<bold>.+?)\*\*|`(?P<code>[^`]+)`|<@!?(?P<user>\d+)>|<#(?P<channel>\d+)>|<t:(?P<time>\d+)(?::(?P<style>\w))?>"
    r"|\[(?P<label>[^\]]+)\]\((?P<link>[^)]+)\)|\\(?P<escaped>[^\w\s])|(?P<hidden>[\u200b\u2060])"
    r"|^-# (?P<small>[^\n]*)",
    re.DOTALL | re.MULTILINE,
)
Naming = Callable[[int], str]


class Drawing:
    """Draws messages; `user` and `channel` give names for ids, `now` the present instant (ms)."""

    def __init__(self, user: Naming, channel: Naming, now: Callable[[], int]) -> None:
        self._user = user
        self._channel = channel
        self._now = now

    def message(self, content: str, embeds: Sequence[Mapping[str, Any]], files: Sequence[str]) -> RenderableType:
        """One message with its embeds and the names of its attachments."""
        parts: list[RenderableType] = []
        if content:
            parts.append(self.text(content))
        parts += [self._embed(embed) for embed in embeds]
        if files:
            parts.append(Text("  ".join(f"📎 {name}" for name in files), style="cyan"))
        return Group(*parts)

    def _embed(self, embed: Mapping[str, Any]) -> RenderableType:
        parts: list[RenderableType] = []
        if title := embed.get("title"):
            parts.append(Text.assemble(self.text(title), style="bold"))
        if description := embed.get("description"):
            parts.append(self.text(description))
        if fields := embed.get("fields"):
            parts.append(self._fields(fields))
        if footer := embed.get("footer"):
            parts.append(self.text(footer["text"], style="dim"))
        color = f"#{embed.get('color') or 0x4E5058:06x}"
        return Panel(Group(*parts), box=BAR, border_style=color, width=WIDTH, padding=(0, 1))

    def _fields(self, fields: Sequence[Mapping[str, Any]]) -> RenderableType:
        beside = [self._field(field) for field in fields if field.get("inline")]
        below = [self._field(field) for field in fields if not field.get("inline")]
        table = Table.grid(padding=(0, 3))
        table.add_row(*beside)
        return Group(*([Columns([table])] if beside else []), *below)

    def _field(self, field: Mapping[str, Any]) -> RenderableType:
        name = self.text(field["name"])
        named = [Text.assemble(name, style="bold")] if name.plain else []
        return Group(*named, self.text(field["value"]))

    def text(self, markdown: str, style: str = "") -> Text:
        """The marks of Discord that the cards use, as styles of the terminal."""
        text = Text(style=style)
        at = 0
        for mark in _MARK.finditer(markdown):
            text.append(markdown[at : mark.start()])
            text.append_text(self._marked(mark))
            at = mark.end()
        text.append(markdown[at:])
        return text

    def _marked(self, mark: re.Match[str]) -> Text:
        found = mark.groupdict()
        if found["bold"] is not None:
            inner = self.text(found["bold"])
            inner.stylize("bold")
            return inner
        if found["small"] is not None:
            return self.text(found["small"], style="dim")
        if found["code"] is not None:
            return Text(found["code"], style="bright_white on grey23")
        if found["user"] is not None:
            return Text("@" + self._user(int(found["user"])), style="#8ea1ff")
        if found["channel"] is not None:
            return Text("#" + self._channel(int(found["channel"])), style="#8ea1ff")
        if found["time"] is not None:
            return Text(self._instant(int(found["time"]), found["style"]), style="on grey19")
        if found["label"] is not None:
            return Text(found["label"], style="underline")
        return Text(found["escaped"] or "")

    def _instant(self, at_s: int, style: str | None) -> str:
        if style != "R":
            return datetime.fromtimestamp(at_s, UTC).strftime("%-d %b %Y %H:%M")
        away = at_s - self._now() // 1000
        size, unit = next(
            ((abs(away) // s, u) for s, u in ((86_400, "day"), (3600, "hour"), (60, "minute")) if abs(away) >= s),
            (abs(away), "second"),
        )
        words = f"{size} {unit}{'' if size == 1 else 's'}"
        return f"in {words}" if away > 0 else f"{words} ago"
