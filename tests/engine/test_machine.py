"""The life cycle against a small model: any order of events leaves the same jobs in the same states."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from jobs.engine.backend import CancelAnswer, Lease, Limits, RetryOverrides, TypeLimits
from jobs.engine.backends.sqlite import ENGINE_MIGRATIONS, SqliteBackend, SqliteDatabase
from jobs.engine.config import QueueConfig
from jobs.engine.errors import NotRetryable
from jobs.engine.model import ErrorInfo, JobSpec, RunPolicy, new_id
from jobs.engine.outcome import (
    Cancelled,
    Defer,
    Done,
    Fail,
    Hold,
    Outcome,
    Release,
    Retry,
    Settlement,
    gives_attempt_back,
    target_state,
)
from jobs.engine.states import FINAL, State
from jobs.engine.testing.clock import FakeClock

MAX_CRASHES = 3
OUTCOMES: list[Outcome] = [
    Done({"ok": True}),
    Retry(30.0, ErrorInfo("no")),
    Defer(10.0, "later"),
    Hold("ask"),
    Fail(ErrorInfo("no")),
    Cancelled("enough"),
    Release(),
]


@dataclass
class Model:
    """What a job must look like."""

    state: State
    run_at: int
    key: str | None
    attempts: int = 0
    crashes: int = 0
    cancelling: bool = False


class LifeCycle(RuleBasedStateMachine):
    """Drives a real backend on a real file; the loop is run by hand, the clock is a fake one."""

    jobs: Bundle[str] = Bundle("jobs")
    running: Bundle[str] = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "errand.db"
        self.clock = FakeClock()
        self.model: dict[str, Model] = {}
        self.answers: dict[str, asyncio.Future[Settlement]] = {}
        self.backend = self._open()

    def do(self, awaitable: Any) -> Any:
        return self.loop.run_until_complete(awaitable)

    def _open(self) -> SqliteBackend:
        config = QueueConfig(max_crashes=MAX_CRASHES, poll_interval_s=3600.0)
        database = SqliteDatabase(self.path, migrations=ENGINE_MIGRATIONS)
        backend = SqliteBackend(database, clock=self.clock, config=config)
        self.do(backend.open())
        return backend

    async def _execute(self, lease: Lease) -> Settlement:
        self.answers[lease.job.id] = asyncio.get_running_loop().create_future()
        return await self.answers[lease.job.id]

    @rule(target=jobs, delay_s=st.sampled_from([0, 0, 20]), key=st.sampled_from([None, "a", "b"]))
    def enqueue(self, delay_s: int, key: str | None) -> str:
        now = self.clock.now()
        spec = JobSpec(new_id(), "work", {}, RunPolicy(), now, now + delay_s * 1000, key=key)
        (put,) = self.do(self.backend.put_many([spec]))
        taken = [id_ for id_, job in self.model.items() if job.key == key and job.state not in FINAL]
        if key is not None and taken:
            assert (put.existed, put.id) == (True, taken[0])
        else:
            assert not put.existed
            state = State.DELAYED if delay_s else State.WAITING
            self.model[put.id] = Model(state, spec.run_at, key)
        return str(put.id)

    @rule(target=running)
    def claim_one(self) -> str:
        """Let the backend claim exactly one job, if one waits."""

        async def once() -> None:
            active = sum(job.state is State.ACTIVE for job in self.model.values())
            limits = Limits(active + 1, {"work": TypeLimits()})
            if self.backend._timer is None:
                await self.backend.consume(limits, self._execute)
            else:
                await self.backend.set_limits(limits)
            await self.backend.stop_claiming()

        self._pass_time()
        before = set(self.answers)
        self.do(once())
        self.do(asyncio.sleep(0))
        new = set(self.answers) - before
        waiting = [id_ for id_, job in self.model.items() if job.state is State.WAITING]
        assert len(new) == min(1, len(waiting))
        for id_ in new:
            job = self.model[id_]
            assert job.state is State.WAITING
            job.state, job.attempts = State.ACTIVE, job.attempts + 1
        return new.pop() if new else ""

    @rule(job_id=consumes(running), outcome=st.sampled_from(OUTCOMES))
    def finish(self, job_id: str, outcome: Outcome) -> None:
        answer = self.answers.pop(job_id, None)
        if answer is None:
            return
        run = self.backend._runs[job_id]
        answer.set_result(Settlement(outcome))
        self.do(asyncio.wait({run}))
        job = self.model[job_id]
        if job.cancelling and not target_state(outcome).is_final:
            outcome = Cancelled("enough")
        job.state = target_state(outcome)
        job.attempts -= gives_attempt_back(outcome)
        job.cancelling = False
        if isinstance(outcome, Retry | Defer):
            job.run_at = self.clock.now() + round(outcome.delay_s * 1000)

    @rule(job_id=jobs)
    def cancel(self, job_id: str) -> None:
        answer = self.do(self.backend.cancel(job_id, Settlement(Cancelled("enough"))))
        job = self.model[job_id]
        if job.state in FINAL:
            assert answer is CancelAnswer.FINISHED
        elif job.state is State.ACTIVE:
            assert answer is CancelAnswer.REQUESTED
            job.cancelling = True
        else:
            assert answer is CancelAnswer.CANCELLED
            job.state = State.CANCELLED

    @rule(job_id=jobs)
    def hold(self, job_id: str) -> None:
        job = self.model[job_id]
        held = self.do(self.backend.hold(job_id, "wait"))
        assert held is (job.state in {State.WAITING, State.DELAYED, State.ACTIVE})
        if job.state in {State.WAITING, State.DELAYED}:
            job.state = State.PAUSED

    @rule(job_id=jobs)
    def unhold(self, job_id: str) -> None:
        job = self.model[job_id]
        assert self.do(self.backend.unhold(job_id)) is (job.state is State.PAUSED)
        if job.state is State.PAUSED:
            job.state = State.DELAYED if job.run_at > self.clock.now() else State.WAITING

    @rule(job_id=jobs)
    def retry(self, job_id: str) -> None:
        job = self.model[job_id]
        others = [j for id_, j in self.model.items() if j.key == job.key and j.state not in FINAL and id_ != job_id]
        if job.key is not None and job.state in FINAL and others:
            return
        try:
            self.do(self.backend.retry(job_id, RetryOverrides()))
        except NotRetryable:
            assert job.state not in {State.FAILED, State.CANCELLED}
        else:
            assert job.state in {State.FAILED, State.CANCELLED}
            job.state, job.run_at, job.crashes = State.WAITING, self.clock.now(), 0

    @rule(seconds=st.sampled_from([1, 15, 40]))
    def move_clock(self, seconds: int) -> None:
        self.do(self.clock.advance(seconds))
        self._pass_time()

    @rule()
    def crash(self) -> None:
        """Drop the process without a word and start it again on the same file."""
        self.do(self.backend.close())
        self.answers.clear()
        self.backend = self._open()
        for job in self.model.values():
            if job.state is State.ACTIVE:
                job.attempts -= 1
                job.crashes += 1
                given_up = State.FAILED if job.crashes >= MAX_CRASHES else State.WAITING
                job.state = State.CANCELLED if job.cancelling else given_up
                job.cancelling = False

    def _pass_time(self) -> None:
        self.do(self.backend._pass_time())
        for job in self.model.values():
            if job.state is State.DELAYED and job.run_at <= self.clock.now():
                job.state = State.WAITING

    @initialize()
    def start(self) -> None:
        self._pass_time()

    @invariant()
    def every_job_is_where_the_model_says(self) -> None:
        counts = self.do(self.backend.counts())
        assert sum(counts.state(state) for state in State) == len(self.model)
        for job_id, wanted in self.model.items():
            job = self.do(self.backend.get(job_id))
            assert job is not None
            found, expected = job.state, wanted.state
            if expected is State.DELAYED and wanted.run_at <= self.clock.now():
                expected = found if found is State.WAITING else expected
            assert (found, job.attempts) == (expected, wanted.attempts)
            assert (job.cancelling is not None) is wanted.cancelling

    def teardown(self) -> None:
        self.do(self.backend.close())
        self.loop.close()
        self.folder.cleanup()


LifeCycle.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLifeCycle = LifeCycle.TestCase
