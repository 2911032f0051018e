from __future__ import annotations

import pytest

from bot.demo.typed import NotACommand, TypedCommand, parse


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/job list", TypedCommand("job list", {})),
        ("/job status id:k7f39qztma", TypedCommand("job status", {"id": "k7f39qztma"})),
        (
            "/async-job type:a start:30d end:2026-10-01",
            TypedCommand("async-job", {"type": "a", "start": "30d", "end": "2026-10-01"}),
        ),
        ('/job cancel id:a reason:"wrong range"', TypedCommand("job cancel", {"id": "a", "reason": "wrong range"})),
    ],
)
def test_commands_are_read_as_people_type_them(line: str, command: TypedCommand) -> None:
    assert parse(line) == command


@pytest.mark.parametrize("line", ["", "   ", "hello", "/", "/job list state:a loose", '/job "open'])
def test_what_is_no_command_is_refused_with_an_example(line: str) -> None:
    with pytest.raises(NotACommand, match=r"/job list|name:value"):
        parse(line)
