"""What every backend must do with jobs that wait for others; part of the contract suite."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.engine.errors import UnknownDependency
from jobs.engine.events import EventType
from jobs.engine.model import ErrorInfo
from jobs.engine.outcome import Done, Fail
from jobs.engine.states import State
from jobs.engine.testing.watcher import Store, ends, limits, opened, spec


class DependenciesContract:
    """Inherited by `BackendContract`."""

    async def test_a_job_is_blocked_until_the_jobs_it_waits_for_have_completed(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            parent = spec()
            child = replace(spec(), depends_on=(parent.id,))
            await backend.put_many([parent, child])
            assert (await backend.counts()).state(State.BLOCKED) == 1
            await backend.consume(limits(), ends(Done({"n": 1})))
            await watcher.saw(EventType.JOB_COMPLETED, 2)
            assert watcher.ids(EventType.JOB_COMPLETED) == [parent.id, child.id]

    async def test_a_job_whose_parent_failed_is_cancelled_unless_it_runs_anyway(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            parent = spec()
            child, anyway = (replace(spec(), depends_on=(parent.id,), runs_anyway=runs) for runs in (False, True))
            await backend.put_many([parent, child, anyway])
            await backend.consume(limits(), ends(Fail(ErrorInfo("no"))))
            await watcher.saw(EventType.JOB_FAILED, 2)
            ends_of = [await backend.get(job.id) for job in (parent, child, anyway)]
            assert [job.state for job in ends_of if job] == [State.FAILED, State.CANCELLED, State.FAILED]

    async def test_a_put_that_waits_for_an_unknown_job_is_refused_whole(self, store: Store) -> None:
        async with opened(store) as (backend, _):
            with pytest.raises(UnknownDependency):
                await backend.put_many([spec(), replace(spec(), depends_on=("nobody",))])
            assert (await backend.counts()).by_type == {}
