"""What every backend must do, as a suite of tests that sees only the `Backend` protocol.

Subclass `BackendContract` and give the fixture `store`: a `Store` whose `backend()` makes a fresh, unopened
backend on the same jobs, as a restarted process would. Limits are checked with upper time bounds too: a
backend that stalls keeps every limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from jobs.engine.backend import (
    JobQuery,
    Lease,
    TypeLimits,
)
from jobs.engine.errors import JobExists, LeaseLost, QueueFull
from jobs.engine.events import EventType
from jobs.engine.model import ErrorInfo, Job, Progress, RecordWrite, RunPolicy
from jobs.engine.outcome import Cancelled, Defer, Done, Fail, Hold, Outcome, Release, Retry, Settlement
from jobs.engine.states import State
from jobs.engine.testing.dependencies_contract import DependenciesContract
from jobs.engine.testing.journal_contract import JournalContract
from jobs.engine.testing.records_contract import RecordsContract
from jobs.engine.testing.steering_contract import SteeringContract
from jobs.engine.testing.watcher import CLOCK, SOON_S, Store, ends, limits, opened, spec


class BackendContract(DependenciesContract, JournalContract, RecordsContract, SteeringContract):
    """Inherit, provide the fixture `store`, and run with pytest-asyncio in auto mode."""

    async def test_what_is_put_can_be_read_back(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            wanted = replace(spec(lane="a", priority=7), owner="me", labels=("x", "y"), payload={"n": [1, "é"]})
            (put,) = await backend.put_many([wanted])
            job = await backend.get(put.id)
            assert job is not None
            assert (job.state, job.lane, job.priority, job.owner) == (State.WAITING, "a", 7, "me")
            assert (job.labels, job.payload, job.policy) == (("x", "y"), {"n": [1, "é"]}, wanted.policy)
            assert await backend.get("nothing") is None
            await watcher.saw(EventType.JOB_ENQUEUED)

    async def test_a_put_is_all_or_nothing(self, store: Store) -> None:
        async with opened(store) as (backend, _):
            taken = replace(spec(), chosen_id=True)
            await backend.put_many([taken])
            with pytest.raises(JobExists):
                await backend.put_many([spec(), spec(), taken])
            with pytest.raises(QueueFull):
                await backend.put_many([spec(), spec()], max_unfinished=2)
            assert (await backend.counts()).state(State.WAITING) == 1

    async def test_a_key_is_unique_among_unfinished_jobs(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            first, second = replace(spec(), key="k"), replace(spec(), key="k")
            puts = await backend.put_many([first, second])
            assert [put.existed for put in puts] == [False, True]
            assert puts[1].id == first.id
            await backend.consume(limits(), ends(Done()))
            await watcher.saw(EventType.JOB_COMPLETED)
            (put,) = await backend.put_many([replace(spec(), key="k")])
            assert not put.existed

    @pytest.mark.parametrize(
        ("outcome", "state", "attempts"),
        [
            (Done({"n": 1}), State.COMPLETED, 1),
            (Retry(60.0, ErrorInfo("no")), State.DELAYED, 1),
            (Defer(60.0, "later"), State.DELAYED, 0),
            (Hold("ask"), State.PAUSED, 0),
            (Fail(ErrorInfo("no")), State.FAILED, 1),
            (Cancelled("not needed"), State.CANCELLED, 1),
        ],
    )
    async def test_each_outcome_leads_to_its_state(
        self, store: Store, outcome: Outcome, state: State, attempts: int
    ) -> None:
        async with opened(store) as (backend, watcher):
            (put,) = await backend.put_many([spec()])
            await backend.consume(limits(), ends(outcome))
            await watcher.until(lambda: len(watcher.events) >= 3)
            job = await backend.get(put.id)
            assert job is not None
            assert (job.state, job.attempts, job.claim_no) == (state, attempts, 1)
            assert (job.completed_at is not None) is state.is_final
            (attempt,) = await backend.attempts(put.id)
            assert attempt.ended_as == type(outcome).__name__.lower()

    async def test_a_released_job_runs_again_at_once_without_a_charge(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            (put,) = await backend.put_many([spec()])
            outcomes: list[Outcome] = [Release(), Done()]

            async def execute(lease: Lease) -> Settlement:
                assert lease.job.attempts == 1
                return Settlement(outcomes.pop(0))

            await backend.consume(limits(), execute)
            await watcher.saw(EventType.JOB_COMPLETED)
            job = await backend.get(put.id)
            assert job is not None
            assert (job.attempts, job.claim_no) == (1, 2)

    async def test_follow_ups_and_records_are_stored_with_the_outcome(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            follow = spec("other")
            settlement = Settlement(Done(), (follow,), (RecordWrite("note", "n", {"told": True}),))

            async def execute(lease: Lease) -> Settlement:
                return settlement

            await backend.put_many([spec()])
            await backend.consume(limits(), execute)
            await watcher.saw(EventType.JOB_COMPLETED)
            assert (await backend.get(follow.id)) is not None
            record = await backend.records.get("note", "n")
            assert record is not None
            assert record.value == {"told": True}

    async def test_higher_priority_starts_first_and_lanes_take_turns(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            many = [spec(lane="a") for _ in range(20)]
            few = [spec(lane="b") for _ in range(2)]
            urgent = spec(lane="a", priority=15)
            await backend.put_many([*many, *few, urgent])
            await backend.consume(limits(total=1), ends(Done()))
            await watcher.saw(EventType.JOB_COMPLETED, 23)
            started = watcher.ids(EventType.JOB_STARTED)
            assert started[0] == urgent.id
            assert {started.index(job.id) for job in few} <= set(range(1, 6))
            order = [started.index(job.id) for job in many]
            assert order == sorted(order)

    async def test_limits_hold_and_do_not_stall(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            running: dict[str, int] = {"": 0, "x": 0, "y": 0, "peak": 0, "lane_peak": 0}

            async def execute(lease: Lease) -> Settlement:
                lane = lease.job.lane
                running[""] += 1
                running[lane] += 1
                running["peak"] = max(running["peak"], running[""])
                running["lane_peak"] = max(running["lane_peak"], running[lane])
                await CLOCK.sleep(0.05)
                running[""] -= 1
                running[lane] -= 1
                return Settlement(Done())

            await backend.put_many([spec(lane=lane) for lane in "xy" for _ in range(10)])
            begun = CLOCK.monotonic()
            await backend.consume(limits(work=TypeLimits(concurrency=4, per_lane=2)), execute)
            await watcher.saw(EventType.JOB_COMPLETED, 20)
            assert (running["peak"], running["lane_peak"]) == (4, 2)
            assert CLOCK.monotonic() - begun < 1.0, "20 jobs of 0.05 s at 4 are 0.25 s of work"

    async def test_an_emptied_queue_is_told_once(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            await backend.consume(limits(total=2), ends(Done()))
            for rounds in (1, 2):
                await backend.put_many([spec() for _ in range(5)])
                await watcher.saw(EventType.QUEUE_EMPTY, rounds)
                completed = watcher.ids(EventType.JOB_COMPLETED)
                assert len(completed) == 5 * rounds, "told behind the end of the last job"
            await backend.put_many([spec(delay_s=3600)])
            assert [event.type for event in watcher.events].count(EventType.QUEUE_EMPTY) == 2

    async def test_a_delayed_job_starts_when_it_is_due(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            late, later = spec(delay_s=0.2), spec(delay_s=3600)
            await backend.put_many([late, later])
            await backend.consume(limits(), ends(Done()))
            await watcher.saw(EventType.JOB_COMPLETED)
            (started,) = [event for event in watcher.events if event.type is EventType.JOB_STARTED]
            assert started.job is not None
            assert (started.job.id, started.at >= late.run_at) == (late.id, True)

    async def test_progress_checkpoints_and_log_are_kept(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            job = spec()
            reached, go_on = asyncio.Event(), asyncio.Event()

            async def execute(lease: Lease) -> Settlement:
                await lease.progress(Progress(3, 10, stage="Reading"))
                await lease.checkpoint("cursor", {"key": 3})
                await asyncio.gather(*(lease.log(f"line {number}") for number in range(150)))
                reached.set()
                await go_on.wait()
                assert dict(await lease.checkpoints()) == {"cursor": {"key": 3}}
                return Settlement(Done())

            await backend.put_many([job])
            await backend.consume(limits(), execute)
            await asyncio.wait_for(reached.wait(), SOON_S)
            now = await backend.get(job.id)
            assert now is not None
            assert now.progress == Progress(3, 10, stage="Reading")
            lines = [line.text for line in await backend.logs(job.id)]
            assert lines == [f"line {number}" for number in range(50, 150)]
            go_on.set()
            await watcher.saw(EventType.JOB_COMPLETED)
            assert EventType.JOB_PROGRESS in {event.type for event in watcher.events}

    async def test_a_crash_costs_no_attempt_and_a_stale_lease_can_write_nothing(self, store: Store) -> None:
        if not store.persistent:
            pytest.skip("this store ends with its process")
        job, stale = spec(), asyncio.Queue[Lease]()

        async def hang(lease: Lease) -> Settlement:
            stale.put_nowait(lease)
            return await asyncio.Future[Settlement]()

        async with opened(store) as (backend, watcher):
            await backend.put_many([job])
            await backend.consume(limits(), hang)
            await watcher.saw(EventType.JOB_STARTED)
        async with opened(store) as (backend, watcher):
            back = await backend.get(job.id)
            assert back is not None
            assert (back.state, back.attempts, back.crashes) == (State.WAITING, 0, 1)
            await backend.consume(limits(), hang)
            await watcher.saw(EventType.JOB_STARTED)
            await stale.get()
            fresh = await stale.get()
            assert fresh.job.claim_no == 2
            await backend.cancel(job.id, Settlement(Cancelled("enough")))
        async with opened(store) as (backend, _):
            ended = await backend.get(job.id)
            assert ended is not None
            assert (ended.state, ended.reason) == (State.CANCELLED, "enough")
            assert [a.ended_as for a in await backend.attempts(job.id)] == ["crashed", "crashed"]

    async def test_a_job_that_crashes_three_times_in_one_place_is_given_up(self, store: Store) -> None:
        if not store.persistent:
            pytest.skip("this store ends with its process")
        job, other = spec(), spec()
        moves = {1}

        async def hang(lease: Lease) -> Settlement:
            if lease.job.id == other.id:
                return Settlement(Done())
            if lease.job.claim_no in moves:
                await lease.checkpoint("cursor", lease.job.claim_no)
            reached.set()
            return await asyncio.Future[Settlement]()

        async with opened(store) as (backend, _):
            await backend.put_many([job, other])
        for _ in range(4):
            async with opened(store) as (backend, _):
                reached = asyncio.Event()
                found = await backend.get(job.id)
                if found is not None and found.state is State.WAITING:
                    await backend.consume(limits(), hang)
                    await asyncio.wait_for(reached.wait(), SOON_S)
        async with opened(store) as (backend, _):
            ended, done = await backend.get(job.id), await backend.get(other.id)
            assert ended is not None
            assert done is not None
            assert (ended.state, ended.crashes, done.state) == (State.FAILED, 3, State.COMPLETED)
            assert ended.error is not None
            assert ended.error.kind == "crashed"

    async def test_a_job_that_could_not_start_in_time_is_cancelled(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            job = replace(spec(delay_s=60), expires_at=CLOCK.now() + 50)
            await backend.put_many([job])
            await backend.consume(limits(), ends(Done()))
            await watcher.saw(EventType.JOB_CANCELLED)

    async def test_what_expired_while_nobody_ran_is_cancelled_and_not_claimed(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            late, due = replace(spec(), expires_at=CLOCK.now() - 1), spec()
            await backend.put_many([late, due])
            await backend.consume(limits(total=1), ends(Done()))
            await watcher.saw(EventType.JOB_COMPLETED)
            assert watcher.ids(EventType.JOB_CANCELLED) == [late.id]
            assert watcher.ids(EventType.JOB_STARTED) == [due.id]

    @pytest.mark.parametrize(
        "odd", [Defer(cast("float", "soon"), "later"), Hold("half a pair: \ud800"), Hold(cast("str", object()))]
    )
    async def test_an_outcome_that_cannot_be_stored_fails_its_job_and_gives_its_place_back(
        self, store: Store, odd: Outcome
    ) -> None:
        """And a follow-up that is refused: the job must not stay active until the next start."""
        async with opened(store) as (backend, watcher):
            taken, *odds = replace(spec("other"), chosen_id=True), spec(), spec()
            settlements = {odds[0].id: Settlement(odd), odds[1].id: Settlement(Done(), (taken,))}

            async def execute(lease: Lease) -> Settlement:
                return settlements.get(lease.job.id, Settlement(Done()))

            await backend.put_many([taken, *odds])
            await backend.consume(limits(total=1), execute)
            await watcher.saw(EventType.JOB_FAILED, 2)
            for job in odds:
                ended = await backend.get(job.id)
                assert ended is not None
                assert ended.error is not None
                assert (ended.state, ended.error.category, ended.error.retryable) == (State.FAILED, "engine", False)
            await backend.put_many([spec()])
            await watcher.saw(EventType.JOB_COMPLETED)
            assert EventType.ERROR in {event.type for event in watcher.events}

    async def test_finished_jobs_are_pruned_when_their_time_is_over(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            kept, gone = spec(), replace(spec(), policy=RunPolicy(retention_s=0.0))
            await backend.put_many([kept, gone])
            await backend.consume(limits(), ends(Done()))
            await watcher.saw(EventType.JOB_COMPLETED, 2)
            await backend.sweep()
            assert await backend.get(gone.id) is None
            assert await backend.get(kept.id) is not None

    async def test_durable_events_are_read_behind_a_cursor(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            await backend.put_many([spec()])
            await backend.consume(limits(), ends(Done()))
            await watcher.saw(EventType.JOB_COMPLETED)
            events = await backend.events()
            assert [event.type for event in events] == [
                EventType.JOB_ENQUEUED,
                EventType.JOB_STARTED,
                EventType.JOB_COMPLETED,
            ]
            assert await backend.events(events[1].cursor) == events[2:]

    async def test_find_filters_and_place_counts_who_starts_before(self, store: Store) -> None:
        async with opened(store) as (backend, _):
            first, second, third = spec(lane="a"), spec(lane="a"), spec(lane="b")
            await backend.put_many([first, second, third])
            places = [await backend.place(job.id) for job in (first, third, second)]
            assert sorted(place for place in places if place) == [1, 2, 3]
            assert (places[2], await backend.place("nothing")) == (3, None)
            page = await backend.find(JobQuery(lane="a", states=(State.WAITING,), types=("work",)))
            assert self.ids(page.jobs) == [second.id, first.id]
            assert self.ids((await backend.find(JobQuery(states=(State.FAILED,)))).jobs) == []

    @staticmethod
    def ids(jobs: Sequence[Job]) -> list[str]:
        return [job.id for job in jobs]

    async def test_a_lease_that_is_over_says_so(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            leases: list[Lease] = []

            async def execute(lease: Lease) -> Settlement:
                leases.append(lease)
                return Settlement(Done())

            await backend.put_many([spec()])
            await backend.consume(limits(), execute)
            await watcher.saw(EventType.JOB_COMPLETED)
            with pytest.raises(LeaseLost):
                await leases[0].checkpoint("late", 1)

    async def test_a_drain_asks_running_jobs_to_stop_and_claims_nothing_more(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):

            async def execute(lease: Lease) -> Settlement:
                stop = asyncio.Event()
                lease.on_signal(lambda signal, reason: stop.set())
                await stop.wait()
                return Settlement(Release())

            first, second = spec(), spec()
            await backend.put_many([first, second])
            await backend.consume(limits(total=1), execute)
            await watcher.saw(EventType.JOB_STARTED)
            assert await backend.drain(0.0) == 0
            assert (await backend.counts()).state(State.WAITING) == 2
            assert watcher.ids(EventType.JOB_STARTED) == [first.id]
