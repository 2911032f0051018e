"""Discord's markdown as HTML: emphasis, code, quotes, spoilers, mentions, instants.

Knows no message. Invariant: whatever was written, the HTML holds it as text; only the marks become tags.
Source: Discord's help pages "Markdown Text 101" and the API reference, "Message Formatting".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

_TAG = re.compile(r"<(?:(?P<kind>@!?|#|@&)(?P<id>\d+)|t:(?P<time>-?\d+)(?::(?P<style>[tTdDfFR]))?)>")
_JUMP = re.compile(r"https://discord\.com/channels/\d+/(\d+)/(\d+)")
"""Address of a message; it is shown on this page too."""
SIGNS = {"@": "@", "@!": "@", "#": "#", "@&": "@"}
Naming = Callable[[str, int], "str | None"]
"""The name of what `<@1>`, `<#1>` or `<@&1>` points at, by sign and id."""


class Markdown:
    """Renders texts in which `naming` knows who and what is meant."""

    def __init__(self, naming: Naming) -> None:
        md = MarkdownIt("zero", {"breaks": True, "linkify": True})
        md.enable(["newline", "escape", "backticks", "emphasis", "strikethrough", "link", "linkify"])
        md.enable(["balance_pairs", "fragments_join"])
        md.enable(["blockquote", "fence", "heading", "list"])
        md.inline.add_terminator_char("|")
        md.inline.ruler.before("emphasis", "spoiler", _spoiler)
        md.inline.ruler.before("emphasis", "tag", _tag)
        md.block.ruler.before("list", "small", _small, {"alt": ["paragraph", "blockquote", "list"]})
        for name, render in _RENDERERS.items():
            md.add_render_rule(name, render)
        self._md = md
        self._naming = naming

    def block(self, text: str | None) -> Markup:
        """A text of several lines."""
        return Markup(self._md.render(text or "", {"naming": self._naming}))  # noqa: S704 - escaped by the renderer

    def line(self, text: str | None) -> Markup:
        """A title or another single line."""
        return Markup(self._md.renderInline(text or "", {"naming": self._naming}))  # noqa: S704 - as above


def _tag(state: StateInline, silent: bool) -> bool:
    found = _TAG.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("instant" if found["time"] else "mention", "", 0)
        token.meta = found.groupdict()
    state.pos = found.end()
    return True


def _small(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    start = state.bMarks[line] + state.tShift[line]
    text = state.src[start : state.eMarks[line]]
    if not text.startswith("-# "):
        return False
    if not silent:
        state.push("small_open", "small", 1)
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = text[3:].strip(), [line, line + 1], []
        state.push("small_close", "small", -1)
        state.line = line + 1
    return True


def _spoiler(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("||", state.pos):
        return False
    end = state.src.find("||", state.pos + 3)
    if end < 0 or end > state.posMax:
        return False
    if not silent:
        state.push("spoiler_open", "span", 1).attrs = {"class": "spoiler", "tabindex": "0"}
        outer, state.pos, state.posMax = state.posMax, state.pos + 2, end
        state.md.inline.tokenize(state)
        state.push("spoiler_close", "span", -1)
        state.posMax = outer
    state.pos = end + 2
    return True


def _mention(md: RendererHTML, tokens: Sequence[Token], place: int, _: Any, env: Mapping[str, Naming]) -> str:
    found = tokens[place].meta
    sign = SIGNS[found["kind"]]
    name = env["naming"](found["kind"].replace("!", ""), int(found["id"]))
    shown = "unknown" if name is None else name
    return f'<span class="mention">{sign}{escapeHtml(shown)}</span>'


def _instant(md: RendererHTML, tokens: Sequence[Token], place: int, _: Any, env: Mapping[str, Naming]) -> str:
    found = tokens[place].meta
    return f'<time class="stamp" data-at="{found["time"]}" data-style="{found["style"] or "f"}"></time>'


def _strong(md: RendererHTML, tokens: Sequence[Token], place: int, *_: Any) -> str:
    name = "u" if tokens[place].markup == "__" else "strong"
    return f"<{name}>" if tokens[place].nesting > 0 else f"</{name}>"


def _link(md: RendererHTML, tokens: Sequence[Token], place: int, *_: Any) -> str:
    address = str(tokens[place].attrs["href"])
    if jump := _JUMP.fullmatch(address):
        return f'<a class="jump" href="?channel={jump[1]}" data-channel="{jump[1]}" data-message="{jump[2]}">'
    return f'<a href="{escapeHtml(address)}" target="_blank" rel="noopener noreferrer">'


_RENDERERS: Mapping[str, Callable[..., str]] = {
    "mention": _mention,
    "instant": _instant,
    "strong_open": _strong,
    "strong_close": _strong,
    "link_open": _link,
}
