"""`hot_value`: a frozen dataclass to the type checker, an open one at run time.

For the few values that are made for every job on its way. Python's own `frozen=True` sets each field through
`object.__setattr__`, which costs eight times as much as an open dataclass: more than all else about these values.
Invariant: nobody assigns to a field; mypy sees to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as hot_value
else:
    from dataclasses import dataclass

    def hot_value(*, frozen: bool, slots: bool) -> Any:
        """Takes what `dataclass` takes; `frozen` is the type checker's affair."""
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["hot_value"]
