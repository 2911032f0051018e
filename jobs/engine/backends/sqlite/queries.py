"""The named statements of `queries.sql`, read once."""

from __future__ import annotations

from importlib.resources import files


def load_queries() -> dict[str, str]:
    """Every statement by its name."""
    text = files(__package__).joinpath("queries.sql").read_text(encoding="utf-8")
    blocks = text.split("-- name: ")[1:]
    return {name.strip(): sql.strip() for name, _, sql in (block.partition("\n") for block in blocks)}


SQL = load_queries()
