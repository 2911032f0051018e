"""The life cycle against a small model: any order of events leaves the same jobs in the same states."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

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
from jobs.engine.states import EDGES, FINAL, State, is_legal
from jobs.engine.testing.clock import FakeClock

MAX_CRASHES = 3
OUTCOMES: list[Outcome] = [
    Done({"ok": True}),
    Retry(30.0, ErrorInfo("no")),
    Defer(10.0, "later"),
    Hold("ask"),
    Hold("asked", asked=True),
    Fail(ErrorInfo("no")),
    Cancelled("enough"),
    Release(),
]


EDGES_OF_THE_TABLE = {(source, target) for source, targets in EDGES.items() for target in targets}


@dataclass
class Model:
    """What a job must look like."""

    state: State
    run_at: int
    key: str | None = None
    expires_at: int | None = None
    parent: str | None = None
    anyway: bool = False
    attempts: int = 0
    crashes: int = 0
    cancelling: bool = False
    held_until: int | None = None
    wish: tuple[int | None] | None = None
    """The end of a pause that was asked of the run that is under way."""
    started: bool = False


class LifeCycle(RuleBasedStateMachine):
    """Drives a real backend on a real file; the loop is run by hand, the clock is a fake one."""

    jobs: Bundle[str] = Bundle("jobs")
    taken: ClassVar[set[tuple[State, State]]] = set()
    """Edges that any job of any example went along."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "errand.db"
        self.clock = FakeClock()
        self.model: dict[str, Model] = {}
        self.seen: dict[str, State] = {}
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

    @rule(
        target=jobs,
        delay_s=st.sampled_from([0, 0, 20]),
        key=st.sampled_from([None, "a", "b"]),
        expires_s=st.sampled_from([None, None, 10]),
    )
    def enqueue(self, delay_s: int, key: str | None, expires_s: int | None) -> str:
        now = self.clock.now()
        expires_at = None if expires_s is None else now + expires_s * 1000
        spec = JobSpec(new_id(), "work", {}, RunPolicy(), now, now + delay_s * 1000, key=key, expires_at=expires_at)
        (put,) = self.do(self.backend.put_many([spec]))
        others = [id_ for id_, job in self.model.items() if job.key == key and job.state not in FINAL]
        if key is not None and others:
            assert (put.existed, put.id) == (True, others[0])
        else:
            assert not put.existed
            state = State.DELAYED if delay_s else State.WAITING
            self.model[put.id] = Model(state, spec.run_at, key, expires_at)
        return str(put.id)

    @rule(target=jobs, parent=jobs, anyway=st.booleans(), delay_s=st.sampled_from([0, 20]))
    def enqueue_child(self, parent: str, anyway: bool, delay_s: int) -> str:
        now = self.clock.now()
        run_at = now + delay_s * 1000
        spec = JobSpec(new_id(), "work", {}, RunPolicy(), now, run_at, depends_on=(parent,), runs_anyway=anyway)
        (put,) = self.do(self.backend.put_many([spec]))
        model = self.model[put.id] = Model(State.BLOCKED, run_at, parent=parent, anyway=anyway)
        ended = self.model[parent].state
        if ended in {State.FAILED, State.CANCELLED} and not anyway:
            model.state = State.CANCELLED
        elif ended in FINAL:
            model.state = self._free(model)
        return str(put.id)

    @rule()
    def claim_one(self) -> None:
        """Let the backend claim exactly one job, if one waits."""

        async def once() -> None:
            active = sum(job.state is State.ACTIVE for job in self.model.values())
            limits = Limits(active + 1, {"work": TypeLimits()})
            if not self.backend._timer.runs:
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
            job.state, job.attempts, job.started, job.wish = State.ACTIVE, job.attempts + 1, True, None

    @precondition(lambda self: self.answers)
    @rule(nth=st.integers(0, 20), outcome=st.sampled_from(OUTCOMES))
    def finish(self, nth: int, outcome: Outcome) -> None:
        job_id = sorted(self.answers)[nth % len(self.answers)]
        answer = self.answers.pop(job_id)
        run = self.backend._runs[job_id]
        answer.set_result(Settlement(outcome))
        self.do(asyncio.wait({run}))
        job = self.model[job_id]
        if not target_state(outcome).is_final:
            if job.cancelling:
                outcome = Cancelled("enough")
            elif job.wish is not None:
                outcome = Hold("wait", job.wish[0])
            elif isinstance(outcome, Hold) and outcome.asked:
                outcome = Release()
        job.wish = None
        job.attempts -= gives_attempt_back(outcome)
        job.cancelling = False
        if isinstance(outcome, Retry | Defer):
            job.run_at = self.clock.now() + round(outcome.delay_s * 1000)
        if isinstance(outcome, Hold):
            job.held_until = outcome.until
        self._end(job_id, target_state(outcome))

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
            self._end(job_id, State.CANCELLED)

    @rule(job_id=jobs)
    def fail_without_a_run(self, job_id: str) -> None:
        settled = self.do(self.backend.settle_idle(job_id, Settlement(Fail(ErrorInfo("no")))))
        job = self.model[job_id]
        assert settled is (job.state not in FINAL and job.state is not State.ACTIVE)
        if settled:
            self._end(job_id, State.FAILED)

    @rule(job_id=jobs, seconds=st.sampled_from([None, 10]))
    def hold(self, job_id: str, seconds: int | None) -> None:
        job = self.model[job_id]
        until = None if seconds is None else self.clock.now() + seconds * 1000
        held = self.do(self.backend.hold(job_id, "wait", until))
        assert held is (job.state not in FINAL and job.state is not State.PAUSED)
        if job.state is State.ACTIVE:
            job.wish = (until,)
        elif held:
            job.state, job.held_until = State.PAUSED, until

    @rule(job_id=jobs)
    def unhold(self, job_id: str) -> None:
        job = self.model[job_id]
        assert self.do(self.backend.unhold(job_id)) is (job.state is State.PAUSED or job.wish is not None)
        job.wish = None
        if job.state is State.PAUSED:
            job.state = self._free(job)

    @precondition(lambda self: self._in(State.FAILED, State.CANCELLED))
    @rule(nth=st.integers(0, 20))
    def retry_what_ended(self, nth: int) -> None:
        ended = self._in(State.FAILED, State.CANCELLED)
        self.retry(ended[nth % len(ended)])

    @precondition(lambda self: self._in(State.PAUSED))
    @rule(nth=st.integers(0, 20))
    def unhold_what_is_paused(self, nth: int) -> None:
        paused = self._in(State.PAUSED)
        self.unhold(paused[nth % len(paused)])

    @precondition(lambda self: self._in(State.BLOCKED))
    @rule(nth=st.integers(0, 20), end=st.sampled_from(["cancel", "fail", "hold"]))
    def steer_what_is_blocked(self, nth: int, end: str) -> None:
        blocked = self._in(State.BLOCKED)
        job_id = blocked[nth % len(blocked)]
        match end:
            case "cancel":
                self.cancel(job_id)
            case "fail":
                self.fail_without_a_run(job_id)
            case _:
                self.hold(job_id, None)

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
            job.run_at, job.crashes, job.expires_at = self.clock.now(), 0, None
            job.state = self._free(job)

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
        for job_id, job in list(self.model.items()):
            if job.state is State.ACTIVE:
                wish, job.wish = job.wish, None
                job.attempts -= 1
                job.crashes += 1
                if job.cancelling:
                    job.cancelling = False
                    self._end(job_id, State.CANCELLED)
                elif wish is not None:
                    job.state, job.held_until = State.PAUSED, wish[0]
                else:
                    self._end(job_id, State.FAILED if job.crashes >= MAX_CRASHES else State.WAITING)

    def _in(self, *states: State) -> list[str]:
        return [id_ for id_, job in self.model.items() if job.state in states]

    def _free(self, job: Model) -> State:
        """Where a job stands that nobody holds."""
        if job.parent is not None and self.model[job.parent].state not in FINAL:
            return State.BLOCKED
        return State.DELAYED if job.run_at > self.clock.now() else State.WAITING

    def _end(self, job_id: str, state: State) -> None:
        """Move a job on, and with an end those that waited for it."""
        self.model[job_id].state = state
        for child_id, child in self.model.items():
            if child.parent != job_id or state not in FINAL:
                continue
            if state is not State.COMPLETED and not child.anyway and child.state in {State.BLOCKED, State.PAUSED}:
                self._end(child_id, State.CANCELLED)
            elif child.state is State.BLOCKED:
                child.state = self._free(child)

    def _pass_time(self) -> None:
        self.do(self.backend._pass_time())
        now = self.clock.now()
        for job_id, job in self.model.items():
            if job.state is State.DELAYED and job.run_at <= now:
                job.state = State.WAITING
            elif job.state is State.PAUSED and job.held_until is not None and job.held_until <= now:
                job.state = self._free(job)
            idle = job.state in {State.WAITING, State.DELAYED, State.BLOCKED}
            if idle and not job.started and job.expires_at is not None and job.expires_at <= now:
                self._end(job_id, State.CANCELLED)
        self._observe()

    def _observe(self) -> None:
        """Every job is where the model says, and came there along edges of the table."""
        for job_id, wanted in self.model.items():
            job = self.do(self.backend.get(job_id))
            assert job is not None
            assert (job.state, job.attempts) == (wanted.state, wanted.attempts)
            assert (job.cancelling is not None) is wanted.cancelling
            before = self.seen.get(job_id, job.state)
            if before is not job.state:
                assert is_legal(before, job.state), f"{before} to {job.state}"
                self.taken.add((before, job.state))
            self.seen[job_id] = job.state

    @initialize()
    def start(self) -> None:
        self._pass_time()

    @invariant()
    def every_job_is_where_the_model_says(self) -> None:
        counts = self.do(self.backend.counts())
        assert sum(counts.state(state) for state in State) == len(self.model)
        self._observe()

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
