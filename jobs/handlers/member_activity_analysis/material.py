"""What the files of an analysis are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from jobs.engine.model import JsonObject
from jobs.handlers.member_activity_analysis.findings import Findings
from jobs.handlers.member_activity_analysis.spool import Spool
from jobs.handlers.member_activity_analysis.table import MemberRow
from jobs.report import Words


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows of the inactive members; see `Inactivity`."""

    gone_quiet: Spool[MemberRow]
    never_seen: Spool[MemberRow]

    def __iter__(self) -> Iterator[MemberRow]:
        """In the order of the list."""
        return chain(self.gone_quiet, self.never_seen)


@dataclass(frozen=True, slots=True)
class Material:
    """What was found, what it comes to, and the words to say it in."""

    findings: Findings
    """Of members, those at the top alone."""
    everybody: Spool[MemberRow]
    """Everybody who is there or was active, most messages first."""
    inactive: Listed | None
    result: JsonObject
    words: Words
