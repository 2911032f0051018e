"""The code of the developer's page runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parent.parent.parent / "docs" / "job-types.md"


def code() -> dict[str, Any]:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    names: dict[str, Any] = {"__name__": "guide"}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    return names


TESTS = [
    "test_each_name_gets_one_card",
    "test_after_paper_ran_out_it_goes_on_where_it_stopped",
    "test_the_queue_tries_again_by_itself",
]


@pytest.mark.parametrize("name", TESTS)
async def test_the_pages_own_tests_pass(name: str) -> None:
    await code()[name]()


def test_no_test_of_the_page_is_left_out() -> None:
    assert [name for name in code() if name.startswith("test_")] == TESTS
