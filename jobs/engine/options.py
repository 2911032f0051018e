"""Checks of what callers give: names, whole numbers, durations, texts. Pure.

Invariant: what is refused is refused with its name, what was given and what is allowed, whatever was given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from jobs.engine.errors import InvalidOption, UnknownOption
from jobs.engine.model import MAX_ERROR_CHARS, is_finite, storable

T = TypeVar("T")
MAX_DELAY_S = 366 * 86_400.0
MAX_TEXT = 200
LAST_INSTANT = 253_402_300_799_999
"""The end of the year 9999, in ms: what `datetime` can still tell."""


def known_only(given: Iterable[str], known: Collection[str]) -> None:
    """Raises `UnknownOption` for a name that is not known, with the one that was probably meant."""
    for name in given:
        if name not in known:
            from difflib import get_close_matches

            close = get_close_matches(name, known, n=1)
            raise UnknownOption(name, close[0] if close else None, sorted(known))


def whole_of(name: str, given: Any, low: int, high: int) -> int:
    """A whole number in range. Raises `InvalidOption`."""
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise InvalidOption(name, given, f"a whole number from {low:,} to {high:,}")
    return given


def seconds_of(name: str, given: Any) -> float:
    """A duration from 0 seconds to a year, as a number or a `timedelta`. Raises `InvalidOption`."""
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    if not isinstance(seconds, int | float) or not is_finite(seconds) or not 0 <= seconds <= MAX_DELAY_S:
        raise InvalidOption(name, given, "a number of seconds from 0 to a year")
    return float(seconds)


def limit_of(name: str, given: Any) -> float | None:
    """A duration above 0, or None for no limit. Raises `InvalidOption`."""
    if given is None:
        return None
    seconds = seconds_of(name, given)
    if seconds <= 0:
        raise InvalidOption(name, given, "a number of seconds above 0, or None for no limit")
    return seconds


def instant_of(name: str, given: Any) -> int | None:
    """Milliseconds since the epoch, or None. Raises `InvalidOption`."""
    return None if given is None else whole_of(name, given, 0, LAST_INSTANT)


def text_of(name: str, given: Any, low: int = 0) -> str:
    """A printable line. Raises `InvalidOption`."""
    if not isinstance(given, str) or not low <= len(given) <= MAX_TEXT or not given.isprintable():
        raise InvalidOption(name, given, f"{low} to {MAX_TEXT} printable characters")
    return given


def reason_of(given: Any) -> str:
    """Why somebody wants it, in as many words as are kept of one. Raises `InvalidOption`."""
    return storable(instance_of("reason", given, str, "a sentence"))[:MAX_ERROR_CHARS]


def list_of(name: str, given: Any, what: str) -> Sequence[Any]:
    """A list; a single text is none, though Python would take it for one. Raises `InvalidOption`."""
    if isinstance(given, str | bytes) or not isinstance(given, Sequence):
        raise InvalidOption(name, given, f"a list of {what}")
    return given


def number_of(name: str, given: Any, low: float, high: float, unit: str = "") -> float:
    """A number in range. Raises `InvalidOption`."""
    if not isinstance(given, int | float) or not is_finite(given) or not low <= given <= high:
        raise InvalidOption(name, given, f"a number{unit} from {low:g} to {high:g}")
    return float(given)


def instance_of(name: str, given: Any, kind: type[T], what: str) -> T:
    """A value of a class. Raises `InvalidOption`."""
    if not isinstance(given, kind):
        raise InvalidOption(name, given, what)
    return given
