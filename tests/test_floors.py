"""The rooms import each other in one direction only; this reads every import and compares it with the floors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("jobs", "bot", "cogs")

ENGINE_FLOORS: tuple[tuple[str, ...], ...] = (
    ("values", "errors", "retry", "states", "model", "outcome", "result", "options", "cron", "config"),
    ("clock", "waits", "events", "records", "database", "erasure", "backend", "payload", "registry"),
    ("failure", "threads", "processes", "stage", "context", "run", "batches", "worker", "executor"),
    (
        "cache",
        "webhooks",
        "dependencies",
        "request",
        "intake",
        "statistics",
        "pauses",
        "transaction",
        "hooks",
        "queue",
        "forecast",
        "outbox",
        "scheduler",
        "health",
        "breaker",
        "inbox",
        "watchdog",
        "plugins",
        "tasks",
    ),
    ("backends",),
    ("testing", "metrics"),
)
"""Ground floor first; a module imports what stands lower, or on its own floor to its left."""

JOBS_FLOORS = (
    "engine",
    "report",
    "roles",
    "confirmation",
    "job_store",
    "services",
    "lists",
    "activity",
    "handlers",
)
BOT_OUTSIDE_SANDBOX = {"app", "demo", "__main__"}
FOREIGN_TO_ENGINE = {"discord", "bot", "cogs"}


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def engine_place(module: str) -> tuple[int, int] | None:
    part = module.removeprefix("jobs.engine").lstrip(".").split(".")[0]
    for floor, names in enumerate(ENGINE_FLOORS):
        if part in names:
            return floor, names.index(part)
    return None


def violation(importer: str, imported: str) -> str | None:
    """Why `importer` must not import `imported`, or None."""
    rooms = {"jobs": 0, "bot": 1, "cogs": 2}
    here, there = importer.split(".", maxsplit=1)[0], imported.split(".", maxsplit=1)[0]
    if there in rooms and rooms[there] > rooms[here]:
        return f"{here} stands below {there}"
    if importer.startswith("jobs.engine") and there in FOREIGN_TO_ENGINE:
        return "the engine knows no Discord"
    if importer.startswith("jobs") and there == "discord":
        return "jobs reach Discord only through their services"
    if importer.startswith("jobs.") and imported.startswith("jobs."):
        return jobs_violation(importer, imported)
    if imported.startswith("bot.sandbox") and not importer.startswith("bot.sandbox"):
        return None if importer.split(".")[1] in BOT_OUTSIDE_SANDBOX else "only app and demo know the sandbox"
    if importer.startswith("bot.sandbox") and there == "bot" and not imported.startswith("bot.sandbox"):
        return "the sandbox knows nothing of the bot"
    return None


def jobs_violation(importer: str, imported: str) -> str | None:
    floors = [module.split(".")[1] for module in (importer, imported)]
    if all(floor in JOBS_FLOORS for floor in floors):
        if JOBS_FLOORS.index(floors[1]) > JOBS_FLOORS.index(floors[0]):
            return f"{floors[0]} stands below {floors[1]}"
        if floors[0] == "handlers" and ".backends" in imported:
            return "handlers know no concrete backend"
    if floors == ["engine", "engine"]:
        here, there = engine_place(importer), engine_place(imported)
        if here and there and there[0] >= here[0] and there > here:
            return f"{importer} stands below {imported}"
    return None


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    importer = name_of(path)
    found = [f"{imported}: {why}" for imported in imports_of(path) if (why := violation(importer, imported))]
    assert not found, f"{importer} imports upwards: {found}"


def test_every_module_of_the_engine_has_a_floor() -> None:
    placed = {name for floor in ENGINE_FLOORS for name in floor}
    there = {p.stem for p in (ROOT / "jobs/engine").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert there - {"__init__"} <= placed


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("jobs.engine.model", "jobs.engine.queue"),
        ("jobs.engine.executor", "jobs.engine.backends.sqlite"),
        ("jobs.engine.queue", "discord"),
        ("jobs.handlers.some_type", "jobs.engine.backends.sqlite"),
        ("jobs.services", "jobs.handlers"),
        ("bot.client", "cogs.job"),
        ("bot.client", "bot.sandbox.world"),
        ("bot.sandbox.world", "bot.client"),
    ],
)
def test_the_check_finds_an_import_that_points_up(importer: str, imported: str) -> None:
    assert violation(importer, imported) is not None


def test_no_file_grows_past_four_hundred_lines() -> None:
    files = [*modules(), *(ROOT / "tests").rglob("*.py")]
    assert not [str(p.relative_to(ROOT)) for p in files if len(p.read_text(encoding="utf-8").splitlines()) > 400]
