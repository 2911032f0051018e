"""How a job is spoken of in a sentence: what it does now, and where it can be seen.

Pure. Invariant: nobody is given a link that they cannot open.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.guards import Caller
from bot.languages import Sentence, Words
from bot.reporter import ProgressMessage
from jobs.engine.model import Job
from jobs.engine.states import State

IN_LINE = frozenset({State.WAITING, State.DELAYED, State.BLOCKED})


def doing(job: Job) -> Sentence:
    """`running`, `in line`, or the state's own name."""
    if job.state is State.ACTIVE:
        return Sentence("doing-active")
    return Sentence("doing-in-line" if job.state in IN_LINE else f"state-{job.state}")


def place_of(job: Job, message: ProgressMessage | None, caller: Caller) -> Callable[[Words], str]:
    """A link to the job's message with how far it is; its id where there is no message that the caller can open."""
    link = message.link_for(caller.user_id) if message else None
    return lambda words: (f"[{words('see-it')}]({link})" if link else f"`{job.id}`") + _share(job)


def named_place(job: Job, message: ProgressMessage | None, caller: Caller) -> str:
    """The same, by the job's id."""
    link = message.link_for(caller.user_id) if message else None
    return (f"[{job.id}]({link})" if link else f"`{job.id}`") + _share(job)


def _share(job: Job) -> str:
    if job.progress is None or job.progress.percentage is None or job.state.is_final:
        return ""
    return f", {job.progress.percentage:.0f} %"
