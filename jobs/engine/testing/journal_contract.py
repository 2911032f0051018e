"""What the journal of every backend must do; part of the backends' contract suite."""

from __future__ import annotations

import asyncio

import pytest

from jobs.engine.backend import Lease
from jobs.engine.errors import BackendUnavailable, LeaseLost, UnknownIntent
from jobs.engine.events import EventType
from jobs.engine.model import ErrorInfo
from jobs.engine.outcome import Done, Retry, Settlement
from jobs.engine.testing.watcher import Store, limits, opened, spec


class JournalContract:
    """Inherited by `BackendContract`."""

    async def test_what_was_intended_stays_open_until_its_result_is_kept(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            job = spec()
            seen: list[dict[str, object]] = []

            async def execute(lease: Lease) -> Settlement:
                seen.append(dict(await lease.open_intents()))
                if len(seen) == 1:
                    await lease.journal({"b": {"add": 1}, "a": [2]}, {})
                    await lease.journal({"c": None}, {"a": "done"})
                    seen.append(dict(await lease.open_intents()))
                    return Settlement(Retry(0.0, ErrorInfo("again")))
                await lease.journal({"a": "anew"}, {"b": "done", "c": None})
                return Settlement(Done())

            await backend.put_many([job, spec()])
            await backend.consume(limits(total=1), execute)
            await watcher.saw(EventType.JOB_COMPLETED)
            assert seen[:3] == [{}, {"b": {"add": 1}, "c": None}, {"b": {"add": 1}, "c": None}]
            entries = await backend.journal(job.id)
            assert [(e.key, e.intent, e.result, e.settled_at is None) for e in entries] == [
                ("a", "anew", None, True),
                ("b", {"add": 1}, "done", False),
                ("c", None, None, False),
            ]
            assert [e.key for e in await backend.journal(job.id, after="a", limit=1)] == ["b"]
            assert await backend.journal("nothing") == []

    async def test_a_result_without_an_intent_is_refused_and_nothing_of_the_call_is_kept(self, store: Store) -> None:
        async with opened(store) as (backend, watcher):
            job = spec()
            refused: list[UnknownIntent] = []

            async def execute(lease: Lease) -> Settlement:
                await lease.journal({"a": 1}, {})
                try:
                    await lease.journal({"b": 2}, {"a": "done", "nothing": 3})
                except UnknownIntent as error:
                    refused.append(error)
                return Settlement(Done())

            await backend.put_many([job])
            await backend.consume(limits(), execute)
            await watcher.saw(EventType.JOB_COMPLETED)
            assert [error.key for error in refused] == ["nothing"]
            assert [(e.key, e.settled_at) for e in await backend.journal(job.id)] == [("a", None)]

    async def test_a_stale_lease_writes_nothing_into_the_journal(self, store: Store) -> None:
        if not store.persistent:
            pytest.skip("this store ends with its process")
        job, stale = spec(), asyncio.Queue[Lease]()

        async def hang(lease: Lease) -> Settlement:
            await lease.journal({"a": 1}, {})
            stale.put_nowait(lease)
            return await asyncio.Future[Settlement]()

        async with opened(store) as (backend, _):
            await backend.put_many([job])
            await backend.consume(limits(), hang)
            old = await asyncio.wait_for(stale.get(), 5)
        async with opened(store) as (backend, _):
            await backend.consume(limits(), hang)
            await asyncio.wait_for(stale.get(), 5)
            with pytest.raises((LeaseLost, BackendUnavailable)):
                await old.journal({"b": 1}, {})
            assert [entry.key for entry in await backend.journal(job.id)] == ["a"]
