"""One member, recognised in what was stored: JSON, lines of tables, text. Pure.

Invariant: an id is never found inside of a longer number, and what is left of a value has its old shape: an entry of
a list that is about the member goes whole, an object that must stay loses what it says of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jobs.engine.model import JsonValue

ERASED = "(erased)"
"""What stands in a text where a member was named."""


class _Gone:
    """In place of what is taken out."""


GONE = _Gone()


class Subject:
    """A member, by id; whatever is shown of others by name alone is not theirs."""

    def __init__(self, member_id: int) -> None:
        self.member_id = member_id
        self.text = str(member_id)
        self._alone = re.compile(rf"'?(?:id:)?{member_id}|<@!?{member_id}>")
        self._within = re.compile(rf"<@!?{member_id}>|(?<!\d){member_id}(?!\d)")

    def named_in(self, text: str) -> bool:
        """Whether the id stands in a text."""
        return self._within.search(text) is not None

    def is_alone(self, value: object) -> bool:
        """Whether a value is the id and nothing else: as a number, as text, as a mention, or as tables write it."""
        if isinstance(value, bool):
            return False
        return value == self.member_id or (isinstance(value, str) and self._alone.fullmatch(value) is not None)

    def without(self, value: JsonValue) -> JsonValue:
        """`value` without the member."""
        if isinstance(value, dict):
            # What is handed in is never taken away whole: a payload stays an object.
            return self._object(value)
        kept = self._without(value)
        return None if isinstance(kept, _Gone) else kept

    def text_without(self, text: str) -> str:
        """The text with something else in place of the id."""
        return self._within.sub(ERASED, text)

    def parts(self, value: JsonValue) -> Iterator[JsonValue]:
        """What a value says of the member: the objects and texts that name them."""
        if isinstance(value, dict):
            if self._is_about(value):
                yield value
                return
            for name, part in value.items():
                if self.is_alone(name):
                    yield {name: part}
                else:
                    yield from self.parts(part)
        elif isinstance(value, list):
            for part in value:
                yield from self.parts(part)
        elif self.is_alone(value) or (isinstance(value, str) and self.named_in(value)):
            yield value

    def _without(self, value: JsonValue) -> JsonValue | _Gone:
        if isinstance(value, dict):
            return GONE if self._is_about(value) else self._object(value)
        if isinstance(value, list):
            kept = (self._without(part) for part in value)
            return [part for part in kept if not isinstance(part, _Gone)]
        if self.is_alone(value):
            return GONE
        return self.text_without(value) if isinstance(value, str) else value

    def _object(self, value: dict[str, JsonValue]) -> dict[str, JsonValue]:
        kept = {self.text_without(name): self._without(part) for name, part in value.items() if not self.is_alone(name)}
        return {name: None if isinstance(part, _Gone) else part for name, part in kept.items()}

    def _is_about(self, value: dict[str, JsonValue]) -> bool:
        return any(self.is_alone(part) for part in value.values())
