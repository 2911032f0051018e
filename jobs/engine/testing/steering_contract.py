"""What every backend must do when people steer its jobs: cancel, pause, try again, end; part of the contract suite."""

from __future__ import annotations

import asyncio

import pytest

from jobs.engine.backend import CancelAnswer, Lease, RetryOverrides, Signal, TypeLimits
from jobs.engine.errors import InvalidOption, NotRetryable, UnknownJob
from jobs.engine.events import EventType
from jobs.engine.model import ErrorInfo, Progress, RecordWrite
from jobs.engine.outcome import Cancelled, Done, Fail, Hold, Retry, Settlement
from jobs.engine.states import State
from jobs.engine.testing.watcher import CLOCK, Store, ends, limits, opened, spec


class SteeringContract:
    """Inherited by `BackendContract`."""

    async def test_cancel_and_hold_reach_waiting_and_running_jobs(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            signals: asyncio.Queue[tuple[Signal, str]] = asyncio.Queue()

            async def execute(lease: Lease) -> Settlement:
                lease.on_signal(lambda signal, reason: signals.put_nowait((signal, reason)))
                signal, reason = await signals.get()
                return Settlement(Cancelled(reason) if signal is Signal.CANCEL else Hold(reason))

            waits, runs, held = spec(delay_s=60), spec(), spec()
            await backend.put_many([waits, runs])
            await backend.consume(limits(total=1), execute)
            await watcher.saw(EventType.JOB_STARTED)
            wish = Settlement(Cancelled("enough"))
            assert await backend.cancel(waits.id, wish) is CancelAnswer.CANCELLED
            assert await backend.cancel(runs.id, wish) is CancelAnswer.REQUESTED
            await watcher.saw(EventType.JOB_CANCELLED, 2)
            assert await backend.cancel(runs.id, wish) is CancelAnswer.FINISHED
            assert await backend.cancel("nothing", wish) is CancelAnswer.UNKNOWN
            await backend.put_many([held])
            await watcher.saw(EventType.JOB_STARTED, 2)
            assert await backend.hold(held.id, "wait")
            await watcher.saw(EventType.JOB_PAUSED)
            assert not await backend.hold("nothing", "wait")
            assert await backend.unhold(held.id)
            await watcher.saw(EventType.JOB_STARTED, 3)
            await backend.cancel(held.id, wish)
            await watcher.saw(EventType.JOB_CANCELLED, 3)

    async def test_a_wish_that_came_before_the_outcome_is_not_lost(self, store: Store) -> None:
        """The handler had ended, with a wish to go on later, before anybody could tell it."""
        async with opened(store) as (backend, watcher):
            go_on = asyncio.Event()

            async def execute(lease: Lease) -> Settlement:
                await go_on.wait()
                return Settlement(Retry(0.0, ErrorInfo("again")))

            held, cancelled = spec(), spec()
            await backend.put_many([held, cancelled])
            await backend.consume(limits(), execute)
            await watcher.saw(EventType.JOB_STARTED, 2)
            until = CLOCK.now() + 3_600_000
            assert await backend.hold(held.id, "wait", until)
            assert await backend.hold(cancelled.id, "wait")
            assert await backend.cancel(cancelled.id, Settlement(Cancelled("enough"))) is CancelAnswer.REQUESTED
            go_on.set()
            await watcher.saw(EventType.JOB_PAUSED)
            await watcher.saw(EventType.JOB_CANCELLED)
            found = await backend.get(held.id)
            assert found is not None
            assert (found.state, found.reason, found.attempts) == (State.PAUSED, "wait", 0)
            assert watcher.ids(EventType.JOB_PAUSED) == [held.id]

    async def test_a_pause_that_is_taken_back_before_it_lands_does_not_land(self, store: Store) -> None:
        """The run has been told to pause, and ends for it, when somebody says that the job shall go on."""
        async with opened(store) as (backend, watcher):
            go_on, runs = asyncio.Event(), 0

            async def execute(lease: Lease) -> Settlement:
                nonlocal runs
                runs += 1
                if lease.job.claim_no > 1:
                    return Settlement(Done())
                await go_on.wait()
                return Settlement(Hold("wait", asked=True))

            back, again = spec(), spec()
            await backend.put_many([back, again])
            assert not await backend.unhold(back.id)
            await backend.consume(limits(), execute)
            await watcher.saw(EventType.JOB_STARTED, 2)
            assert not await backend.unhold(back.id), "nobody has asked for a pause"
            for job in (back, again):
                assert await backend.hold(job.id, "wait")
                assert await backend.unhold(job.id)
                assert not await backend.unhold(job.id), "it is taken back already"
            assert await backend.hold(again.id, "wait after all")
            go_on.set()
            await watcher.saw(EventType.JOB_COMPLETED)
            await watcher.saw(EventType.JOB_PAUSED)
            assert watcher.ids(EventType.JOB_COMPLETED) == [back.id]
            assert watcher.ids(EventType.JOB_PAUSED) == [again.id]
            found = [await backend.get(job.id) for job in (back, again)]
            assert [(job.state, job.attempts, job.reason) for job in found if job is not None] == [
                (State.COMPLETED, 1, None),
                (State.PAUSED, 0, "wait after all"),
            ]
            assert runs == 3

    async def test_a_payload_of_its_own_begins_a_retried_job_anew(self, store: Store) -> None:
        """Plans and cursors were made for the old one; what was done was done, and stays in the journal."""
        async with opened(store) as (backend, watcher):
            kept: list[dict[str, object]] = []

            async def execute(lease: Lease) -> Settlement:
                kept.append(dict(await lease.checkpoints()))
                await lease.progress(Progress(3, 10))
                await lease.checkpoint("plan", dict(lease.job.payload))
                await lease.journal({"a": 1}, {})
                return Settlement(Fail(ErrorInfo("no")))

            job = spec()
            await backend.put_many([job])
            await backend.consume(limits(), execute)
            for failures, payload in enumerate([None, {}, {"number": 2}], start=1):
                await watcher.saw(EventType.JOB_FAILED, failures)
                back = await backend.retry(job.id, RetryOverrides(payload=payload))
                assert back.payload == (payload or {})
                assert (back.progress is None) is bool(payload)
            await watcher.saw(EventType.JOB_FAILED, 4)
            assert kept == [{}, {"plan": {}}, {"plan": {}}, {}]
            assert [entry.key for entry in await backend.journal(job.id)] == ["a"]

    async def test_a_retry_by_hand_brings_back_only_what_failed_or_was_cancelled(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            job = spec()
            await backend.put_many([job])
            with pytest.raises(NotRetryable):
                await backend.retry(job.id, RetryOverrides())
            with pytest.raises(UnknownJob):
                await backend.retry("nothing", RetryOverrides())
            assert await backend.settle_idle(job.id, Settlement(Fail(ErrorInfo("parent failed"))))
            assert not await backend.settle_idle(job.id, Settlement(Fail(ErrorInfo("again"))))
            back = await backend.retry(job.id, RetryOverrides(priority=9))
            assert (back.state, back.priority, back.error) == (State.WAITING, 9, None)
            await backend.consume(limits(), ends(Done()))
            await watcher.saw(EventType.JOB_COMPLETED)

    async def test_a_job_that_never_ran_is_settled_with_all_that_follows(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            job, follow = spec(delay_s=60), spec("other")
            await backend.put_many([job])
            settlement = Settlement(
                Fail(ErrorInfo("no way", category="engine")), (follow,), (RecordWrite("note", job.id, {"told": True}),)
            )
            assert await backend.settle_idle(job.id, settlement)
            assert not await backend.settle_idle(job.id, settlement)
            assert not await backend.settle_idle("nothing", settlement)
            with pytest.raises(InvalidOption):
                await backend.settle_idle(follow.id, Settlement(Done()))
            ended, record = await backend.get(job.id), await backend.records.get("note", job.id)
            assert ended is not None
            assert ended.error is not None
            assert (ended.state, ended.error.message, ended.attempts) == (State.FAILED, "no way", 0)
            assert await backend.get(follow.id) is not None
            assert record is not None
            assert record.value == {"told": True}
            await watcher.saw(EventType.JOB_FAILED)
            assert [event.type for event in await backend.events()].count(EventType.JOB_FAILED) == 1

    async def test_what_runs_is_settled_by_its_run_alone(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            go_on = asyncio.Event()

            async def execute(lease: Lease) -> Settlement:
                await go_on.wait()
                return Settlement(Done())

            job = spec()
            await backend.put_many([job])
            await backend.consume(limits(), execute)
            await watcher.saw(EventType.JOB_STARTED)
            assert not await backend.settle_idle(job.id, Settlement(Fail(ErrorInfo("no"))))
            go_on.set()
            await watcher.saw(EventType.JOB_COMPLETED)

    async def test_a_stuck_job_gives_its_place_away_and_ends_when_its_run_does(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            go_on = asyncio.Event()

            async def execute(lease: Lease) -> Settlement:
                if lease.job.id == stuck.id:
                    await lease.mark_stuck()
                    await go_on.wait()
                    return Settlement(Cancelled("at last"))
                return Settlement(Done())

            stuck, next_ = spec(lane="a"), spec(lane="a")
            await backend.put_many([stuck, next_])
            types = {"work": TypeLimits(concurrency=1, per_lane=1)}
            await backend.consume(limits(total=1, **types), execute)
            await watcher.saw(EventType.JOB_COMPLETED)
            assert watcher.ids(EventType.JOB_STUCK) == [stuck.id]
            found = await backend.get(stuck.id)
            assert found is not None
            assert (found.state, found.stuck) == (State.ACTIVE, True)
            assert (await backend.counts()).state(State.ACTIVE) == 1
            go_on.set()
            await watcher.saw(EventType.JOB_CANCELLED)
            found = await backend.get(stuck.id)
            assert found is not None
            assert (found.state, found.stuck) == (State.CANCELLED, False)
