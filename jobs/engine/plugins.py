"""Job types from modules that are named in a setting, and processors written as classes.

Invariant: a module that cannot be loaded, brings nothing, or brings what cannot be, is refused with its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from jobs.engine.errors import EngineError
from jobs.engine.hooks import Hooks
from jobs.engine.options import known_only
from jobs.engine.registry import JobContext, JobType

if TYPE_CHECKING:
    from jobs.engine.payload import Payload


class PluginError(EngineError):
    """A module of job types cannot be used."""

    def __init__(self, module: str, why: str) -> None:
        super().__init__(f"The job module {module} cannot be used: {why}.")
        self.module = module


def load_modules(names: Iterable[str]) -> list[JobType]:
    """The job types at the top level of these modules, in their order. Raises `PluginError`."""
    return [type_ for name in names for type_ in _types_of(name)]


def _types_of(name: str) -> list[JobType]:
    try:
        module = import_module(name)
    except Exception as error:
        raise PluginError(name, f"{type(error).__name__}: {error}") from error
    found = [value for value in vars(module).values() if isinstance(value, JobType)]
    if not found:
        raise PluginError(name, "it defines no job type")
    for type_ in found:
        try:
            type_.check()
        except EngineError as error:
            raise PluginError(name, f"{type_.name}: {str(error).rstrip('.')}") from None
    return found


class Processor(Protocol):
    """A job type as a class. `on_progress`, `on_complete` and `on_error` are called if they are there."""

    async def process(self, ctx: JobContext[Any], payload: Any) -> Any: ...


def processor_type(name: str, processor: Processor, *, payload: type[Payload] | None = None, **policy: Any) -> JobType:
    """The job type of a processor; `policy` are the fields of `JobType`."""
    policy.setdefault("title", name.replace("-", " ").title())
    known_only(policy, JobType.__dataclass_fields__)
    hooks = Hooks(
        on_progress=getattr(processor, "on_progress", None),
        on_complete=getattr(processor, "on_complete", None),
        on_failed=getattr(processor, "on_error", None),
    )
    return JobType(name=name, payload=payload, handler=processor.process, hooks=hooks, **policy)
