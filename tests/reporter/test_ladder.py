"""From rung to rung: what becomes of a message that cannot be edited any more."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from bot.reporter import EditLimited, EditRefused, ProgressMessage, TokenDead
from bot.reporter.message import Notify
from jobs.engine.errors import JobError
from jobs.engine.model import Job
from jobs.engine.registry import JobContext
from jobs.engine.states import State
from tests.reporter.conftest import Desk
from tests.reporter.test_reporter import HAIR, steps

CARD = "https://discord.com/channels/9/5/7"
CLOSED = ("open", EditRefused(403, 50007))


async def message_of(desk: Desk, job: Job) -> ProgressMessage:
    message = await desk.reporter.messages.get(job.id)
    assert message is not None
    return message


def ways(desk: Desk) -> list[str]:
    """The ways that brought a card, without repetition."""
    found: list[str] = []
    for edit in desk.wire.edits:
        if not found or found[-1] != edit.by:
            found.append(edit.by)
    return found


@pytest.mark.parametrize(
    ("trouble", "expected", "linked"),
    [
        ([("token", 10008)], ["post", "bot"], False),
        ([("token", 50083)], ["post", "bot"], True),
        ([("token", 50013)], ["post", "bot"], True),
        ([("token", 10015), ("bot", 10008)], ["post", "bot"], False),
        ([("token", 10003)], ["direct", "bot"], True),
        ([("token", 50001)], ["direct", "bot"], True),
        ([("token", 10008), ("post", 50013)], ["direct", "bot"], True),
        ([("token", 10008), ("bot", 10008)], ["post", "post", "bot"], False),
        ([("token", 10003), ("bot", 10008)], ["direct", "direct", "bot"], False),
    ],
)
async def test_a_way_that_breaks_is_left_for_the_next(
    desk: Desk, trouble: list[tuple[str, int]], expected: list[str], linked: bool
) -> None:
    refusals = [(way, TokenDead(404, code) if code == 10015 else EditRefused(404, code)) for way, code in trouble]
    desk.wire.trouble += refusals
    await desk.open(steps(desk, 40, 0.5))
    job = await desk.enqueue()
    assert (await desk.ended(job)).state is State.COMPLETED
    moved = [by for by, _ in desk.wire.calls if by in ("post", "direct")]
    arrived = [edit.by for edit in desk.wire.edits if edit.by in ("post", "direct")]
    assert arrived == [way for way in expected if way != "bot"]
    assert moved[-1] == arrived[-1]
    assert ways(desk)[-1] == "bot"
    last = desk.wire.edits[-1]
    assert "Completed" in last.text
    assert last.message_id >= 1000
    assert (f"Goes on from [the earlier message]({CARD})." in last.text) == linked
    assert not desk.wire.trouble
    assert not (await message_of(desk, job)).gone


@pytest.mark.parametrize(
    "trouble", [[("token", EditRefused(404, 10003)), CLOSED], [("token", EditRefused(404, 10008)),
    ("post", EditRefused(403, 50001)), ("direct", EditRefused(403, 50007))]],
)  # fmt: skip
async def test_where_no_way_is_left_the_job_goes_on_and_its_card_is_kept(
    desk: Desk, trouble: list[tuple[str, Exception]]
) -> None:
    desk.wire.trouble += trouble
    await desk.open(steps(desk, 40, 0.5))
    job = await desk.enqueue()
    assert (await desk.ended(job)).state is State.COMPLETED
    assert (await message_of(desk, job)).gone
    assert desk.wire.edits == []
    assert len(desk.wire.calls) <= 3


async def test_a_message_too_old_is_edited_more_slowly_and_then_followed_by_a_new_one(desk: Desk) -> None:
    desk.wire.trouble += [("bot", EditLimited("HTTP 429, code 30046", old=True))] * 3
    await desk.open(steps(desk, 800, 5.0))
    job = await desk.enqueue()
    await desk.ended(job, step=5.0)
    calls = [at for by, at in desk.wire.calls if by == "bot"]
    refused = [later - earlier for earlier, later in pairwise(calls)][: len(desk.wire.calls)]
    assert max(refused) >= 20 - HAIR
    new = next(edit for edit in desk.wire.edits if edit.by == "post")
    assert f"Goes on from [the earlier message]({CARD})." in new.text
    assert desk.wire.edits[-1].message_id == new.message_id
    assert "Completed" in desk.wire.edits[-1].text


async def test_an_answer_for_one_person_moves_to_a_direct_message_before_it_dies_and_says_so(desk: Desk) -> None:
    await desk.open(steps(desk, 240, 5.0))
    job = await desk.enqueue(ephemeral=True)
    started = desk.clock.monotonic()
    await desk.ended(job, step=2.0)
    by_token = [edit for edit in desk.wire.edits if edit.by == "token"]
    direct = next(edit for edit in desk.wire.edits if edit.by == "direct")
    assert 775 < direct.at - started < 790
    link = "https://discord.com/channels/@me/77/1000"
    assert f"It goes on in [a direct message]({link})." in by_token[-1].text
    assert max(edit.at for edit in by_token) - started < 840
    assert {edit.by for edit in desk.wire.edits} == {"token", "direct", "bot"}
    assert "post" not in ways(desk)
    assert "Completed" in desk.wire.edits[-1].text
    assert CARD not in desk.wire.edits[-1].text, "nobody can open that one any more"
    assert [text for text, _ in desk.wire.replies] == ["<@42> Your Work is done."]


async def test_it_moves_even_when_nothing_changes(desk: Desk) -> None:
    async def idle(ctx: JobContext[Any], payload: object) -> None:
        await desk.clock.sleep(1200)

    await desk.open(idle)
    await desk.ended(await desk.enqueue(ephemeral=True), step=5.0)
    assert "direct" in ways(desk)


async def test_an_answer_for_one_person_that_can_move_nowhere_says_where_to_look(desk: Desk) -> None:
    desk.wire.trouble.append(CLOSED)
    await desk.open(steps(desk, 240, 5.0))
    job = await desk.enqueue(ephemeral=True)
    assert (await desk.ended(job, step=2.0)).state is State.COMPLETED
    assert f"I cannot write to you directly. From here on, `/job status id:{job.id}` shows it." in (
        desk.wire.edits[-1].text
    )
    assert {edit.by for edit in desk.wire.edits} == {"token"}


async def test_an_answer_for_one_person_is_never_edited_by_the_bots_token_nor_put_into_a_channel(desk: Desk) -> None:
    desk.wire.trouble.append(("token", EditRefused(404, 10008)))
    await desk.open(steps(desk, 40, 0.5))
    await desk.ended(await desk.enqueue(ephemeral=True))
    assert [by for by, _ in desk.wire.calls][:2] == ["token", "direct"]
    assert "post" not in [by for by, _ in desk.wire.calls]


async def test_the_end_of_a_long_job_for_one_person_is_whispered(desk: Desk) -> None:
    await desk.open(steps(desk, 20, 5.0))
    await desk.ended(await desk.enqueue(ephemeral=True))
    assert desk.wire.whispers == ["<@42> Your Work is done."]
    assert desk.wire.replies == []


async def test_a_message_that_moved_is_found_again_after_a_restart(desk: Desk) -> None:
    desk.wire.trouble.append(("token", EditRefused(404, 10003)))
    handle = steps(desk, 60, 0.5)
    await desk.open(handle)
    job = await desk.enqueue()
    await desk.edited(3)
    await desk.close()
    before = len(desk.wire.edits)
    await desk.open(handle)
    await desk.ended(job)
    after = desk.wire.edits[before:]
    assert {(edit.by, edit.message_id) for edit in after} == {("bot", 1000)}


@pytest.mark.parametrize("forgotten", [False, True], ids=["nonce known", "nonce forgotten"])
@pytest.mark.parametrize(("way", "code"), [("post", 10008), ("direct", 10003)])
async def test_a_process_that_dies_before_it_could_store_a_new_message_makes_no_second_one(
    desk: Desk, way: str, code: int, forgotten: bool
) -> None:
    desk.wire.trouble.append(("token", EditRefused(404, code)))
    desk.wire.unanswered = way
    handle = steps(desk, 60, 0.5)
    await desk.open(handle)
    job = await desk.enqueue()
    await desk.edited(1)
    assert (await message_of(desk, job)).moves == 0, "what Discord answered was never stored"
    await desk.close()
    if forgotten:
        desk.wire.posted.clear()
        await desk.clock.advance(600)
    desk.wire.trouble.append(("bot", EditRefused(404, code)))
    await desk.open(handle)
    await desk.ended(job)
    assert {edit.message_id for edit in desk.wire.edits} == {1000}
    assert [by for by, _ in desk.wire.calls].count("find") == forgotten
    assert "Completed" in desk.wire.edits[-1].text
    assert desk.wire.edits[1].by == "bot", "the message shows how the job was before the process died"


@pytest.mark.parametrize("forgotten", [False, True], ids=["nonce known", "nonce forgotten"])
async def test_a_process_that_dies_while_it_says_the_end_says_it_once(desk: Desk, forgotten: bool) -> None:
    desk.wire.unanswered = "reply"
    handle = steps(desk, 10, 8.0)
    await desk.open(handle)
    job = await desk.enqueue()
    await desk.pump(lambda: desk.wire.replies)
    assert (await message_of(desk, job)).said is None
    await desk.close()
    if forgotten:
        desk.wire.nonces.clear()
        await desk.clock.advance(600)
    await desk.open(handle)
    await desk.pump(lambda: job.id not in desk.reporter.keeps)
    assert [text for text, _ in desk.wire.replies] == ["<@42> Your Work is done."]
    assert (await message_of(desk, job)).said is not None


async def test_a_whisper_that_may_have_been_heard_is_not_repeated(desk: Desk) -> None:
    desk.wire.unanswered = "whisper"
    handle = steps(desk, 10, 8.0)
    await desk.open(handle)
    job = await desk.enqueue(ephemeral=True)
    await desk.pump(lambda: desk.wire.whispers)
    await desk.close()
    await desk.open(handle)
    await desk.pump(lambda: job.id not in desk.reporter.keeps)
    assert desk.wire.whispers == ["<@42> Your Work is done."]
    assert (await message_of(desk, job)).ended


@pytest.mark.parametrize(("notify", "said"), [("always", 2), ("failure", 1), ("never", 0)])
async def test_what_is_said_follows_the_requesters_wish(desk: Desk, notify: Notify, said: int) -> None:
    async def fail(ctx: JobContext[Any], payload: object) -> None:
        raise JobError("No such thing.", retryable=False)

    await desk.open(steps(desk, 10, 8.0))
    await desk.ended(await desk.enqueue(notify=notify))
    await desk.close()
    await desk.open(fail)
    await desk.ended(await desk.enqueue(message_id=8, notify=notify))
    assert len(desk.wire.replies) == said


async def test_an_end_that_cannot_be_said_in_the_channel_is_said_directly(desk: Desk) -> None:
    desk.wire.trouble.append(("reply", EditRefused(403, 50013)))
    await desk.open(steps(desk, 10, 8.0))
    await desk.ended(await desk.enqueue())
    assert [text for text, _ in desk.wire.replies] == [f"<@42> Your Work is done.\n{CARD}"]
