"""What is said once, in a reply, when a job ends or stops: to its requester alone. Pure."""

from __future__ import annotations

from hashlib import sha256

from bot.cards.text import escape, user
from bot.guild_pauses import OUTAGE
from bot.languages import Words
from bot.reporter.message import Notify
from jobs.confirmation import WAITS
from jobs.engine.model import Job
from jobs.engine.states import State

LONG_MS = 60_000
"""A job shorter than this needs no call; whoever asked is still looking."""
NONCE_CHARS = 25
"""Longest nonce of a message (Discord API documentation, "Create Message")."""


def worth_saying(job: Job, notify: Notify) -> bool:
    """Whether this state is to be said once: an end after a minute, a failure, a pause that needs somebody."""
    if notify == "never":
        return False
    if job.state is State.PAUSED and job.reason == WAITS:
        # Whoever asked is still looking, unless what they confirm took long to find out.
        return job.updated_at - job.created_at >= LONG_MS
    if job.state is State.PAUSED:
        return job.reason != OUTAGE
    if job.state is State.FAILED:
        return True
    if notify == "failure" or not job.state.is_final or job.completed_at is None or job.first_started_at is None:
        return False
    return job.completed_at - job.first_started_at >= LONG_MS


def sentence(job: Job, title: str, words: Words) -> str:
    """The reply."""
    what = "asks" if job.state is State.PAUSED and job.reason == WAITS else str(job.state)
    return words(f"said-{what}", user=user(job.owner, words), title=escape(title))


def mark(job: Job) -> str:
    """Names this version of the job among all others: what is durable of it, without its progress."""
    since = {State.ACTIVE: job.claim_no, State.PAUSED: job.updated_at}.get(job.state, job.completed_at)
    signs = ("-stopping" if job.cancelling is not None else "") + ("-stuck" if job.stuck else "")
    return f"{job.state}-{since}{signs}"


def nonce(job_id: str, what: str) -> str:
    """The same for the same message of the same job, so that one sent again makes no second one."""
    return sha256(f"{job_id} {what}".encode()).hexdigest()[:NONCE_CHARS]
