"""The page about the life cycle draws the edges that the code has."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.engine.states import EDGES

PAGE = Path(__file__).parent.parent.parent / "docs" / "lifecycle.md"


def test_the_diagram_has_exactly_the_legal_edges() -> None:
    drawn = set(re.findall(r"^ +(\w+) --> (\w+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert drawn == {(source, target) for source, targets in EDGES.items() for target in targets}
