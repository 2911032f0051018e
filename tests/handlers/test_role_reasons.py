"""What stands in the server's audit log: job, person and reason, within what may go over the wire."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from jobs.handlers.bulk_role_assignment.changer import REASON, audit_reason


@pytest.mark.parametrize("text", ["x" * 600, "Grüße an alle, " * 40, "🦊" * 300, "line\nbreak\r\n\ttab\u202e", ""])
@pytest.mark.parametrize("name", ["Ada", "名前" * 40, "a\nb"])
def test_it_says_who_asked_in_which_job_and_fits_however_it_is_written(name: str, text: str) -> None:
    reason = audit_reason("k7f39qztma", name, 42, text)
    assert reason.startswith(f"Errand job k7f39qztma for {name[0]}")
    assert len(quote(reason, safe="/ ")) <= REASON
    assert reason.isprintable()


def test_as_much_of_the_reason_stays_as_fits() -> None:
    reason = audit_reason("k7f39qztma", "Ada", 42, "é" * 300)
    assert reason.startswith("Errand job k7f39qztma for Ada (42): ééé")
    assert REASON - len(quote(reason, safe="/ ")) < len(quote("é"))
    assert audit_reason("k7f39qztma", "Ada", 42, "") == "Errand job k7f39qztma for Ada (42)"
