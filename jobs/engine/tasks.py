"""Any function as a job: registered by name once, enqueued with arguments, run like every other job.

Two job types stand behind it, one for functions and one for methods of services. Invariant: only what was
registered runs; a payload can name nothing else, least of all an import path.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, get_type_hints

from pydantic import Field, JsonValue, PydanticUserError, TypeAdapter, ValidationError

from jobs.engine.errors import InvalidOption, JobError
from jobs.engine.model import Job
from jobs.engine.options import list_of, text_of
from jobs.engine.payload import Payload
from jobs.engine.queue import JobQueue
from jobs.engine.registry import JobContext, JobType

F = TypeVar("F", bound=Callable[..., Any])
CALL, METHOD = "call", "call-method"
NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
CONTEXT = "ctx"
"""A function whose first parameter has this name is given the job's context."""


class Call(Payload):
    """Call a registered function."""

    name: str
    args: list[JsonValue] = Field(default_factory=list)
    kwargs: dict[str, JsonValue] = Field(default_factory=dict)
    title: str = ""


class MethodCall(Call):
    """Call a method of a registered service."""

    service: str


class Tasks:
    """The functions and services of one queue; give `types()` to its registry."""

    def __init__(self) -> None:
        self._functions: dict[str, Callable[..., Any]] = {}
        self._methods: dict[tuple[str, str], Callable[..., Any]] = {}

    def task(self, name: str) -> Callable[[F], F]:
        """Register the decorated function, async or plain, as `name`.

        What its parameters are annotated with is what callers may give. Raises `InvalidOption` for a taken name.
        """
        text_of("task", name, low=1)

        def register(function: F) -> F:
            if name in self._functions:
                raise InvalidOption("task", name, "a name that is not taken")
            if not callable(function):
                raise InvalidOption("task", function, "a function, or an object that can be called")
            self._functions[name] = function
            return function

        return register

    def register_service(self, name: str, service: object, methods: Iterable[str]) -> None:
        """Let these methods of `service` be called. Raises `InvalidOption` for what is no public method, or taken."""
        for method in methods:
            function = getattr(service, method, None)
            if method.startswith("_") or not callable(function):
                raise InvalidOption("method", method, f"a public method of {name}")
            if (name, method) in self._methods:
                raise InvalidOption("method", f"{name}.{method}", "a method that is not registered yet")
            self._methods[name, method] = function

    def types(self) -> list[JobType]:
        """The two job types."""
        return [
            JobType(CALL, "Task", Call, self._run_call, listed=False),
            JobType(METHOD, "Service Task", MethodCall, self._run_method, listed=False),
        ]

    async def enqueue_call(
        self,
        queue: JobQueue,
        name: str,
        args: Sequence[JsonValue] = (),
        kwargs: Mapping[str, JsonValue] | None = None,
        *,
        title: str = "",
        **options: Any,
    ) -> Job:
        """Enqueue a call; `options` are those of `JobQueue.enqueue`.

        Raises `InvalidOption` for an unknown name and for arguments that do not fit, and like `JobQueue.enqueue`.
        """
        args, given = list_of("args", args, "values"), _by_name(kwargs)
        _check(self._functions.get(text_of("task", name)), name, args, given, self._functions)
        payload = {"name": name, "args": list(args), "kwargs": given, "title": title}
        return await queue.enqueue(CALL, payload, **options)

    async def enqueue_method(
        self,
        queue: JobQueue,
        service: str,
        method: str,
        args: Sequence[JsonValue] = (),
        kwargs: Mapping[str, JsonValue] | None = None,
        *,
        title: str = "",
        **options: Any,
    ) -> Job:
        """Enqueue a call of a service's method; raises like `enqueue_call`."""
        args, given = list_of("args", args, "values"), _by_name(kwargs)
        known = [f"{s}.{m}" for s, m in self._methods]
        _check(self._methods.get((service, method)), f"{service}.{method}", args, given, known)
        payload = {"service": service, "name": method, "args": list(args), "kwargs": given, "title": title}
        return await queue.enqueue(METHOD, payload, **options)

    async def call(self, ctx: JobContext[Any], name: str, data: JsonValue) -> Any:
        """Run a registered function with one argument, inside of a job. Raises `JobError` for what cannot be run."""
        return await self._run_call(ctx, Call(name=name, args=[data]))

    async def _run_call(self, ctx: JobContext[Any], payload: Call) -> Any:
        return await _run(self._functions.get(payload.name), payload.name, ctx, payload)

    async def _run_method(self, ctx: JobContext[Any], payload: MethodCall) -> Any:
        name = f"{payload.service}.{payload.name}"
        return await _run(self._methods.get((payload.service, payload.name)), name, ctx, payload)


async def _run(function: Callable[..., Any] | None, name: str, ctx: JobContext[Any], payload: Call) -> Any:
    """Call it, checked once more: the payload may come from elsewhere, and the function may be another by now."""
    if function is None:
        raise JobError(f"No task {name} is installed.", retryable=False, category="payload")
    try:
        _check(function, name, payload.args, payload.kwargs)
    except InvalidOption as error:
        raise JobError(str(error), retryable=False, category="payload") from None
    args = ([ctx] if _takes_context(function) else []) + list(payload.args)
    call = partial(function, *args, **payload.kwargs)
    answer = call() if inspect.iscoroutinefunction(function) else await ctx.in_thread(call)
    return await answer if inspect.isawaitable(answer) else answer


def _by_name(given: Mapping[str, JsonValue] | None) -> dict[str, JsonValue]:
    if given is not None and not isinstance(given, Mapping):
        raise InvalidOption("kwargs", given, "values by name")
    return dict(given or {})


def _check(
    function: Callable[..., Any] | None,
    name: str,
    args: Sequence[JsonValue],
    kwargs: Mapping[str, JsonValue],
    known: Iterable[str] = (),
) -> None:
    """Raises `InvalidOption` for a function that is not there or cannot be called like this, with the argument."""
    if function is None:
        raise InvalidOption("task", name, "one of " + (", ".join(sorted(known)) or "none"))
    context = [None] if _takes_context(function) else []
    signature = inspect.signature(function)
    try:
        bound = signature.bind(*context, *args, **kwargs)
    except TypeError as error:
        raise InvalidOption("arguments", list(args), f"what {name} takes ({error})") from None
    for argument, value in list(bound.arguments.items())[len(context) :]:
        if signature.parameters[argument].kind in NAMED:
            _check_argument(function, name, argument, value)


def _check_argument(function: Callable[..., Any], task: str, argument: str, value: JsonValue) -> None:
    try:
        TypeAdapter(get_type_hints(function).get(argument, Any)).validate_python(value, strict=True)
    except ValidationError as error:
        raise InvalidOption(argument, value, f"what {task} takes ({error.errors()[0]['msg']})") from None
    except (NameError, TypeError, PydanticUserError):
        return  # annotated with what no value of JSON is, or cannot be looked up: the function's own affair


def _takes_context(function: Callable[..., Any]) -> bool:
    return next(iter(inspect.signature(function).parameters), None) == CONTEXT
