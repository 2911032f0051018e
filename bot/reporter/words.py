"""What is said once, in a reply, when a job ends or stops: to its requester alone. Pure."""

from __future__ import annotations

from bot.cards.text import escape, user
from bot.languages import Words
from bot.reporter.message import Notify
from jobs.engine.model import Job
from jobs.engine.states import State

LONG_MS = 60_000
"""A job shorter than this needs no call; whoever asked is still looking."""
NONCE_LIMIT = 25


def worth_saying(job: Job, notify: Notify) -> bool:
    """Whether this state is to be said once: an end after a minute, a failure, a pause."""
    if notify == "never":
        return False
    if job.state in (State.FAILED, State.PAUSED):
        return True
    if notify == "failure" or not job.state.is_final or job.completed_at is None or job.first_started_at is None:
        return False
    return job.completed_at - job.first_started_at >= LONG_MS


def sentence(job: Job, title: str, words: Words) -> str:
    """The reply."""
    return words(f"said-{job.state}", user=user(job.owner, words), title=escape(title))


def mark(job: Job) -> str:
    """Names this end among all of the job's; it is also the reply's nonce."""
    return f"{job.id[:20]}-{job.state[0]}{job.claim_no % 100}"[:NONCE_LIMIT]
