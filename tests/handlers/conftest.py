"""Analyses count and draw in another process, which the tests of this room share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def processes(shared_processes: None) -> None:
    """See `tests.conftest`."""
