"""Checks requests and answers against Discord's own OpenAPI document.

Owns no traffic: it is given what went over the wire. Four allowances, each for what Discord takes in practice:
numbers as snowflakes, one value for an array in a query, `%40` in a path, and media channels, which the document
leaves out and the documentation lists (Discord API documentation, "Channel Types": 16).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

URN = "urn:discord"
PREFIX = "/api/v10"
_PLACE = re.compile(r"\{[^}]+\}")
_SNOWFLAKE = re.compile(r"0|[1-9][0-9]*")

formats = FormatChecker(formats=())


@formats.checks("snowflake")
def _is_snowflake(value: object) -> bool:
    return not isinstance(value, str) or _SNOWFLAKE.fullmatch(value) is not None


@dataclass(frozen=True)
class Operation:
    """One method of one path template."""

    template: str
    method: str
    spec: Mapping[str, Any]
    pointer: str


class Contract:
    """The document at `path`."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text(encoding="utf-8"))
        schemas = self._document["components"]["schemas"]
        schemas["SnowflakeType"]["type"] = ["string", "integer"]
        schemas["ChannelTypes"]["oneOf"].append({"title": "GUILD_MEDIA", "const": 16})

    @cached_property
    def _registry(self) -> Registry[Any]:
        resource = Resource.from_contents(self._document, default_specification=DRAFT202012)
        empty: Registry[Any] = Registry()
        return cast("Registry[Any]", empty.with_resource(URN, resource))

    @cached_property
    def _operations(self) -> list[tuple[re.Pattern[str], Operation]]:
        """The most literal templates first, so that `@me` wins over `{id}`."""
        found = []
        for template, item in sorted(self._document["paths"].items(), key=lambda p: len(_PLACE.findall(p[0]))):
            steps = template.split("/")
            pattern = re.compile("/".join("[^/]+" if _PLACE.fullmatch(step) else re.escape(step) for step in steps))
            for method, spec in item.items():
                if method in ("get", "put", "post", "patch", "delete"):
                    pointer = f"/paths/{_escaped(template)}/{method}"
                    parameters = [*item.get("parameters", []), *spec.get("parameters", [])]
                    found.append((pattern, Operation(template, method, {**spec, "parameters": parameters}, pointer)))
        return found

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that serves this request."""
        wanted = path.removeprefix(PREFIX).replace("%40", "@")
        for pattern, operation in self._operations:
            if operation.method == method.lower() and pattern.fullmatch(wanted):
                return operation
        return None

    def check_request(self, method: str, path: str, query: Mapping[str, str], body: Any) -> list[str]:
        """What is wrong with a request; empty when nothing is."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"no such operation: {method} {path}"]
        problems = [*self._query_problems(operation, query), *self._path_problems(operation, path)]
        schema = self._pointer_to(operation, "requestBody", "content", "application/json", "schema")
        if body is not None and schema is not None:
            problems += self._problems(schema, body, "body")
        if body is None and operation.spec.get("requestBody", {}).get("required"):
            problems.append("body: required")
        return problems

    def check_answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with an answer; empty when nothing is."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"no such operation: {method} {path}"]
        if str(status) not in operation.spec["responses"]:
            return [f"{method} {operation.template}: status {status} is not documented"]
        schema = self._pointer_to(operation, "responses", str(status), "content", "application/json", "schema")
        if schema is None:
            return [] if body is None else [f"{method} {operation.template}: an answer without a schema"]
        return self._problems(schema, body, "answer")

    def _path_problems(self, operation: Operation, path: str) -> Iterator[str]:
        schemas = {p["name"]: p["schema"] for p in operation.spec.get("parameters", []) if p.get("in") == "path"}
        wanted = path.removeprefix(PREFIX).replace("%40", "@").split("/")
        for step, value in zip(operation.template.split("/"), wanted, strict=True):
            if _PLACE.fullmatch(step):
                schema = _of_document(schemas[step[1:-1]])
                yield from (f"path {step}: {error.message}" for error in self._validator(schema).iter_errors(value))

    def _query_problems(self, operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
        known = {p["name"]: p for p in operation.spec.get("parameters", []) if p.get("in") == "query"}
        for name in query:
            if name not in known:
                yield f"query {name}: not in the document"
        for name, parameter in known.items():
            if name not in query:
                if parameter.get("required"):
                    yield f"query {name}: required"
                continue
            schema = _of_document(parameter["schema"])
            errors = [list(self._validator(schema).iter_errors(v)) for v in _readings(query[name])]
            if all(errors):
                yield f"query {name}: {errors[0][0].message}"

    def _pointer_to(self, operation: Operation, *steps: str) -> dict[str, str] | None:
        place: Any = operation.spec
        for step in steps:
            place = place.get(step) if isinstance(place, Mapping) else None
        if place is None:
            return None
        return {"$ref": f"{URN}#{operation.pointer}/" + "/".join(_escaped(step) for step in steps)}

    def _problems(self, schema: Mapping[str, Any], value: Any, what: str) -> list[str]:
        errors = sorted(self._validator(schema).iter_errors(value), key=lambda e: list(map(str, e.path)))
        return [f"{what} {'.'.join(map(str, e.absolute_path)) or '.'}: {e.message[:300]}" for e in errors]

    def _validator(self, schema: Mapping[str, Any]) -> Draft202012Validator:
        return Draft202012Validator(schema, registry=self._registry, format_checker=formats)


def _of_document(schema: Mapping[str, Any]) -> Any:
    """A schema taken out of the document, with its references leading back there."""
    return json.loads(json.dumps(schema).replace('"#/', f'"{URN}#/'))


def _readings(text: str) -> list[Any]:
    """What a value in a query may stand for."""
    readings: list[Any] = [text, [text]]
    if text.isdigit():
        readings.append(int(text))
    if text in ("0", "1", "true", "false"):
        readings.append(text in ("1", "true"))
    return readings


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
