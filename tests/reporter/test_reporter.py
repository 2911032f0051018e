"""The rules of the progress message, one by one."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from bot.reporter import EditFailed, FaceRefused, TokenDead
from jobs.engine.errors import BackendUnavailable, HoldJob, JobError
from jobs.engine.registry import JobContext
from jobs.engine.states import State
from tests.reporter.conftest import LIFE_MS, Desk, Handle

Ctx = JobContext[Any]
HAIR = 1e-6
"""What adding seconds as floats may lose."""


def steps(desk: Desk, count: int, every_s: float) -> Handle:
    """A handler that reports `count` steps, one each `every_s`."""

    async def handle(ctx: Ctx, payload: object) -> int:
        async with ctx.stage("Working", total=count, unit="steps") as stage:
            async for _ in stage.each(range(count), key=int):
                await desk.clock.sleep(every_s)
        return count

    return handle


def gaps(desk: Desk) -> list[float]:
    return [later - earlier for (_, earlier), (_, later) in pairwise(desk.wire.calls)]


async def test_edits_of_a_message_are_two_seconds_apart_and_the_newest_state_wins(desk: Desk) -> None:
    await desk.open(steps(desk, 200, 0.05))
    await desk.ended(await desk.enqueue())
    assert min(gaps(desk)) >= 2.0 - HAIR
    assert 4 <= len(desk.wire.edits) <= 8, "two hundred steps in ten seconds"
    assert "Completed" in desk.wire.edits[-1].text
    texts = [edit.text for edit in desk.wire.edits]
    assert len(set(texts)) == len(texts)


async def test_an_unchanged_card_is_not_sent_again(desk: Desk) -> None:
    async def idle(ctx: Ctx, payload: object) -> None:
        await desk.clock.sleep(30)

    await desk.open(idle)
    job = await desk.enqueue()
    await desk.pump(lambda: any("Starting" in edit.text for edit in desk.wire.edits))
    shown = len(desk.wire.edits)
    for _ in range(10):
        desk.reporter.poke(job.id)
        await desk.clock.advance(2.5)
    await desk.ended(job)
    assert len(desk.wire.edits) == shown + 1
    assert "Completed" in desk.wire.edits[-1].text


@pytest.mark.parametrize("progress", [True, False])
async def test_a_job_that_tells_nothing_new_for_long_is_not_behind_the_clock(desk: Desk, progress: bool) -> None:
    async def idle(ctx: Ctx, payload: object) -> None:
        await desk.clock.sleep(75 * 60)

    await desk.open(idle, progress=progress)
    await desk.ended(await desk.enqueue(), step=5.0)
    between = desk.wire.edits[1:-1]
    if not progress:
        assert between == [], "the operator wants the first and the last card alone"
        return
    young = [edit for edit in between if edit.at < 54 * 60]
    assert {round(later.at - earlier.at) for earlier, later in pairwise(young)} == {60}
    assert "10 min" in young[9].text
    assert 2 <= sum(edit.at > 56 * 60 for edit in between) <= 5, "an old message is edited more rarely"


async def test_a_token_that_dies_is_tried_once_and_the_bots_token_takes_over(desk: Desk) -> None:
    desk.wire.trouble.append(("token", TokenDead(401, 50027)))
    await desk.open(steps(desk, 40, 0.5))
    await desk.ended(await desk.enqueue())
    assert [by for by, _ in desk.wire.calls].count("token") == 1
    assert {edit.by for edit in desk.wire.edits} == {"bot"}
    assert {edit.message_id for edit in desk.wire.edits} == {7}


async def test_a_token_is_left_a_minute_before_its_end_and_is_gone_at_its_end(desk: Desk) -> None:
    await desk.open(steps(desk, 100, 12.0))
    job = await desk.enqueue()
    started = desk.clock.monotonic()
    await desk.ended(job, step=2.0)
    by_token = [at for by, at in desk.wire.calls if by == "token"]
    by_bot = [at for by, at in desk.wire.calls if by == "bot"]
    assert LIFE_MS / 1000 - 80 < max(by_token) - started < LIFE_MS / 1000 - 60
    assert by_bot
    assert await desk.reporter.messages.token(job.id) is None


async def test_a_message_near_an_hour_old_is_edited_more_slowly(desk: Desk) -> None:
    await desk.open(steps(desk, 800, 5.0))
    await desk.ended(await desk.enqueue(), step=5.0)
    late = [at for _, at in desk.wire.calls if at > 56 * 60]
    assert len(late) > 20
    assert min(later - earlier for earlier, later in pairwise(late[:-1])) >= 10.0 - HAIR


async def test_after_a_restart_the_same_message_goes_on_from_what_is_stored(desk: Desk) -> None:
    handle = steps(desk, 60, 0.5)
    await desk.open(handle)
    job = await desk.enqueue()
    await desk.edited(3)
    await desk.close()
    before = len(desk.wire.edits)
    await desk.open(handle)
    ended = await desk.ended(job)
    assert (ended.state, ended.attempts) == (State.COMPLETED, 1)
    after = desk.wire.edits[before:]
    assert {(edit.by, edit.message_id) for edit in after} == {("token", 7)}
    assert any("The bot restarted; went on at" in edit.text for edit in after)
    assert "Completed" in after[-1].text


async def test_an_end_that_was_not_shown_before_the_process_died_is_shown_by_the_next(desk: Desk) -> None:
    desk.wire.trouble += [("any", EditFailed("down"))] * 30
    handle = steps(desk, 1, 0.1)
    await desk.open(handle)
    job = await desk.enqueue()
    await desk.pump(lambda: len(desk.wire.calls) > 2)
    await desk.close()
    assert desk.wire.edits == []
    desk.wire.trouble.clear()
    await desk.open(handle)
    await desk.edited(1)
    await desk.reporter.settled(job.id)
    assert "Completed" in desk.wire.edits[-1].text


async def test_an_end_that_was_shown_is_not_shown_again_after_a_restart(desk: Desk) -> None:
    handle = steps(desk, 1, 0.1)
    await desk.open(handle)
    await desk.ended(await desk.enqueue())
    shown = len(desk.wire.calls)
    await desk.close()
    await desk.open(handle)
    other = await desk.enqueue(message_id=8)
    await desk.ended(other)
    assert [edit.message_id for edit in desk.wire.edits[shown:]] == [8] * (len(desk.wire.edits) - shown)


async def test_edits_that_fail_are_tried_again_with_growing_pauses_until_the_last_has_arrived(desk: Desk) -> None:
    desk.wire.trouble += [("any", EditFailed("HTTP 503"))] * 5
    await desk.open(steps(desk, 1, 0.1))
    job = await desk.ended(await desk.enqueue())
    assert job.state is State.COMPLETED
    for gap, pause in zip(gaps(desk), (2.0, 2.0, 4.0, 8.0, 15.0), strict=False):
        assert pause - HAIR <= gap < pause + 1.0
    assert "Completed" in desk.wire.edits[-1].text


async def test_the_end_of_a_long_job_is_said_once(desk: Desk) -> None:
    handle = steps(desk, 10, 8.0)
    await desk.open(handle)
    desk.wire.trouble.append(("reply", EditFailed("HTTP 503")))
    job = await desk.enqueue()
    await desk.ended(job)
    assert [text for text, _ in desk.wire.replies] == ["<@42> Your Work is done."]
    assert len(desk.wire.replies[0][1]) <= 25
    await desk.close()
    await desk.open(handle)
    desk.reporter.poke(job.id)
    await desk.reporter.settled(job.id)
    assert len(desk.wire.replies) == 1


async def test_the_end_of_a_short_job_is_not_said_and_a_failure_is(desk: Desk) -> None:
    async def fail(ctx: Ctx, payload: object) -> None:
        raise JobError("No such thing.", retryable=False)

    await desk.open(steps(desk, 1, 0.1))
    await desk.ended(await desk.enqueue())
    assert desk.wire.replies == []
    await desk.close()
    await desk.open(fail)
    await desk.ended(await desk.enqueue(message_id=8))
    assert [text for text, _ in desk.wire.replies] == ["<@42> Your Work failed. The message above says why."]
    assert "No such thing." in desk.wire.edits[-1].text


async def test_a_pause_is_said(desk: Desk) -> None:
    async def hold(ctx: Ctx, payload: object) -> None:
        raise HoldJob("I may no longer manage that role.")

    await desk.open(hold)
    await desk.enqueue()
    await desk.pump(lambda: desk.wire.replies)
    assert desk.wire.replies[0][0] == "<@42> Your Work is paused. The message above says why."
    assert "I may no longer manage that role." in desk.wire.edits[-1].text


async def test_trouble_with_one_message_does_not_reach_another(desk: Desk) -> None:
    desk.wire.trouble.append(("token", RuntimeError("a bug")))
    await desk.open(steps(desk, 4, 0.5))
    first, second = await desk.enqueue(), await desk.enqueue(message_id=8)
    for job in (first, second):
        assert (await desk.ended(job)).state is State.COMPLETED
    ends = {edit.message_id for edit in desk.wire.edits if "Completed" in edit.text}
    assert ends == {7, 8}


async def test_who_waits_in_line_sees_the_place_change(desk: Desk) -> None:
    await desk.open(steps(desk, 4, 2.0))
    desk.queue.registry.get("work")
    jobs = [await desk.enqueue(message_id=number) for number in range(10, 23)]
    await desk.ended(jobs[-1], step=0.5)
    shown = [edit.text for edit in desk.wire.edits if edit.message_id == 22]
    assert any("Queued, 3rd in line." in text for text in shown)
    assert any("Working" in text or "Starting" in text for text in shown)


async def test_a_stop_does_not_wait_for_ever_for_a_connection_that_hangs(desk: Desk) -> None:
    await desk.open(steps(desk, 4, 0.5))
    desk.wire.closed = asyncio.Event()
    await desk.enqueue()
    await desk.pump(lambda: desk.wire.calls)
    begun = desk.clock.monotonic()
    stopping = asyncio.create_task(desk.reporter.stop())
    await desk.pump(stopping.done)
    await stopping
    assert desk.clock.monotonic() - begun < 10


async def test_with_progress_switched_off_the_answer_and_the_end_are_still_sent(desk: Desk) -> None:
    await desk.open(steps(desk, 40, 0.5), progress=False)
    await desk.ended(await desk.enqueue())
    assert len(desk.wire.edits) == 2, "whoever asked is answered, and told the end"
    assert "Completed" in desk.wire.edits[-1].text


async def test_a_job_without_a_message_is_none_of_its_business(desk: Desk) -> None:
    await desk.open(steps(desk, 2, 0.1))
    await desk.ended(await desk.queue.enqueue("work", {}))
    assert desk.wire.calls == []


async def test_the_token_is_in_no_repr(desk: Desk) -> None:
    from bot.reporter import ReplyAddress

    assert "secret" not in repr(ReplyAddress(1, "secret", 2, 3, 4, 5, 6, False))


async def test_a_database_that_cannot_be_read_for_a_while_delays_the_card_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.open(steps(desk, 4, 1.0))
    real, left = desk.queue.get, 3

    async def flaky(job_id: str) -> Any:
        nonlocal left
        if left and desk.wire.edits:
            left -= 1
            raise BackendUnavailable("the disk is slow")
        return await real(job_id)

    monkeypatch.setattr(desk.reporter._stage.queue, "get", flaky)
    job = await desk.enqueue()
    await desk.pump(lambda: any("Completed" in edit.text for edit in desk.wire.edits))
    monkeypatch.undo()
    assert left == 0
    await desk.ended(job)


async def test_a_card_that_discord_does_not_take_costs_neither_the_message_nor_its_place(desk: Desk) -> None:
    desk.wire.trouble += [("any", FaceRefused("HTTP 400, code 50035"))] * 3
    await desk.open(steps(desk, 40, 0.5))
    await desk.ended(await desk.enqueue())
    assert {edit.message_id for edit in desk.wire.edits} == {7}
    assert "Completed" in desk.wire.edits[-1].text
    assert "post" not in [by for by, _ in desk.wire.calls]


async def test_a_bug_at_the_last_card_is_not_the_end_of_it(desk: Desk) -> None:
    desk.wire.trouble += [("any", RuntimeError("a bug"))] * 4
    await desk.open(steps(desk, 1, 0.1))
    await desk.ended(await desk.enqueue())
    assert "Completed" in desk.wire.edits[-1].text


async def test_a_job_that_is_cancelled_tried_again_and_cancelled_shows_each_end(desk: Desk) -> None:
    await desk.open(steps(desk, 1, 0.1))
    await desk.queue.pause("a rest")
    job = await desk.enqueue()
    for number in (1, 2):
        await desk.queue.cancel(job.id, f"Cancelled by Ann: round {number}")
        await desk.ended(job)
        assert f"round {number}" in desk.wire.edits[-1].text
        if number == 1:
            await desk.queue.retry(job.id)
            await desk.pump(lambda: "Queued" in desk.wire.edits[-1].text)
