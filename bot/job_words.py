"""How a job is spoken of in a sentence: what it does now, and where it can be seen.

Pure. Invariant: nobody is given a link that they cannot open.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.guards import Caller
from bot.reporter import ProgressMessage
from jobs.engine.model import Job
from jobs.engine.states import State

DOING: Mapping[State, str] = {
    State.ACTIVE: "running",
    State.WAITING: "in line",
    State.DELAYED: "in line",
    State.BLOCKED: "in line",
}


def doing(job: Job) -> str:
    """`running`, `in line`, or the state's own name."""
    return DOING.get(job.state, str(job.state))


def place_of(job: Job, message: ProgressMessage | None, caller: Caller, *, text: str = "see it") -> str:
    """A link to the job's message with how far it is; its id where there is no message that the caller can open."""
    done = ""
    if job.progress is not None and job.progress.percentage is not None and not job.state.is_final:
        done = f", {job.progress.percentage:.0f} %"
    link = message.link_for(caller.user_id) if message else None
    return f"[{text}]({link}){done}" if link else f"`{job.id}`{done}"
