"""Two processes that could both keep a message: one does, and the other follows when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from bot.reporter import Reporter
from bot.reporter.claims import CLAIM, LIFE_S, Claims
from bot.services.artifacts import FileArtifacts
from jobs.engine.states import State
from tests.reporter.conftest import Desk, Wire
from tests.reporter.test_ladder import message_of
from tests.reporter.test_reporter import steps

Second = Callable[..., Awaitable[Reporter]]


@asynccontextmanager
async def neighbours(desk: Desk) -> AsyncIterator[Second]:
    """Starts reporters of other processes on the same store and the same Discord."""
    async with AsyncExitStack() as stack:

        async def start(wire: Wire, *, shared: bool = True) -> Reporter:
            artifacts = FileArtifacts(desk.folder / "artifacts")
            reporter = Reporter(
                desk.queue, wire, artifacts, desk.vault, desk.clock, style=desk.reporter.style, shared=shared
            )
            await reporter.start()
            stack.push_async_callback(stop, reporter)
            return reporter

        async def stop(reporter: Reporter) -> None:
            stopping = asyncio.create_task(reporter.stop())
            await desk.pump(stopping.done)
            await stopping

        yield start


async def test_of_two_processes_one_keeps_a_message(desk: Desk) -> None:
    await desk.open(steps(desk, 30, 1.0), shared=True)
    other = Wire(desk.clock)
    async with neighbours(desk) as start:
        second = await start(other)
        job = await desk.enqueue()
        assert (await desk.ended(job)).state is State.COMPLETED
        await desk.pump(lambda: not desk.reporter.keeps and not second.keeps, step=5.0)
    wires = [wire for wire in (desk.wire, other) if wire.calls]
    assert len(wires) == 1
    assert "Completed" in wires[0].edits[-1].text
    assert len([edit for edit in wires[0].edits if "Completed" in edit.text]) == 1
    assert await desk.queue.records.get(CLAIM, job.id) is None


async def test_when_the_process_that_keeps_a_message_hangs_another_follows(desk: Desk) -> None:
    await desk.open(steps(desk, 90, 2.0), shared=True)
    other = Wire(desk.clock)
    job = await desk.enqueue()
    await desk.edited(3)
    desk.wire.closed = asyncio.Event()
    hung_at = desk.clock.monotonic()
    async with neighbours(desk) as start:
        second = await start(other)
        await desk.pump(lambda: any("Completed" in edit.text for edit in other.edits), step=1.0)
        await desk.pump(lambda: not second.keeps, step=1.0)
        assert other.calls[0][1] - hung_at >= LIFE_S / 2, "the claim of the other had not run out"
        assert (await message_of(desk, job)).ended
        assert [text for text, _ in other.replies] == ["<@42> Your Work is done."]


async def test_two_that_keep_a_message_without_a_claim_send_nothing_twice(desk: Desk) -> None:
    await desk.open(steps(desk, 30, 3.0))
    desk.wire.deleted.add(7)
    async with neighbours(desk) as start:
        second = await start(desk.wire, shared=False)
        job = await desk.enqueue()
        await desk.ended(job)
        await desk.pump(lambda: not desk.reporter.keeps and not second.keeps, step=1.0)
        message = await message_of(desk, job)
    assert {edit.message_id for edit in desk.wire.edits} == {1000}
    assert message.message_id == 1000
    assert [text for text, _ in desk.wire.replies] == ["<@42> Your Work is done."]


async def test_a_claim_is_taken_by_one_and_free_when_it_ran_out(desk: Desk) -> None:
    await desk.open(steps(desk, 1, 0.1))
    records = desk.queue.records
    mine, theirs = Claims(records, desk.clock, "mine"), Claims(records, desk.clock, "theirs")
    assert await mine.take("a-job") == 0.0
    assert await theirs.take("a-job") == pytest.approx(LIFE_S)
    await desk.clock.advance(LIFE_S / 2)
    assert await mine.take("a-job") == 0.0, "renewed"
    assert await theirs.take("a-job") == pytest.approx(LIFE_S)
    await desk.clock.advance(LIFE_S)
    assert await theirs.take("a-job") == 0.0
    assert await mine.take("a-job") > 0.0
    await mine.leave("a-job")
    assert await mine.take("a-job") > 0.0, "what another has taken is not given away"
    await theirs.leave("a-job")
    assert await mine.take("a-job") == 0.0
