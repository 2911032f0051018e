from __future__ import annotations

import io

from rich.console import Console

from bot.demo.terminal import Drawing

NOW = 1_790_000_000_000
DRAWING = Drawing(lambda user: f"user{user}", lambda channel: f"channel{channel}", lambda: NOW)


def drawn(description: str, **embed: object) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None)
    console.print(DRAWING.message("", [{"title": "T", "description": description, **embed}], ["chart.png"]))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_discords_marks_become_words() -> None:
    shown = drawn(f"**bold** `code` <@5> <#6> \\*plain\\* <t:{NOW // 1000 + 120}:R> <t:{NOW // 1000 - 7200}:R>")
    assert "bold code @user5 #channel6 *plain* in 2 minutes 2 hours ago" in shown


def test_text_that_looks_like_the_terminals_own_markup_stays_text() -> None:
    assert "[red]not red[/red]" in drawn("[red]not red[/red]")


def test_fields_stand_side_by_side_and_files_are_named() -> None:
    fields = [{"name": "Left", "value": "a\nb", "inline": True}, {"name": "Right", "value": "c", "inline": True}]
    shown = drawn("x", fields=fields)
    assert any("Left" in line and "Right" in line for line in shown.splitlines())
    assert "chart.png" in shown
