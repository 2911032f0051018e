"""Slash commands as people type them into the demonstration's terminal: `/job status id:k7f39qztma`.

Pure. Invariant: what cannot be a command is refused with a sentence that shows a right one.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

EXAMPLE = "Type a command like `/job list` or `/async-job type:member-activity-analysis start:7d`, or `quit`."
_OPTION = re.compile(r"([a-z_-]+):(.*)", re.DOTALL)


class NotACommand(ValueError):
    """The line is no slash command; the text says what one looks like."""


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """Name with its subcommand, and the options as typed."""

    name: str
    options: dict[str, str]


def parse(line: str) -> TypedCommand:
    """The command typed. Raises `NotACommand`."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise NotACommand(EXAMPLE) from None
    if not words or not words[0].startswith("/") or words[0] == "/":
        raise NotACommand(EXAMPLE)
    name, options = [words[0][1:]], {}
    for word in words[1:]:
        if option := _OPTION.fullmatch(word):
            options[option[1]] = option[2]
        elif options:
            raise NotACommand(f"Write options as `name:value`; `{word}` has no name.")
        else:
            name.append(word)
    return TypedCommand(" ".join(name), options)
