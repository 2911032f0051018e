"""What the files of an analysis are made of."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.engine.model import JsonObject
from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.inactivity import Inactivity
from jobs.report import Words


@dataclass(frozen=True, slots=True)
class Material:
    """What was found, what it comes to, and the words to say it in."""

    findings: Findings
    inactivity: Inactivity | None
    result: JsonObject
    words: Words
